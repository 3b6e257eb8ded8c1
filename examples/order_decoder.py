"""Run a decoder of Transformers in parallel paths: three paths fork from one prompt, none reads another, and their join reads all.

The model has random weights; put a folder with a checkpoint in its place (`from_pretrained(folder)`).
"""

from __future__ import annotations

import sys

import torch
import transformers

from aitia.sequence.interop import use_relation
from aitia.sequence.order import fork_join


def main() -> None:
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, vocab_size=100
    )
    model = transformers.LlamaForCausalLM(config).eval()
    order = fork_join(8, (6, 6, 6), 4)  # nodes: 8 of the prompt, three paths of 6, 4 behind their join
    prompt = torch.randint(0, 100, (1, 8))
    with torch.no_grad(), use_relation(model, order) as use:
        past = use.cache()
        last = model(input_ids=prompt, cache=past).logits[:, -1]
        paths = past.fork((8, 14, 20))  # each path goes on with its first node; their past is one
        said = []
        for path, token in zip(paths, last.topk(3).indices[0], strict=True):
            words = [token.view(1, 1)]
            for _ in range(6):
                words.append(model(input_ids=words[-1], cache=path).logits[:, -1:].argmax(-1))
            said.append(torch.cat(words[:6], dim=1))
        joined = past.join(paths)  # nothing is computed again
        held = len(joined.nodes)
        joined.go_to(26)
        conclusion = model(input_ids=torch.randint(0, 100, (1, 4)), cache=joined).logits[:, -1].argmax(-1)
    for i, words in enumerate(said):
        sys.stdout.write(f"path {i + 1}: {words[0].tolist()}\n")
    sys.stdout.write(f"the join read {held} cached nodes; next token {int(conclusion)}; depth {order.schedule().depth} of {order.n}\n")


if __name__ == "__main__":
    main()

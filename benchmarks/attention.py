"""Measure plans, attention along an order and cached decoding, and beside them PyTorch, Transformers and x-transformers in the same run.

Figures are CPU milliseconds on one thread, medians of interleaved repeats. The limit of attention is 1.3 times the share
of its pairs in the time of causal attention, which reads half of all pairs; below a density of .06 the fixed cost of
reading queries and writing outputs rules, and no limit is set.

usage: attention.py [--repeats N] [--peers PYTHON]     PYTHON: an interpreter with torch and x-transformers
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
import transformers

from aitia.sequence.attend import attend
from aitia.sequence.interop import use_relation
from aitia.sequence.models.vlm import concentric, mutual_turns
from aitia.sequence.order import (
    Relation,
    block_diffusion,
    blocks,
    causal,
    chunks,
    fork_join,
    mutual,
    pack,
    prefix,
    rings,
    scales,
    window,
)  # fmt: skip

torch.set_num_threads(1)
NODES, HEADS, WIDTH = 4096, 4, 64
PLAN_MS, SHARE, SPARSE = 5.0, 1.3, 0.06
PEER = """
import json, sys, time, statistics, torch
torch.set_num_threads(1)
from x_transformers.attend import Attend
repeats = int(sys.argv[1])
q, k, v = (torch.randn(1, 4, 4096, 64) for _ in range(3))
mask = torch.ones(1, 1, 4096, 4096, dtype=torch.bool).tril()
mask[..., 1024:, 512:1024] = False
attend = Attend(flash=True, heads=4)
seconds = []
with torch.no_grad():
    for _ in range(repeats + 1):
        began = time.process_time()
        attend(q, k, v, mask=mask)
        seconds.append(time.process_time() - began)
json.dump(1000 * statistics.median(seconds[1:]), sys.stdout)
"""


def median(works: dict[str, Callable[[], Any]], repeats: int) -> dict[str, float]:
    """The median CPU milliseconds of some works, which take turns; the first turn warms up."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(repeats + 1):
        for name, work in works.items():
            began = time.process_time()
            work()
            if turn:
                seconds[name].append(time.process_time() - began)
    return {name: 1000 * statistics.median(found) for name, found in seconds.items()}


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def plans(repeats: int) -> list[str]:
    """Compile orders over 32,768 nodes, from the words of the layout to heights and last uses."""
    n = 32_768
    layouts: dict[str, Callable[[], Relation]] = {
        "causal": lambda: causal(n),
        "window with sink": lambda: window(n, 512, 4),
        "frames, 3 back": lambda: blocks([128] * 256, 3, 1),
        "chunks": lambda: chunks(30, 15, n=n),
        "fork of 64 paths": lambda: fork_join(1024, (480,) * 64, 1024),
        "forks in forks": lambda: fork_join(512, ((256, (400,) * 8, 256),) * 8, 512),
        "packed items": lambda: pack([causal(512)] * 64),
        "rings 181 x 181": lambda: rings(181, 181),
        "images ring by ring": lambda: concentric([100, (24, 24)] * 48),
        "images and questions": lambda: mutual_turns([("image", 144), ("question", 40), ("answer", 300)] * 67),
        "block diffusion": lambda: block_diffusion(n, 32),
    }
    missed = []
    for name, layout in layouts.items():
        found = median({"plan": lambda layout=layout: layout().schedule(layers=4)}, repeats)["plan"]
        say(f"plan of {name:<24} {found:8.2f} ms   limit {PLAN_MS} ms{'' if found <= PLAN_MS else '   MISSED'}")
        if found > PLAN_MS:
            missed.append(f"plan of {name}")
    return missed


def orders() -> dict[str, Relation]:
    n = NODES
    return {
        "window 64": causal(n) & window(n, 64),
        "window 256": causal(n) & window(n, 256),
        "window 256, sink 16": window(n, 256, 16),
        "window 512": causal(n) & window(n, 512),
        "window 1024": causal(n) & window(n, 1024),
        "frames, 3 back": blocks([128] * 32, 3, 1),
        "chunks, 20 back": chunks(30, 15, 20, n=n),
        "chunks": chunks(30, 15, n=n),
        "fork of 8 paths": fork_join(512, (384,) * 8, 512),
        "fork of 64 paths": fork_join(512, (48,) * 64, 512),
        "packed, equal": pack([causal(256)] * 16),
        "packed, mixed": pack([causal(k) for k in (700, 300, 96, 1000, 500, 200, 800, 500)]),
        "block diffusion 16": block_diffusion(n, 16),
        "causal": causal(n),
        "rings 64 x 64": rings(64, 64),
        "prefix 1024": causal(n) | prefix(n, 1024),
        "image and question": mutual(2048, 1024, 1024),
        "scales": scales((1, 4, 16, 64, 256, 1024, 2731)),
    }


def attention(repeats: int) -> list[str]:
    """Attend along orders of many densities."""
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(1, HEADS, NODES, WIDTH, generator=generator) for _ in range(3))
    learnt = [x.clone().requires_grad_() for x in (q, k, v)]
    usual = torch.nn.functional.scaled_dot_product_attention
    missed = []
    say(f"{'':<22}density    ours  is_causal  mask written out   limit    ours/limit    mask/ours   with gradient  limit    ours/limit")
    for name, order in orders().items():
        mask = torch.from_numpy(order.dense())
        works = {
            "ours": lambda order=order: attend(q, k, v, order, backend="segment"),
            "causal": lambda: usual(q, k, v, is_causal=True),
            "mask": lambda mask=mask: usual(q, k, v, attn_mask=mask),
        }
        backward = {
            "learning": lambda order=order: torch.autograd.grad(attend(*learnt, order, backend="segment")[0], learnt, q),
            "learning causal": lambda: torch.autograd.grad(usual(*learnt, is_causal=True), learnt, q),
        }
        found = median(works, repeats) | median(backward, repeats)
        assert (attend(q, k, v, order, backend="segment")[0] - usual(q, k, v, attn_mask=mask)).abs().max() < 1e-4
        limit, learning = (SHARE * order.density / 0.5 * found[name] for name in ("causal", "learning causal"))
        ratios = found["ours"] / limit, found["learning"] / learning
        over = [word for word, ratio in zip(("attention", "gradient"), ratios, strict=True) if ratio > 1 and order.density >= SPARSE]
        missed += [f"{word}, {name}" for word in over]
        say(
            f"{name:<22}{order.density:7.3f} {found['ours']:7.1f} {found['causal']:10.1f} {found['mask']:17.1f}"
            f" {limit:7.1f} {ratios[0]:13.2f} {found['mask'] / found['ours']:12.1f}"
            f" {found['learning']:15.1f} {learning:6.1f} {ratios[1]:13.2f}{'   MISSED: ' * bool(over)}{' and '.join(over)}"
        )
    return missed


def twins(count: int) -> list[Any]:
    """Llamas with the same weights, which lie in memory once."""
    torch.manual_seed(0)
    shape = {"hidden_size": 256, "intermediate_size": 688, "num_hidden_layers": 4, "num_attention_heads": 8, "num_key_value_heads": 4}
    found = [transformers.LlamaForCausalLM(transformers.LlamaConfig(**shape, vocab_size=512)).eval() for _ in range(count)]
    for other in found[1:]:
        other.load_state_dict(found[0].state_dict(), assign=True)
    return found


@torch.no_grad()
def decoding(repeats: int, prompt: int = 256, steps: int = 128) -> list[str]:
    """Decode with the cache of an order and with those of Transformers, which take turns step by step; equal logits asserted."""
    n = prompt + steps
    models = dict(zip(("ours", "window", "dynamic", "static"), twins(4), strict=True))
    ids = torch.randint(0, 512, (1, n), generator=torch.Generator().manual_seed(1))
    seconds: dict[str, list[float]] = {name: [] for name in models}
    logits: dict[str, list[torch.Tensor]] = {name: [] for name in models}
    with use_relation(models["ours"], causal(n)) as use, use_relation(models["window"], causal(n) & window(n, 64, 4)) as short:
        for turn in range(repeats):
            caches = {
                "ours": use.cache(),
                "window": short.cache(),
                "dynamic": transformers.DynamicCache(config=models["dynamic"].config),
                "static": transformers.StaticCache(config=models["static"].config, max_cache_len=n),
            }
            for name, model in models.items():
                model(input_ids=ids[:, :prompt], cache=caches[name])
            for i, names in zip(range(prompt, n), itertools.cycle(itertools.permutations(models)), strict=False):
                for name in names:
                    began = time.process_time()
                    found = models[name](input_ids=ids[:, i : i + 1], cache=caches[name]).logits
                    seconds[name].append(time.process_time() - began)
                    if not turn:
                        logits[name].append(found)
    equal = max(float((torch.cat(logits["ours"]) - torch.cat(logits[name])).abs().max()) for name in ("dynamic", "static"))
    step = {name: 1000 * statistics.median(found) for name, found in seconds.items()}
    say(f"decode {steps} tokens behind {prompt}; largest difference of logits {equal:.1e}")
    for name, peer in (("dynamic", "DynamicCache"), ("static", "StaticCache")):
        paired = statistics.median(b / a for a, b in zip(seconds["ours"], seconds[name], strict=True))
        say(f"  a step of ours {step['ours']:6.3f} ms   {peer:<13} {step[name]:6.3f} ms   {paired:6.3f} times, step by step   limit 1.0")
    say(f"  with a window of 64 {step['window']:6.3f} ms")
    best = min(step["dynamic"], step["static"])
    return ([f"decoding behind {prompt}"] if step["ours"] > best else []) + (["equal logits"] if equal > 1e-4 else [])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--peers", default=os.environ.get("AITIA_PEER_SEQUENCE"))
    arguments = parser.parse_args()
    say(f"torch {torch.__version__}, transformers {transformers.__version__}; one thread; {NODES} nodes, {HEADS} heads of {WIDTH}")
    missed = [*plans(arguments.repeats), *attention(arguments.repeats)]
    missed += [*decoding(arguments.repeats), *decoding(arguments.repeats, prompt=2048)]
    if arguments.peers:
        done = subprocess.run([arguments.peers, "-c", PEER, str(arguments.repeats)], check=True, capture_output=True, text=True)
        order = fork_join(512, (512, NODES - 1024), 0)
        q = torch.randn(1, HEADS, NODES, WIDTH)
        own = median({"ours": lambda: attend(q, q, q, order, backend="segment")}, arguments.repeats)["ours"]
        theirs = float(json.loads(done.stdout))
        say(f"a fork of 2 paths: ours {own:.1f} ms   x-transformers with a mask {theirs:.1f} ms   {theirs / own:.1f} times")
    sys.exit(f"missed: {'; '.join(missed)}" if missed else 0)


if __name__ == "__main__":
    main()

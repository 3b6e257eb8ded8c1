"""A decoder of Transformers under a relation: the logits of the mask written out, with and without a cache, padded and batched."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.core.errors import BadOption
from aitia.sequence.models.vlm import concentric, mutual_turns
from aitia.sequence.order import Relation, blocks, causal, fork_join, mutual, prefix, rings, window

transformers = pytest.importorskip("transformers")
from aitia.sequence.interop import batched, mask_function, use_relation  # noqa: E402

SIZES = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 50,
}


def llama(seed: int = 0, kind: str = "Llama", **more: object) -> torch.nn.Module:
    torch.manual_seed(seed)
    config = getattr(transformers, f"{kind}Config")(**SIZES, max_position_embeddings=256, **more)
    config.eos_token_id = config.pad_token_id = None
    return getattr(transformers, f"{kind}ForCausalLM")(config).eval().double()


MODEL = llama()


def tokens(rows: int, n: int, seed: int = 1) -> torch.Tensor:
    return torch.randint(0, 50, (rows, n), generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def plain(ids: torch.Tensor, masks: list[np.ndarray], positions: torch.Tensor, model: torch.nn.Module = MODEL) -> torch.Tensor:
    """Transformers' own logits with masks (rows of n x n) and positions written out."""
    model.set_attn_implementation("sdpa")
    mask = torch.from_numpy(np.stack(masks))[:, None]
    return model(input_ids=ids, attention_mask=mask, position_ids=positions.expand(len(ids), -1), use_cache=False).logits


@torch.no_grad()
def under(ids: torch.Tensor, relation: Relation | list[Relation], model: torch.nn.Module = MODEL, **more: object) -> torch.Tensor:
    rule = more.pop("rule", "height")
    with use_relation(model, relation, positions=rule):
        return model(input_ids=ids, use_cache=False, **more).logits


LAYOUTS = [
    causal(40),
    fork_join(6, (8, 5, 9), 12),
    mutual(16, 8, 16),
    rings(5, 8),
    concentric([4, (5, 6), 6]),
    mutual_turns([("text", 3), ("image", 9), ("question", 6), ("answer", 6), ("image", 6), ("question", 5), ("answer", 5)]),
    causal(40) & window(40, 7, 2),
    causal(40) | prefix(40, 10),
    blocks([10, 5, 20, 5], 2, 1),
]


def test_causal_is_what_the_model_does_anyway() -> None:
    ids = tokens(2, 40)
    with torch.no_grad():
        expected = MODEL(input_ids=ids).logits
    assert (under(ids, causal(40)) - expected).abs().max() < 1e-10
    with torch.no_grad():
        assert torch.equal(MODEL(input_ids=ids).logits, expected)  # and afterwards it does it again


@pytest.mark.parametrize("kind", ["Llama", "Qwen2", "Mistral"])
@pytest.mark.parametrize("rule", ["height", "index"])
@pytest.mark.parametrize("relation", LAYOUTS, ids=range(len(LAYOUTS)))
def test_logits_are_those_of_the_mask_written_out(relation: Relation, rule: str, kind: str) -> None:
    model = llama(kind=kind, **({"sliding_window": None} if kind == "Mistral" else {}))
    ids, positions = tokens(2, 40), relation.schedule(positions=rule).positions
    expected = plain(ids, [relation.dense()] * 2, positions, model)
    assert (under(ids, relation, model, rule=rule) - expected).abs().max() < 1e-10


def test_gradients_are_those_of_the_mask_written_out() -> None:
    relation, ids, model = fork_join(6, (8, 5, 9), 12), tokens(2, 40), llama()
    loss = torch.nn.functional.cross_entropy
    with use_relation(model, relation):
        loss(model(input_ids=ids, use_cache=False).logits.flatten(0, 1), ids.flatten()).backward()
    ours = [p.grad.clone() for p in model.parameters()]
    model.zero_grad()
    mask, positions = torch.from_numpy(relation.dense())[None, None].expand(2, 1, -1, -1), relation.schedule().positions.expand(2, -1)
    loss(model(input_ids=ids, attention_mask=mask, position_ids=positions, use_cache=False).logits.flatten(0, 1), ids.flatten()).backward()
    assert max((one - p.grad).abs().max() for one, p in zip(ours, model.parameters(), strict=True)) < 1e-10


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_batch_of_different_layouts_gives_each_row_what_it_gives_alone(side: str) -> None:
    alone = [fork_join(3, (4, 5), 6), mutual(10, 8, 7), concentric([2, (3, 4), 3])]
    ids = [tokens(1, found.n, seed) for seed, found in enumerate(alone)]
    together = batched(alone, side)
    longest = together[0].n
    filled = torch.zeros(3, longest, dtype=torch.long)
    shown = torch.zeros(3, longest, dtype=torch.long)
    own = [slice(longest - found.n, longest) if side == "left" else slice(0, found.n) for found in alone]
    for row, (place, row_ids) in enumerate(zip(own, ids, strict=True)):
        filled[row, place], shown[row, place] = row_ids[0], 1
    found = under(filled, together, attention_mask=shown)
    for row, (place, row_ids) in enumerate(zip(own, ids, strict=True)):
        assert (found[row, place] - under(row_ids, alone[row])[0]).abs().max() < 1e-10


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_padding_mask_hides_keys_as_it_does_without_a_relation(side: str) -> None:
    ids, shown = tokens(3, 20), torch.ones(3, 20, dtype=torch.long)
    for row, count in enumerate((0, 4, 9)):
        shown[row, slice(0, count) if side == "left" else slice(20 - count, 20)] = 0
    positions = torch.arange(20).expand(3, -1)
    with torch.no_grad():
        expected = MODEL(input_ids=ids, attention_mask=shown, position_ids=positions, use_cache=False).logits
    found = under(ids, causal(20), attention_mask=shown)
    assert (found - expected)[shown.bool()].abs().max() < 1e-10


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(range(len(LAYOUTS))), st.integers(0, 1000))
def test_passes_with_the_cache_give_the_logits_of_one_pass_and_forget_what_nobody_reads(which: int, seed: int) -> None:
    relation, ids = LAYOUTS[which], tokens(2, 40, seed)
    whole = under(ids, relation)
    parts, dense = [], relation.dense()
    cuts = sorted({0, 40, *(c for c in (5, 13, 26, 31, 39) if not dense[:c, c:].any())})  # who reads each other comes in one pass
    with torch.no_grad(), use_relation(MODEL, relation) as use:
        cache = use.cache()
        for start, stop in itertools.pairwise(cuts):
            parts.append(MODEL(input_ids=ids[:, start:stop], cache=cache).logits)
            assert cache.nodes == [node for node in range(stop) if dense[stop:, node].any()]
            assert cache.nbytes == len(cache.nodes) * 2 * 3 * 2 * 2 * 8 * 8  # keys, values; layers, rows, heads, width, float64
    assert (torch.cat(parts, 1) - whole).abs().max() < 1e-10


def test_of_relations_inside_each_other_the_innermost_counts_and_the_model_is_left_as_it_was() -> None:
    model, ids, inner = llama(3), tokens(1, 12), prefix(12, 5) | causal(12)
    alone, usual = under(ids, inner, model), model(input_ids=ids).logits
    forks = fork_join(2, (4, 4), 2)
    with use_relation(model, forks):
        outer = model(input_ids=ids).logits
        with use_relation(model, inner, positions="index"):
            model(input_ids=ids)
        with use_relation(model, inner):
            assert torch.equal(model(input_ids=ids).logits, alone)
        assert torch.equal(model(input_ids=ids).logits, outer)
    assert "forward" not in model.get_decoder().__dict__
    assert torch.equal(model(input_ids=ids).logits, usual)


def test_transformers_own_caches_work_too() -> None:
    relation, ids = LAYOUTS[1], tokens(2, 40)
    with torch.no_grad(), use_relation(MODEL, relation):
        cache = transformers.DynamicCache(config=MODEL.config)
        parts = [MODEL(input_ids=ids[:, a:b], cache=cache).logits for a, b in ((0, 17), (17, 18), (18, 40))]
    assert (torch.cat(parts, 1) - under(ids, relation)).abs().max() < 1e-10


def test_paths_fork_and_join_without_a_copy_of_their_past() -> None:
    relation, ids = fork_join(6, (8, 5, 9), 12), tokens(1, 40)
    whole = under(ids, relation)
    with torch.no_grad(), use_relation(MODEL, relation) as use:
        cache = use.cache()
        found = {0: MODEL(input_ids=ids[:, :6], cache=cache).logits}
        paths = cache.fork((6, 14, 19))
        assert all(path.stores[0].buffers is cache.stores[0].buffers for path in paths)
        for start, path, length in ((6, paths[0], 8), (14, paths[1], 5), (19, paths[2], 9)):
            half = start + length // 2
            found[start] = MODEL(input_ids=ids[:, start:half], cache=path).logits
            found[half] = MODEL(input_ids=ids[:, half : start + length], cache=path).logits
        joined = cache.join(paths)
        assert sorted(joined.nodes) == list(range(28)) and cache.nodes == list(range(6))
        joined.go_to(28)
        found[28] = MODEL(input_ids=ids[:, 28:], cache=joined).logits
    assert (torch.cat([found[start] for start in sorted(found)], 1) - whole).abs().max() < 1e-10


@pytest.mark.parametrize("over", ["causal", "window", "mutual", "fork"])
def test_generation_with_the_cache_equals_generation_without(over: str) -> None:
    n, prompt = 30, 12
    relation = {
        "causal": causal(n),
        "window": causal(n) & window(n, 6, 1),
        "mutual": mutual(6, 6, n - prompt),
        "fork": fork_join(4, (4, 4), n - prompt),
    }[over]
    ids = tokens(3, prompt)
    options = {"max_new_tokens": n - prompt, "do_sample": False}
    with use_relation(MODEL, relation) as use:
        cache = use.cache()
        cached = MODEL.generate(ids, cache=cache, **options)
        bare = MODEL.generate(ids, use_cache=False, **options)
    assert torch.equal(cached, bare) and cached.shape == (3, n)
    step = ids
    while step.shape[1] < n:
        step = torch.cat([step, under_prefix(step, relation)[:, -1:].argmax(-1)], 1)
    assert torch.equal(cached, step)


def under_prefix(ids: torch.Tensor, relation: Relation) -> torch.Tensor:
    mask = relation.dense()[: ids.shape[1], : ids.shape[1]]
    return plain(ids, [mask] * len(ids), relation.schedule().positions[: ids.shape[1]])


def test_generation_of_rows_that_are_padded_on_the_left() -> None:
    relations = batched([causal(26), mutual(6, 6, 14), fork_join(3, (4, 4), 10)])
    longest = relations[0].n
    assert longest == 26
    prompts = [12, 12, 7]  # the third row has 21 nodes of its own, the rest is padding
    shown = torch.ones(3, 12, dtype=torch.long)
    shown[2, :5] = 0
    ids = tokens(3, 12)
    with use_relation(MODEL, relations) as use:
        found = MODEL.generate(ids, attention_mask=shown, cache=use.cache(), max_new_tokens=14, do_sample=False)
    alone = [causal(26), mutual(6, 6, 14), fork_join(3, (4, 4), 10)]
    for row, (relation, prompt) in enumerate(zip(alone, prompts, strict=True)):
        with use_relation(MODEL, relation) as use:
            expected = MODEL.generate(ids[row : row + 1, 12 - prompt :], cache=use.cache(), max_new_tokens=14, do_sample=False)
        assert torch.equal(found[row, 12 - prompt :], expected[0])


def test_the_relation_is_a_mask_function_too() -> None:
    relation = concentric([3, (4, 5), 3])
    reads = mask_function(relation)
    q, k = torch.meshgrid(torch.arange(26), torch.arange(26), indexing="ij")
    assert (reads(0, 0, q, k).numpy() == relation.dense()).all()
    from transformers.masking_utils import sdpa_mask

    found = sdpa_mask(batch_size=1, q_length=26, kv_length=26, mask_function=reads, use_vmap=True, allow_is_causal_skip=False)
    assert (found[0, 0].numpy() == relation.dense()).all()


def test_what_cannot_be_is_refused_with_the_reason() -> None:
    ids = tokens(1, 10)
    with use_relation(MODEL, causal(8)), pytest.raises(BadOption, match="8 nodes"):
        MODEL(input_ids=ids)
    with use_relation(MODEL, [causal(10)] * 3), pytest.raises(BadOption, match="batch"):
        MODEL(input_ids=ids)
    with pytest.raises(BadOption, match="one length"), use_relation(MODEL, [causal(8), causal(9)]):
        pass
    with use_relation(MODEL, mutual(4, 4, 2)) as use, pytest.raises(BadOption, match="later pass"):
        MODEL(input_ids=ids[:, :5], cache=use.cache())
    with use_relation(MODEL, causal(10)) as use, torch.no_grad():
        cache = use.cache()
        MODEL(input_ids=ids[:, :4], cache=cache)
        with pytest.raises(BadOption, match="cached already"):
            cache.go_to(2)
        cache.go_to(6)
        with pytest.raises(BadOption, match="node 4"):
            MODEL(input_ids=ids[:, 6:8], cache=cache)
    sliding = llama(kind="Mistral", sliding_window=4)
    with pytest.raises(BadOption, match="order of its own"), use_relation(sliding, causal(10)):
        pass

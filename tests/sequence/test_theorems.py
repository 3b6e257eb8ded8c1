"""What the order promises holds for a real stack of layers: no leak, exact caches, exact eviction, tight refreshes, safe growth.

Nothing is trained: the theorems are about any weights, so random ones are the harder case.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.core.errors import InputError
from aitia.sequence.audit import leak, replay
from aitia.sequence.models import Decoder, DecoderShape
from aitia.sequence.order import (
    Relation,
    block_diffusion,
    blocks,
    by_graph,
    causal,
    chunks,
    fork_join,
    full,
    mutual,
    pack,
    pad,
    prefix,
    queries,
    rings,
    scales,
    window,
)
from aitia.sequence.order.layouts import SO_FAR
from aitia.sequence.order.masks import mask_of
from aitia.sequence.order.relation import relation
from aitia.sequence.order.schedule import PositionRule
from tests.sequence.order.relations import relations

LAYERS, WORDS = 3, 17
LIMITS = {torch.float64: 1e-10, torch.float32: 1e-5}


def behind(image: Relation, text: int) -> Relation:
    """An image, and a text behind it that reads everything so far."""
    return relation(image.n + text, [*((s.start, s.stop, s.parts) for s in image.segments), (image.n, image.n + text, [SO_FAR])])


@dataclasses.dataclass(frozen=True)
class Layout:
    """A layout, what it grows into, and which theorems apply to it."""

    relation: Relation
    grown: Relation | None = None
    grows: bool = True  # T5: the cache goes on
    cached: bool = True  # T2, T3: there is more than one block, so there is something to cache


LAYOUTS: dict[str, Layout] = {
    "causal": Layout(causal(18), causal(24)),
    "full": Layout(full(12), full(15), grows=False, cached=False),
    "window": Layout(window(20, 5) & causal(20), window(26, 5) & causal(26)),
    "window and sink": Layout(window(20, 4, 2), window(26, 4, 2)),
    "prefix": Layout(causal(18) | prefix(18, 6), causal(24) | prefix(24, 6)),
    "blocks": Layout(blocks([3, 4, 2, 5]), blocks([3, 4, 2, 5, 4])),
    "frames with window and sink": Layout(blocks([3] * 7, 3, 1), blocks([3] * 9, 3, 1)),
    "scales": Layout(scales([1, 4, 9]), scales([1, 4, 9, 16])),
    "block diffusion": Layout(block_diffusion(16, 4), block_diffusion(24, 4)),
    "half a block": Layout(block_diffusion(18, 4), block_diffusion(24, 4), grows=False),
    "rings": Layout(rings(5, 6), behind(rings(5, 6), 5)),
    "rings and text": Layout(behind(rings(4, 4), 3), behind(rings(4, 4), 7)),
    "fork and join": Layout(fork_join(4, (5, 3, 4), 2), fork_join(4, (5, 3, 4), 7)),
    "forks in forks": Layout(fork_join(3, (4, (1, (2, (1, (2, 1), 1)), 2), 3), 2), fork_join(3, (4, (1, (2, (1, (2, 1), 1)), 2), 3), 5)),
    "mutual": Layout(mutual(8, 4, 5), mutual(8, 4, 8)),
    "a question behind an image": Layout(causal(8), mutual(8, 4, 3), grows=False),
    "queries": Layout(queries(8, 6), queries(8, 10)),
    "chunks": Layout(chunks(6, 4, n=22), chunks(6, 4, n=26)),
    # each chunk reads the next one and is read by it: look-ahead adds up over layers, and all is one block
    "chunks with look-ahead": Layout(chunks(6, 4, 1, 1, n=18), chunks(6, 4, 1, 1, n=26), grows=False, cached=False),
    "a graph": Layout(by_graph("a->b; a->c; b->d; c->d; e", {"a": 2, "b": 3, "c": 2, "d": 4})),
    "packed": Layout(pack([causal(6), full(4), rings(3, 3)]), pack([causal(6), full(4), rings(3, 3), causal(3)])),
    "padded": Layout(pad(causal(9), left=3, right=2)),
}
EVERY = pytest.mark.parametrize("name", LAYOUTS)
CACHED = pytest.mark.parametrize("name", [name for name, layout in LAYOUTS.items() if layout.cached])


def model_of(dtype: torch.dtype = torch.float64, layers: int = LAYERS, seed: int = 0) -> Decoder:
    return Decoder(DecoderShape(vocabulary=WORDS, width=32, layers=layers, heads=4, key_heads=2), seed=seed).to(dtype).requires_grad_(False)


def words(n: int, batch: int = 2, seed: int = 0) -> torch.Tensor:
    return torch.randint(WORDS, (batch, n), generator=torch.Generator().manual_seed(seed))


def audited(found: Relation, replacements: int = 32) -> None:
    """T1: the Jacobian is exactly zero where the order has no path, and large replacements change no bit."""
    model = model_of(torch.float32)
    places = found.schedule(LAYERS).positions
    x = torch.randn(1, found.n, 32, generator=torch.Generator().manual_seed(1))
    finding = leak(lambda given: model.hidden(given, found, places), x, found, layers=LAYERS, replacements=replacements)
    assert finding.passed, finding.says


@EVERY
def test_nothing_leaks_through_three_layers(name: str) -> None:
    audited(LAYOUTS[name].relation)


@settings(max_examples=25, deadline=None)
@given(relations)
def test_nothing_leaks_whatever_the_relation(found: Relation) -> None:
    audited(found)


def test_the_audit_sees_a_model_that_forgets_its_mask() -> None:
    model = model_of(torch.float32)
    x = torch.randn(1, 8, 32, generator=torch.Generator().manual_seed(1))
    assert not leak(lambda given: model.hidden(given, full(8)), x, causal(8), layers=LAYERS).passed


@pytest.mark.parametrize("dtype", LIMITS, ids=str)
@CACHED
def test_level_by_level_with_a_cache_equals_all_at_once(name: str, dtype: torch.dtype) -> None:
    found = LAYOUTS[name].relation
    model, tokens = model_of(dtype), words(found.n)
    cache = model.cache(found, batch=2)
    finding = replay(lambda: model(tokens, found), lambda nodes: model.step(tokens[:, nodes], nodes.numpy(), cache), cache.schedule)
    assert finding.passed and finding.threshold == LIMITS[dtype], finding.says


def extension(plan: object, rng: np.random.Generator) -> list[np.ndarray]:
    """The blocks in a random order in which each comes after all that it reads."""
    parts, order = plan.blocks, plan.relation.dense()
    below = [{int(b) for b in plan.block[order[nodes].any(axis=0)]} - {i} for i, nodes in enumerate(parts)]
    done: list[int] = []
    while len(done) < len(parts):
        ready = [i for i in range(len(parts)) if i not in done and below[i] <= set(done)]
        done.append(int(rng.choice(ready)))
    return [parts[i] for i in done]


def in_any_order(found: Relation, dtype: torch.dtype, seed: int) -> float:
    """The largest difference between one pass over everything and blocks in any order that the relation allows, forgetting as they go."""
    model, tokens = model_of(dtype), words(found.n, seed=seed)
    whole, cache = model(tokens, found), model.cache(found, batch=2)
    worst = 0.0
    for nodes in extension(cache.schedule, np.random.default_rng(seed)):
        worst = max(worst, float((model.step(tokens[:, nodes], nodes, cache) - whole[:, nodes]).abs().max()))
    return worst


@pytest.mark.parametrize("dtype", LIMITS, ids=str)
@CACHED
def test_blocks_in_any_order_that_the_relation_allows_give_the_same(name: str, dtype: torch.dtype) -> None:
    assert all(in_any_order(LAYOUTS[name].relation, dtype, seed) <= LIMITS[dtype] for seed in range(3))


@settings(max_examples=60, deadline=None)
@given(relations.filter(lambda found: found.n == 1 or found.schedule().block.max() > 0), st.integers(0, 100))
def test_relations_without_structure_run_in_any_order_too(found: Relation, seed: int) -> None:
    assert in_any_order(found, torch.float64, seed) <= 1e-10


@CACHED
def test_forgetting_by_the_schedule_is_exact_and_the_peak_is_the_one_foretold(name: str) -> None:
    found = LAYOUTS[name].relation
    model, tokens = model_of(), words(found.n)
    whole, cache = model(tokens, found), model.cache(found, batch=2)
    peak, worst, most = 0, 0.0, 0
    for level, step in enumerate(cache.schedule.steps()):
        logits = model.step(tokens[:, step.nodes], step.nodes, cache, evict=False)
        worst = max(worst, float((logits - whole[:, step.nodes]).abs().max()))
        peak, most = max(peak, len(cache.nodes)), max(most, cache.nbytes)
        cache.evict_after(level)
    assert worst <= 1e-10 and peak == cache.schedule.peak_live and not cache.nodes
    assert most == 2 * cache.schedule.bytes(heads=2, width=8, item=8)  # two rows


def test_a_window_in_the_order_bounds_the_cache() -> None:
    plan = LAYOUTS["frames with window and sink"].relation.schedule()
    assert plan.peak_live == 12 and plan.relation.n == 21


def test_what_was_forgotten_too_early_is_missed() -> None:
    model, tokens = model_of(), words(8)
    cache = model.cache(causal(8), batch=2)
    model.step(tokens[:, :4], range(4), cache)
    cache.evict([1])
    with pytest.raises(InputError, match="neither cached nor in this pass"):
        model.step(tokens[:, 4:5], [4], cache)


def refreshed(found: Relation, layers: int, cached: np.ndarray, nodes: np.ndarray) -> float:
    """The error of cached entries when the condition of all nodes changed and only some nodes are computed again."""
    model = model_of(layers=layers)
    plan = found.schedule(layers=layers)
    condition = torch.randn(32, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    x = model.embedding(words(found.n)) + condition
    whole = model.compute(x, plan.positions, None, found)
    part = model.compute(x[:, nodes], plan.positions[nodes], None, torch.from_numpy(mask_of(found, nodes, nodes)))
    at = np.searchsorted(nodes, cached)
    pairs = ((whole.keys, part.keys), (whole.values, part.values))
    return max(float((one[..., cached, :] - other[..., at, :]).abs().max()) for one, other in pairs)


@pytest.mark.parametrize(("layers", "width", "sink"), [(3, 3, 0), (4, 2, 0), (2, 4, 0), (3, 3, 1), (4, 3, 1)])
def test_the_span_of_a_refresh_is_enough_and_one_block_less_is_not(layers: int, width: int, sink: int) -> None:
    found = blocks([2] * 16, width, sink)
    plan = found.schedule(layers=layers)
    span, last = plan.recache_span(width), np.arange(found.n - 2 * width, found.n)
    assert span.blocks == width + (layers - 1) * (width - 1) + sink
    assert refreshed(found, layers, last, span.nodes) <= 1e-10
    oldest = plan.block[span.nodes[2 * sink]]  # the sink comes first and stays
    assert refreshed(found, layers, last, span.nodes[plan.block[span.nodes] != oldest]) > 1e-4
    if sink:  # a sink that keeps the old condition is no sink of the new one
        assert refreshed(found, layers, last, span.nodes[2 * sink :]) > 1e-4
    assert refreshed(found, layers, last, last) > 1e-4  # the window alone, as is usual


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_a_refresh_makes_all_exact_that_later_blocks_read(layers: int) -> None:
    """Where nobody comes later, entries of one layer need no sink: they rest on nothing that they read."""
    found = blocks([2] * 16, 3, 1)
    plan, until = found.schedule(layers=layers), 24
    read = np.flatnonzero(found.dense()[until:, :until].any(axis=0))
    span = plan.recache_span(2, until=until)
    assert read.tolist() == [0, 1, 20, 21, 22, 23] and refreshed(found, layers, read, span.nodes) <= 1e-10
    last = np.arange(found.n - 6, found.n)
    ended = plan.recache_span(3).nodes
    assert (0 in ended) == (layers > 1) and refreshed(found, layers, last, ended) <= 1e-10


def grown_by_cache(before: Relation, after: Relation, layers: int, rule: PositionRule) -> np.ndarray:
    """How far the entries of a cache made under one order are from those under its extension, for each node."""
    model, tokens = model_of(layers=layers), words(after.n)
    plan, later = before.schedule(layers, rule), after.schedule(layers, rule)
    old = model.compute(model.embedding(tokens[:, : before.n]), plan.positions, None, before)
    new = model.compute(model.embedding(tokens), later.positions, None, after)
    gaps = [(a - b[..., : before.n, :]).abs().amax(dim=(0, 1, 2, 4)) for a, b in ((old.keys, new.keys), (old.values, new.values))]
    return torch.maximum(*gaps).numpy()


GROWING = [name for name, layout in LAYOUTS.items() if layout.grown is not None]


@pytest.mark.parametrize("rule", ["height", "index"])
@pytest.mark.parametrize("layers", [1, 2, 3, 6])
@pytest.mark.parametrize("name", GROWING)
def test_a_cache_goes_on_exactly_where_no_old_node_reads_anything_new(name: str, layers: int, rule: PositionRule) -> None:
    layout = LAYOUTS[name]
    spoiled = layout.relation.schedule(layers, rule).appendable(layout.grown)
    assert layers == 1 or (len(spoiled) == 0) == layout.grows
    gaps = grown_by_cache(layout.relation, layout.grown, layers, rule)
    assert np.flatnonzero(gaps > 1e-10).tolist() == spoiled.tolist() and (len(spoiled) == 0 or gaps[spoiled].min() > 1e-6)


@pytest.mark.parametrize("name", [name for name in GROWING if LAYOUTS[name].grows and LAYOUTS[name].cached])
def test_generation_goes_on_from_a_grown_cache(name: str) -> None:
    before, after = LAYOUTS[name].relation, LAYOUTS[name].grown
    model, tokens = model_of(), words(after.n)
    cache = model.cache(after, batch=2)
    old = model.compute(model.embedding(tokens[:, : before.n]), before.schedule(LAYERS).positions, None, before)
    cache.append(range(before.n), old.keys, old.values)
    new = np.arange(before.n, after.n)
    assert (model.step(tokens[:, new], new, cache, evict=False) - model(tokens, after)[:, new]).abs().max() <= 1e-10

"""A cache gives back what was put in, node by node, however it is forked, joined, evicted, and taken back."""

from __future__ import annotations

import random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.core.errors import BadOption, InputError
from aitia.sequence.order import Relation, blocks, by_graph, causal, fork_join, full, window
from aitia.sequence.stream.cache import OrderCache
from aitia.sequence.stream.fold import FoldCache
from aitia.sequence.stream.pool import PAGE, Pool, Shape
from tests.sequence.order.relations import relations

SHAPE = Shape(layers=2, batch=1, heads=2, width=3, dtype=torch.float64)


def entries(nodes: list[int], salt: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Keys and values that tell which node, layer and head they belong to."""
    base = torch.tensor(nodes, dtype=torch.float64)[None, None, None, :, None] + salt / 1000
    shape = torch.arange(2)[:, None, None, None, None] * 100 + torch.arange(2)[None, None, :, None, None] * 10_000
    keys = (base + shape).expand(2, 1, 2, len(nodes), 3).clone()
    return keys, -keys


def holds(cache: OrderCache, model: dict[int, int]) -> None:
    """The cache holds the nodes of the model, each with its salt."""
    assert sorted(cache.nodes) == sorted(model)
    for layer in range(2):
        keys, values = cache.view(layer, sorted(model))
        expected = [entries([node], model[node])[0][layer, :, :, 0] for node in sorted(model)]
        assert torch.equal(keys, torch.stack(expected, dim=2) if expected else keys) and torch.equal(values, -keys)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_caches_behave_like_dicts(data: st.DataObject) -> None:
    pool = Pool(SHAPE)
    plan = causal(600).schedule(layers=2)
    caches = [OrderCache(plan, SHAPE, pool)]
    models: list[dict[int, int]] = [{}]
    kept = []
    fresh = 0
    for _ in range(data.draw(st.integers(1, 25))):
        i = data.draw(st.integers(0, len(caches) - 1))
        cache, model = caches[i], models[i]
        act = data.draw(st.sampled_from(["append", "append", "evict", "fork", "join", "keep", "back"]))
        if act == "append":
            nodes = list(range(fresh, fresh + data.draw(st.integers(1, PAGE + 4))))
            fresh = nodes[-1] + 1
            cache.append(nodes, *entries(nodes, i))
            model |= dict.fromkeys(nodes, i)
        elif act == "evict" and model:
            gone = data.draw(st.sets(st.sampled_from(sorted(model))))
            cache.evict(gone)
            models[i] = {node: salt for node, salt in model.items() if node not in gone}
        elif act == "fork" and len(caches) < 6:
            caches += cache.fork(2)
            models += [dict(model), dict(model)]
        elif act == "join" and len(caches) > 1:
            j = data.draw(st.integers(0, len(caches) - 1))
            caches.append(cache.join([caches[j]]))
            models.append(model | models[j])
        elif act == "keep":
            kept.append((i, cache.snapshot(), dict(model)))
        elif act == "back" and kept:
            i, snapshot, model = kept.pop()
            caches[i].restore(snapshot)
            models[i] = model
        holds(caches[i], models[i])
        holds(caches[-1], models[-1])
    for one, other in zip(caches, models, strict=True):
        holds(one, other)


def test_pages_are_free_again_when_nobody_uses_them() -> None:
    pool = Pool(SHAPE)
    cache = OrderCache(causal(400).schedule(), SHAPE, pool)
    for start in range(0, 400, 10):
        nodes = list(range(start, start + 10))
        cache.append(nodes, *entries(nodes))
        cache.evict(node for node in cache.nodes if node < start - 20)
    assert len(pool.users) - len(pool.free) <= 4


def test_forks_and_joins_copy_nothing() -> None:
    pool = Pool(SHAPE)
    cache = OrderCache(fork_join(100, (30, 30, 30), 5).schedule(), SHAPE, pool)
    cache.append(range(100), *entries(list(range(100))))
    before = len(pool.users) - len(pool.free)
    paths = cache.fork(3)
    assert len(pool.users) - len(pool.free) == before
    for i, path in enumerate(paths):
        nodes = list(range(100 + 30 * i, 130 + 30 * i))
        path.append(nodes, *entries(nodes))
    assert len(pool.users) - len(pool.free) == before + 3 * 2
    joined = cache.join(paths)
    holds(joined, dict.fromkeys(range(190), 0))
    assert len(pool.users) - len(pool.free) == before + 3 * 2


def test_the_peak_is_that_of_the_schedule() -> None:
    plan = blocks([12] * 8, window=3, sink=1).schedule(layers=2)
    cache = OrderCache(plan, SHAPE)
    most = 0
    for level, step in enumerate(plan.steps()):
        assert set(step.reads.tolist()) <= set(cache.nodes)
        cache.append(step.nodes, *entries(step.nodes.tolist()))
        most = max(most, len(cache.nodes))
        assert sorted(cache.evict_after(level)) == sorted(step.evicts.tolist())
    assert most == plan.peak_live == 48
    assert plan.bytes(heads=2, width=3, item=8) == 48 * 2 * 2 * 2 * 3 * 8


@settings(max_examples=200, deadline=None)
@given(relations.filter(lambda found: found.n == 1 or found.schedule().block.max() > 0), st.randoms(use_true_random=False))
def test_nothing_is_forgotten_that_somebody_to_come_reads(found: Relation, chance: random.Random) -> None:
    """The nodes come in any order, even one in which no model could compute them."""
    plan, mask = found.schedule(layers=2), found.dense()
    cache, left = OrderCache(plan, SHAPE), chance.sample(range(found.n), found.n)
    came: list[int] = []
    while left:
        node = left.pop()
        came.append(node)
        cache.append([node], *entries([node]))
        cache.evict_after(int(plan.height[node]))
        assert {k for k in came if mask[left, k].any()} <= set(cache.nodes)
    cache.evict_after(plan.depth)
    assert not cache.nodes


@pytest.mark.parametrize("order", [window(12, 1, 2), blocks([1] * 12, 1, 2)], ids=["window", "blocks"])
def test_a_sink_outlives_a_window_of_one(order: Relation) -> None:
    """All nodes behind the sink share one level, but come one by one."""
    cache = OrderCache(order.schedule(layers=2), SHAPE)
    for node in range(12):
        cache.append([node], *entries([node]))
        cache.evict_after(int(cache.schedule.height[node]))
        assert cache.nodes == ([] if node == 11 else list(range(min(node + 1, 2))))


def test_who_has_come_is_known_after_a_fork_a_join_and_a_way_back() -> None:
    cache = OrderCache(window(7, 1, 1).schedule(layers=2), SHAPE)
    cache.append([0], *entries([0]))
    kept, paths = cache.snapshot(), cache.fork(2)
    for path, nodes in zip(paths, ([1, 2, 3], [4, 5, 6]), strict=True):
        path.append(nodes, *entries(nodes))
        path.evict_after(1)
        assert path.nodes == [0]  # the other path's nodes have not come here
    joined = paths[0].join(paths[1:])
    assert joined.evict_after(1) == [0]
    cache.append(range(1, 7), *entries(list(range(1, 7))))
    assert len(cache.evict_after(1)) == 7
    cache.restore(kept)
    assert cache.evict_after(1) == [] and cache.nodes == [0]
    cache.append(range(1, 7), *entries(list(range(1, 7))))
    assert cache.invalidate([3]) == [3] and cache.evict_after(1) == [1, 2, 4, 5, 6]


def test_an_intervention_takes_the_descendants_out() -> None:
    relation = by_graph("prompt->frame1; prompt->frame2; frame1->frame2; style->frame2; other", {"prompt": 2, "frame1": 3, "frame2": 3})
    cache = OrderCache(relation.schedule(layers=2), SHAPE)
    nodes = list(range(relation.n))
    cache.append(nodes, *entries(nodes))
    names = ["prompt"] * 2 + ["frame1"] * 3 + ["frame2"] * 3 + ["style", "other"]
    gone = cache.invalidate([names.index("style")])
    assert {names[node] for node in gone} == {"style", "frame2"}
    gone = cache.invalidate([0, 1])
    assert {names[node] for node in gone} == {"prompt", "frame1"}
    assert {names[node] for node in cache.nodes} == {"other"}


def test_what_cannot_be_is_refused_with_the_reason() -> None:
    with pytest.raises(BadOption, match="reads every other"):
        OrderCache(full(8).schedule(), SHAPE)
    with pytest.raises(BadOption, match="cannot be joined"):
        one = FoldCache((torch.zeros(2, 2),))
        one.join(one.fork(1))
    cache = OrderCache(causal(8).schedule(), SHAPE)
    cache.append([0], *entries([0]))
    with pytest.raises(InputError, match="cached already"):
        cache.append([0], *entries([0]))
    for node in (8, -1):
        with pytest.raises(InputError, match="no node"):
            cache.append([node], *entries([node]))
    with pytest.raises(InputError, match="not cached"):
        cache.view(0, [3])
    with pytest.raises(BadOption, match="shape"):
        cache.append([1, 2], *entries([1]))
    other = OrderCache(causal(8).schedule(), SHAPE)
    with pytest.raises(BadOption, match="forked"):
        cache.join([other])

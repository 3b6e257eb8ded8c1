"""Blocks, heights, lifetimes and re-cache spans are those of the definitions, for every layout and for relations without structure."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.core.graph import Edge, Graph
from aitia.graphs.reachability import descendants
from aitia.sequence.order import Relation, block_diffusion, blocks, causal, chunks, fork_join, mutual, pack, pad, rings, scales, window
from aitia.sequence.order.condense import by_pairs
from aitia.sequence.order.intervals import part
from aitia.sequence.order.relation import relation
from tests.sequence.order.relations import anything, layouts, relations


def closed(mask: np.ndarray) -> np.ndarray:
    """Who depends on whom, at any remove."""
    found = mask | np.eye(len(mask), dtype=bool)
    for k in range(len(mask)):
        found |= np.outer(found[:, k], found[k])
    return found


def by_definition(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Blocks and heights from the closure."""
    reach = closed(mask)
    first = (reach & reach.T).argmax(axis=1)
    heights: dict[int, int] = {}

    def height(label: int) -> int:
        if label not in heights:
            below = set(first[mask[first == label].any(axis=0)].tolist()) - {label}
            heights[label] = 1 + max(map(height, below), default=-1)
        return heights[label]

    return np.unique(first, return_inverse=True)[1], np.array([height(int(label)) for label in first])


@settings(max_examples=600, deadline=None)
@given(relations)
def test_blocks_and_heights_are_those_of_the_closure(found: Relation) -> None:
    block, height = by_definition(found.dense())
    plan = found.schedule()
    assert (plan.block == block).all() and (plan.height == height).all()
    assert plan.depth == height.max() + 1 and (plan.positions.numpy() == height).all()
    assert sorted(np.concatenate(plan.levels).tolist()) == list(range(found.n))


@settings(max_examples=200, deadline=None)
@given(st.lists(layouts() | anything(), min_size=2, max_size=8), st.booleans())
def test_many_components_give_what_their_pairs_give(items: list[Relation], over: bool) -> None:
    """Long runs of components and breaks between them; nodes behind that read all join them."""
    found = pack(items)
    found = found | causal(found.n) if over else found
    plan, reference = found.schedule(), by_pairs(found)
    assert (plan.block == reference.block).all() and (plan.height == reference.height).all()


LONG = {
    "chunks that look ahead": chunks(7, 5, 3, 2, n=600),
    "chunks that look ahead, all behind": chunks(7, 5, None, 1, n=600),
    "images and questions": pack([mutual(20, 9, 12)] * 9) | causal(9 * 41),
    "rings in a text": pad(pack([rings(9, 7), causal(30)] * 5), left=3, right=3) | causal(5 * 93 + 6),
    "rings that read each other's": rings(12, 12) | blocks([16] * 9, 2),
    "blocks from last to first": relation(400, [(a, a + 20, [part(a, 400)]) for a in range(0, 400, 20)]),
    "windows to both sides": relation(500, [(0, 500, [part(-3, 4, low_moves=True, high_moves=True)])]) | block_diffusion(500, 25),
}


@pytest.mark.parametrize("name", LONG)
def test_long_layouts_give_what_their_pairs_give(name: str) -> None:
    plan, reference = LONG[name].schedule(), by_pairs(LONG[name])
    assert (plan.block == reference.block).all() and (plan.height == reference.height).all()


def test_windows_to_both_sides_are_planned_without_their_pairs() -> None:
    n = 200_000
    plan = relation(n, [(0, n, [part(-300, 301, low_moves=True, high_moves=True)])]).schedule()
    assert plan.depth == 1 and plan.block.max() == 0 and plan.peak_live == n


@settings(max_examples=300, deadline=None)
@given(relations)
def test_a_node_lives_until_its_last_reader(found: Relation) -> None:
    mask, plan = found.dense(), found.schedule()
    last = [max([int(plan.height[q]) for q in np.flatnonzero(mask[:, k])] + [int(plan.height[k])]) for k in range(found.n)]
    assert plan.last_use.tolist() == last
    alive = [sum(plan.height[k] <= level <= last[k] for k in range(found.n)) for level in range(plan.depth)]
    assert plan.peak_live == max(alive)


@settings(max_examples=200, deadline=None)
@given(relations)
def test_steps_compute_every_node_once_and_read_only_what_is_there(found: Relation) -> None:
    mask, plan = found.dense(), found.schedule()
    cached: set[int] = set()
    computed: list[int] = []
    for step in plan.steps():
        nodes = set(step.nodes.tolist())
        assert set(step.reads.tolist()) <= cached
        assert {int(k) for q in nodes for k in np.flatnonzero(mask[q])} - nodes == set(step.reads.tolist())
        computed += step.nodes.tolist()
        cached |= nodes
        cached -= set(step.evicts.tolist())
    assert sorted(computed) == list(range(found.n)) and not cached


@settings(max_examples=200, deadline=None)
@given(anything(), st.integers(0, 2**14 - 1))
def test_what_an_intervention_changes_are_the_descendants_in_the_graph(found: Relation, code: int) -> None:
    chosen = [k for k in range(found.n) if code >> k & 1]
    mask = found.dense()
    names = tuple(f"n{k}" for k in range(found.n))
    edges = tuple(Edge(source=names[k], target=names[q], lag=1) for q, k in zip(*np.nonzero(mask), strict=True))
    graph = Graph(nodes=names, edges=edges)
    below = descendants(graph, [names[k] for k in chosen]) if chosen else frozenset()
    assert {names[k] for k in found.schedule().invalidated(chosen)} == below


@settings(max_examples=200, deadline=None)
@given(st.data(), st.integers(1, 4), st.sampled_from(["height", "index"]))
def test_an_extended_relation_spoils_what_reads_otherwise_and_what_rests_on_it(data: st.DataObject, layers: int, rule: str) -> None:
    """Layer by layer: what an entry holds is the node and its place at first, then what the layer before gave to what it reads."""
    one = data.draw(relations)
    other = data.draw(anything(20).filter(lambda found: found.n >= one.n))
    before, after = one.dense(), other.dense()
    differs = (after[: one.n, : one.n] != before).any(axis=1) | after[: one.n, one.n :].any(axis=1)
    moved = np.zeros(one.n, dtype=bool) if rule == "index" else by_definition(after)[1][: one.n] != by_definition(before)[1]
    spoiled = state = moved
    for _ in range(layers - 1):
        state = state | differs | (before & spoiled).any(axis=1)
        spoiled = spoiled | state
    assert one.schedule(layers, rule).appendable(other).tolist() == np.flatnonzero(spoiled).tolist()


def test_more_text_behind_a_text_spoils_nothing_and_a_question_behind_an_image_spoils_it() -> None:
    assert causal(6).schedule(3).appendable(causal(9)).tolist() == []
    assert window(6, 3).schedule(3).appendable(window(9, 3)).tolist() == []
    assert causal(6).schedule(3).appendable(mutual(6, 3, 2)).tolist() == list(range(6))
    assert causal(6).schedule(1, "index").appendable(mutual(6, 3, 2)).tolist() == []  # entries of one layer hold no reads


def test_more_sound_behind_a_stream_that_looks_ahead_spoils_one_chunk_more_with_each_layer() -> None:
    before, after = chunks(4, 4, right=1, n=24), chunks(4, 4, right=1, n=28)
    assert [len(before.schedule(layers).appendable(after)) for layers in (1, 2, 3, 4, 20)] == [0, 4, 8, 12, 24]


@pytest.mark.parametrize(("layers", "width"), [(1, 3), (3, 3), (4, 2), (2, 4), (5, 3)])
def test_refreshing_a_window_takes_exactly_the_blocks_of_the_theorem(layers: int, width: int) -> None:
    plan = blocks([2] * 40, width).schedule(layers=layers)
    assert plan.recache_span(width).blocks == width + (layers - 1) * (width - 1)
    assert plan.recache_span(width, until=2 * width).nodes.tolist() == list(range(2 * width))


@settings(max_examples=100, deadline=None)
@given(relations, st.integers(1, 4), st.data())
def test_a_refresh_computes_what_the_kept_blocks_and_those_read_later_rest_on(found: Relation, layers: int, data: st.DataObject) -> None:
    plan, mask = found.schedule(layers=layers), found.dense()
    until = data.draw(st.none() | st.integers(1, found.n))
    end = found.n if until is None else until
    names = np.unique(plan.block[:end])
    kept = data.draw(st.integers(1, len(names)))
    chosen = np.isin(plan.block, names[-kept:]) | mask[end:].any(axis=0)
    chosen[end:] = False
    for _ in range(layers - 1):
        chosen = chosen | mask[chosen].any(axis=0)
    assert plan.recache_span(kept, until=until).nodes.tolist() == np.flatnonzero(chosen).tolist()


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_a_refresh_takes_the_sink_along_as_long_as_somebody_reads_it(layers: int) -> None:
    """A layer's entries rest on nothing that it reads: with one layer a sink counts for those behind, not for the kept blocks."""
    plan = blocks([2] * 12, 3, 1).schedule(layers=layers)
    span = plan.recache_span(2, until=20)
    assert span.blocks == 2 * layers + 1 and span.nodes[:2].tolist() == [0, 1]
    assert (0 in plan.recache_span(2).nodes) == (layers > 1)


def test_published_positions_are_heights() -> None:
    """Rings: the ring, and text resumes behind the last one. Fork and join: paths restart together, the join follows the longest."""
    eight = rings(8, 8).schedule()
    row, column = np.divmod(np.arange(64), 8)
    assert eight.depth == 4
    assert (eight.positions.numpy() == np.minimum.reduce([row, column, 7 - row, 7 - column])).all()
    plan = fork_join(20, (24, 16, 20), 16).schedule()
    starts = [20, 44, 60]
    expected = np.concatenate([np.arange(20), *(20 + np.arange(size) for size in (24, 16, 20)), 20 + 24 + np.arange(16)])
    assert plan.depth == 60 and (plan.positions.numpy() == expected).all() and plan.height[starts].tolist() == [20] * 3
    assert scales([1, 4, 16, 64]).schedule().positions.tolist() == [0] + [1] * 4 + [2] * 16 + [3] * 64
    frames = blocks([12] * 8, window=3, sink=1).schedule()
    assert frames.depth == 8 and frames.peak_live == 48 and frames.positions.tolist() == np.repeat(np.arange(8), 12).tolist()


@pytest.mark.parametrize(("height", "width"), [(5, 5), (7, 4), (1, 6), (3, 8), (24, 24)])
def test_odd_grids_end_in_a_line_or_a_cell(height: int, width: int) -> None:
    plan = rings(height, width).schedule()
    assert plan.depth == (min(height, width) + 1) // 2
    row, column = np.divmod(np.arange(height * width), width)
    assert (plan.height == np.minimum.reduce([row, column, height - 1 - row, width - 1 - column])).all()

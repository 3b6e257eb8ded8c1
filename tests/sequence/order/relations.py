"""Draw random relations, each with its mask written out pair by pair."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from aitia.sequence.order import Relation, blocks, by_graph, causal, chunks, fork_join, full, mutual, pad, prefix, queries, rings, window
from aitia.sequence.order.intervals import Part, part
from aitia.sequence.order.relation import relation

Rows = list[tuple[int, int, list[Part]]]


@st.composite
def rows(draw: st.DrawFn, n: int) -> Rows:
    """Runs of queries with any parts, overlapping, empty and beyond the nodes."""
    found: Rows = []
    start = 0
    while start < n:
        stop = min(n, start + draw(st.integers(1, 5)))
        parts = [
            part(draw(st.integers(-6, n)), draw(st.integers(-3, n + 3)), low_moves=draw(st.booleans()), high_moves=draw(st.booleans()))
            for _ in range(draw(st.integers(0, 3)))
        ]
        found.append((start, stop, parts))
        start = stop
    return found


def mask_of(n: int, given: Rows) -> np.ndarray:
    """The mask of runs, pair by pair."""
    mask = np.zeros((n, n), dtype=bool)
    for start, stop, parts in given:
        for query in range(start, stop):
            for item in parts:
                low, high = item.at(query)
                mask[query, max(low, 0) : max(min(high, n), 0)] = True
    return mask


@st.composite
def anything(draw: st.DrawFn, most: int = 14) -> Relation:
    """A relation without structure."""
    n = draw(st.integers(1, most))
    return relation(n, draw(rows(n)))


def forks() -> st.SearchStrategy[tuple]:
    """Forks whose paths may be forks of their own, as may be what follows a join."""

    def forked(path: st.SearchStrategy) -> st.SearchStrategy:
        return st.tuples(st.integers(0, 3), st.lists(path, min_size=1, max_size=3), st.integers(0, 3) | path)

    return forked(st.recursive(st.integers(1, 4), forked, max_leaves=7))


@st.composite
def layouts(draw: st.DrawFn) -> Relation:
    """One of the named layouts, or two of one length combined."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=2, max_size=5))
    n = sum(sizes)
    plain = [
        causal(n),
        full(n),
        window(n, draw(st.integers(1, n)), draw(st.integers(0, 4))),
        prefix(n, draw(st.integers(0, n))),
        blocks(sizes, draw(st.none() | st.integers(1, 4)), draw(st.integers(0, 2))),
        chunks(draw(st.integers(1, 5)), draw(st.integers(1, 4)), draw(st.none() | st.integers(0, 2)), draw(st.integers(0, 1)), n=n),
    ]
    single = [
        rings(sizes[0], sizes[1]),
        fork_join(draw(st.integers(0, 4)), sizes, draw(st.integers(0, 4))),
        fork_join(*draw(forks())),
        mutual(sizes[0], sizes[1], draw(st.integers(0, 4))),
        queries(sizes[0], sizes[1]),
        pad(causal(sizes[0]), left=draw(st.integers(0, 2)), right=draw(st.integers(0, 2))),
        by_graph("a->b; c->b; d->c; a->d; e", dict(zip("abcd", sizes, strict=False))),
    ]
    form = draw(st.sampled_from(["one", "single", "and", "or"]))
    if form == "single":
        return draw(st.sampled_from(single))
    one, other = draw(st.sampled_from(plain)), draw(st.sampled_from(plain))
    return one if form == "one" else one & other if form == "and" else one | other


relations = anything() | layouts()

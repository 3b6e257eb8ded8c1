"""Follow reads: what a set of nodes reads, what comes to depend on it, and where two relations differ."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

from aitia.sequence.order.intervals import Part, Reads, moved
from aitia.sequence.order.masks import intervals_of


def read_by(relation: Reads, chosen: np.ndarray) -> np.ndarray:
    """Return which nodes (n,) some chosen node reads."""
    _, low, high = intervals_of(relation, np.flatnonzero(chosen))
    marks = np.bincount(low, minlength=relation.n) - np.bincount(high, minlength=relation.n + 1)[:-1]
    return np.cumsum(marks) > 0


def reads_any(relation: Reads, chosen: np.ndarray) -> np.ndarray:
    """Return which nodes (n,) read some chosen node."""
    before = np.r_[0, np.cumsum(chosen)]
    found = np.zeros(relation.n, dtype=bool)
    for segment in relation.segments:
        queries = np.arange(segment.start, segment.stop)
        for item in segment.parts:
            low, high = moved(item, queries)
            found[segment.start : segment.stop] |= (before[high] > before[low])[:, 0]
    return found


def dependents(relation: Reads, chosen: np.ndarray, removes: int | None = None) -> np.ndarray:
    """Return which nodes (n,) depend on a chosen one, it included, at so many removes or at any: its descendants."""
    return followed(reads_any, relation, chosen, removes)


def dependencies(relation: Reads, chosen: np.ndarray, removes: int | None = None) -> np.ndarray:
    """Return on which nodes (n,) a chosen one depends, it included, at so many removes or at any: its ancestors."""
    return followed(read_by, relation, chosen, removes)


def followed(step: Callable[[Reads, np.ndarray], np.ndarray], relation: Reads, chosen: np.ndarray, removes: int | None) -> np.ndarray:
    """Return the nodes (n,) that so many steps reach, or any number."""
    found = chosen
    for _ in itertools.count() if removes is None else range(removes):
        wider = found | step(relation, found)
        if (wider == found).all():
            break
        found = wider
    return found


def changed(before: Reads, after: Reads) -> np.ndarray:
    """Return which nodes of the first relation (n,) read other nodes in the second, which may have more nodes."""
    found = np.zeros(before.n, dtype=bool)
    i = j = 0
    while i < len(before.segments) and j < len(after.segments):
        one, other = before.segments[i], after.segments[j]
        start, stop = max(one.start, other.start), min(one.stop, other.stop)
        if start < stop and one.parts != other.parts:
            queries = np.arange(start, stop)
            found[start:stop] = differs(one.parts, other.parts, queries)
        i, j = i + (one.stop == stop), j + (other.stop == stop)
    return found


def differs(one: tuple[Part, ...], other: tuple[Part, ...], queries: np.ndarray) -> np.ndarray:
    """Return which queries (q,) read other intervals by the second parts than by the first."""
    if len(one) != len(other):
        return np.ones(len(queries), dtype=bool)
    found = np.zeros(len(queries), dtype=bool)
    for a, b in zip(one, other, strict=True):
        for first, second in zip(moved(a, queries), moved(b, queries), strict=True):
            found |= np.broadcast_to((first != second)[:, 0], queries.shape)
    return found

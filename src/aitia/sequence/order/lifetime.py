"""Tell when each node is read for the last time, and how many nodes must be kept at once."""

from __future__ import annotations

import numpy as np

from aitia.sequence.order.condense import reach
from aitia.sequence.order.intervals import Part, Reads, Segment


def last_use(relation: Reads, height: np.ndarray) -> np.ndarray:
    """Return for each node (n,) the height of its last reader, its own where nobody else reads it."""
    found = height.copy()
    still: list[tuple[int, int, int]] = []
    for segment in relation.segments:
        highest = int(height[segment.start : segment.stop].max())
        for item in segment.parts:
            if item.low.moves or item.high.moves:
                along(item, segment, height, found)
            else:
                still.append((item.low.offset, item.high.offset, highest))
    return np.maximum(found, painted(relation.n, still))


def along(item: Part, segment: Segment, height: np.ndarray, found: np.ndarray) -> None:
    """Raise `found` to the highest reader of each key of a part that moves: the queries that read a key are an interval too."""
    (a, b), (c, d) = item.at(segment.start), item.at(segment.stop - 1)
    keys = np.arange(min(a, c), max(b, d))
    first = keys - item.high.offset + 1 if item.high.moves else np.full(len(keys), segment.start)
    last = keys - item.low.offset + 1 if item.low.moves else np.full(len(keys), segment.stop)
    readers = reach(height, np.maximum(first, segment.start), np.minimum(last, segment.stop))
    found[keys[0] : keys[-1] + 1] = np.maximum(found[keys[0] : keys[-1] + 1], readers)


def painted(n: int, intervals: list[tuple[int, int, int]]) -> np.ndarray:
    """Return the greatest value among the intervals (low, high, value) that cover each node, -1 where none does."""
    found = np.full(n, -1, dtype=np.int64)
    if not intervals:
        return found
    low, high, value = np.array(intervals, dtype=np.int64).T
    level = np.floor(np.log2(high - low)).astype(np.int64)
    layer = found
    for k in range(int(level.max()), -1, -1):
        width = 2**k
        own = level == k
        np.maximum.at(layer, low[own], value[own])
        np.maximum.at(layer, high[own] - width, value[own])
        if k:  # each value covers `width` nodes: halve it into two that cover half as many
            layer[width // 2 :] = np.maximum(layer[width // 2 :], layer[: n - width // 2])
    return layer


def peak_live(height: np.ndarray, last: np.ndarray) -> int:
    """Return the greatest number of nodes that are computed and still to be read, over all steps."""
    steps = int(max(height.max(), last.max())) + 2
    born, gone = np.bincount(height, minlength=steps), np.bincount(last + 1, minlength=steps)
    return int(np.cumsum(born - gone).max())

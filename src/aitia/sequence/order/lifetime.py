"""Tell when each node is read for the last time, and how many nodes must be kept at once."""

from __future__ import annotations

import numpy as np

from aitia.sequence.order.intervals import Reads
from aitia.sequence.order.maxima import painted, reach
from aitia.sequence.order.pieces import Pieces, cut


def last_use(relation: Reads, height: np.ndarray) -> np.ndarray:
    """Return for each node (n,) the height of its last reader, its own where nobody else reads it."""
    return last_readers(cut(relation), height)


def last_readers(pieces: Pieces, height: np.ndarray) -> np.ndarray:
    """Return for each node (n,) the height of its last reader, its own where nobody else reads it.

    The highest query of a piece decides for all keys of an interval that stands still. So it does for the keys that
    only the first or only the last queries of a piece read, if it is the first or the last one.
    """
    top = np.maximum.reduceat(height, pieces.start)
    value = np.full(len(pieces.edge) - 1, -1)
    np.maximum.at(value, pieces.reads, top)
    value = value[pieces.set_of]
    (a, b), (c, d) = pieces.low, pieces.high
    first, last = height[pieces.start], height[pieces.stop - 1]
    simple = (pieces.owner < 0) | ((a == b) & (c == d))
    meet = (b < c) & ((a == b) | (first == top)[pieces.owner]) & ((c == d) | (last == top)[pieces.owner])
    level = (top == np.minimum.reduceat(height, pieces.start))[pieces.owner]
    plain = simple | meet | level
    found = np.maximum(height, over_nodes(pieces, a[plain], d[plain], value[plain]))
    for at in np.flatnonzero(~plain).tolist():
        along(pieces, at, height, found)
    return found


def over_nodes(pieces: Pieces, low: np.ndarray, high: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return the greatest value among the intervals that cover each node (n,); those that hold whole pieces are laid over these."""
    of_nodes = pieces.of_nodes
    first, last = of_nodes[low], of_nodes[high - 1]
    whole = (pieces.start[first] == low) & (pieces.stop[last] == high)
    over = painted(len(pieces.start), first[whole], last[whole] + 1, value[whole])[of_nodes]
    return over if whole.all() else np.maximum(over, painted(pieces.n, low[~whole], high[~whole], value[~whole]))


def along(pieces: Pieces, at: int, height: np.ndarray, found: np.ndarray) -> None:
    """Raise `found` to the highest reader of each key of an interval that moves: the queries that read a key are an interval too."""
    start, stop = int(pieces.start[pieces.owner[at]]), int(pieces.stop[pieces.owner[at]])
    (a, b), (c, d) = pieces.low[:, at].tolist(), pieces.high[:, at].tolist()
    keys = np.arange(a, d)
    first = np.maximum(start, keys - c + start + 1) if d > c else np.full(len(keys), start)
    last = np.minimum(stop, keys - a + start + 1) if b > a else np.full(len(keys), stop)
    found[a:d] = np.maximum(found[a:d], reach(height, first, last))


def peak_live(height: np.ndarray, last: np.ndarray) -> int:
    """Return the greatest number of nodes that are computed and still to be read, over all steps."""
    steps = int(max(height.max(), last.max())) + 2
    born, gone = np.bincount(height, minlength=steps), np.bincount(last + 1, minlength=steps)
    return int(np.cumsum(born - gone).max())

"""Set the heights of nodes: how long a chain of blocks each rests on."""

from __future__ import annotations

import bisect

import numpy as np

from aitia.sequence.order.columns import edges_of, spread
from aitia.sequence.order.components import Components
from aitia.sequence.order.maxima import reach
from aitia.sequence.order.pieces import BLOCK, CHAIN, Pieces


def heights_of(pieces: Pieces, components: Components, forms: np.ndarray) -> np.ndarray:
    """Return the height (n,) of each node.

    Components are set in order. Where nothing so far is higher than the last node of the component before and all
    queries read it, or the first of a chain does, only it counts: runs of such components are set at once.
    """
    edge = edges_of(np.bincount(components.of))
    members = np.argsort(components.of, kind="stable")
    first = components.first
    alone = np.diff(edge) == 1
    chain = alone & (forms[first] == CHAIN)
    growth = np.where(chain, pieces.size[first], 1)
    follows = np.ones(len(first), dtype=bool)  # the first component, too: nothing is below it
    asked = pieces.reads[first[1:]], pieces.stop[first[:-1]] - 1
    follows[1:] = np.where(chain[1:], pieces.read(*asked, until=0), pieces.read(*asked))
    breaks = [*np.flatnonzero(~follows).tolist(), len(first)]
    height = np.full(pieces.n, -1, dtype=np.int64)
    at, top, last = 0, -1, -1  # the greatest height so far, and that of the last node of the component before
    while at < len(first):
        if last == top and follows[at]:
            end = breaks[bisect.bisect_left(breaks, at)]
            level = top + 1 + edges_of(growth[at:end])
            own = members[edge[at] : edge[end]]
            set_run(pieces, own, level[components.of[own] - at], chain[components.of[own]], height)
            at, top = end, int(level[-1]) - 1
            last = top
        else:
            own = members[edge[at] : edge[at + 1]]
            highest = set_one(pieces, own, int(forms[own[0]]) if alone[at] else BLOCK, height)
            last = int(height[pieces.stop[own[0]] - 1])
            at, top = at + 1, max(top, highest)
    return height


def set_run(pieces: Pieces, own: np.ndarray, level: np.ndarray, chain: np.ndarray, height: np.ndarray) -> None:
    """Set the heights of pieces each of which begins at a level and, where it is a chain, rises by one with each node."""
    start, size = pieces.start[own], pieces.size[own]
    nodes = spread(start, size)
    height[nodes] = np.repeat(level - start * chain, size) + nodes * np.repeat(chain, size)


def set_one(pieces: Pieces, own: np.ndarray, form: int, height: np.ndarray) -> int:
    """Set the heights of one component from those of all that it reads, its own being -1 as yet, and return the greatest."""
    if form == BLOCK:
        highest = max(int(np.max(below(pieces, piece, height))) for piece in one_of_each_set(pieces, own))
        height[spread(pieces.start[own], pieces.size[own])] = highest + 1
        return highest + 1
    piece = int(own[0])
    start, stop = int(pieces.start[piece]), int(pieces.stop[piece])
    level = below(pieces, piece, height) + 1
    if form == CHAIN:
        steps = np.arange(stop - start)
        level = steps + (level if np.ndim(level) == 0 else np.maximum.accumulate(level - steps))
    height[start:stop] = level
    return int(height[start:stop].max())


def one_of_each_set(pieces: Pieces, own: np.ndarray) -> list[int]:
    """Return of the pieces that read the same keys one each."""
    return list(dict(zip(pieces.reads[own].tolist(), own.tolist(), strict=True)).values())


def below(pieces: Pieces, piece: int, height: np.ndarray) -> np.ndarray:
    """Return the greatest height that each query of a piece reads, one number () where it is the same for all."""
    start, stop = int(pieces.start[piece]), int(pieces.stop[piece])
    own = slice(pieces.edge[pieces.reads[piece]], pieces.edge[pieces.reads[piece] + 1])
    found = np.array(-1)
    for (a, b), (c, d) in zip(pieces.low[:, own].T.tolist(), pieces.high[:, own].T.tolist(), strict=True):
        before = a >= start or (a == b and min(c, start) == min(d, start))
        after = d <= stop or (c == d and max(a, stop) == max(b, stop))
        if before and after:  # beyond the piece all queries read the same
            highest = height[a:d].max()
        else:
            steps = np.arange(stop - start)
            highest = reach(height, a + steps * (b > a), c + steps * (d > c))
        found = np.maximum(found, highest)
    return found

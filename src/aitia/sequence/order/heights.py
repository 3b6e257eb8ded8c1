"""Set the heights of nodes: how long a chain of blocks each rests on."""

from __future__ import annotations

import bisect
import dataclasses

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
    edge, first = edges_of(np.bincount(components.of)), components.first
    alone = np.diff(edge) == 1
    chain = alone & (forms[first] == CHAIN)
    growth = np.where(chain, pieces.size[first], 1)
    follows = np.ones(len(first), dtype=bool)  # the first component, too: nothing is below it
    asked = pieces.reads[first[1:]], pieces.stop[first[:-1]] - 1
    follows[1:] = np.where(chain[1:], pieces.read(*asked, until=0), pieces.read(*asked))
    breaks = [*np.flatnonzero(~follows).tolist(), len(first)]
    if breaks[0] == len(first):
        return in_one_run(pieces, edges_of(growth)[components.of], chain[components.of])
    members, heights = np.argsort(components.of, kind="stable"), unset(pieces)
    at, top, last = 0, -1, -1  # the greatest height so far, and that of the last node of the component before
    while at < len(first):
        if last == top and follows[at]:
            end = breaks[bisect.bisect_left(breaks, at)]
            level = top + 1 + edges_of(growth[at:end])
            own = members[edge[at] : edge[end]]
            set_run(heights, own, level[components.of[own] - at], chain[components.of[own]])
            at, top = end, int(level[-1]) - 1
            last = top
        else:
            ones = members[edge[at] : edge[at + 1]].tolist()
            highest = set_one(heights, ones, forms[ones[0]] if alone[at] else BLOCK)
            last = int(heights.nodes[pieces.stop[ones[0]] - 1])
            at, top = at + 1, max(top, highest)
    return heights.nodes


def in_one_run(pieces: Pieces, level: np.ndarray, chain: np.ndarray) -> np.ndarray:
    """Return the heights of pieces all of which begin at a level (m,) and, where they are chains (m,), rise by one with each node."""
    found = np.repeat(level - pieces.start * chain, pieces.size)
    return found + np.repeat(chain, pieces.size) * np.arange(pieces.n) if chain.any() else found


@dataclasses.dataclass(frozen=True, slots=True)
class Heights:
    """Hold heights, -1 where they are not set as yet: that of each node (n,), and the greatest of each piece (m,).

    Where an interval is `whole` (p,), what it holds beyond the piece that reads it are whole pieces, the same for all
    queries; its pieces are those from `first` to `last` (p,).
    """

    pieces: Pieces
    nodes: np.ndarray
    tops: np.ndarray
    whole: list[bool]
    first: list[int]
    last: list[int]


def unset(pieces: Pieces) -> Heights:
    """Return heights of which none is set."""
    of_nodes, reader = pieces.of_nodes, pieces.owner
    (a, b), (c, d) = pieces.low, pieces.high
    first, last = of_nodes[a], of_nodes[d - 1]
    start, stop = pieces.start[reader], pieces.stop[reader]
    before = (a >= start) | ((a == b) & (np.minimum(c, start) == np.minimum(d, start)))
    after = (d <= stop) | ((c == d) & (np.maximum(a, stop) == np.maximum(b, stop)))
    ends = ((first == reader) | (pieces.start[first] == a)) & ((last == reader) | (pieces.stop[last] == d))
    whole = (reader < 0) | (before & after & ends)
    return Heights(pieces, np.full(pieces.n, -1), np.full(len(pieces.start), -1), whole.tolist(), first.tolist(), last.tolist())


def set_run(heights: Heights, own: np.ndarray, level: np.ndarray, chain: np.ndarray) -> None:
    """Set the heights of pieces each of which begins at a level and, where it is a chain, rises by one with each node."""
    start, size = heights.pieces.start[own], heights.pieces.size[own]
    nodes = spread(start, size)
    heights.nodes[nodes] = np.repeat(level - start * chain, size) + nodes * np.repeat(chain, size)
    heights.tops[own] = level + (size - 1) * chain


def set_one(heights: Heights, own: list[int], form: int) -> int:
    """Set the heights of one component from those of all that it reads, its own being -1 as yet, and return the greatest."""
    pieces, piece = heights.pieces, own[0]
    if form == BLOCK:
        top = 1 + max(int(np.max(below(heights, one))) for one in one_of_each_set(pieces, own))
        heights.nodes[spread(pieces.start[own], pieces.stop[own] - pieces.start[own])] = top
        heights.tops[own] = top
        return top
    start, stop = int(pieces.start[piece]), int(pieces.stop[piece])
    level = below(heights, piece) + 1
    if isinstance(level, int):
        top = level + (stop - start - 1) * (form == CHAIN)
        heights.nodes[start:stop] = np.arange(level, top + 1) if form == CHAIN else level
    else:
        steps = np.arange(stop - start)
        heights.nodes[start:stop] = steps + np.maximum.accumulate(level - steps) if form == CHAIN else level
        top = int(heights.nodes[start:stop].max())
    heights.tops[piece] = top
    return top


def one_of_each_set(pieces: Pieces, own: list[int]) -> list[int]:
    """Return of the pieces that read the same keys one each."""
    return own if len(own) == 1 else list(dict(zip(pieces.reads[own].tolist(), own, strict=True)).values())


def below(heights: Heights, piece: int) -> int | np.ndarray:
    """Return the greatest height that each query of a piece reads, one number where it is the same for all."""
    pieces, tops = heights.pieces, heights.tops
    reads = pieces.reads[piece]
    highest, moving = -1, []
    for at in range(pieces.edge[reads], pieces.edge[reads + 1]):
        if heights.whole[at]:
            first, last = heights.first[at], heights.last[at]
            highest = max(highest, tops.item(first) if first == last else greatest(tops[first : last + 1]))
        else:
            moving.append(along(heights, piece, at))
    return np.maximum.reduce([*moving, np.full_like(moving[0], highest)]) if moving else highest


def greatest(values: np.ndarray) -> int:
    """Return the greatest of some values; a reduction of few costs more than a list of them."""
    return max(values.tolist()) if len(values) < 100 else int(values.max())


def along(heights: Heights, piece: int, at: int) -> np.ndarray:
    """Return the greatest height that each query of a piece reads in an interval that moves."""
    pieces = heights.pieces
    steps = np.arange(pieces.stop[piece] - pieces.start[piece])
    (a, b), (c, d) = pieces.low[:, at], pieces.high[:, at]
    return reach(heights.nodes, a + steps * (b > a), c + steps * (d > c))

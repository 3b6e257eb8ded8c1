"""Cut the segments of a relation into pieces: an interval that stands still holds a piece whole or not at all."""

from __future__ import annotations

import dataclasses
import functools
from typing import Literal

import numpy as np

from aitia.sequence.order.columns import Columns, Shared, columns_of, edges_of, spread
from aitia.sequence.order.intervals import Reads

APART, CHAIN, BLOCK, UNKNOWN = range(4)


@dataclasses.dataclass(frozen=True)
class Pieces(Shared):
    """Hold pieces; `low` and `high` (2, p) are the ends of each interval for the first and the last query.

    Pieces share a set of intervals that stand still; a set of which some move belongs to the one piece that `owner` (p,)
    names, -1 elsewhere.
    """

    owner: np.ndarray

    @functools.cached_property
    def size(self) -> np.ndarray:
        """The number of nodes (m,) of each piece."""
        return self.stop - self.start

    @functools.cached_property
    def of_nodes(self) -> np.ndarray:
        """The piece (n,) of each node."""
        return np.repeat(np.arange(len(self.start)), self.size)

    def read(self, sets: np.ndarray, nodes: np.ndarray, *, until: Literal[0, 1] = 1) -> np.ndarray:
        """Tell of each set (k,) whether its queries read a node (k,): all of them, or the first one where `until` is 0."""
        if not len(self.owner):
            return np.zeros(len(sets), dtype=bool)
        wide = self.n + 1
        place = np.searchsorted(self.set_of * wide + self.low[until], sets * wide + nodes, side="right") - 1
        return np.asarray((place >= self.edge[sets]) & (nodes < self.high[0][place]))


def cut(relation: Reads) -> Pieces:
    """Return the pieces of a relation."""
    columns = columns_of(relation.segments)
    moves = columns.low_moves | columns.high_moves
    begins = np.zeros(relation.n + 1, dtype=bool)
    begins[columns.low[~columns.low_moves]] = begins[columns.high[~columns.high_moves]] = True
    begins[columns.start] = begins[relation.n] = True
    edges = np.flatnonzero(begins)
    start, stop = edges[:-1], edges[1:]
    reads = columns.reads if len(start) == len(columns.start) else columns.reads[np.searchsorted(columns.stop, start, side="right")]
    if moves.any():
        return with_own_sets(columns, start, stop, reads)
    still = np.full(len(moves), -1)
    return Pieces(start, stop, reads, columns.edge, np.stack([columns.low] * 2), np.stack([columns.high] * 2), still)


def with_own_sets(columns: Columns, start: np.ndarray, stop: np.ndarray, reads: np.ndarray) -> Pieces:
    """Return pieces of which each that reads a moving interval has a set of its own."""
    counts = columns.counts
    moving = np.zeros(len(counts), dtype=bool)
    moving[columns.set_of[columns.low_moves | columns.high_moves]] = True
    own = np.flatnonzero(moving[reads])
    kept = np.where(moving, 0, counts)
    source = np.concatenate([spread(columns.edge[:-1], kept), spread(columns.edge[reads[own]], counts[reads[own]])])
    owner = np.concatenate([np.full(kept.sum(), -1), np.repeat(own, counts[reads[own]])])
    queries = np.where(owner >= 0, np.stack([start, stop - 1])[:, owner], 0)
    new = reads.copy()
    new[own] = len(counts) + np.arange(len(own))
    return Pieces(
        start,
        stop,
        new,
        edges_of(np.concatenate([kept, counts[reads[own]]])),
        columns.low[source] + queries * columns.low_moves[source],
        columns.high[source] + queries * columns.high_moves[source],
        owner,
    )


def forms_of(pieces: Pieces, inside: np.ndarray) -> np.ndarray:
    """Return what the nodes of each piece (m,) are to each other: apart, a chain, a block, or of no simple form.

    Each node of a chain reads the one before and none behind it; those of a block read each other, if by way of others.
    `inside` (m,) tells which pieces lie in what they read, where that stands still.
    """
    count = len(pieces.start)
    forms = np.where(inside & (pieces.size > 1), BLOCK, APART)
    own = (pieces.owner >= 0) & (pieces.size[pieces.owner] > 1)
    if not own.any():
        return forms
    owner, low, high = pieces.owner[own], pieces.low[:, own], pieces.high[:, own]
    start, stop = pieces.start[owner], pieces.stop[owner]
    step = np.stack([low[1] > low[0], high[1] > high[0]]).astype(np.int64)
    queries = np.stack([start, start + 1, stop - 2, stop - 1])
    lows = np.stack([low[0], low[0] + step[0], low[1] - step[0], low[1]])
    highs = np.stack([high[0], high[0] + step[1], high[1] - step[1], high[1]])
    before, after = (lows <= queries - 1) & (queries - 1 < highs), (lows <= queries + 1) & (queries + 1 < highs)

    def some(chosen: np.ndarray) -> np.ndarray:
        found = np.zeros(count, dtype=bool)
        found[owner[chosen]] = True
        return found

    back, ahead = some(before[1] & before[3]), some(after[0] & after[2])
    touches_back = some((np.maximum(lows, start) < np.minimum(highs, queries)).any(axis=0))
    touches_ahead = some((np.maximum(lows, queries + 1) < np.minimum(highs, stop)).any(axis=0))
    owners = np.unique(owner)
    found = np.select([back & ahead, back & ~touches_ahead, ~touches_back & ~touches_ahead], [BLOCK, CHAIN, APART], UNKNOWN)
    forms[owners] = found[owners]
    return forms

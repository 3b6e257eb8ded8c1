"""Cut a relation into rectangles and triangles of the mask, each of which a fast kernel can do without a mask."""

from __future__ import annotations

import dataclasses
import functools
from typing import Literal

import numpy as np

from aitia.sequence.order.intervals import Part, Segment
from aitia.sequence.order.relation import Relation

Shape = Literal["whole", "lower", "upper", "same"]
ROWS = 1024
NARROW = 16
FRAGMENTS = 4


@dataclasses.dataclass(frozen=True, slots=True)
class Piece:
    """Hold a piece of the mask: a run of queries and a run of keys.

    `whole`: every query reads every key. The others are square: query i reads the keys up to i (`lower`), from i on
    (`upper`), or i only (`same`).
    """

    start: int
    stop: int
    low: int
    high: int
    shape: Shape


@dataclasses.dataclass(frozen=True, slots=True)
class Gathered:
    """Hold scattered queries (q,) that all read the same scattered keys (k,)."""

    queries: np.ndarray
    keys: np.ndarray


Run = tuple[Piece, ...] | Gathered


@functools.lru_cache(maxsize=64)
def pieces_of(relation: Relation) -> tuple[Run, ...]:
    """Return the pieces of each run of queries; together the runs cover all queries, their pieces all pairs, each once.

    Segments that lie apart and read the same many intervals, such as the rings of a grid, are gathered into one run.
    """
    scattered: dict[int, list[Segment]] = {}
    found: list[Run] = []
    for segment in relation.segments:
        if len(segment.parts) >= FRAGMENTS and not any(item.low.moves or item.high.moves for item in segment.parts):
            scattered.setdefault(id(segment.parts), []).append(segment)
        else:
            found += [cut(segment, start, stop) for start, stop in runs(segment)]
    return (*found, *map(gathered, scattered.values()))


def gathered(segments: list[Segment]) -> Gathered:
    """Gather segments that read the same keys."""
    queries = np.concatenate([np.arange(s.start, s.stop) for s in segments])
    keys = np.concatenate([np.arange(item.low.offset, item.high.offset) for item in segments[0].parts])
    return Gathered(queries, keys)


def runs(segment: Segment) -> list[tuple[int, int]]:
    """Cut a segment into runs of rows short enough that its bands are made of whole triangles."""
    widths = [item.high.offset - item.low.offset for item in segment.parts if item.low.moves and item.high.moves]
    rows = min([ROWS, *(width - 1 for width in widths if width > NARROW)])
    return [(a, min(a + rows, segment.stop)) for a in range(segment.start, segment.stop, rows)]


def cut(segment: Segment, start: int, stop: int) -> tuple[Piece, ...]:
    """Return the pieces of one run of queries."""
    return tuple(piece for item in segment.parts for piece in cut_part(item, start, stop) if piece.low < piece.high)


def cut_part(item: Part, start: int, stop: int) -> list[Piece]:
    """Cut one interval of keys: what all queries read, and the triangle at each end that moves."""
    (low, high), (last_low, last_high) = item.at(start), item.at(stop - 1)
    if not item.high.moves and not item.low.moves:
        return [Piece(start, stop, low, high, "whole")]
    if not item.low.moves:
        return [Piece(start, stop, low, high - 1, "whole"), Piece(start, stop, high - 1, last_high, "lower")]
    if not item.high.moves:
        return [Piece(start, stop, low, last_low + 1, "upper"), Piece(start, stop, last_low + 1, high, "whole")]
    if high - low <= NARROW:
        return [Piece(start, stop, low + i, last_low + i + 1, "same") for i in range(high - low)]
    return [
        Piece(start, stop, low, last_low + 1, "upper"),
        Piece(start, stop, last_low + 1, high - 1, "whole"),
        Piece(start, stop, high - 1, last_high, "lower"),
    ]

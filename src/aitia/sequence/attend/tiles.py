"""Cut a relation into tiles and put tiles of one shape that stand at equal distances into one batch, done by one call of a kernel.

A narrow window is a batch of short bands, packed items of one length are a batch of triangles, the paths of a fork
share one rectangle. Chunks whose past grows are taken together: what all of them read is one rectangle.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Iterable, Iterator
from typing import Literal

import numpy as np

from aitia.sequence.attend.pieces import FRAGMENTS, Gathered, Piece, cut_part, gathered
from aitia.sequence.order.intervals import Part, Segment, moved
from aitia.sequence.order.relation import Relation

ROWS = 1024  # rows of a long run
SHORT = 256  # rows up to which a triangle is made of tiles, and chunks are taken together
SMALL, LARGE = 64, 256  # rows of a tile of a short and of a long triangle
BAND = 32  # rows of a tile of a band
WIDEST = 2048  # keys up to which a band is made of tiles

Shape = Literal["whole", "masked"]


@dataclasses.dataclass(frozen=True, slots=True)
class Tile:
    """Hold a run of queries and a run of keys; `mask` (queries, keys) as bytes where the shape is `masked`."""

    start: int
    rows: int
    low: int
    keys: int
    shape: Shape
    mask: bytes = b""


@dataclasses.dataclass(frozen=True, slots=True)
class Batch:
    """Hold `count` tiles like the first, each `step` queries and `low_step` keys after the one before; `fresh`: the first on its rows."""

    tile: Tile
    count: int
    step: int
    low_step: int
    fresh: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Cutting:
    """Hold batches and gathered runs, which together cover all pairs, each once; and the runs that no first batch fills whole."""

    batches: tuple[Batch, ...]
    scattered: tuple[Gathered, ...]
    untouched: tuple[tuple[int, int], ...]


@functools.lru_cache(maxsize=64)
def cutting_of(relation: Relation) -> Cutting:
    """Return how a relation is cut."""
    scattered: dict[int, list[Segment]] = {}
    plain: list[Segment] = []
    for segment in relation.segments:
        if len(segment.parts) >= FRAGMENTS and still(segment):
            scattered.setdefault(id(segment.parts), []).append(segment)
        else:
            plain.append(segment)
    tiles = [tile for band in bands(plain) for tile in tiles_of(band) if tile.rows and tile.keys]
    runs = tuple(map(gathered, scattered.values()))
    batches, filled = settled(relation.n, batches_of(widened(tiles)))
    for run in runs:
        filled[run.queries] = True
    edges = np.flatnonzero(np.diff(np.r_[True, filled, True].astype(np.int8))).tolist()
    return Cutting(batches, runs, tuple(zip(edges[::2], edges[1::2], strict=True)))


def still(segment: Segment) -> bool:
    """Tell whether no interval moves with the query."""
    return not any(item.low.moves or item.high.moves for item in segment.parts)


def bands(segments: Iterable[Segment]) -> Iterator[list[Segment]]:
    """Yield segments, short ones together whose first keys are the same and whose last ones are later each time."""
    band: list[Segment] = []
    for segment in segments:
        if band and not (grows(band[-1], segment) and segment.stop - band[0].start <= SHORT):
            yield band
            band = []
        band.append(segment)
    if band:
        yield band


def grows(before: Segment, after: Segment) -> bool:
    """Tell whether two neighbours read one still interval each, from the same first key."""
    if len(before.parts) != 1 or len(after.parts) != 1 or before.stop != after.start or not (still(before) and still(after)):
        return False
    return before.parts[0].low == after.parts[0].low and before.parts[0].high < after.parts[0].high


def tiles_of(band: list[Segment]) -> Iterator[Tile]:
    """Yield the tiles of one segment, or of several that grow."""
    if len(band) == 1:
        for item in band[0].parts:
            yield from part_tiles(item, band[0].start, band[0].stop)
        return
    start, stop = band[0].start, band[-1].stop
    low, common, high = band[0].parts[0].low.offset, band[0].parts[0].high.offset, band[-1].parts[0].high.offset
    yield Tile(start, stop - start, low, common - low, "whole")
    ends = np.concatenate([np.full(s.stop - s.start, s.parts[0].high.offset) for s in band])
    later = np.arange(common, high) < ends[:, None]
    first = band[1].start - start  # the first segment reads nothing beyond
    yield Tile(band[1].start, stop - band[1].start, common, high - common, "masked", later[first:].tobytes())


def part_tiles(item: Part, start: int, stop: int) -> Iterator[Tile]:
    """Yield the tiles of one interval."""
    if not (item.low.moves or item.high.moves):
        low, high = item.at(start)
        yield Tile(start, stop - start, low, high - low, "whole")
    elif item.low.moves and item.high.moves and item.high.offset - item.low.offset <= WIDEST:
        yield from (masked(item, a, min(a + BAND, stop)) for a in range(start, stop, BAND))
    elif stop - start <= SHORT:
        yield from (masked(item, a, min(a + SMALL, stop)) for a in range(start, stop, SMALL))
    else:
        width = item.high.offset - item.low.offset if item.low.moves and item.high.moves else ROWS + 1
        rows = min(ROWS, width - 1)
        for a in range(start, stop, rows):
            for piece in cut_part(item, a, min(a + rows, stop)):
                yield from piece_tiles(piece)


def piece_tiles(piece: Piece) -> Iterator[Tile]:
    """Yield the tiles of a rectangle or of a triangle, of which the kernel for causal attention would do half in vain."""
    rows, keys = piece.stop - piece.start, piece.high - piece.low
    if piece.shape == "whole":
        yield Tile(piece.start, rows, piece.low, max(0, keys), "whole")
        return
    for first in range(0, rows, LARGE):
        last = min(first + LARGE, rows)
        low, high = (0, last) if piece.shape == "lower" else (first, keys)
        query, key = np.arange(first, last)[:, None], np.arange(low, high)
        reads = key <= query if piece.shape == "lower" else key >= query
        yield Tile(piece.start + first, last - first, piece.low + low, high - low, "masked", reads.tobytes())


def masked(item: Part, start: int, stop: int) -> Tile:
    """Return the tile of a short run of queries over all keys that one of them reads."""
    (a, b), (c, d) = item.at(start), item.at(stop - 1)
    low, high = min(a, c), max(b, d)
    first, last = moved(item, np.arange(start, stop))
    keys = np.arange(low, high)
    reads = np.broadcast_to((keys >= first) & (keys < last), (stop - start, high - low))
    if reads.all():
        return Tile(start, stop - start, low, high - low, "whole")
    return Tile(start, stop - start, low, high - low, "masked", reads.tobytes())


def widened(tiles: list[Tile]) -> list[Tile]:
    """Join neighbours that read the very same keys."""
    found: list[Tile] = []
    open_at: dict[tuple[int, int, int], int] = {}  # next query, first key, keys -> place of the tile to go on with
    for tile in tiles:
        key = (tile.start, tile.low, tile.keys)
        if tile.shape == "whole" and key in open_at:
            place = open_at.pop(key)
            found[place] = dataclasses.replace(found[place], rows=found[place].rows + tile.rows)
        else:
            place = len(found)
            found.append(tile)
        if tile.shape == "whole":
            open_at[(found[place].start + found[place].rows, tile.low, tile.keys)] = place
    return found


def batches_of(tiles: list[Tile]) -> Iterator[Batch]:
    """Yield tiles of one shape at equal distances as batches."""
    alike: dict[tuple[int, int, Shape, bytes], list[Tile]] = {}
    for tile in tiles:
        alike.setdefault((tile.rows, tile.keys, tile.shape, tile.mask), []).append(tile)
    for own in alike.values():
        run = [own[0]]
        for before, tile in itertools.pairwise(own):
            distance = (tile.start - before.start, tile.low - before.low)
            equal = len(run) < 2 or distance == (run[1].start - run[0].start, run[1].low - run[0].low)
            if not equal or distance[0] < tile.rows or distance[1] < 0:
                yield batch_of(run)
                run = []
            run.append(tile)
        yield batch_of(run)


def batch_of(run: list[Tile]) -> Batch:
    """Return tiles at equal distances as a batch."""
    first = run[0]
    step, low_step = (run[1].start - first.start, run[1].low - first.low) if len(run) > 1 else (0, 0)
    return Batch(first, len(run), step, low_step, False)


def settled(n: int, batches: Iterable[Batch]) -> tuple[tuple[Batch, ...], np.ndarray]:
    """Return the batches, each knowing whether it is the first on all its rows, and the rows (n,) that a first one fills."""
    touched, filled = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    found = []
    for batch in batches:
        rows = (batch.tile.start + batch.step * np.arange(batch.count)[:, None] + np.arange(batch.tile.rows)).ravel()
        fresh = not touched[rows].any()
        touched[rows] = True
        filled[rows] |= fresh
        found.append(dataclasses.replace(batch, fresh=fresh))
    return tuple(found), filled

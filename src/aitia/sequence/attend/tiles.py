"""Cut a relation into tiles, runs of queries over runs of keys, each of which one call of the kernel attends.

A window is a row of short bands, a triangle a staircase; chunks of which each next one reads a little later share tiles.
Keys come in whole vectors of the processor where a mask can hide the ones too many: the kernel does loose ends one by one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

import numpy as np

from aitia.sequence.order.intervals import Part, Segment, moved

VECTOR = 16  # numbers that a processor handles at once
LONGEST = 512  # keys up to which a mask costs less than loose ones, and than another tile


@dataclasses.dataclass(frozen=True, slots=True)
class Sizes:
    """Hold how tiles are cut: rows of each kind of tile, and up to which size a kind is used."""

    run: int = 1024  # rows of a tile whose queries read the same keys from the start of a triangle
    stair: int = 96  # rows of a step of a triangle not longer than a run
    step: int = 256  # rows of a step of a longer one
    shared: int = 256  # rows up to which chunks that read the same first keys are taken together
    narrow: int = 16  # rows of a tile of a band that is narrower than `wide`
    wide: int = 32  # rows of a tile of another band, and of chunks that read ever later keys
    widest: int = 2048  # keys up to which a band is made of tiles


FORWARD_SIZES = Sizes()
BACKWARD_SIZES = Sizes(stair=192, narrow=64, wide=192)  # each tile adds to the gradients of all its keys, so more rows share them


@dataclasses.dataclass(frozen=True, slots=True)
class Tile:
    """Hold a run of queries and a run of keys.

    `mask` holds the pairs (rows, keys) as bytes, or those of one row (keys) where all are alike, and nothing where all are read.
    """

    start: int
    rows: int
    low: int
    keys: int
    mask: bytes = b""

    def reads(self) -> np.ndarray:
        """Return which pairs (rows, keys), or (1, keys), are read."""
        found = np.frombuffer(self.mask, dtype=bool) if self.mask else np.ones(self.keys, dtype=bool)
        return found.reshape(-1, self.keys)


def tiles(segments: Iterable[Segment], keys: int, sizes: Sizes) -> list[Tile]:
    """Return tiles that together hold every pair of some segments over a number of keys once."""
    found = (tile for band in bands(segments, sizes) for tile in (segment_tiles(band[0], sizes) if len(band) == 1 else band_tiles(band)))
    return [filled(tile, keys) for tile in widened(tile for tile in found if tile.rows and tile.keys)]


def bands(segments: Iterable[Segment], sizes: Sizes) -> Iterator[list[Segment]]:
    """Yield segments, short ones together that go on from each other."""
    band: list[Segment] = []
    for segment in segments:
        if band and not goes_on(band, segment, sizes):
            yield band
            band = []
        band.append(segment)
    if band:
        yield band


def goes_on(band: list[Segment], after: Segment, sizes: Sizes) -> bool:
    """Tell whether a segment reads one still interval that begins where those of the band do, or a little later, and ends later."""
    before = band[-1]
    if len(before.parts) != 1 or len(after.parts) != 1 or before.stop != after.start or not (before.still and after.still):
        return False
    first, last, own = band[0].parts[0], before.parts[0], after.parts[0]
    if last.high.offset >= own.high.offset:
        return False
    rows = after.stop - band[0].start
    if first.low == own.low:
        return rows <= sizes.shared
    later = own.low.offset - last.low.offset
    return later > 0 and rows <= sizes.wide and 2 * (own.low.offset - first.low.offset) <= own.high.offset - own.low.offset


def band_tiles(band: list[Segment]) -> Iterator[Tile]:
    """Yield the tiles of several segments that go on from each other: what all read, and the rest; or all in one."""
    first, last = band[0].parts[0], band[-1].parts[0]
    low = first.low.offset
    if first.low == last.low:
        low = first.high.offset
        yield Tile(band[0].start, band[-1].stop - band[0].start, first.low.offset, low - first.low.offset)
        band = band[1:]  # the first segment reads nothing beyond
    keys = np.arange(low, last.high.offset)
    ends = np.array([(item.low.offset, item.high.offset) for segment in band for item in segment.parts])
    begin, end = np.repeat(ends, [segment.stop - segment.start for segment in band], axis=0).T[..., None]
    reads = (keys >= begin) & (keys < end)
    yield Tile(band[0].start, len(reads), low, len(keys), reads.tobytes())


def segment_tiles(segment: Segment, sizes: Sizes) -> Iterator[Tile]:
    """Yield the tiles of one segment."""
    for item in segment.parts:
        yield from part_tiles(item, segment.start, segment.stop, sizes)


def part_tiles(item: Part, start: int, stop: int, sizes: Sizes) -> Iterator[Tile]:
    """Yield the tiles of one interval."""
    width = item.high.offset - item.low.offset
    both = item.low.moves and item.high.moves
    if not (item.low.moves or item.high.moves):
        yield Tile(start, stop - start, item.low.offset, width)
    elif both and width <= sizes.widest:
        rows = sizes.wide if width >= sizes.wide else sizes.narrow
        yield from (masked(item, a, min(a + rows, stop)) for a in range(start, stop, rows))
    elif stop - start <= sizes.run and not both and opening(item, start) <= LONGEST:
        yield from (masked(item, a, min(a + sizes.stair, stop)) for a in range(start, stop, sizes.stair))
    else:
        rows = min(sizes.run, width - 1) if both else sizes.run
        for a in range(start, stop, rows):
            yield from long_tiles(item, a, min(a + rows, stop), sizes)


def opening(item: Part, query: int) -> int:
    """Return how many keys a query reads."""
    low, high = item.at(query)
    return high - low


def long_tiles(item: Part, start: int, stop: int, sizes: Sizes) -> Iterator[Tile]:
    """Yield the tiles of a long run: the triangle at each end that moves, and between them what all its queries read."""
    low, high = item.at(start)
    rows = stop - start
    first_shared, last_shared = (low + rows if item.low.moves else low), (high - 1 if item.high.moves else high)
    yield Tile(start, rows, first_shared, max(0, last_shared - first_shared))
    for first in range(0, rows, sizes.step):
        last = min(first + sizes.step, rows)
        query = np.arange(first, last)[:, None]
        if item.low.moves:  # query i reads the keys from i on
            reads = np.arange(first, rows) >= query
            yield Tile(start + first, last - first, low + first, rows - first, reads.tobytes())
        if item.high.moves:  # query i reads the keys up to i
            yield Tile(start + first, last - first, high - 1, last, (np.arange(last) <= query).tobytes())


def masked(item: Part, start: int, stop: int) -> Tile:
    """Return the tile of a short run of queries over all keys that one of them reads."""
    (a, b), (c, d) = item.at(start), item.at(stop - 1)
    low, high = min(a, c), max(b, d)
    first, last = moved(item, np.arange(start, stop))
    keys = np.arange(low, high)
    reads = np.broadcast_to((keys >= first) & (keys < last), (stop - start, high - low))
    return Tile(start, stop - start, low, high - low, b"" if reads.all() else reads.tobytes())


def widened(found: Iterable[Tile]) -> list[Tile]:
    """Join neighbours that read the very same keys."""
    joined: list[Tile] = []
    open_at: dict[tuple[int, int, int], int] = {}  # next query, first key, keys -> place of the tile to go on with
    for tile in found:
        place = len(joined) if tile.mask else open_at.pop((tile.start, tile.low, tile.keys), len(joined))
        if place == len(joined):
            joined.append(tile)
        else:
            joined[place] = dataclasses.replace(joined[place], rows=joined[place].rows + tile.rows)
        if not tile.mask:
            open_at[(tile.start + tile.rows, tile.low, tile.keys)] = place
    return joined


def filled(tile: Tile, keys: int) -> Tile:
    """Return a tile with hidden keys before its own, or behind them, that make whole vectors, where this pays and there are any."""
    more = -tile.keys % VECTOR
    if not more or tile.keys < VECTOR or not (tile.mask or tile.keys < LONGEST):
        return tile
    before = more if tile.low >= more else 0
    if not before and tile.low + tile.keys + more > keys:
        return tile
    wider = np.pad(tile.reads(), ((0, 0), (before, more - before)))
    return Tile(tile.start, tile.rows, tile.low - before, tile.keys + more, wider.tobytes())

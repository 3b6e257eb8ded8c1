"""Put tiles of one shape that stand at equal distances into one batch, done by one call of a kernel; no n² mask is made.

Packed items of one length are a batch, the paths of a fork share one rectangle.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Iterable, Iterator

import numpy as np

from aitia.sequence.attend.arranging import Gathered, arranged
from aitia.sequence.attend.tiles import FORWARD_SIZES, Sizes, Tile, tiles
from aitia.sequence.order.intervals import Segment
from aitia.sequence.order.relation import Relation


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
    """Hold batches, and those over what is gathered, which cover all pairs, each once; and the runs that no first one fills whole."""

    batches: tuple[Batch, ...]
    gathered: tuple[tuple[Gathered, tuple[Batch, ...]], ...]
    untouched: tuple[tuple[int, int], ...]


@functools.lru_cache(maxsize=64)
def cutting_of(relation: Relation, sizes: Sizes = FORWARD_SIZES) -> Cutting:
    """Return how a relation is cut."""
    found = arranged(relation)
    batches, done = cut(found.plain, relation.n, relation.n, sizes)
    own = []
    for one in found.gathered:
        done[one.queries] = True
        own.append((one, cut(one.segments, len(one.queries), len(one.keys), sizes)[0]))
    edges = np.flatnonzero(np.diff(np.r_[True, done, True].astype(np.int8))).tolist()
    return Cutting(batches, tuple(own), tuple(zip(edges[::2], edges[1::2], strict=True)))


def cut(segments: Iterable[Segment], queries: int, keys: int, sizes: Sizes) -> tuple[tuple[Batch, ...], np.ndarray]:
    """Return the batches of some segments over places in queries and keys, and which queries (q,) a first batch fills."""
    return settled(queries, batches_of(tiles(segments, keys, sizes)))


def batches_of(found: list[Tile]) -> Iterator[Batch]:
    """Yield tiles of one shape at equal distances as batches."""
    alike: dict[tuple[int, int, bytes], list[Tile]] = {}
    for tile in found:
        alike.setdefault((tile.rows, tile.keys, tile.mask), []).append(tile)
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
    touched, done = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    found = []
    for batch in batches:
        rows = (batch.tile.start + batch.step * np.arange(batch.count)[:, None] + np.arange(batch.tile.rows)).ravel()
        fresh = not touched[rows].any()
        touched[rows] = True
        done[rows] |= fresh
        found.append(dataclasses.replace(batch, fresh=fresh))
    return tuple(found), done

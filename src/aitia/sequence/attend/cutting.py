"""Put tiles of one shape that stand at equal distances into one batch, done by one call of a kernel; no n² mask is made.

Packed items of one length are a batch, the paths of a fork share one rectangle. Queries that read many scattered runs of
keys are put in order first: where each next set of keys holds the one before, as the rings of a grid do, the keys are
gathered once and every set is a run of them.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from aitia.sequence.attend.tiles import FORWARD_SIZES, Sizes, Tile, still, tiles
from aitia.sequence.order.intervals import Part, Segment, part
from aitia.sequence.order.relation import Relation

FRAGMENTS = 4  # runs of keys from which on they are gathered


@dataclasses.dataclass(frozen=True, slots=True)
class Batch:
    """Hold `count` tiles like the first, each `step` queries and `low_step` keys after the one before; `fresh`: the first on its rows."""

    tile: Tile
    count: int
    step: int
    low_step: int
    fresh: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Gathered:
    """Hold scattered queries (q,) and keys (k,), and the batches over their places in these."""

    queries: np.ndarray
    keys: np.ndarray
    batches: tuple[Batch, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Cutting:
    """Hold batches and gathered ones, which together cover all pairs, each once; and the runs that no first batch fills whole."""

    batches: tuple[Batch, ...]
    gathered: tuple[Gathered, ...]
    untouched: tuple[tuple[int, int], ...]


@functools.lru_cache(maxsize=64)
def cutting_of(relation: Relation, sizes: Sizes = FORWARD_SIZES) -> Cutting:
    """Return how a relation is cut."""
    plain, scattered = parted(relation.segments)
    batches, done = settled(relation.n, batches_of(tiles(plain, relation.n, sizes)))
    found = tuple(gathered(chain, sizes) for chain in chains(scattered, relation.n))
    for one in found:
        done[one.queries] = True
    edges = np.flatnonzero(np.diff(np.r_[True, done, True].astype(np.int8))).tolist()
    return Cutting(batches, found, tuple(zip(edges[::2], edges[1::2], strict=True)))


def parted(segments: Sequence[Segment]) -> tuple[list[Segment], list[list[Segment]]]:
    """Return the segments that stay where they are, and those with scattered still keys, the ones that read the same together."""
    if all(len(segment.parts) < FRAGMENTS or not still(segment) for segment in segments):
        return list(segments), []
    plain: list[Segment] = []
    known: dict[int, list[Segment]] = {}  # the very same parts, told apart without a look at them
    alike: dict[tuple[Part, ...], list[Segment]] = {}
    for segment in segments:
        if id(segment.parts) not in known:
            scattered = len(segment.parts) > 1 and still(segment)
            known[id(segment.parts)] = alike.setdefault(segment.parts, []) if scattered else plain
        known[id(segment.parts)].append(segment)
    return plain, list(alike.values())


def chains(groups: list[list[Segment]], n: int) -> Iterator[list[tuple[np.ndarray, np.ndarray]]]:
    """Yield queries (q,) and keys (k,) of groups in chains: each next group reads all that those before it do, and the keys named."""
    seen = np.zeros(n, dtype=bool)
    chain: list[tuple[np.ndarray, np.ndarray]] = []
    for group in sorted(groups, key=lambda group: sum(item.high.offset - item.low.offset for item in group[0].parts)):
        keys = np.concatenate([np.arange(item.low.offset, item.high.offset) for item in group[0].parts])
        new = keys[~seen[keys]]
        if len(keys) - len(new) != seen.sum():
            yield chain
            seen[:], chain, new = False, [], keys
        seen[new] = True
        chain.append((np.concatenate([np.arange(s.start, s.stop) for s in group]), new))
    if chain:
        yield chain


def gathered(chain: list[tuple[np.ndarray, np.ndarray]], sizes: Sizes) -> Gathered:
    """Return a chain as batches over its queries and its keys, put one behind the other."""
    rows, ends = (np.cumsum([0, *map(len, found)]).tolist() for found in zip(*chain, strict=True))
    segments = [Segment(a, b, (part(0, end),)) for (a, b), end in zip(itertools.pairwise(rows), ends[1:], strict=True)]
    batches, _ = settled(rows[-1], batches_of(tiles(segments, ends[-1], sizes)))
    queries, keys = (np.concatenate(found) for found in zip(*chain, strict=True))
    return Gathered(queries, keys, batches)


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

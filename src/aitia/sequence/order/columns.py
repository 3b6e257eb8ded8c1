"""Keep the segments of a relation as columns of numbers, by which it is planned and compared, and as objects once asked for."""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np

from aitia.sequence.order.intervals import Part, Segment, part

ENDS = ("low", "high", "low_moves", "high_moves")
MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], dtype=np.uint64)


@dataclasses.dataclass(frozen=True)
class Shared:
    """Hold runs of queries by `start` and `stop` (m,) and by which set of intervals each `reads` (m,); runs may share a set.

    The intervals of set s are those from `edge[s]` up to and without `edge[s + 1]`, with ends `low` and `high` (…, p).
    """

    start: np.ndarray
    stop: np.ndarray
    reads: np.ndarray
    edge: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def n(self) -> int:
        """The number of nodes."""
        return int(self.stop[-1])

    @functools.cached_property
    def counts(self) -> np.ndarray:
        """How many intervals each set holds."""
        return np.diff(self.edge)

    @functools.cached_property
    def set_of(self) -> np.ndarray:
        """The set (p,) of each interval."""
        return np.repeat(np.arange(len(self.edge) - 1), self.counts)


@dataclasses.dataclass(frozen=True)
class Columns(Shared):
    """Hold segments and tell which ends (p,) of intervals move along with the query."""

    low_moves: np.ndarray
    high_moves: np.ndarray

    @property
    def marks(self) -> np.ndarray:
        """A number (m,) for what each segment reads, the same for equal parts however they are shared."""
        place = np.arange(len(self.low)) - self.edge[self.set_of] + 1
        sides = (self.low, self.high, self.low_moves + 2 * self.high_moves, place)
        mixed = MIX[0] * np.ones(len(place), dtype=np.uint64)
        for side, factor in zip(sides, MIX, strict=True):
            mixed = (mixed ^ (mixed >> np.uint64(29)) ^ side.astype(np.uint64)) * factor
        total = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(mixed, dtype=np.uint64)])
        return np.asarray((total[self.edge[1:]] - total[self.edge[:-1]])[self.reads])


class Segments(Sequence[Segment]):
    """Hold segments as columns or as objects, each made from the other when it is first asked for."""

    __slots__ = ("_columns", "_hash", "_listed")

    def __init__(self, given: Columns | Sequence[Segment]) -> None:
        self._columns = given if isinstance(given, Columns) else None
        self._listed = None if isinstance(given, Columns) else tuple(given)
        self._hash: int | None = None

    @property
    def columns(self) -> Columns:
        """The segments by column."""
        if self._columns is None:
            self._columns = columns_of(self.listed)
        return self._columns

    @property
    def listed(self) -> tuple[Segment, ...]:
        """The segments as objects; those that share a set share one tuple of parts."""
        if self._listed is None:
            self._listed = tuple(objects_of(self.columns))
        return self._listed

    def cover(self, n: int) -> bool:
        """Tell whether the segments cover nodes 0 … n - 1 in order."""
        if self._listed is None:
            start, stop = self.columns.start, self.columns.stop
            return bool(start[0] == 0 and stop[-1] == n and (start[1:] == stop[:-1]).all())
        ends = [0, *(segment.stop for segment in self._listed)]
        return ends[-1] == n and all(s.start == e for s, e in zip(self._listed, ends, strict=False))

    def __len__(self) -> int:
        return len(self.columns.start) if self._listed is None else len(self._listed)

    def __iter__(self) -> Iterator[Segment]:
        return iter(self.listed)

    @overload
    def __getitem__(self, index: int) -> Segment: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Segment, ...]: ...

    def __getitem__(self, index: int | slice) -> Segment | tuple[Segment, ...]:
        return self.listed[index]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Segments):
            return NotImplemented
        return self is other or (hash(self) == hash(other) and equal(self.columns, other.columns))

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash((self.columns.stop.tobytes(), self.columns.marks.tobytes()))
        return self._hash

    def __repr__(self) -> str:
        return f"{len(self)} segment{'' if len(self) == 1 else 's'}"


def columns_of(listed: Sequence[Segment]) -> Columns:
    """Return segments by column; a set of parts counts as shared where the segments hold the very same tuple."""
    if isinstance(listed, Segments):
        return listed.columns
    place: dict[int, int] = {}
    sets: list[tuple[Part, ...]] = []
    reads = []
    for segment in listed:
        at = place.setdefault(id(segment.parts), len(sets))
        if at == len(sets):
            sets.append(segment.parts)
        reads.append(at)
    parts = [item for own in sets for item in own]
    return Columns(
        np.array([segment.start for segment in listed], dtype=np.int64),
        np.array([segment.stop for segment in listed], dtype=np.int64),
        np.array(reads, dtype=np.int64),
        edges_of([len(own) for own in sets]),
        np.array([item.low.offset for item in parts], dtype=np.int64),
        np.array([item.high.offset for item in parts], dtype=np.int64),
        np.array([item.low.moves for item in parts], dtype=bool),
        np.array([item.high.moves for item in parts], dtype=bool),
    )


def objects_of(columns: Columns) -> Iterator[Segment]:
    """Yield the segments of columns as objects."""
    ends = zip(columns.low.tolist(), columns.high.tolist(), columns.low_moves.tolist(), columns.high_moves.tolist(), strict=True)
    parts = [part(low, high, low_moves=a, high_moves=b) for low, high, a, b in ends]
    edge = columns.edge.tolist()
    sets = [tuple(parts[a:b]) for a, b in itertools.pairwise(edge)]
    for start, stop, at in zip(columns.start.tolist(), columns.stop.tolist(), columns.reads.tolist(), strict=True):
        yield Segment(start, stop, sets[at])


def side_by_side(found: Sequence[Columns]) -> Columns:
    """Return the segments of several relations put behind each other, none reading another."""
    at = edges_of([columns.n for columns in found])[:-1]
    runs, sets, parts = (np.array(lengths) for lengths in zip(*((len(c.start), len(c.edge) - 1, len(c.low)) for c in found), strict=True))
    low, high, low_moves, high_moves = (np.concatenate([getattr(c, name) for c in found]) for name in ENDS)
    start, stop, reads = (np.concatenate([getattr(c, name) for c in found]) for name in ("start", "stop", "reads"))
    further, later = np.repeat(at, runs), np.repeat(at, parts)
    return Columns(
        start + further,
        stop + further,
        reads + np.repeat(edges_of(sets)[:-1], runs),
        np.concatenate([np.zeros(1, dtype=np.int64), *(c.edge[1:] for c in found)]) + np.append(0, np.repeat(edges_of(parts)[:-1], sets)),
        low + later * ~low_moves,
        high + later * ~high_moves,
        low_moves,
        high_moves,
    )


def still_columns(edges: np.ndarray, reads: np.ndarray, counts: np.ndarray, low: np.ndarray, high: np.ndarray) -> Columns:
    """Return columns of segments between edges (m + 1,) whose sets of parts, of these counts, do not move."""
    moves = np.zeros(len(low), dtype=bool)
    return Columns(edges[:-1], edges[1:], reads, edges_of(counts), low, high, moves, moves)


def edges_of(counts: Sequence[int] | np.ndarray) -> np.ndarray:
    """Return where runs of these lengths begin and end."""
    edges = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=edges[1:])
    return edges


def spread(first: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the numbers of all runs one after the other, each from its first on."""
    ends = np.cumsum(counts)
    return np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(first - ends + counts, counts)


def equal(one: Columns, other: Columns) -> bool:
    """Tell whether two segmentations are the same: each pair of sets that meet in a segment is compared once."""
    if not np.array_equal(one.start, other.start) or not np.array_equal(one.stop, other.stop):
        return False
    a, b = np.divmod(np.unique(one.reads * len(other.edge) + other.reads), len(other.edge))
    counts = one.edge[a + 1] - one.edge[a]
    if not np.array_equal(counts, other.edge[b + 1] - other.edge[b]):
        return False
    first, second = spread(one.edge[a], counts), spread(other.edge[b], counts)
    return all(np.array_equal(getattr(one, name)[first], getattr(other, name)[second]) for name in ENDS)

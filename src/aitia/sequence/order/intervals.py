"""Keep the nodes that a run of queries reads as intervals whose ends stand still or move along with the query."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class End:
    """Hold one end of an interval of keys: `offset`, or the query's place plus `offset` when it moves."""

    offset: int
    moves: bool = False

    def at(self, query: int) -> int:
        """Return the end for one query."""
        return self.offset + query if self.moves else self.offset


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Part:
    """Hold one interval of keys, from `low` up to and without `high`."""

    low: End
    high: End

    def at(self, query: int) -> tuple[int, int]:
        """Return the interval for one query."""
        return self.low.at(query), self.high.at(query)


@dataclasses.dataclass(frozen=True, slots=True)
class Segment:
    """Hold a run of queries, from `start` up to and without `stop`, that read the same parts, disjoint and in order."""

    start: int
    stop: int
    parts: tuple[Part, ...]

    @property
    def still(self) -> bool:
        """Whether no interval moves with the query."""
        return not any(item.low.moves or item.high.moves for item in self.parts)

    def at(self, query: int) -> list[tuple[int, int]]:
        """Return the intervals that one query of the run reads."""
        return [part.at(query) for part in self.parts]


def part(low: int, high: int, *, low_moves: bool = False, high_moves: bool = False) -> Part:
    """Return an interval of keys from its two ends."""
    return Part(End(low, low_moves), End(high, high_moves))


def cuts(start: int, stop: int, ends: Iterable[End]) -> list[int]:
    """Return the places that cut a run of queries so that in each piece the order of all ends stays the same."""
    still: set[int] = set()
    moving: set[int] = set()
    for end in ends:
        (moving if end.moves else still).add(end.offset)
    found = {start, stop}
    for offset in moving:
        for place in still:
            crossing = place - offset
            found |= {at for at in (crossing, crossing + 1) if start < at < stop}
    return sorted(found)


def settled(start: int, stop: int, parts: Sequence[Part], n: int) -> list[Segment]:
    """Return the run cut into segments whose parts lie in 0 … n, are not empty, do not overlap and stand in order."""
    bounds = (End(0), End(n))
    places = cuts(start, stop, (*bounds, *(end for p in parts for end in (p.low, p.high))))
    pieces = itertools.pairwise(places)
    return [Segment(a, b, union(a, [clipped(p, a, bounds) for p in parts])) for a, b in pieces]


def clipped(item: Part, query: int, bounds: tuple[End, End]) -> Part:
    """Return the part within bounds, for a run in which the order of ends does not change."""
    low = item.low if item.low.at(query) >= bounds[0].at(query) else bounds[0]
    high = item.high if item.high.at(query) <= bounds[1].at(query) else bounds[1]
    return item if low is item.low and high is item.high else Part(low, high)


def union(query: int, parts: Iterable[Part]) -> tuple[Part, ...]:
    """Return disjoint parts in order that cover the same keys, for a run in which the order of ends does not change."""
    found: list[Part] = []
    for item in sorted((p for p in parts if p.low.at(query) < p.high.at(query)), key=lambda p: p.at(query)):
        if found and item.low.at(query) <= found[-1].high.at(query):
            if item.high.at(query) > found[-1].high.at(query):
                found[-1] = Part(found[-1].low, item.high)
        else:
            found.append(item)
    return tuple(found)


def intersection(query: int, one: Sequence[Part], other: Sequence[Part]) -> list[Part]:
    """Return the parts that both cover, for a run in which the order of ends does not change."""
    return [clipped(a, query, (b.low, b.high)) for a in one for b in other]


def joined(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Join neighbouring segments that one set of parts describes."""
    found: list[Segment] = []
    for segment in segments:
        before = found[-1] if found else None
        same = None if before is None else either(before, segment)
        if before is not None and same is not None:
            found[-1] = Segment(before.start, segment.stop, same)
        else:
            found.append(segment)
    return tuple(found)


def either(before: Segment, after: Segment) -> tuple[Part, ...] | None:
    """Return the parts of the one segment that describe the other too, or None."""
    if before.parts == after.parts:
        return before.parts
    for known, other in ((before, after), (after, before)):
        if len(known.parts) == len(other.parts) and all(
            [p.at(query) for p in known.parts] == other.at(query) for query in (other.start, other.stop - 1)
        ):
            return known.parts
    return None


def moved(item: Part, queries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both ends of a part as columns (q, 1), or (1, 1) where they stand still."""
    low = queries[:, None] + item.low.offset if item.low.moves else np.array([[item.low.offset]])
    high = queries[:, None] + item.high.offset if item.high.moves else np.array([[item.high.offset]])
    return low, high


class Reads(Protocol):
    """Say which keys each query reads, as segments over nodes 0 … n - 1."""

    @property
    def n(self) -> int:
        """The number of nodes."""

    @property
    def segments(self) -> Sequence[Segment]:
        """Runs of queries that cover all nodes in order."""


def pairs(reads: Reads) -> int:
    """Count the (query, key) pairs."""
    count = 0
    for segment in reads.segments:
        queries = np.arange(segment.start, segment.stop)
        for item in segment.parts:
            low, high = moved(item, queries)
            count += int(np.broadcast_to(high - low, (len(queries), 1)).sum())
    return count

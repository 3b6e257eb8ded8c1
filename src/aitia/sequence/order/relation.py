"""Say who may read whom: a relation over nodes 0 … n - 1, symbolic, from which everything else follows."""

from __future__ import annotations

import bisect
import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from aitia.core.errors import BadOption, InputError
from aitia.core.noun import Noun, noun
from aitia.sequence.order.columns import Segments, columns_of, side_by_side
from aitia.sequence.order.intervals import Part, Reads, Segment, cuts, intersection, joined, pairs, part, settled, union
from aitia.sequence.order.masks import mask_of
from aitia.sequence.order.schedule import PositionRule, Schedule, schedule


@noun
class Relation(Noun):
    """Hold which keys each query reads, as segments of queries with intervals of keys.

    Not assumed transitive (a window is not) nor antisymmetric (a block of nodes that read each other is not). Relations
    of one length combine with `&` (both allow) and `|` (either allows). They are equal when their segments are.

    >>> from aitia.sequence.order import causal, window
    >>> (causal(6) & window(6, 2)).dense().sum(axis=1).tolist()
    [1, 2, 2, 2, 2, 2]
    """

    n: int
    segments: Sequence[Segment]

    def __post_init__(self) -> None:
        known = self.segments if isinstance(self.segments, Segments) else Segments(self.segments)
        object.__setattr__(self, "segments", known)
        if not known.cover(self.n):
            raise InputError(f"The segments of a relation over {self.n} nodes must cover them in order.")

    def __and__(self, other: Relation | Endless) -> Relation:
        return combined(self, sized(other, self.n), both=True)

    def __or__(self, other: Relation | Endless) -> Relation:
        return combined(self, sized(other, self.n), both=False)

    def reads(self, query: int) -> list[tuple[int, int]]:
        """Return the intervals of keys that one query reads."""
        return self.segments[self.segment_of(query)].at(query)

    def segment_of(self, query: int) -> int:
        """Return the index of the segment that holds a query."""
        if not 0 <= query < self.n:
            raise BadOption(f"There is no node {query} among {self.n}.", next=f"Give one of 0 … {self.n - 1}.")
        return bisect.bisect_right(columns_of(self.segments).stop, query)

    def dense(self, queries: slice = slice(None), keys: slice = slice(None)) -> np.ndarray:
        """Return the mask as a boolean array (queries, keys): True where the query reads the key."""
        every = np.arange(self.n)
        return mask_of(self, every[queries], every[keys])

    @property
    def pairs(self) -> int:
        """How many (query, key) pairs the relation holds."""
        return pairs(self)

    @property
    def density(self) -> float:
        """The share of all pairs."""
        return self.pairs / max(self.n, 1) ** 2

    def schedule(self, layers: int = 1, positions: PositionRule = "height") -> Schedule:
        """Compile into blocks, levels, positions, cache lifetime and steps, for a stack of layers."""
        return schedule(self, layers, positions)


@dataclasses.dataclass(frozen=True, slots=True)
class Endless:
    """Hold a layout that has no length of its own, such as a stream of chunks: it takes that of what it meets."""

    over: Callable[[int], Relation]

    def __and__(self, other: Relation) -> Relation:
        return self.over(other.n) & other

    def __or__(self, other: Relation) -> Relation:
        return self.over(other.n) | other


def sized(layout: Relation | Endless, n: int) -> Relation:
    """Return a layout over n nodes; raises `BadOption` when it has another length."""
    found = layout.over(n) if isinstance(layout, Endless) else layout
    if found.n != n:
        raise BadOption(f"A relation over {found.n} nodes does not combine with one over {n}.", next="Give both one length.")
    return found


def relation(n: int, rows: Sequence[tuple[int, int, Sequence[Part]]]) -> Relation:
    """Build a relation from runs of queries (start, stop, parts); parts may overlap and reach beyond the nodes."""
    if n < 1:
        raise BadOption(f"A relation over {n} nodes says nothing.", next="Give at least one node.")
    pieces = [segment for start, stop, parts in rows if start < stop for segment in settled(start, stop, parts, n)]
    return Relation(n=n, segments=joined(pieces))


def first(order: Reads, count: int) -> Relation:
    """Return the relation among the first `count` nodes."""
    return relation(count, [(s.start, min(s.stop, count), s.parts) for s in order.segments if s.start < count])


def combined(one: Relation, other: Relation, *, both: bool) -> Relation:
    """Return the pairs that both relations hold, or that either does."""
    pieces: list[Segment] = []
    for start, stop, first, second in overlaps(one.segments, other.segments):
        if not both:
            pieces += settled(start, stop, (*first, *second), one.n)
            continue
        places = cuts(start, stop, (end for item in (*first, *second) for end in (item.low, item.high)))
        pieces += [Segment(a, b, union(a, intersection(a, first, second))) for a, b in itertools.pairwise(places)]
    return Relation(n=one.n, segments=joined(pieces))


def overlaps(one: Sequence[Segment], other: Sequence[Segment]) -> Iterator[tuple[int, int, tuple[Part, ...], tuple[Part, ...]]]:
    """Yield the runs of queries on which both are of one piece, with the parts of both."""
    i = j = 0
    while i < len(one) and j < len(other):
        start, stop = max(one[i].start, other[j].start), min(one[i].stop, other[j].stop)
        yield start, stop, one[i].parts, other[j].parts
        i, j = i + (one[i].stop == stop), j + (other[j].stop == stop)


def pack(relations: Sequence[Relation]) -> Relation:
    """Put several relations behind each other as one, no item reading another: packing, and batches of many items."""
    if not relations:
        raise BadOption("There is nothing to pack.", next="Give at least one relation.")
    found = side_by_side([columns_of(item.segments) for item in relations])
    return Relation(n=found.n, segments=joined(Segments(found)))


def pad(found: Relation, *, left: int = 0, right: int = 0) -> Relation:
    """Add padding nodes on either side: nobody reads them, and they read themselves only."""
    if min(left, right) < 0:
        raise BadOption(f"Padding of {min(left, right)} nodes is not possible.", next="Give 0 or more.")
    alone = part(0, 1, low_moves=True, high_moves=True)
    padding = [relation(count, [(0, count, [alone])]) if count else None for count in (left, right)]
    return pack([item for item in (padding[0], found, padding[1]) if item is not None])

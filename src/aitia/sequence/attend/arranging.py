"""Put queries that read many scattered runs of keys in order, so that what each reads is one run.

Where each next set of keys holds the one before, as the rings of a grid do, the keys are gathered once and every set is
a run of them.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from aitia.sequence.order.columns import columns_of
from aitia.sequence.order.intervals import Part, Segment, part
from aitia.sequence.order.relation import Relation

FRAGMENTS = 4  # runs of keys from which on they are gathered


@dataclasses.dataclass(frozen=True, slots=True)
class Gathered:
    """Hold scattered queries (q,) and keys (k,), and segments over their places in these."""

    queries: np.ndarray
    keys: np.ndarray
    segments: tuple[Segment, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Arranged:
    """Hold the segments of queries that stay where they are, and those that are gathered."""

    plain: Sequence[Segment]
    gathered: tuple[Gathered, ...]


@functools.lru_cache(maxsize=64)
def arranged(relation: Relation) -> Arranged:
    """Return a relation with its scattered queries and keys gathered."""
    if columns_of(relation.segments).counts.max(initial=0) < FRAGMENTS:
        return Arranged(relation.segments, ())
    plain, scattered = parted(relation.segments)
    return Arranged(plain, tuple(map(gathered, chains(scattered, relation.n))))


def parted(segments: Sequence[Segment]) -> tuple[list[Segment], list[list[Segment]]]:
    """Return the segments that stay where they are, and those with scattered still keys, the ones that read the same together."""
    if all(len(segment.parts) < FRAGMENTS or not segment.still for segment in segments):
        return list(segments), []
    plain: list[Segment] = []
    known: dict[int, list[Segment]] = {}  # the very same parts, told apart without a look at them
    alike: dict[tuple[Part, ...], list[Segment]] = {}
    for segment in segments:
        if id(segment.parts) not in known:
            scattered = len(segment.parts) > 1 and segment.still
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


def gathered(chain: list[tuple[np.ndarray, np.ndarray]]) -> Gathered:
    """Return a chain as segments over its queries and its keys, put one behind the other."""
    rows, ends = (np.cumsum([0, *map(len, found)]).tolist() for found in zip(*chain, strict=True))
    segments = tuple(Segment(a, b, (part(0, end),)) for (a, b), end in zip(itertools.pairwise(rows), ends[1:], strict=True))
    queries, keys = (np.concatenate(found) for found in zip(*chain, strict=True))
    return Gathered(queries, keys, segments)

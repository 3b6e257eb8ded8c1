"""Condense a relation: its blocks (nodes that read each other, directly or by way of others) and the longest chain below each.

A segment whose nodes read each other is one block, one whose nodes read back only is a chain of single nodes; cycles
across segments join them. Where a relation is none of this (dilated or partly overlapping reads that lead back), its
pairs are listed and the general algorithm runs. [tarjan1972]
"""

from __future__ import annotations

import bisect
import dataclasses
import itertools

import numpy as np

from aitia.core.errors import InputError
from aitia.sequence.order.intervals import Part, Reads, Segment, dense, moved, pairs

MOST_PAIRS = 40_000_000


@dataclasses.dataclass(frozen=True, slots=True)
class Condensed:
    """Hold for each node its block (n,), numbered in the order in which the blocks begin, and its height (n,)."""

    block: np.ndarray
    height: np.ndarray


@dataclasses.dataclass(frozen=True, slots=True)
class Cut:
    """Hold a relation with finer segments."""

    n: int
    segments: tuple[Segment, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Unit:
    """Hold a run of nodes that is one block, a chain of nodes each reading the one before, or nodes apart from each other."""

    start: int
    stop: int
    form: str
    reads: tuple[Part, ...]


def condense(relation: Reads) -> Condensed:
    """Return blocks and heights; raises `InputError` where a relation without structure has too many pairs to list."""
    units = units_of(relation)
    if units is not None and backward(units):
        return by_units(relation.n, units)
    finer = refined(relation)
    units = units_of(finer)
    found = None if units is None else by_cycles(finer, units)
    return by_pairs(relation) if found is None else found


def units_of(relation: Reads) -> list[Unit] | None:
    """Return what the nodes of every segment are to each other, or None where one has no simple form."""
    units = [unit_of(segment) for segment in relation.segments]
    known = [unit for unit in units if unit is not None]
    return known if len(known) == len(units) else None


def refined(relation: Reads) -> Cut:
    """Return the relation with its segments cut wherever an interval that stands still begins or ends."""
    ends = {end.offset for s in relation.segments for p in s.parts for end in (p.low, p.high) if not end.moves}
    places = np.array(sorted(ends), dtype=np.int64)
    segments = []
    for segment in relation.segments:
        inside = places[np.searchsorted(places, segment.start, side="right") : np.searchsorted(places, segment.stop)].tolist()
        edges = [segment.start, *inside, segment.stop]
        segments += [Segment(a, b, segment.parts) for a, b in itertools.pairwise(edges)]
    return Cut(relation.n, tuple(segments))


def unit_of(segment: Segment) -> Unit | None:
    """Return what the nodes of a segment are to each other, or None where that is not one of the simple forms."""
    start, stop = segment.start, segment.stop
    if stop - start == 1:
        return Unit(start, stop, "single", segment.parts)
    own = inside(segment)
    back = any(covers(item, segment, -1) for item in own)
    ahead = any(covers(item, segment, 1) for item in own)
    if back and ahead:
        return Unit(start, stop, "block", segment.parts)
    if back and not any(touches(item, segment, 1) for item in own):
        return Unit(start, stop, "chain", segment.parts)
    if not any(touches(item, segment, side) for item in own for side in (-1, 1)):
        return Unit(start, stop, "apart", segment.parts)
    return None


def inside(segment: Segment) -> list[Part]:
    """Return the parts that reach into the segment's own nodes for some query; they stand in order, so they are looked up."""
    found = set()
    for query in (segment.start, segment.stop - 1):
        first = bisect.bisect_right(segment.parts, segment.start, key=lambda item: item.high.at(query))
        last = bisect.bisect_left(segment.parts, segment.stop, key=lambda item: item.low.at(query))
        found |= set(range(first, last))
    return [segment.parts[i] for i in sorted(found)]


def covers(item: Part, segment: Segment, side: int) -> bool:
    """Tell whether every query of the segment that has a neighbour on this side within the segment reads it."""
    first, last = (segment.start + 1, segment.stop - 1) if side < 0 else (segment.start, segment.stop - 2)
    return all(low <= query + side < high for query in (first, last) for low, high in (item.at(query),))


def touches(item: Part, segment: Segment, side: int) -> bool:
    """Tell whether some query of the segment reads another node of the segment on this side."""
    for query in (segment.start, segment.stop - 1, segment.start + 1, segment.stop - 2):
        low, high = item.at(query)
        if side < 0 and max(low, segment.start) < min(high, query):
            return True
        if side > 0 and max(low, query + 1) < min(high, segment.stop):
            return True
    return False


def backward(units: list[Unit]) -> bool:
    """Tell whether no unit reads beyond its own last node; parts stand in order, so the last one reaches farthest."""
    return all(unit.reads[-1].high.at(query) <= unit.stop for unit in units if unit.reads for query in (unit.start, unit.stop - 1))


def by_units(n: int, units: list[Unit]) -> Condensed:
    """Condense units that read back only, in one pass."""
    height, new = np.zeros(n, dtype=np.int64), np.ones(n, dtype=bool)
    top = last = -1  # the greatest height so far, and that of the node before
    for unit in units:
        own = height[unit.start : unit.stop]
        if last == top and reads_node_before(unit):  # nothing is higher than the node before, so only it counts
            own[:] = top + 1
            own += np.arange(len(own)) if unit.form == "chain" else 0
        else:
            put(unit, height, n)
        if unit.form == "block":
            new[unit.start + 1 : unit.stop] = False
        last = int(own[-1])
        top = max(top, last if unit.form in ("block", "single") else int(own.max()))
    return Condensed(np.cumsum(new) - 1, height)


def reads_node_before(unit: Unit) -> bool:
    """Tell whether every query of a unit reads the node just before the unit."""
    return any(all(low < unit.start <= high for low, high in (p.at(unit.start), p.at(unit.stop - 1))) for p in unit.reads)


def put(unit: Unit, height: np.ndarray, n: int) -> None:
    """Set the heights of a unit from those of all that it reads outside itself."""
    least = np.zeros(unit.stop - unit.start, dtype=np.int64)
    for item in unit.reads:
        least = np.maximum(least, 1 + highest(item, unit, height, n))
    own = slice(unit.start, unit.stop)
    if unit.form == "block":
        height[own] = least.max()
    elif unit.form == "chain":
        steps = np.arange(unit.stop - unit.start)
        height[own] = np.maximum.accumulate(least - steps) + steps
    else:
        height[own] = least


def highest(item: Part, unit: Unit, height: np.ndarray, n: int) -> np.ndarray:
    """Return the greatest height among what each query of a unit reads outside it, -1 where it reads nothing there."""
    queries = np.arange(unit.start, unit.stop)
    low, high = (np.broadcast_to(end[:, 0], queries.shape) for end in moved(item, queries))
    before = reach(height, low, np.minimum(high, unit.start))
    after = reach(height, np.maximum(low, unit.stop), high)
    return np.maximum(before, after)


def reach(height: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the greatest height in each interval (q,), -1 in an empty one; intervals move steadily or stand still."""
    found = np.full(len(low), -1, dtype=np.int64)
    full = low < high
    if not full.any():
        return found
    a, b = low[full], high[full]
    still, held = bool((a == a[0]).all()), bool((b == b[0]).all())
    if still and held:
        found[full] = height[a[0] : b[0]].max()
    elif still:
        found[full] = np.maximum.accumulate(height[a[0] : b.max()])[b - 1 - a[0]]
    elif held:
        found[full] = np.maximum.accumulate(height[a.min() : b[0]][::-1])[::-1][a - a.min()]
    else:
        found[full] = table_maximum(height, a, b)
    return found


def table_maximum(height: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the greatest value of each interval by a table of maxima over powers of two."""
    begin, end = int(low.min()), int(high.max())
    layers = [height[begin:end]]
    widest = int((high - low).max())
    while 2 ** len(layers) <= widest:
        step = 2 ** (len(layers) - 1)
        layers.append(np.maximum(layers[-1][:-step], layers[-1][step:]))
    level = np.floor(np.log2(high - low)).astype(np.int64)
    found = np.empty(len(low), dtype=np.int64)
    for k in np.unique(level):
        own = level == k
        found[own] = np.maximum(layers[k][low[own] - begin], layers[k][high[own] - 2**k - begin])
    return found


def by_cycles(relation: Reads, units: list[Unit]) -> Condensed | None:
    """Condense units of which some read ahead; None where a cycle is not made of whole groups reading whole groups."""
    groups = grouped(relation, units)
    of_node = np.empty(relation.n, dtype=np.int64)
    for g, group in enumerate(groups):
        for unit in group.units:
            of_node[unit.start : unit.stop] = g
    sizes = np.bincount(of_node)
    reads = [group.reads(of_node, len(groups)) for group in groups]
    edges = [(g, int(h)) for g, (some, _) in enumerate(reads) for h in np.flatnonzero(some) if h != g]
    labels = components(len(groups), np.array(edges, dtype=np.int64).reshape(-1, 2))
    if any(labels[g] == labels[h] and reads[g][1][h] < sizes[h] for g, h in edges):
        return None
    if any(len(group.units) > 1 and 0 < reads[g][0][g] < sizes[g] for g, group in enumerate(groups)):
        return None
    own = [bool(reads[g][0][g]) for g in range(len(groups))]
    return in_order(relation.n, groups, labels, edges, own)


@dataclasses.dataclass(frozen=True, slots=True)
class Group:
    """Hold the units that read the very same keys, which do not move with the query; or one unit of any form."""

    units: tuple[Unit, ...]
    parts: tuple[Part, ...]

    @property
    def still(self) -> bool:
        """Whether no interval moves with the query."""
        return not any(item.low.moves or item.high.moves for item in self.parts)

    def reads(self, of_node: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Return how many nodes of each group some query reads, and how many every query reads."""
        some, every = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
        first, last = self.units[0].start, self.units[-1].stop - 1
        for item in self.parts:
            (a, b), (c, d) = item.at(first), item.at(last)
            some += np.bincount(of_node[min(a, c) : max(b, d)], minlength=count)
            every += np.bincount(of_node[max(a, c) : max(min(b, d), 0)], minlength=count)
        return some, every


def grouped(relation: Reads, units: list[Unit]) -> list[Group]:
    """Put units together that read the same still keys."""
    moves = {id(s.parts): any(item.low.moves or item.high.moves for item in s.parts) for s in relation.segments}
    same: dict[tuple[Part, ...], int] = {}
    known = {id(s.parts): same.setdefault(s.parts, i) for i, s in enumerate(relation.segments)}  # many share one tuple
    found: dict[tuple[int, int], list[Unit]] = {}
    for unit in units:
        key = id(unit.reads)
        found.setdefault((known[key], unit.start if moves[key] else -1), []).append(unit)
    return [Group(tuple(own), own[0].reads) for own in found.values()]


def components(count: int, edges: np.ndarray) -> np.ndarray:
    """Return the strongly connected component of each node."""
    from scipy import sparse
    from scipy.sparse import csgraph

    matrix = sparse.coo_array((np.ones(len(edges), dtype=bool), (edges[:, 0], edges[:, 1])), shape=(count, count))
    return np.asarray(csgraph.connected_components(matrix.tocsr(), directed=True, connection="strong")[1])


def in_order(n: int, groups: list[Group], labels: np.ndarray, edges: list[tuple[int, int]], own: list[bool]) -> Condensed:
    """Set heights component by component, each after all that it reads; `own` tells which groups read themselves."""
    members: dict[int, list[int]] = {}
    for g, label in enumerate(labels.tolist()):
        members.setdefault(label, []).append(g)
    below: dict[int, set[int]] = {label: set() for label in members}
    for g, h in edges:
        if labels[g] != labels[h]:
            below[int(labels[g])].add(int(labels[h]))
    height, mark = np.zeros(n, dtype=np.int64), np.arange(n)
    for label in settled_order(below):
        inside = [groups[g] for g in members[label]]
        if len(inside) == 1 and len(inside[0].units) == 1:
            put(inside[0].units[0], height, n)
            if inside[0].units[0].form == "block":
                mark[inside[0].units[0].start : inside[0].units[0].stop] = inside[0].units[0].start
        else:
            together(inside, height, mark, n, one=len(inside) > 1 or own[members[label][0]])
    return Condensed(np.unique(mark, return_inverse=True)[1], height)


def together(inside: list[Group], height: np.ndarray, mark: np.ndarray, n: int, *, one: bool) -> None:
    """Set the height of groups that read each other, and make them one block if `one`; among themselves they have none (-1)."""
    units = [unit for group in inside for unit in group.units]
    for unit in units:
        height[unit.start : unit.stop] = -1
    least = 0
    for group in inside:
        for item in group.parts:
            if group.still:
                low, high = item.at(0)
                least = max(least, 1 + int(height[low:high].max()))
            else:
                least = max(least, *(1 + highest(item, unit, height, n).max() for unit in group.units))
    for unit in units:
        height[unit.start : unit.stop] = least
        if one:
            mark[unit.start : unit.stop] = min(u.start for u in units)


def settled_order(below: dict[int, set[int]]) -> list[int]:
    """Return components so that each comes after all below it."""
    left = {label: len(others) for label, others in below.items()}
    above: dict[int, list[int]] = {label: [] for label in below}
    for label, others in below.items():
        for other in others:
            above[other].append(label)
    ready = [label for label, count in left.items() if not count]
    for label in ready:
        for other in above[label]:
            left[other] -= 1
            if not left[other]:
                ready.append(other)
    return ready


def by_pairs(relation: Reads) -> Condensed:
    """Condense any relation from the list of its pairs."""
    if pairs(relation) > MOST_PAIRS:
        raise InputError(
            f"This relation has {pairs(relation)} pairs and no structure to plan by.",
            next="Compose it of causal, window, blocks and the other layouts, or use fewer nodes.",
        )
    query, key = np.nonzero(dense(relation))
    labels = components(relation.n, np.column_stack([query, key]))
    across = labels[query] != labels[key]
    edges = np.unique(np.column_stack([labels[query[across]], labels[key[across]]]), axis=0)
    below: dict[int, set[int]] = {int(label): set() for label in np.unique(labels)}
    for above, under in edges.tolist():
        below[above].add(under)
    height = np.zeros(len(below), dtype=np.int64)
    for label in settled_order(below):
        height[label] = max((int(height[other]) + 1 for other in below[label]), default=0)
    _, first = np.unique(labels, return_index=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return Condensed(rank[labels], height[labels])

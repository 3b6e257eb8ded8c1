"""Turn m-separation into cutting an undirected graph, and list its minimal cuts. [zander2019] [berry2000]"""

from __future__ import annotations

import dataclasses
import heapq
from collections.abc import Collection, Iterator, Sequence

from aitia.graphs.neighbours import Neighbours, closure

Cut = frozenset[int]


@dataclasses.dataclass(frozen=True, slots=True)
class Moral:
    """Hold an undirected graph of nodes 0 … n - 1 and hubs above: two nodes share a hub where a collider path joins them.

    A hub stands for one district (nodes joined by `<->`) with its parents, which saves drawing every pair of them.
    """

    nodes: tuple[str, ...]
    place: dict[str, int]
    links: tuple[tuple[int, ...], ...]


def moral(index: Neighbours, order: Sequence[str], keep: frozenset[str]) -> Moral:
    """Build the graph over an ancestral set; sets within it separate here exactly where they m-separate."""
    nodes = tuple(node for node in order if node in keep)
    place = {node: i for i, node in enumerate(nodes)}
    spouses = {node: tuple(spouse for spouse in index.spouses[node] if spouse in keep) for node in nodes}
    links: list[list[int]] = [[] for _ in nodes]
    done: set[str] = set()
    for node in nodes:
        if node in done:
            continue
        district = closure((node,), spouses)
        done |= district
        members = sorted({place[name] for member in district for name in (member, *index.parents[member])})
        if len(members) > 1:
            links.append(members)
            for member in members:
                links[member].append(len(links) - 1)
    return Moral(nodes=nodes, place=place, links=tuple(map(tuple, links)))


def starts(shape: Moral, names: Collection[str]) -> Cut:
    """Return the places of names that are in the graph."""
    return frozenset(shape.place[name] for name in names if name in shape.place)


def side(shape: Moral, begins: Cut, walls: Collection[int]) -> tuple[set[int], set[int]]:
    """Return what can be reached without entering a wall, and the walls that were touched."""
    reached, touched = set(begins), set()
    waiting = list(begins)
    while waiting:
        for other in shape.links[waiting.pop()]:
            if other in walls:
                touched.add(other)
            elif other not in reached:
                reached.add(other)
                waiting.append(other)
    return reached, touched


def closest(shape: Moral, begins: Cut, ends: Cut, cuttable: Cut, inside: Cut) -> Cut | None:
    """Return the minimal cut that keeps `inside` on the first side and lies nearest to it, or None."""
    reached, boundary = side(shape, begins, cuttable - inside)
    if reached & ends:
        return None
    return frozenset(side(shape, ends, boundary)[1])


def minimal_cuts(shape: Moral, begins: Cut, ends: Cut, cuttable: Cut) -> Iterator[Cut]:
    """Yield every minimal cut within `cuttable` once, with polynomial delay: each grows out of one found before. [berry2000]"""
    first = closest(shape, begins, ends, cuttable, frozenset())
    if first is None:
        return
    seen = {first}
    waiting = [(len(first), tuple(sorted(first)))]
    while waiting:
        _, cut = heapq.heappop(waiting)
        yield frozenset(cut)
        inner = frozenset(side(shape, begins, frozenset(cut))[0]) & cuttable
        for node in cut:
            further = closest(shape, begins, ends, cuttable, inner | {node})
            if further is not None and further not in seen:
                seen.add(further)
                heapq.heappush(waiting, (len(further), tuple(sorted(further))))

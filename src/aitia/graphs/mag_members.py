"""List and draw the MAGs that a PAG stands for. [zhang2008]"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from aitia.core.errors import BadOption
from aitia.core.graph import Graph
from aitia.graphs.ancestral import mag_fault, member, pag_of
from aitia.graphs.classes import as_pag
from aitia.graphs.marked import ARROW, CIRCLE, TAIL, Marked, marked, remarked
from aitia.graphs.orientation import Collides, orient, unshielded_colliders

MOST = 10_000
Decided = dict[tuple[int, int], int]


def every_mag(graph: Graph, *, selection: bool = True) -> Iterator[Graph]:
    """Yield every MAG of a PAG once, found only as it is asked for, always in the same order.

    Without `selection` only those that have no undirected edge. Open marks are decided one by one, with all that follows,
    and each complete graph is checked; classes grow fast with the number of open marks.

    >>> from aitia.graphs.formats.text import parse
    >>> [mag.edges[0].symbol for mag in every_mag(parse("a o-o b"))]
    ['--', '->', '->', '<->']
    """
    graph = as_pag(graph)
    pag = marked(graph)
    colliders = set(unshielded_colliders(pag))
    for found in decided(pag.copy(), {}, separating(pag), colliders):
        lines = any(at_first == TAIL == at_second for _, _, at_first, at_second in found.edges())
        if (selection or not lines) and mag_fault(found, graph.nodes) is None and pag_of(found).ends == pag.ends:
            yield remarked(graph, found, "mag")


def random_mag(graph: Graph, rng: np.random.Generator, *, selection: bool = True, most: int = MOST) -> Graph:
    """Draw a MAG of a PAG, every one with the same chance, by listing them; raises `BadOption` where there are more than `most`."""
    listed = list(itertools.islice(every_mag(graph, selection=selection), most + 1))
    if len(listed) > most:
        raise BadOption(
            f"This PAG stands for more than {most} MAGs.",
            why="One is drawn fairly by listing them all.",
            next="Allow a longer list by a larger `most`, or take one MAG of the class by to_mag(graph).",
        )
    return listed[int(rng.integers(len(listed)))]


def decided(state: Marked, decisions: Decided, collides: Collides, colliders: set[tuple[int, int, int]]) -> Iterator[Marked]:
    """Decide the first open mark each way in turn, with what follows; what contradicts a decision or adds a collider is dropped."""
    orient(state, collides)
    if any(state.ends[a][b] != mark for (a, b), mark in decisions.items()) or not colliders.issuperset(unshielded_colliders(state)):
        return
    place = next(((a, b) for a, others in enumerate(state.ends) for b in sorted(others) if others[b] == CIRCLE), None)
    if place is None:
        yield state
        return
    a, b = place
    for mark in (TAIL, ARROW):
        trial = state.copy()
        trial.ends[a][b] = mark
        yield from decided(trial, {**decisions, place: mark}, collides, colliders)


def separating(pag: Marked) -> Collides:
    """Return the rule that tells whether a node is a collider on a discriminating path: it is where no separating set holds it.

    Two nodes of a MAG that are not joined are separated by the other nodes with paths of `->` and `--` to one of them.
    """
    mag = member(pag)
    anterior = [{node} for node in range(len(mag))]
    for node, own in enumerate(anterior):
        waiting = [node]
        while waiting:
            last = waiting.pop()
            more = {a for a, mark in mag.ends[last].items() if mark == TAIL} - own
            own |= more
            waiting.extend(more)
    return lambda theta, alpha, beta, gamma: beta not in anterior[theta] | anterior[gamma]

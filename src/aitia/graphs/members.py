"""List, count and draw the DAGs that a CPDAG or MPDAG stands for. [meek1995] [wienobst2021]"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np

from aitia.core.errors import BadOption
from aitia.core.graph import Graph
from aitia.graphs.chordal import Nodes, components
from aitia.graphs.classes import as_mpdag
from aitia.graphs.clique_picking import CliquePicking, chosen
from aitia.graphs.meek import assign, take_back
from aitia.graphs.pdag import PDAG, Arrow, drawn, pdag

MOST = 100_000  # sets of directions looked at before a count is given up
TRIES = 10_000


def every_dag(graph: Graph) -> Iterator[Graph]:
    """Yield every DAG of a CPDAG or MPDAG once, found only as it is asked for, always in the same order.

    The first undirected edge of the graph is directed one way, with all that follows from it, and then the other way.

    >>> from aitia.graphs.formats.text import parse
    >>> [[(edge.source, edge.target) for edge in dag.edges] for dag in every_dag(parse("a--b--c"))]
    [[('a', 'b'), ('b', 'c')], [('b', 'a'), ('b', 'c')], [('b', 'a'), ('c', 'b')]]
    """
    graph = as_mpdag(graph)
    state = pdag(graph)
    yield from (drawn(graph, state, "dag") for _ in directions(state))


def directions(state: PDAG) -> Iterator[None]:
    """Direct the lines of a closed graph in every way in turn, in place; leaves the graph as it was."""
    lines = list(state.undirected())
    taken: list[tuple[int, list[Arrow], bool]] = []  # a place in `lines`, the arrows it brought, whether it is the second way
    at = 0
    while True:
        while at < len(lines) and lines[at][1] not in state.lines[lines[at][0]]:
            at += 1
        if at < len(lines):
            taken.append((at, assign(state, *lines[at]), False))
            continue
        yield
        while taken:
            at, arrows, second = taken.pop()
            take_back(state, arrows)
            if not second:
                taken.append((at, assign(state, *reversed(lines[at])), True))
                break
        else:
            return


def count_dags(graph: Graph, *, most: int = MOST) -> int | None:
    """Return how many DAGs a CPDAG or MPDAG stands for, exactly; None where more than `most` ways would have to be looked at.

    A CPDAG always has an answer, in polynomial time. An MPDAG is taken apart along its undirected edges; only parts in
    which known arrows lie are directed step by step, and each part that this frees of arrows is counted as in a CPDAG.

    >>> from aitia.graphs.formats.text import parse
    >>> count_dags(parse("a--b--c; c--d")), count_dags(parse("a--b; a--c; b--c; b--d; c--d"))
    (4, 10)
    """
    state = pdag(as_mpdag(graph))
    try:
        return Members(state, most).count_all()
    except TooMany:
        return None


def random_dag(graph: Graph, rng: np.random.Generator, *, most: int = MOST) -> Graph:
    """Draw a DAG of a CPDAG or MPDAG, every one with the same chance.

    An MPDAG that `count_dags` cannot count with the same `most` is drawn by chance from the DAGs without its arrows until
    they agree; raises `BadOption` where that does not happen either.
    """
    graph = as_mpdag(graph)
    state = pdag(graph)
    members = Members(state, most)
    for bucket in members.buckets(range(len(state))):
        members.draw(bucket, rng)
    return drawn(graph, state, "dag")


class TooMany(Exception):
    """Say that a count would take more steps than allowed."""


class Members:
    """Count and draw the ways to direct the lines of a closed graph, which each of its parts allows on its own."""

    def __init__(self, state: PDAG, most: int) -> None:
        self.state = state
        self.left = most
        self.picking = CliquePicking(state.joined)
        self.known: dict[tuple[Nodes, frozenset[Arrow]], int] = {}

    def count_all(self) -> int:
        """Return the number of DAGs."""
        return prod(map(self.count, self.buckets(range(len(self.state)))))

    def buckets(self, nodes: Nodes | range) -> list[Nodes]:
        """Return the parts with more than one of these nodes that lines connect."""
        return [part for part in components(self.state.lines, nodes) if len(part) > 1]

    def inside(self, bucket: Nodes) -> frozenset[Arrow]:
        """Return the arrows between nodes of a part."""
        return frozenset((parent, node) for node in bucket for parent in self.state.parents[node] & bucket)

    def count(self, bucket: Nodes) -> int:
        """Return the number of ways to direct one part."""
        arrows = self.inside(bucket)
        if not arrows:
            return self.picking.count(bucket)
        key = (bucket, arrows)
        if key not in self.known:
            self.left -= 1
            if self.left < 0:
                raise TooMany
            line = self.widest(bucket)
            self.known[key] = self.count_with(bucket, line) + self.count_with(bucket, line[::-1])
        return self.known[key]

    def count_with(self, bucket: Nodes, arrow: Arrow) -> int:
        """Return the number of ways to direct one part in which a line becomes this arrow."""
        added = assign(self.state, *arrow)
        try:
            return prod(map(self.count, self.buckets(bucket)))
        finally:
            take_back(self.state, added)

    def widest(self, bucket: Nodes) -> Arrow:
        """Return a line of the node that most lines meet, since directing it settles most."""
        node = max(sorted(bucket), key=lambda node: len(self.state.lines[node]))
        return node, min(self.state.lines[node])

    def draw(self, bucket: Nodes, rng: np.random.Generator) -> None:
        """Direct one part at random, each way with the same chance."""
        if not self.inside(bucket):
            self.direct(self.picking.order(bucket, rng))
            return
        line = self.widest(bucket)
        ways = (line, line[::-1])
        try:
            weights = (self.count_with(bucket, ways[0]), self.count_with(bucket, ways[1]))
        except TooMany:
            self.direct(self.agreeing(bucket, rng))
            return
        assign(self.state, *ways[chosen(weights, rng)])
        for part in self.buckets(bucket):
            self.draw(part, rng)

    def direct(self, order: list[int]) -> None:
        """Direct the lines among nodes along an order."""
        place = {node: i for i, node in enumerate(order)}
        for node in order:
            for other in [other for other in self.state.lines[node] if other in place and place[node] < place[other]]:
                self.state.direct(node, other)

    def agreeing(self, bucket: Nodes, rng: np.random.Generator) -> list[int]:
        """Draw orders of a part without regard to its arrows until one agrees with them."""
        arrows = self.inside(bucket)
        for _ in range(TRIES):
            place = {node: i for i, node in enumerate(self.picking.order(bucket, rng))}
            if all(place[a] < place[b] for a, b in arrows):
                return list(place)
        raise BadOption(
            f"This MPDAG stands for too many DAGs to draw one fairly: {TRIES} tries failed.",
            why="Its known arrows leave parts that can only be counted way by way.",
            next="Allow more ways to be looked at: a larger `most`.",
        )

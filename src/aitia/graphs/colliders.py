"""Direct a skeleton by the colliders that tests found and by knowledge, marking where they contradict each other. [colombo2014]"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from aitia.core.graph import Graph, Mark
from aitia.core.knowledge import Knowledge
from aitia.graphs.background import Oriented
from aitia.graphs.classes import classified
from aitia.graphs.meek import forced
from aitia.graphs.pdag import PDAG, Arrow, built
from aitia.graphs.statements import Ask, Conflict, asked_of, circling, conflict, opposed

Triple = tuple[str, str, str]


def direct_skeleton(skeleton: Graph, colliders: Iterable[Triple], knowledge: Knowledge | None = None) -> Oriented:
    """Return the graph of a skeleton in which a -> b <- c for each collider (a, b, c), with all that Meek's rules add.

    Where arrowheads are asked for at both ends of an edge, by colliders, knowledge or rules, the edge is marked `<->` and
    no rule uses it; so are edges whose arrows lead round in a cycle. Each such place is a `Conflict`. Nothing depends on
    the order in which colliders or statements come. Marks of the skeleton itself are not looked at.

    >>> from aitia.graphs.formats.text import parse
    >>> found = direct_skeleton(parse("a--b--c--d"), [("a", "b", "c"), ("b", "c", "d")])
    >>> [(edge.source, edge.symbol, edge.target) for edge in found.graph.edges]
    [('a', '->', 'b'), ('b', '<->', 'c'), ('d', '->', 'c')]
    """
    place = {node: i for i, node in enumerate(skeleton.nodes)}
    asks = [ask for a, b, c in colliders for ask in collider_asks(place, a, b, c)]
    known, conflicts = ([], []) if knowledge is None else asked_of(skeleton, knowledge)
    asks = sorted({*asks, *known}, key=lambda ask: (ask.arrow, ask.says, ask.said_by))
    against = opposed(asks)
    conflicts += [conflict("both ways", skeleton, group, "they ask for opposite directions of one edge") for group in against]
    crossed = {arrow for group in against for arrow in (group[0].arrow, group[0].arrow[::-1])}
    arrows = {ask.arrow for ask in asks} - crossed
    pairs = {(place[edge.source], place[edge.target]) for edge in skeleton.edges}
    state = built(len(place), arrows, (pair for pair in pairs if pair not in arrows and pair[::-1] not in arrows))
    take_out(state, crossed)
    in_rounds(state, skeleton, conflicts)
    out_of_cycles(state, skeleton, conflicts)
    return Oriented(graph=painted(skeleton, state, place), conflicts=tuple(conflicts))


def collider_asks(place: dict[str, int], a: str, b: str, c: str) -> Iterable[Ask]:
    """Yield the two arrows of a collider."""
    says = f"{a} -> {b} <- {c} is a collider"
    return (Ask(place[side], place[b], "data", says) for side in (a, c))


def take_out(state: PDAG, pairs: Iterable[Arrow]) -> None:
    """Take the lines and arrows of some pairs away; they stay joined, so that rules see them as such and do not use them."""
    for first, second in pairs:
        for a, b in ((first, second), (second, first)):
            state.lines[a].discard(b)
            state.children[a].discard(b)
            state.parents[a].discard(b)


def in_rounds(state: PDAG, skeleton: Graph, conflicts: list[Conflict]) -> None:
    """Apply Meek's rules to all lines at once, round by round, and take out lines that rules ask both ways of."""
    fresh = set(state.arrows())
    while fresh:
        asked = {(c, d) for a, b in fresh for c, d in forced(state, a, b) if d in state.lines[c]}
        both = sorted((c, d) for c, d in asked if c < d and (d, c) in asked)
        for c, d in both:
            asks = [Ask(a, b, "data", f"{skeleton.nodes[a]} -> {skeleton.nodes[b]} follows") for a, b in ((c, d), (d, c))]
            conflicts.append(conflict("both ways", skeleton, asks, "the arrows there are ask for opposite directions of one edge"))
        take_out(state, both)
        fresh = {(c, d) for c, d in asked if d in state.lines[c]}
        for c, d in fresh:
            state.direct(c, d)


def out_of_cycles(state: PDAG, skeleton: Graph, conflicts: list[Conflict]) -> None:
    """Take out the arrows that lead round in cycles."""
    for part in circling(state.children, len(state)):
        arrows = [(a, b) for a in sorted(part) for b in sorted(state.children[a] & part)]
        asks = [Ask(a, b, "data", f"{skeleton.nodes[a]} -> {skeleton.nodes[b]}") for a, b in arrows]
        conflicts.append(conflict("cycle", skeleton, asks, "these arrows lead round in a cycle"))
        take_out(state, arrows)


def painted(skeleton: Graph, state: PDAG, place: dict[str, int]) -> Graph:
    """Return the skeleton with the arrows and lines of a graph, and `<->` on edges that are neither."""
    edges = []
    for edge in skeleton.edges:
        first, second = sorted((edge.source, edge.target), key=place.__getitem__)
        if place[second] in state.parents[place[first]]:
            first, second = second, first
        a, b = place[first], place[second]
        at_target: Mark = "tail" if b in state.lines[a] else "arrow"
        at_source: Mark = "tail" if at_target == "tail" or b in state.children[a] else "arrow"
        edges.append(dataclasses.replace(edge, source=first, target=second, at_source=at_source, at_target=at_target))
    graph = skeleton.with_edges(tuple(edges))
    return graph if any(edge.symbol == "<->" for edge in edges) else classified(graph)

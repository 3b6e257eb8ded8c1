"""Turn what is known beforehand into directions asked of the edges of a graph, and name statements that contradict each other."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from aitia.core.graph import Graph
from aitia.core.knowledge import Knowledge
from aitia.core.noun import Noun, noun
from aitia.graphs.chordal import Joined
from aitia.graphs.pdag import Arrow

ConflictKind = Literal["absent", "both ways", "decided", "cycle", "together"]


@noun
class Conflict(Noun):
    """State that directions asked of edges cannot be had: `arrows` as (source, target), and who said so.

    - absent: a required edge whose ends are not joined.
    - both ways: arrowheads asked for at both ends of an edge.
    - decided: the other direction follows from the separations alone.
    - cycle: these arrows, with those that are decided, lead round.
    - together: any of them alone is possible, all of them make a cycle or a collider that the separations exclude.
    """

    about: ConflictKind
    arrows: tuple[tuple[str, str], ...]
    said_by: tuple[str, ...]
    says: str


@dataclasses.dataclass(frozen=True, slots=True)
class Ask:
    """Ask for a direction of one edge; `says` is the statement behind it."""

    source: int
    target: int
    said_by: str
    says: str

    @property
    def arrow(self) -> Arrow:
        """The direction as a pair."""
        return self.source, self.target


def asked_of(graph: Graph, knowledge: Knowledge) -> tuple[list[Ask], list[Conflict]]:
    """Return the direction that each statement asks of an edge of the graph, and the required edges that are not there.

    A required edge asks for its direction, a forbidden one for the other, tiers for early -> late, and a randomised
    variable for arrows out of it alone. Names that are not in the graph ask for nothing.
    """
    place = {node: i for i, node in enumerate(graph.nodes)}
    pairs = {pair for edge in graph.edges for pair in ((edge.source, edge.target), (edge.target, edge.source))}
    asks, absent = [], []
    for c in knowledge.required:
        if (c.source, c.target) in pairs:
            asks.append(Ask(place[c.source], place[c.target], c.said_by, f"{c.source} -> {c.target} is required"))
        elif c.source in place and c.target in place:
            says = f"{c.source} -> {c.target} is required, and the graph does not join them."
            absent.append(Conflict(about="absent", arrows=((c.source, c.target),), said_by=(c.said_by,), says=says))
    for c in knowledge.forbidden:
        if (c.source, c.target) in pairs:
            asks.append(Ask(place[c.target], place[c.source], c.said_by, f"{c.source} -> {c.target} is forbidden"))
    for edge in graph.edges:
        asks += [Ask(place[a], place[b], by, says) for a, b, by, says in from_order(edge.source, edge.target, knowledge)]
    return asks, absent


def from_order(first: str, second: str, knowledge: Knowledge) -> Iterator[tuple[str, str, str, str]]:
    """Yield the directions that tiers and roles ask of one edge."""
    for source, target in ((first, second), (second, first)):
        early, late = knowledge.tier_of(source), knowledge.tier_of(target)
        if early is not None and late is not None and early < late:
            yield source, target, knowledge.tiers[late].said_by, f"{source} is in an earlier tier than {target}"
        for role in knowledge.roles:
            if role.name == source and knowledge.randomised(source):
                yield source, target, role.said_by, f"{source} was randomised"


def conflict(about: ConflictKind, graph: Graph, asks: Iterable[Ask], why: str) -> Conflict:
    """Build the conflict of some statements."""
    listed = list(dict.fromkeys(asks))
    return Conflict(
        about=about,
        arrows=tuple(dict.fromkeys((graph.nodes[ask.source], graph.nodes[ask.target]) for ask in listed)),
        said_by=tuple(dict.fromkeys(ask.said_by for ask in listed)),
        says=f"{'; '.join(dict.fromkeys(ask.says for ask in listed))}: {why}.",
    )


def opposed(asks: Iterable[Ask]) -> list[list[Ask]]:
    """Return the groups of statements that ask for both directions of an edge."""
    by_pair: dict[frozenset[int], list[Ask]] = {}
    for ask in asks:
        by_pair.setdefault(frozenset(ask.arrow), []).append(ask)
    return [group for group in by_pair.values() if len({ask.arrow for ask in group}) == 2]


def circling(children: Joined | Mapping[int, set[int]], n: int) -> list[set[int]]:
    """Return the sets of more than one node that arrows lead round in: the strongly connected parts. [tarjan1972]"""
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    held: set[int] = set()
    found: list[set[int]] = []
    for start in range(n):
        walk = [] if start in order else [(start, iter(sorted(children[start])))]
        while walk:
            node, onward = walk[-1]
            if node not in order:
                order[node] = low[node] = len(order)
                stack.append(node)
                held.add(node)
            for other in onward:
                if other not in order:
                    walk.append((other, iter(sorted(children[other]))))
                    break
                if other in held:
                    low[node] = min(low[node], order[other])
            else:
                walk.pop()
                if walk:
                    low[walk[-1][0]] = min(low[walk[-1][0]], low[node])
                if low[node] == order[node]:
                    part = set(stack[stack.index(node) :])
                    del stack[stack.index(node) :]
                    held -= part
                    found += [part] if len(part) > 1 else []
    return found

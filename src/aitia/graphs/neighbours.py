"""Index a graph once, so that walks over it take linear time."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from aitia.core.graph import Edge, Graph

Names = Mapping[str, tuple[str, ...]]


@dataclasses.dataclass(frozen=True, slots=True)
class Neighbours:
    """Hold parents, children and spouses (joined by `<->`) of every node, in the order of the edges."""

    parents: Names
    children: Names
    spouses: Names


def turned(edge: Edge) -> Edge:
    """Return the edge written the usual way round: the mark nearer to an arrow at the target, unless it has a lag.

    >>> turned(Edge(source="a", target="b", at_source="arrow", at_target="tail")).symbol
    '->'
    """
    rank = {"tail": 0, "circle": 1, "arrow": 2}
    if edge.lag or rank[edge.at_source] <= rank[edge.at_target]:
        return edge
    return dataclasses.replace(edge, source=edge.target, target=edge.source, at_source=edge.at_target, at_target=edge.at_source)


def neighbours(graph: Graph, *, lagged: bool = True) -> Neighbours:
    """Index the `->` and `<->` edges; other marks are left out, and so are edges with a lag unless `lagged`."""
    parents: dict[str, list[str]] = {node: [] for node in graph.nodes}
    children: dict[str, list[str]] = {node: [] for node in graph.nodes}
    spouses: dict[str, list[str]] = {node: [] for node in graph.nodes}
    for edge in map(turned, graph.edges):
        if edge.lag and not lagged:
            continue
        if edge.directed:
            parents[edge.target].append(edge.source)
            children[edge.source].append(edge.target)
        elif (edge.at_source, edge.at_target) == ("arrow", "arrow"):
            spouses[edge.source].append(edge.target)
            spouses[edge.target].append(edge.source)
    return Neighbours(parents=frozen(parents), children=frozen(children), spouses=frozen(spouses))


def frozen(lists: dict[str, list[str]]) -> Names:
    """Turn lists of names into tuples without repetition."""
    return {node: tuple(dict.fromkeys(names)) for node, names in lists.items()}


def closure(starts: Iterable[str], steps: Names) -> frozenset[str]:
    """Return every node that a chain of steps reaches, the starts included."""
    found = set(starts)
    waiting = list(found)
    while waiting:
        for node in steps[waiting.pop()]:
            if node not in found:
                found.add(node)
                waiting.append(node)
    return frozenset(found)


def name_set(graph: Graph, nodes: str | Iterable[str]) -> frozenset[str]:
    """Return names as a set, one name or many; raises `UnknownName` for one that is not in the graph."""
    names = (nodes,) if isinstance(nodes, str) else tuple(nodes)
    return frozenset(graph.need(name) for name in names)

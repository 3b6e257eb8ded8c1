"""Follow arrows: ancestors, descendants and an order in which causes come first."""

from __future__ import annotations

import heapq
from collections.abc import Iterable

from aitia.core.errors import BadGraph
from aitia.core.graph import Graph
from aitia.graphs.neighbours import Neighbours, closure, frozen, name_set, neighbours, turned


def ancestors(graph: Graph, nodes: str | Iterable[str]) -> frozenset[str]:
    """Return the nodes and everything with a directed path into them; edges with a lag count."""
    return closure(name_set(graph, nodes), neighbours(graph).parents)


def descendants(graph: Graph, nodes: str | Iterable[str]) -> frozenset[str]:
    """Return the nodes and everything they have a directed path into; edges with a lag count."""
    return closure(name_set(graph, nodes), neighbours(graph).children)


def anterior(graph: Graph, nodes: str | Iterable[str]) -> frozenset[str]:
    """Return the nodes and everything with a path of `->` and `--` into them, as separation in a MAG asks for. [richardson2002]"""
    back: dict[str, list[str]] = {node: [] for node in graph.nodes}
    for edge in map(turned, graph.edges):
        if edge.at_source == "tail" and edge.at_target != "circle":
            back[edge.target].append(edge.source)
            if edge.at_target == "tail":
                back[edge.source].append(edge.target)
    return closure(name_set(graph, nodes), frozen(back))


def topological_order(graph: Graph) -> tuple[str, ...]:
    """Order the nodes so that causes come first, ties by their order in the graph; edges with a lag do not count.

    Raises `BadGraph` naming a cycle where there is one.
    """
    index = neighbours(graph, lagged=False)
    order = ordered(graph.nodes, index)
    if len(order) < len(graph.nodes):
        circle = cycle(index, set(graph.nodes) - set(order))
        raise BadGraph(
            f"The graph has a cycle: {' -> '.join(circle)}.",
            why="A cause must come before its effect, so arrows may not lead back to where they began.",
            next="Turn or drop one of these arrows, or give a lag: x[-1]->y.",
        )
    return order


def ordered(nodes: tuple[str, ...], index: Neighbours) -> tuple[str, ...]:
    """Return the nodes that no cycle holds back, causes first."""
    place = {node: i for i, node in enumerate(nodes)}
    missing = {node: len(index.parents[node]) for node in nodes}
    ready = [place[node] for node in nodes if not missing[node]]
    heapq.heapify(ready)
    order = []
    while ready:
        node = nodes[heapq.heappop(ready)]
        order.append(node)
        for child in index.children[node]:
            missing[child] -= 1
            if not missing[child]:
                heapq.heappush(ready, place[child])
    return tuple(order)


def cycle(index: Neighbours, among: set[str]) -> tuple[str, ...]:
    """Return one cycle, its first node repeated at the end; every node in `among` has a parent in `among`."""
    node = min(among)
    seen: dict[str, int] = {}
    walk: list[str] = []
    while node not in seen:
        seen[node] = len(walk)
        walk.append(node)
        node = next(parent for parent in index.parents[node] if parent in among)
    circle = walk[seen[node] :][::-1]
    return (*circle, circle[0])

"""Number the nodes of a graph of `->` and `--` edges, with parents, children and undirected neighbours as sets."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from aitia.core.graph import Edge, Graph, GraphClass, Mark
from aitia.graphs.neighbours import turned

Sets = list[set[int]]
Arrow = tuple[int, int]


@dataclasses.dataclass(slots=True)
class PDAG:
    """Hold a partially directed graph on nodes 0 … n - 1; `joined` never changes, since only directions do."""

    parents: Sets
    children: Sets
    lines: Sets
    joined: Sets

    def __len__(self) -> int:
        return len(self.joined)

    def direct(self, source: int, target: int) -> None:
        """Turn the line between two nodes into source -> target."""
        self.lines[source].remove(target)
        self.lines[target].remove(source)
        self.children[source].add(target)
        self.parents[target].add(source)

    def undirect(self, source: int, target: int) -> None:
        """Turn source -> target back into a line."""
        self.children[source].remove(target)
        self.parents[target].remove(source)
        self.lines[source].add(target)
        self.lines[target].add(source)

    def arrows(self) -> Iterator[Arrow]:
        """Yield every arrow, by its source."""
        for source, targets in enumerate(self.children):
            for target in sorted(targets):
                yield source, target

    def undirected(self) -> Iterator[Arrow]:
        """Yield every line once, the lower number first."""
        for first, others in enumerate(self.lines):
            for second in sorted(others):
                if first < second:
                    yield first, second

    def copy(self) -> PDAG:
        """Return a graph that can be changed on its own."""
        return PDAG(list(map(set, self.parents)), list(map(set, self.children)), list(map(set, self.lines)), self.joined)

    def same_as(self, other: PDAG) -> bool:
        """Tell whether two graphs have the same arrows and lines."""
        return self.children == other.children and self.lines == other.lines


def empty_pdag(n: int) -> PDAG:
    """Return the graph without edges on n nodes."""
    rows: list[Sets] = [[set() for _ in range(n)] for _ in range(4)]
    return PDAG(rows[0], rows[1], rows[2], rows[3])


def built(n: int, arrows: Iterable[Arrow], lines: Iterable[Arrow] = ()) -> PDAG:
    """Return the graph on n nodes with these arrows and lines, at most one edge per pair."""
    made = empty_pdag(n)
    for source, target in arrows:
        made.children[source].add(target)
        made.parents[target].add(source)
    for first, second in lines:
        made.lines[first].add(second)
        made.lines[second].add(first)
    for node, parts in enumerate(zip(made.parents, made.children, made.lines, strict=True)):
        made.joined[node].update(*parts)
    return made


def pdag(graph: Graph) -> PDAG:
    """Number the nodes of a graph in their order; edges with other marks are left out."""
    place = {node: i for i, node in enumerate(graph.nodes)}
    arrows: list[Arrow] = []
    lines: list[Arrow] = []
    for edge in map(turned, graph.edges):
        if edge.at_source == "tail" and edge.at_target != "circle":
            (arrows if edge.at_target == "arrow" else lines).append((place[edge.source], place[edge.target]))
    return built(len(place), arrows, lines)


def drawn(graph: Graph, state: PDAG, graph_class: GraphClass) -> Graph:
    """Return the graph with its edges, in their order and with their support, directed as in `state`."""
    place = {node: i for i, node in enumerate(graph.nodes)}
    edges = []
    for edge in graph.edges:
        first, second = place[edge.source], place[edge.target]
        if second in state.parents[first]:
            first, second = second, first
        line = second in state.lines[first]
        if line and first > second:
            first, second = second, first
        at_target: Mark = "tail" if line else "arrow"
        edges.append(Edge(source=graph.nodes[first], target=graph.nodes[second], at_target=at_target, support=edge.support))
    return dataclasses.replace(graph, edges=tuple(edges), graph_class=graph_class)

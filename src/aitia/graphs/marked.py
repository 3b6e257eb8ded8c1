"""Number the nodes of a graph with at most one edge per pair, and hold the mark at each end of every edge."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from aitia.core.graph import Edge, Graph, GraphClass, Mark

TAIL, CIRCLE, ARROW = 0, 1, 2
NUMBER: dict[Mark, int] = {"tail": TAIL, "circle": CIRCLE, "arrow": ARROW}
MARKS: tuple[Mark, ...] = ("tail", "circle", "arrow")


@dataclasses.dataclass(slots=True)
class Marked:
    """Hold a mixed graph on nodes 0 … n - 1: `ends[a][b]` is the mark at b of the edge between a and b."""

    ends: list[dict[int, int]]

    def __len__(self) -> int:
        return len(self.ends)

    def join(self, first: int, second: int, at_first: int, at_second: int) -> None:
        """Put an edge with these marks between two nodes, in place of the one there may be."""
        self.ends[first][second] = at_second
        self.ends[second][first] = at_first

    def edges(self) -> Iterator[tuple[int, int, int, int]]:
        """Yield every edge once as two nodes, the lower number first, and the marks at them."""
        for first, others in enumerate(self.ends):
            for second in sorted(others):
                if first < second:
                    yield first, second, self.ends[second][first], others[second]

    def parents(self, node: int) -> list[int]:
        """Return the nodes with an arrow into a node."""
        return [a for a, mark in self.ends[node].items() if mark == TAIL and self.ends[a][node] == ARROW]

    def children(self, node: int) -> list[int]:
        """Return the nodes that a node has an arrow into."""
        return [b for b, mark in self.ends[node].items() if mark == ARROW and self.ends[b][node] == TAIL]

    def spouses(self, node: int) -> list[int]:
        """Return the nodes joined to a node by `<->`."""
        return [b for b, mark in self.ends[node].items() if mark == ARROW and self.ends[b][node] == ARROW]

    def copy(self) -> Marked:
        """Return a graph that can be changed on its own."""
        return Marked([dict(others) for others in self.ends])


def blank(n: int, pairs: Iterable[tuple[int, int]] = ()) -> Marked:
    """Return the graph on n nodes that joins these pairs by `o-o`."""
    made = Marked([{} for _ in range(n)])
    for first, second in pairs:
        made.join(first, second, CIRCLE, CIRCLE)
    return made


def marked(graph: Graph) -> Marked:
    """Number the nodes of a graph in their order; of several edges between a pair the last is kept, lags are not."""
    place = {node: i for i, node in enumerate(graph.nodes)}
    made = blank(len(place))
    for edge in graph.edges:
        made.join(place[edge.source], place[edge.target], NUMBER[edge.at_source], NUMBER[edge.at_target])
    return made


def as_graph(names: tuple[str, ...], state: Marked, graph_class: GraphClass) -> Graph:
    """Return the graph with these names for the nodes, each edge the usual way round, ordered by its nodes."""
    edges = []
    for first, second, at_first, at_second in state.edges():
        if at_first > at_second:
            first, second, at_first, at_second = second, first, at_second, at_first
        edges.append(Edge(source=names[first], target=names[second], at_source=MARKS[at_first], at_target=MARKS[at_second]))
    return Graph(nodes=names, edges=tuple(edges), graph_class=graph_class)


def remarked(graph: Graph, state: Marked, graph_class: GraphClass) -> Graph:
    """Return the graph with its edges, in their order and with their support, marked as in `state`."""
    place = {node: i for i, node in enumerate(graph.nodes)}
    edges = []
    for edge in graph.edges:
        first, second = sorted((place[edge.source], place[edge.target]))
        at_first, at_second = state.ends[second][first], state.ends[first][second]
        if at_first > at_second:
            first, second, at_first, at_second = second, first, at_second, at_first
        source, target, at_source, at_target = graph.nodes[first], graph.nodes[second], MARKS[at_first], MARKS[at_second]
        edges.append(Edge(source=source, target=target, at_source=at_source, at_target=at_target, support=edge.support))
    return dataclasses.replace(graph, edges=tuple(edges), graph_class=graph_class)

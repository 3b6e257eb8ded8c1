"""Draw who may influence whom: named nodes and edges with a mark at each end."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

from aitia.core.errors import unknown
from aitia.core.frame import frame
from aitia.core.noun import Noun, named, noun

Mark = Literal["tail", "arrow", "circle"]
GraphClass = Literal["dag", "cpdag", "mpdag", "admg", "mag", "pag", "unknown"]
SYMBOL = {("tail", "arrow"): "->", ("arrow", "tail"): "<-", ("arrow", "arrow"): "<->", ("tail", "tail"): "--"}
LEFT = {"tail": "-", "arrow": "<", "circle": "o"}
RIGHT = {"tail": "-", "arrow": ">", "circle": "o"}


@noun
class Edge(Noun):
    """Join two nodes, with the mark at each end, a lag in time steps and, where known, its support in [0, 1]."""

    source: str = named("from")
    target: str = named("to")
    at_source: Mark = named("at_from", default="tail")
    at_target: Mark = named("at_to", default="arrow")
    lag: int = 0
    support: float | None = None

    @property
    def symbol(self) -> str:
        """The edge as it is typed: `->`, `<->`, `--`, `o->`, …"""
        return SYMBOL.get((self.at_source, self.at_target), f"{LEFT[self.at_source]}-{RIGHT[self.at_target]}")

    @property
    def directed(self) -> bool:
        """Whether the edge is source -> target."""
        return self.at_source == "tail" and self.at_target == "arrow"


@noun
class Graph(Noun):
    """Hold nodes and edges in order; `latent` nodes are in the graph and not measured.

    `graph_class` is what `graphs.classes.classify` found; DAG, CPDAG and the others are predicates there.
    """

    nodes: tuple[str, ...]
    edges: tuple[Edge, ...] = ()
    latent: tuple[str, ...] = ()
    graph_class: GraphClass = named("class", default="unknown")

    @property
    def observed(self) -> tuple[str, ...]:
        """The nodes that are measured, in order."""
        return tuple(node for node in self.nodes if node not in self.latent)

    def need(self, node: str) -> str:
        """Return the node's name if it is there; raises `UnknownName` with near names."""
        if node not in self.nodes:
            raise unknown("node", node, self.nodes)
        return node

    def parents(self, node: str) -> tuple[str, ...]:
        """Return the sources of directed edges into `node`."""
        return tuple(edge.source for edge in self.edges if edge.directed and edge.target == node)

    def children(self, node: str) -> tuple[str, ...]:
        """Return the targets of directed edges out of `node`."""
        return tuple(edge.target for edge in self.edges if edge.directed and edge.source == node)

    def adjacent(self, first: str, second: str) -> bool:
        """Tell whether any edge joins the two nodes."""
        return any({edge.source, edge.target} == {first, second} for edge in self.edges)

    def with_edges(self, edges: tuple[Edge, ...]) -> Graph:
        """Return the graph with these edges instead; its class becomes unknown."""
        return dataclasses.replace(self, edges=edges, graph_class="unknown")

    def with_latent(self, names: tuple[str, ...]) -> Graph:
        """Return the graph with these nodes marked as not measured."""
        return dataclasses.replace(self, latent=tuple(node for node in self.nodes if node in set(names)))

    def to_frame(self) -> Any:
        """Return the edges as a data frame."""
        return frame(
            {
                name: [getattr(edge, name) for edge in self.edges]
                for name in ("source", "target", "at_source", "at_target", "lag", "support")
            }
        )


def quoted(name: str) -> str:
    """Quote a node name when the text format needs it.

    >>> quoted("age"), quoted("years of school")
    ('age', '"years of school"')
    """
    plain = name.replace("_", "").replace(".", "").isalnum() and name != "o"
    return name if plain else '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'

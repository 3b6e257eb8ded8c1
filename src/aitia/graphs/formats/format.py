"""Describe a graph format: how it is known, read and written, and what of a graph it cannot hold."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any, Literal, get_args

from aitia.core.graph import Graph
from aitia.graphs.classes import classified

Loss = Literal["class", "lag", "latent", "names", "order", "parallel", "support"]
LOSSES: dict[Loss, str] = {
    "class": "the class that the graph claims, where its edges do not prove it",
    "lag": "lags: a cause some steps before becomes a node of its own, such as x_lag1",
    "latent": "which nodes are not measured",
    "names": "the exact names of nodes: signs that the format cannot hold become _",
    "order": "the order of the edges, and which end of an edge with equal marks is named first",
    "parallel": "two edges between the same nodes: there is place for one, so such a graph is refused",
    "support": "the support of each edge",
}


def nothing(graph: Graph) -> Iterable[Loss]:
    """Return no losses."""
    return ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """Describe one format of graphs as text; one without `write` is only read.

    `cannot` names what the format holds of no graph; `also` finds what it does not hold of a given one.
    """

    name: str
    says: str
    recognises: Callable[[str], bool]
    read: Callable[[str], Graph]
    write: Callable[[Graph], str] | None = None
    cannot: tuple[Loss, ...] = ()
    also: Callable[[Graph], Iterable[Loss]] = nothing
    suffixes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ObjectFormat:
    """Describe one kind of object, known by what it can do, that holds a graph."""

    name: str
    says: str
    recognises: Callable[[Any], bool]
    read: Callable[[Any], Graph]


def lost(form: Format, graph: Graph) -> tuple[Loss, ...]:
    """Return what a checked graph loses in a format, in the order of `LOSSES`."""
    found = {loss for loss in form.cannot if PRESENT[loss](graph)} | set(form.also(graph))
    return tuple(loss for loss in get_args(Loss) if loss in found)


def claims(graph: Graph) -> bool:
    """Tell whether the graph's class is more than its edges prove."""
    return graph.graph_class != classified(dataclasses.replace(graph, graph_class="unknown")).graph_class


def parallel(graph: Graph) -> bool:
    """Tell whether two edges join the same nodes at the same times."""
    pairs = [frozenset((edge.source, edge.target)) for edge in unrolled(graph).edges]
    return len(set(pairs)) < len(pairs)


PRESENT: dict[Loss, Callable[[Graph], bool]] = {
    "class": claims,
    "lag": lambda graph: any(edge.lag for edge in graph.edges),
    "latent": lambda graph: bool(graph.latent),
    "parallel": parallel,
    "support": lambda graph: any(edge.support is not None for edge in graph.edges),
}


def unrolled(graph: Graph) -> Graph:
    """Return the graph with each lagged cause as a node of its own, named `x_lag1`; its class becomes unknown.

    >>> from aitia.core.graph import Edge
    >>> unrolled(Graph(nodes=("x", "y"), edges=(Edge(source="x", target="y", lag=1),))).nodes
    ('x', 'y', 'x_lag1')
    """
    taken = set(graph.nodes)
    earlier: dict[tuple[str, int], str] = {}
    for edge in graph.edges:
        if edge.lag and (edge.source, edge.lag) not in earlier:
            earlier[edge.source, edge.lag] = free_name(f"{edge.source}_lag{edge.lag}", taken)
    if not earlier:
        return graph
    edges = [dataclasses.replace(edge, source=earlier[edge.source, edge.lag], lag=0) if edge.lag else edge for edge in graph.edges]
    latent = {name for (source, _), name in earlier.items() if source in graph.latent}
    nodes = (*graph.nodes, *earlier.values())
    return Graph(nodes=nodes, edges=tuple(edges)).with_latent((*graph.latent, *latent))


def free_name(name: str, taken: set[str]) -> str:
    """Return a name that is not taken, and take it."""
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def renamed(graph: Graph, names: dict[str, str]) -> Graph:
    """Return the graph with other names for its nodes."""
    edges = tuple(dataclasses.replace(edge, source=names[edge.source], target=names[edge.target]) for edge in graph.edges)
    nodes = tuple(names[node] for node in graph.nodes)
    return dataclasses.replace(graph, nodes=nodes, edges=edges, latent=tuple(names[node] for node in graph.latent))

"""Tell which class a graph belongs to, and insist on one where a method needs it."""

from __future__ import annotations

import dataclasses

from aitia.core.errors import BadGraph
from aitia.core.graph import Graph, GraphClass
from aitia.graphs.equivalence import is_cpdag
from aitia.graphs.neighbours import neighbours, turned
from aitia.graphs.reachability import ordered, topological_order

DIRECTED, BIDIRECTED, UNDIRECTED = ("tail", "arrow"), ("arrow", "arrow"), ("tail", "tail")
MIXED_CLAIMS = ("mag", "pag")


def marks(graph: Graph) -> frozenset[tuple[str, str]]:
    """Return the pairs of marks that occur, each edge the usual way round."""
    return frozenset((edge.at_source, edge.at_target) for edge in map(turned, graph.edges))


def is_acyclic(graph: Graph) -> bool:
    """Tell whether no arrows lead back to where they began; edges with a lag do not count."""
    return len(ordered(graph.nodes, neighbours(graph, lagged=False))) == len(graph.nodes)


def is_dag(graph: Graph) -> bool:
    """Tell whether every edge is `->` and there is no cycle."""
    return marks(graph) <= {DIRECTED} and is_acyclic(graph)


def is_admg(graph: Graph) -> bool:
    """Tell whether every edge is `->` or `<->` and there is no directed cycle; every DAG is one."""
    return marks(graph) <= {DIRECTED, BIDIRECTED} and is_acyclic(graph)


def is_lagged(graph: Graph) -> bool:
    """Tell whether some edge has a lag."""
    return any(edge.lag for edge in graph.edges)


def classify(graph: Graph) -> GraphClass:
    """Name the class that the edges prove: dag, admg or cpdag, else unknown; raises `BadGraph` naming a directed cycle."""
    topological_order(graph)
    found = marks(graph)
    if found <= {DIRECTED}:
        return "dag"
    if found <= {DIRECTED, BIDIRECTED}:
        return "admg"
    return "cpdag" if not is_lagged(graph) and is_cpdag(graph) else "unknown"


def classified(graph: Graph) -> Graph:
    """Return the graph with its class set to what its edges prove.

    A graph that calls itself a MAG or PAG stays one, since its arrows mean less than those of an ADMG; one that calls
    itself an MPDAG stays one while it has undirected edges.
    """
    proven = classify(graph)
    claim = graph.graph_class
    if claim in MIXED_CLAIMS and (proven != "unknown" or claim == "pag"):
        return graph
    if claim == "mpdag" and UNDIRECTED in marks(graph) <= {DIRECTED, UNDIRECTED}:
        return graph
    return dataclasses.replace(graph, graph_class=proven)


def as_admg(graph: Graph) -> Graph:
    """Return the graph if it is an ADMG without lags, with every edge the usual way round; raises `BadGraph` saying why not."""
    if graph.graph_class in MIXED_CLAIMS:
        raise BadGraph(
            f"This graph is a {graph.graph_class.upper()}, not an ADMG.",
            why="Its arrows say who is an ancestor and leave room for hidden causes, so they cannot be read as the arrows of an ADMG.",
            next="Give a graph of -> and <-> edges.",
        )
    odd = next((edge for edge in graph.edges if (turned(edge).at_source, turned(edge).at_target) not in (DIRECTED, BIDIRECTED)), None)
    if odd is not None:
        raise BadGraph(
            f"The edge {odd.source} {odd.symbol} {odd.target} leaves open which way the cause goes.",
            why="This needs a graph whose every edge is -> or <->.",
            next="Decide the direction of each such edge.",
        )
    late = next((edge for edge in graph.edges if edge.lag), None)
    if late is not None:
        raise BadGraph(
            f"The edge {late.source}[-{late.lag}] {late.symbol} {late.target} has a lag.",
            why="This needs a graph whose nodes are single measurements, not series.",
            next="Name each time point as its own node, for example x_before->y.",
        )
    topological_order(graph)
    return dataclasses.replace(graph, edges=tuple(map(turned, graph.edges)))

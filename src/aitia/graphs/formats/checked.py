"""Check that nodes and edges fit together, whatever they were read from."""

from __future__ import annotations

import dataclasses
from typing import get_args

from aitia.core.errors import BadGraph, near
from aitia.core.graph import Edge, Graph, Mark
from aitia.graphs.formats.text import merged
from aitia.graphs.neighbours import turned


def check_edge(edge: Edge) -> None:
    """Raise `BadGraph` where a field of an edge holds what it cannot."""
    for mark in (edge.at_source, edge.at_target):
        if mark not in get_args(Mark):
            raise BadGraph(f"There is no mark {mark!r}.", next=near(str(mark), get_args(Mark)))
    if not isinstance(edge.lag, int) or isinstance(edge.lag, bool) or edge.lag < 0:
        raise BadGraph(f"The lag of an edge is a whole number of steps from 0, not {edge.lag!r}.")
    if edge.support is not None and (not isinstance(edge.support, int | float) or not 0 <= edge.support <= 1):
        raise BadGraph(f"The support of an edge lies between 0 and 1, not {edge.support!r}.")
    if edge.source == edge.target and not edge.lag:
        raise BadGraph(f"The edge {edge.source} {edge.symbol} {edge.target} joins a node to itself.", next="Give it a lag, or drop it.")
    if edge.lag and edge.at_source == "arrow" and edge.at_target == "tail":
        raise BadGraph(f"The edge {edge.source}[-{edge.lag}] <- {edge.target} has its effect before its cause.")


def checked(graph: Graph) -> Graph:
    """Return the graph with its edges the usual way round; raises `BadGraph` where names and edges do not fit together."""
    for name in (*graph.nodes, *graph.latent):
        if not isinstance(name, str) or not name:
            raise BadGraph(f"{name!r} is not the name of a node.", next="Names are text with at least one character.")
    known = set(graph.nodes)
    if len(known) < len(graph.nodes):
        twice = next(name for name in graph.nodes if graph.nodes.count(name) > 1)
        raise BadGraph(f"The node {twice!r} is listed twice.", next="List every node once.")
    for name in (*graph.latent, *(name for edge in graph.edges for name in (edge.source, edge.target))):
        if name not in known:
            raise BadGraph(f"An edge or the list of latent nodes names {name!r}, which is not a node.", next=near(str(name), graph.nodes))
    for edge in graph.edges:
        check_edge(edge)
    latent = graph.with_latent(graph.latent).latent
    return dataclasses.replace(graph, latent=latent, edges=merged([turned(edge) for edge in graph.edges]))

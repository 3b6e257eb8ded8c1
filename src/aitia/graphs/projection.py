"""Leave latent nodes out of a graph and draw what they leave behind among the measured ones. [verma1993]"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from aitia.core.graph import Edge, Graph, GraphClass
from aitia.graphs.classes import as_admg
from aitia.graphs.neighbours import name_set, neighbours

Sets = dict[str, set[str]]


def to_admg(graph: Graph, latent: str | Iterable[str] | None = None) -> Graph:
    """Return the ADMG over the other nodes: a -> b where a path of latent nodes leads there, a <-> b where they share latent causes.

    `latent` defaults to the latent nodes of the graph. Separation among the nodes that stay is unchanged. Edges that
    stay come first, in their order, then new ones by their nodes. Raises `BadGraph` for a graph that is not a DAG or ADMG.

    >>> from aitia.graphs.formats.text import parse
    >>> [(e.source, e.symbol, e.target) for e in to_admg(parse("x<-u->y; x->m->y"), ["u", "m"]).edges]
    [('x', '->', 'y'), ('x', '<->', 'y')]
    """
    graph = as_admg(graph)
    hidden = name_set(graph, graph.latent if latent is None else latent)
    index = neighbours(graph)
    parents: Sets = {node: set(names) for node, names in index.parents.items()}
    children: Sets = {node: set(names) for node, names in index.children.items()}
    spouses: Sets = {node: set(names) for node, names in index.spouses.items()}
    for node in graph.nodes:
        if node in hidden:
            leave_out(node, parents, children, spouses)
    nodes = tuple(node for node in graph.nodes if node not in hidden)
    old = [edge for edge in graph.edges if edge.source not in hidden and edge.target not in hidden]
    known = {(edge.source, edge.target, edge.directed) for edge in old}
    known |= {(edge.target, edge.source, False) for edge in old if not edge.directed}
    place = {node: i for i, node in enumerate(nodes)}
    arrows = [(a, b, True) for a in nodes for b in sorted(children[a], key=place.__getitem__)]
    shared = [(a, b, False) for a in nodes for b in sorted(spouses[a], key=place.__getitem__) if place[a] < place[b]]
    new = [
        Edge(source=a, target=b, at_source="tail" if directed else "arrow")
        for a, b, directed in (*arrows, *shared)
        if (a, b, directed) not in known
    ]
    edges = (*old, *new)
    proven: GraphClass = "dag" if all(edge.directed for edge in edges) else "admg"
    kept = tuple(node for node in graph.latent if node not in hidden)
    return dataclasses.replace(graph, nodes=nodes, edges=edges, latent=kept, graph_class=proven)


def leave_out(node: str, parents: Sets, children: Sets, spouses: Sets) -> None:
    """Take one node out and join its neighbours as the paths through it did."""
    above, below, beside = parents.pop(node), children.pop(node), spouses.pop(node)
    for other in above:
        children[other].remove(node)
        children[other] |= below
    for other in beside:
        spouses[other].remove(node)
        spouses[other] |= below - {other}
    for other in below:
        parents[other].remove(node)
        parents[other] |= above
        spouses[other] |= (below | beside) - {other}

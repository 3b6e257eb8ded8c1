"""Take a graph from networkx, or from pgmpy whose graphs are networkx graphs, and give one back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast, get_args

from aitia.core.errors import BadGraph
from aitia.core.extras import need
from aitia.core.graph import Edge, Graph, GraphClass, Mark
from aitia.graphs.formats.format import ObjectFormat

SIGNS: dict[str, Mark] = {"-": "tail", ">": "arrow", "o": "circle"}
PAIRS: dict[str, tuple[Mark, Mark]] = {"directed": ("tail", "arrow"), "bidirected": ("arrow", "arrow"), "undirected": ("tail", "tail")}


def is_networkx(source: Any) -> bool:
    """Tell whether an object is a networkx graph, by what it can do."""
    return all(hasattr(source, name) for name in ("nodes", "edges", "is_directed", "is_multigraph", "adj"))


def from_networkx(source: Any) -> Graph:
    """Read a graph: an edge is `->` in a directed graph and `--` in another, unless its attributes say otherwise.

    Attributes read: `at_from`, `at_to`, `lag` and `support` of edges, `latent` of nodes, `class` of the graph, and of
    pgmpy's graphs the marks, the undirected edges and the latent nodes. Names that are no text become text.
    """
    names = {node: str(node) for node in source.nodes}
    if len(set(names.values())) < len(names):
        raise BadGraph("Two nodes of this networkx graph have the same name as text.", next="Rename one with networkx.relabel_nodes.")
    lines = {frozenset(pair) for pair in getattr(source, "undirected_edges", ())}
    usual: tuple[Mark, Mark] = ("tail", "arrow") if source.is_directed() else ("tail", "tail")
    edges: dict[Edge, None] = {}
    for first, second, data in source.edges(data=True):
        marks = marks_of(first, second, data, PAIRS["undirected"] if frozenset((first, second)) in lines else usual)
        found = edge_of(names[first], names[second], marks, data)
        if mirrored(found) not in edges:
            edges[found] = None
    latent = {names[node] for node in getattr(source, "latents", ()) if node in names}
    latent |= {names[node] for node, data in source.nodes(data=True) if data.get("latent") or data.get("observed") == "no"}
    claim = source.graph.get("class")
    graph_class = cast(GraphClass, claim if claim in get_args(GraphClass) else "unknown")
    return Graph(nodes=tuple(names.values()), edges=tuple(edges), graph_class=graph_class).with_latent(tuple(latent))


def marks_of(first: Any, second: Any, data: Mapping[str, Any], usual: tuple[Mark, Mark]) -> tuple[Mark, Mark]:
    """Return the marks at both ends, from our attributes, pgmpy's, or what is usual."""
    if isinstance(data.get("marks"), Mapping):
        return SIGNS[data["marks"][first]], SIGNS[data["marks"][second]]
    at_first, at_second = PAIRS.get(str(data.get("type")), usual)
    return data.get("at_from", at_first), data.get("at_to", at_second)


def edge_of(source: str, target: str, marks: tuple[Mark, Mark], data: Mapping[str, Any]) -> Edge:
    """Build an edge; raises `BadGraph` where lag or support is no number."""
    lag, support = data.get("lag") or 0, data.get("support")
    try:
        number = None if support is None else float(support)
        return Edge(source=source, target=target, at_source=marks[0], at_target=marks[1], lag=int(lag), support=number)
    except (TypeError, ValueError) as error:
        raise BadGraph(f"The edge from {source!r} to {target!r} has a lag or support that is no number.", why=f"{error}.") from error


def mirrored(edge: Edge) -> Edge | None:
    """Return the same edge named from its other end, where both ends have the same mark and there is no lag.

    pgmpy keeps such an edge twice, once in each direction.
    """
    if edge.lag or edge.at_source != edge.at_target:
        return None
    return Edge(source=edge.target, target=edge.source, at_source=edge.at_source, at_target=edge.at_target, support=edge.support)


def to_networkx(graph: Graph) -> Any:
    """Return a `networkx.MultiDiGraph` that holds everything as attributes, in the form that `from_networkx` reads.

    Marks, lag and support are written where they are not those of a plain arrow. Raises `MissingExtra` without networkx.
    """
    networkx = need("networkx")
    latent = set(graph.latent)
    made = networkx.MultiDiGraph(**({"class": graph.graph_class} if graph.graph_class != "unknown" else {}))
    made.add_nodes_from((node, {"latent": True} if node in latent else {}) for node in graph.nodes)
    made.add_edges_from((edge.source, edge.target, dict(attributes(edge))) for edge in graph.edges)
    return made


def attributes(edge: Edge) -> Iterator[tuple[str, Any]]:
    """Yield what an edge holds beyond an arrow."""
    if not edge.directed:
        yield from (("at_from", edge.at_source), ("at_to", edge.at_target))
    if edge.lag:
        yield "lag", edge.lag
    if edge.support is not None:
        yield "support", edge.support


NETWORKX = ObjectFormat(
    name="networkx",
    says="DiGraph, MultiDiGraph, Graph or MultiGraph of networkx, and the graphs of pgmpy",
    recognises=is_networkx,
    read=from_networkx,
)

"""State what of a model's graph can be seen: over the measured nodes, given how rows were selected, and up to equivalence."""

from __future__ import annotations

import dataclasses

from aitia.core.graph import Edge, Graph
from aitia.graphs.classes import is_lagged
from aitia.graphs.conversions import to_cpdag, to_mag, to_pag
from aitia.graphs.projection import to_admg

SELECTED = "S"
MOST_NODES = 60  # beyond, a PAG of many latent nodes takes long


@dataclasses.dataclass(frozen=True, slots=True)
class TrueGraphs:
    """Hold the CPDAG where every node is measured and no row was selected, else the ADMG, MAG and PAG."""

    cpdag: Graph | None = None
    admg: Graph | None = None
    mag: Graph | None = None
    pag: Graph | None = None


def true_graphs(graph: Graph, selected_by: tuple[str, ...] = ()) -> TrueGraphs:
    """Return what can be seen of a DAG; nothing for a graph with lags, and no MAG or PAG for very large ones.

    >>> from aitia.graphs.formats.text import parse, write
    >>> write(true_graphs(parse("u->a; u->b; a->c").with_latent(("u",))).admg)
    'a; b; c; a->c; a<->b'
    """
    if is_lagged(graph):
        return TrueGraphs()
    if not graph.latent and not selected_by:
        return TrueGraphs(cpdag=to_cpdag(graph))
    admg = to_admg(graph)
    if len(graph.nodes) > MOST_NODES:
        return TrueGraphs(admg=admg)
    chosen = with_selection(graph, selected_by)
    nodes = tuple(node for node in chosen.nodes if node not in graph.nodes)
    return TrueGraphs(admg=admg, mag=to_mag(chosen, nodes), pag=to_pag(chosen, nodes))


def with_selection(graph: Graph, selected_by: tuple[str, ...]) -> Graph:
    """Return the graph with a node that the nodes which rows were selected by cause."""
    if not selected_by:
        return graph
    name = SELECTED
    while name in graph.nodes:
        name += "_"
    edges = tuple(Edge(source=node, target=name) for node in selected_by)
    return dataclasses.replace(graph, nodes=(*graph.nodes, name), edges=(*graph.edges, *edges))

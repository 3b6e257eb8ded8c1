"""Take a graph from causal-learn: a `GeneralGraph`, or the `CausalGraph` that PC returns."""

from __future__ import annotations

from typing import Any

from aitia.core.graph import Graph
from aitia.graphs.formats.format import ObjectFormat
from aitia.graphs.formats.matrix import read_matrix


def is_causal_learn(source: Any) -> bool:
    """Tell whether an object is a graph of causal-learn, by what it can do."""
    graph = getattr(source, "G", source)
    return hasattr(graph, "get_nodes") and hasattr(graph, "graph") and hasattr(graph.graph, "shape")


def from_causal_learn(source: Any) -> Graph:
    """Read a graph from its matrix of marks and the names and kinds of its nodes."""
    graph = getattr(source, "G", source)
    nodes = graph.get_nodes()
    names = [str(node.get_name()) for node in nodes]
    latent = [name for name, node in zip(names, nodes, strict=True) if is_latent(node)]
    return read_matrix(graph.graph, names, code="causal-learn").with_latent(tuple(latent))


def is_latent(node: Any) -> bool:
    """Tell whether a node says of itself that it is not measured."""
    return hasattr(node, "get_node_type") and str(getattr(node.get_node_type(), "name", "")) == "LATENT"


CAUSAL_LEARN = ObjectFormat(
    name="causal-learn",
    says="GeneralGraph or CausalGraph of causal-learn",
    recognises=is_causal_learn,
    read=from_causal_learn,
)

"""Turn a spec into the graph of its model: given, drawn, or read off the formulas of its nodes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np

from aitia.core.errors import BadGraph, BadOption, near
from aitia.core.graph import Edge, Graph
from aitia.graphs.classes import as_admg, classified, is_lagged
from aitia.graphs.reachability import topological_order
from aitia.simulation import random_graphs as draw
from aitia.simulation.functions.formula import names_in
from aitia.simulation.index_columns import ENVIRONMENT, TIME
from aitia.simulation.spec import Past, Spec, Wiring

Drawer = Callable[[Wiring, Past, np.random.Generator], Graph]

PLAIN = "er"


def degree(wiring: Wiring, usual: float = 2.0) -> float:
    """Return the average number of neighbours that is wanted."""
    return usual if wiring.degree is None else wiring.degree


FAMILY: Mapping[str, Drawer] = {
    "er": lambda w, _, rng: draw.erdos_renyi(w.p, rng, degree=w.degree, probability=w.probability),
    "scale-free": lambda w, _, rng: draw.scale_free(w.p, rng, degree=degree(w), hubs=w.hubs),
    "layered": lambda w, _, rng: draw.layered(w.p, rng, layers=w.layers, degree=degree(w)),
    "small-world": lambda w, _, rng: draw.small_world(w.p, rng, degree=degree(w, 4.0), rewire=w.rewire),
    "bipartite": lambda w, _, rng: draw.bipartite(w.p, rng, degree=w.degree),
    "tree": lambda w, _, rng: draw.random_tree(w.p, rng),
    "polytree": lambda w, _, rng: draw.polytree(w.p, rng),
    "blocks": lambda w, _, rng: draw.stochastic_blocks(w.p, rng, blocks=w.blocks, degree=w.degree, between=w.between),
    "in-degree": lambda w, _, rng: draw.fixed_in_degree(w.p, rng, parents=w.parents),
    "parallel": lambda w, _, rng: draw.enhanced_parallel(w.p, rng),
    "series": lambda w, past, rng: draw.lagged(
        w.p, rng, lags=past.lags, degree=min(degree(w, 1.0), max(w.p - 1, 1)), contemporaneous=past.contemporaneous, autoregression=1.0
    ),
}


def graph_of(spec: Spec, rng: np.random.Generator) -> Graph:
    """Return the DAG of a spec's model, latent nodes marked; each `<->` of a given graph becomes a hidden cause of both.

    Raises `BadGraph` for a graph that leaves a direction open or has a cycle, and `BadOption` for names that it lacks.
    """
    implied = None if spec.graph or spec.wiring.family else from_nodes(spec)
    graph = given(spec) if spec.graph is not None else implied or drawn(spec, rng)
    if spec.wiring.hidden:
        graph = draw.with_hidden_causes(graph, rng, count=spec.wiring.hidden, reach=spec.wiring.reach)
    for name in (*spec.latent, *spec.nodes, *filter(None, (spec.treatment, spec.outcome))):
        if name not in graph.nodes:
            raise BadOption(f"The graph has no node {name!r}.", next=near(name, graph.nodes))
    if hidden := {spec.treatment, spec.outcome} & {*spec.latent, *graph.latent}:
        raise BadOption(f"{sorted(filter(None, hidden))[0]} is asked about and cannot be latent.")
    graph = graph.with_latent((*graph.latent, *spec.latent))
    return check_size(classified(graph))


def check_size(graph: Graph) -> Graph:
    """Return the graph; raises `BadGraph` when nothing of it is measured."""
    if not graph.observed:
        raise BadGraph("Every node of the graph is latent.", next="Leave at least one measured.")
    return graph


def given(spec: Spec) -> Graph:
    """Return the graph that the spec holds."""
    assert spec.graph is not None
    return without_spouses(lagged_admg(spec.graph) if is_lagged(spec.graph) else as_admg(spec.graph))


def lagged_admg(graph: Graph) -> Graph:
    """Return a graph of series after checking that each edge has a direction and that no cycle lies within a time step."""
    odd = next((e for e in graph.edges if e.at_target != "arrow" or e.at_source == "circle"), None)
    if odd is not None:
        raise BadGraph(f"The edge {odd.source} {odd.symbol} {odd.target} leaves open which way the cause goes.", next="Decide it.")
    if late := next((e for e in graph.edges if e.lag and not e.directed), None):
        raise BadGraph(
            f"The edge {late.source}[-{late.lag}] {late.symbol} {late.target} has a lag and no direction.", next="Draw its cause."
        )
    topological_order(graph)
    return graph


def without_spouses(graph: Graph) -> Graph:
    """Return the graph in which each `<->` is a hidden common cause."""
    edges, hidden = [], []
    for edge in graph.edges:
        if edge.directed:
            edges.append(edge)
            continue
        name = f"u_{edge.source}_{edge.target}"
        while name in graph.nodes or name in hidden:
            name += "_"
        hidden.append(name)
        edges += [Edge(source=name, target=edge.source), Edge(source=name, target=edge.target)]
    return dataclasses.replace(graph, nodes=(*graph.nodes, *hidden), edges=tuple(edges), latent=(*graph.latent, *hidden))


def from_nodes(spec: Spec) -> Graph | None:
    """Return the graph that formulas and coefficients imply, or None where no node has one."""
    if not any(own.get("formula") or own.get("coefficients") for own in spec.nodes.values()):
        return None
    numbering = {TIME} | ({ENVIRONMENT} if spec.environments.environments > 1 else set())
    causes = {node: tuple(p for p in parents_stated(own) if p not in numbering - set(spec.nodes)) for node, own in spec.nodes.items()}
    nodes = tuple(dict.fromkeys(name for node, parents in causes.items() for name in (*parents, node)))
    rank = [n for n in spec.nodes if n in nodes]
    order = (*rank, *(n for n in nodes if n not in rank))
    graph = Graph(nodes=order, edges=tuple(Edge(source=p, target=node) for node in order for p in causes.get(node, ())))
    topological_order(graph)
    return graph


def parents_stated(own: Mapping[str, object]) -> tuple[str, ...]:
    """Return the parents that a node's formula or coefficients name."""
    if own.get("formula"):
        return names_in(str(own["formula"]))
    coefficients = own.get("coefficients")
    return tuple(coefficients) if isinstance(coefficients, Mapping) else ()


def drawn(spec: Spec, rng: np.random.Generator) -> Graph:
    """Return a random graph."""
    wiring = spec.wiring
    if wiring.p < 1:
        raise BadOption(f"A graph of {wiring.p} nodes cannot be drawn.", next="Give p of at least 1.")
    return FAMILY[wiring.family or PLAIN](wiring, spec.series, rng)

"""Score against a graph that is known, as an endless sample from it would: for testing searches. [chickering2002]

The graph becomes a linear model with weights drawn at random, and its families are scored by BIC at a sample size at
which nothing is left to chance. Hidden nodes and `<->` edges are taken as hidden causes.
"""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np

from aitia.core.card import Card, Option
from aitia.core.errors import BadOption
from aitia.core.graph import Graph
from aitia.core.run import Run
from aitia.core.shelf import scores
from aitia.core.table import KINDS, Table
from aitia.graphs.classes import as_admg
from aitia.graphs.formats.read import read_graph
from aitia.graphs.reachability import topological_order
from aitia.measures.families import kernels, score_one
from aitia.measures.gaussian_families import GaussianFamilies, penalised

NAME = "known-graph"
CARD = Card(
    says="Scores against a graph that is given, as an endless sample from it would; for testing searches.",
    kinds=frozenset(KINDS),
    needs=frozenset({"graph"}),
    equivalent=True,
    cost="moments",
    cites=("chickering2002",),
)
ROWS = 1_000_000_000
WEAKEST, STRONGEST = 0.5, 1.0


def prepare(table: Table, names: tuple[str, ...], run: Run, *, graph: Graph | str | None = None) -> GaussianFamilies:
    """Compute the covariance that the graph implies for the named columns; their values are not looked at."""
    if graph is None:
        raise BadOption(f"{NAME} needs the graph to score against.", next="Give it as the option graph.")
    plain = as_admg(read_graph(graph))
    places = [plain.nodes.index(plain.need(name)) for name in names]
    covariance = implied(plain, run)[np.ix_(places, places)]
    return penalised(tuple(names), ROWS, covariance, np.ones(len(names), dtype=np.int64), 1.0)


@scores.add(NAME, CARD, **kernels(prepare))
def known_graph(
    table: Table,
    node: str,
    parents: tuple[str, ...],
    run: Run,
    *,
    graph: Annotated[Graph | str | None, Option("the graph to score against, its edges -> or <->")] = None,
) -> float:
    """Score one node given its parents by what the graph implies."""
    return score_one(prepare, table, node, parents, run, graph=graph)


def implied(graph: Graph, run: Run) -> np.ndarray:
    """Return the covariance (d, d) of the graph's nodes in a linear model of unit variances; each edge has its own chance."""
    at = {node: i for i, node in enumerate(graph.nodes)}
    shared = [edge for edge in graph.edges if not edge.directed]
    sources: dict[str, list[tuple[int, float]]] = {node: [] for node in graph.nodes}
    for edge in graph.edges:
        if edge.directed:
            sources[edge.target].append((at[edge.source], weight(edge.source, edge.target, run)))
    for i, edge in enumerate(shared):
        for end in (edge.source, edge.target):
            sources[end].append((len(at) + i, weight("<->".join(sorted((edge.source, edge.target))), end, run)))
    covariance = np.eye(len(at) + len(shared))
    done = list(range(len(at), len(covariance)))
    for node in topological_order(graph):
        own = at[node]
        rows, weights = [row for row, _ in sources[node]], np.array([w for _, w in sources[node]])
        explained = float(weights @ covariance[np.ix_(rows, rows)] @ weights)
        covariance[own, done] = covariance[done, own] = weights @ covariance[np.ix_(rows, done)] / math.sqrt(1 + explained)
        done.append(own)
    return covariance[: len(at), : len(at)]


def weight(source: str, target: str, run: Run) -> float:
    """Draw the weight of an edge by the names of its ends, so that other edges and the order of nodes change nothing."""
    rng = run.rng(NAME, f"{source}->{target}")
    return float(rng.uniform(WEAKEST, STRONGEST) * rng.choice([-1.0, 1.0]))

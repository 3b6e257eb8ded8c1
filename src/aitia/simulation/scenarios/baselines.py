"""Guess a graph without looking for separations: the least that a method has to beat. [reisach2021, reisach2023]"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from aitia.core.graph import Edge, Graph
from aitia.graphs.conversions import to_cpdag
from aitia.simulation.scenarios.drawing import Problem
from aitia.simulation.sortability import r2_scores

CORRELATED = 0.35  # best of .05, .1, … .5 by mean adjacency F1 on five calibration seeds of each row with a PC figure
SMALL = 1e-9


def undirected(names: tuple[str, ...], pairs: Iterable[tuple[int, int]]) -> Graph:
    """Return the graph that joins some pairs and says nothing of direction."""
    edges = (Edge(source=names[i], target=names[j], at_source="tail", at_target="tail") for i, j in pairs)
    return Graph(nodes=names, edges=tuple(edges))


def empty(given: Problem) -> Graph:
    """Return the graph that joins nothing."""
    return undirected(given.names, ())


def complete(given: Problem) -> Graph:
    """Return the graph that joins everything."""
    return undirected(given.names, itertools.combinations(range(len(given.names)), 2))


def correlated(given: Problem, threshold: float = CORRELATED) -> Graph:
    """Return the graph that joins columns whose correlation is larger than a threshold."""
    size = np.abs(correlations(given.rows))
    return undirected(given.names, ((int(i), int(j)) for i, j in np.argwhere(np.triu(size > threshold, 1))))


def correlations(rows: np.ndarray) -> np.ndarray:
    """Return correlations (p, p); those of a constant column are 0."""
    centred = rows - rows.mean(axis=0)
    spread = np.sqrt((centred**2).sum(axis=0))
    unit = centred / np.where(spread > SMALL, spread, 1.0)
    return unit.T @ unit


def by_variance(given: Problem) -> Graph:
    """Sort columns by variance and regress each on those before it; return the CPDAG of the DAG found."""
    return sorted_and_regressed(given, given.rows.var(axis=0))


def by_r2(given: Problem) -> Graph:
    """Sort columns by their R² on all others and regress each on those before it; return the CPDAG of the DAG found."""
    return sorted_and_regressed(given, r2_scores(correlations(given.rows)))


def sorted_and_regressed(given: Problem, scores: np.ndarray) -> Graph:
    """Return the CPDAG of the DAG in which each column has as parents those of lower score that a regression keeps."""
    order = np.argsort(scores, kind="stable")
    found = correlations(given.rows)
    edges = []
    for k in range(1, len(order)):
        before, node = order[:k], int(order[k])
        kept = forward_selection(found[np.ix_(before, before)], found[before, node], len(given.rows))
        edges += [Edge(source=given.names[before[i]], target=given.names[node]) for i in kept]
    return to_cpdag(Graph(nodes=given.names, edges=tuple(edges), graph_class="dag"))


def forward_selection(among: np.ndarray, on: np.ndarray, n: int) -> list[int]:
    """Return which predictors a regression keeps that adds the best one while BIC falls.

    `among` holds the correlations of predictors (k, k), `on` those with the outcome (k,), from n rows. Each step is one
    column of a Cholesky factor.

    >>> forward_selection(np.array([[1, 0.8], [0.8, 1]]), np.array([0.5, 0.4]), 1000)
    [0]
    """
    left, unexplained, rest = on.astype(float).copy(), np.ones(len(on)), 1.0
    factor = np.empty((len(on), 0))
    kept: list[int] = []
    while len(kept) < min(len(on), n - 2):
        gain = np.where(unexplained > SMALL, left**2 / np.maximum(unexplained, SMALL), 0.0)
        gain[kept] = 0.0
        best = int(np.argmax(gain))
        after = max(rest - float(gain[best]), SMALL)
        if n * math.log(after / rest) + math.log(n) >= 0:
            break
        root = math.sqrt(unexplained[best])
        column = (among[:, best] - factor @ factor[best]) / root
        left, unexplained, rest = left - column * (left[best] / root), unexplained - column**2, after
        factor = np.column_stack([factor, column])
        kept.append(best)
    return sorted(kept)


BASELINES: Mapping[str, Callable[[Problem], Graph]] = {
    "empty": empty,
    "complete": complete,
    "correlation threshold": correlated,
    "sort by variance and regress": by_variance,
    "sort by R² and regress": by_r2,
}

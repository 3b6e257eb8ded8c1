"""Measure how well sorting by a score of each column finds the causal order. [reisach2021, reisach2023]"""

from __future__ import annotations

import numpy as np

from aitia.core.graph import Graph

TIE = 1e-9
NOTHING = 1e-9


def path_counts(graph: Graph, nodes: tuple[str, ...]) -> np.ndarray:
    """Return for each pair of the named nodes (k, k) the number of lengths that directed paths between them have.

    Paths may lead through any node; edges with a lag count, loops of a node onto itself do not.
    """
    place = {node: i for i, node in enumerate(graph.nodes)}
    one = np.zeros((len(place), len(place)))
    for edge in graph.edges:
        if edge.directed and edge.source != edge.target:
            one[place[edge.source], place[edge.target]] = 1.0
    counts, reach = np.zeros_like(one), one > 0
    for _ in range(len(place) - 1):
        if not reach.any():
            break
        counts += reach
        reach = (reach @ one) > 0
    chosen = [place[node] for node in nodes]
    return counts[np.ix_(chosen, chosen)]


def agreement(counts: np.ndarray, scores: np.ndarray) -> float | None:
    """Return the share of paths whose end has the higher score, ties half; None without a path.

    >>> agreement(np.array([[0.0, 1.0], [0.0, 0.0]]), np.array([1.0, 2.0]))
    1.0
    """
    total = counts.sum()
    if not total:
        return None
    rise = scores[None, :] - scores[:, None]
    return float(((counts * (rise >= -TIE)).sum() + (counts * (rise > TIE)).sum()) / (2 * total))


def r2_scores(covariance: np.ndarray) -> np.ndarray:
    """Return each column's R² on all others (k,) from a covariance or correlation matrix; 1 for columns that others determine."""
    if not len(covariance):
        return np.zeros(0)
    scale = np.sqrt(np.clip(np.diag(covariance), 1e-300, None))
    sizes, directions = np.linalg.eigh(covariance / np.outer(scale, scale))
    used = sizes > NOTHING
    determined = (directions[:, ~used] ** 2).sum(axis=1) > NOTHING
    inverse = (directions[:, used] ** 2 / sizes[used]).sum(axis=1)
    return np.where(determined, 1.0, np.clip(1 - 1 / np.clip(inverse, 1.0, None), 0.0, 1.0))


def of_rows(graph: Graph, names: tuple[str, ...], columns: np.ndarray) -> tuple[float | None, float | None]:
    """Return varsortability and R²-sortability of rows (n, k) of the named nodes."""
    if len(names) < 2 or len(columns) < 3:
        return None, None
    counts = path_counts(graph, names)
    covariance = np.atleast_2d(np.cov(columns.T))
    return agreement(counts, np.diag(covariance)), agreement(counts, r2_scores(covariance))

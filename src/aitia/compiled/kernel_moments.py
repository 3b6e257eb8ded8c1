"""Factor a Gaussian kernel matrix into few columns, and find the median distance of points."""

from __future__ import annotations

import numpy as np


def factor(
    points: np.ndarray,
    labels: np.ndarray,
    weights: np.ndarray,
    precision: float,
    tolerance: float,
    left: np.ndarray,
    out: np.ndarray,
    rank: int,
    steps: int,
) -> int:
    """Add at most `steps` rows to the first `rank` of `out` (most, n), F with F' F near the kernel matrix; return the new rank.

    The kernel is exp(-precision |a - b|²) of `points` (n, d) with one label, 0 of points with unlike `labels` (n,). The
    largest residue `left` (n,) on the diagonal, ones at first, is taken away next (incomplete Cholesky with pivots),
    until what is left of the trace, each point counted by its weight (n,), is at most `tolerance` or `out` is full.
    """
    last = min(rank + steps, len(out))
    while rank < last and left @ weights > tolerance:
        pivot = int(left.argmax())
        apart = ((points - points[pivot]) ** 2).sum(axis=1)
        column = np.exp(-precision * apart) * (labels == labels[pivot])
        column -= out[:rank, pivot] @ out[:rank]
        out[rank] = column / np.sqrt(left[pivot])
        left -= out[rank] ** 2
        left[pivot] = 0.0
        np.maximum(left, 0.0, out=left)
        rank += 1
    return rank


def median_distance(points: np.ndarray) -> float:
    """Return the median of the distances above zero between points (n, d); 0 when all are one."""
    first, second = np.triu_indices(len(points), 1)
    squares = np.zeros(len(first))
    for column in points.T:
        squares += (column[first] - column[second]) ** 2
    squares = squares[squares > 0]
    return float(np.median(np.sqrt(squares))) if len(squares) else 0.0

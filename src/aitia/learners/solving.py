"""Solve symmetric systems through one inverse, and choose columns that do not repeat each other."""

from __future__ import annotations

import numpy as np

SMALLEST_PIVOT = 1e-5
SMALLEST_EIGENVALUE = 1e-10


def inverse_of(gram: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the inverse of a Gram matrix (p, p) and its rank; the pseudo-inverse where columns repeat each other.

    The matrix is scaled to a unit diagonal first, so that the columns' units decide nothing.
    """
    scale = np.sqrt(np.maximum(np.diag(gram), 0.0))
    scale = np.where(scale > 0, scale, 1.0)
    scaled = gram / np.outer(scale, scale)
    try:
        factor = np.linalg.cholesky(scaled)
    except np.linalg.LinAlgError:
        return _pseudo_inverse(scaled, scale)
    if len(gram) and np.diag(factor).min() < SMALLEST_PIVOT:
        return _pseudo_inverse(scaled, scale)
    half = np.linalg.inv(factor)
    return (half.T @ half) / np.outer(scale, scale), len(gram)


def _pseudo_inverse(scaled: np.ndarray, scale: np.ndarray) -> tuple[np.ndarray, int]:
    values, vectors = np.linalg.eigh(scaled)
    kept = values > SMALLEST_EIGENVALUE * max(float(values[-1]), 1e-300)
    half = vectors[:, kept] / np.sqrt(values[kept])
    return (half @ half.T) / np.outer(scale, scale), int(kept.sum())


def independent(gram: np.ndarray, tolerance: float = 1e-9) -> tuple[list[int], dict[int, np.ndarray]]:
    """Choose, in order, the columns that are no linear combination of those chosen before.

    Returns their positions, and for each column left out its coefficients on all columns in units of their lengths:
    a greedy Cholesky factorisation of the Gram matrix (p, p) that stops where less than `tolerance` of a column's
    square is left.
    """
    size = len(gram)
    scale = np.sqrt(np.diag(gram))
    scale = np.where(scale > 0, scale, 1.0)
    scaled = gram / np.outer(scale, scale)
    left = np.diag(scaled).copy()
    factor = np.zeros((size, size))
    kept: list[int] = []
    repeats: dict[int, np.ndarray] = {}
    for j in range(size):
        if left[j] <= tolerance:
            repeats[j] = _on_kept(scaled, kept, j)
            continue
        rank = len(kept)
        column = (scaled[j] - factor[:, :rank] @ factor[j, :rank]) / np.sqrt(left[j])
        factor[:, rank] = column
        left = left - column**2
        kept.append(j)
    return kept, repeats


def _on_kept(scaled: np.ndarray, kept: list[int], j: int) -> np.ndarray:
    found = np.zeros(len(scaled))
    if kept:
        found[kept] = inverse_of(scaled[np.ix_(kept, kept)])[0] @ scaled[kept, j]
    return found

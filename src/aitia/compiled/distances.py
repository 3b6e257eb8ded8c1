"""Sum products of distances over all pairs of rows, for distance covariance."""

from __future__ import annotations

import numpy as np

BLOCK = 1024


def product_sum(first: np.ndarray, second: np.ndarray) -> float:
    """Return Σᵢⱼ |xᵢ - xⱼ| |yᵢ - yⱼ| of two columns (n,)."""
    total = 0.0
    for start in range(0, len(first), BLOCK):
        own = slice(start, start + BLOCK)
        total += float((np.abs(first[own, None] - first) * np.abs(second[own, None] - second)).sum())
    return total

"""Give the law that a sum of products of kernels has under independence. [zhang2011, kazi1995]

Kernels come as centred features F (n, a) and G (n, b); the statistic is Σᵢⱼ (F F')ᵢⱼ (G G')ᵢⱼ = |F' G|².
"""

from __future__ import annotations

import dataclasses

import numpy as np

from aitia.core.run import Run
from aitia.measures.weighted_chi_square import weighted_tail

MOST_PRODUCTS = 1500
BLOCK = 512


@dataclasses.dataclass(frozen=True)
class Spread:
    """Hold the trace of a centred kernel matrix, of its square, and the sum of its squared diagonal."""

    trace: float
    square: float
    diagonal: float


def spread_of(found: np.ndarray) -> Spread:
    """Return the spread of the matrix F F' of features (n, m)."""
    gram = found.T @ found
    return Spread(float(np.trace(gram)), float((gram**2).sum()), float(((found**2).sum(axis=1) ** 2).sum()))


def shuffled(one: Spread, other: Spread, n: int) -> tuple[float, float]:
    """Return mean and variance of |F' G|² over all orders of one side's rows, exactly; n is at least 4."""
    mean = one.trace * other.trace / (n - 1)
    even = [(n - 1) * s.square - s.trace**2 for s in (one, other)]
    odd = [n * (n + 1) * s.diagonal - (n - 1) * (s.trace**2 + 2 * s.square) for s in (one, other)]
    variance = 2 * even[0] * even[1] / ((n - 1) ** 2 * (n + 1) * (n - 2)) + odd[0] * odd[1] / ((n + 1) * n * (n - 1) * (n - 2) * (n - 3))
    return mean, max(variance, 0.0)


def gamma_tail(statistic: float, mean: float, variance: float) -> float:
    """Return the chance that a gamma variable of this mean and variance exceeds a value."""
    from scipy import special

    if mean <= 0 or variance <= 0:
        return 1.0
    return float(special.gammaincc(mean**2 / variance, max(statistic, 0.0) * mean / variance))


def spectral_marginal(statistic: float, one: np.ndarray, other: np.ndarray) -> float:
    """Return the tail of the weighted chi-squares that |F' G|² follows when two columns are independent."""
    sizes = [np.maximum(np.linalg.eigvalsh(found.T @ found), 0.0) for found in (one, other)]
    return weighted_tail(statistic, np.outer(*sizes).ravel() / (len(one) - 1))


def product_moments(one: np.ndarray, other: np.ndarray, run: Run) -> tuple[float, float]:
    """Return the mean Σᵢ KᵢᵢLᵢᵢ and the variance 2 Σᵢⱼ (Kᵢⱼ Lᵢⱼ)² that products of kernels K = F F' and L = G G' give the statistic."""
    mean = float(((one**2).sum(axis=1) * (other**2).sum(axis=1)).sum())
    n, width = len(one), one.shape[1] * other.shape[1]
    if width**2 <= n * (one.shape[1] + other.shape[1]):
        products = product_features(one, other)
        return mean, 2 * float(((products.T @ products) ** 2).sum())
    square = 0.0
    for start in range(0, n, BLOCK):
        run.check()
        own, rest = slice(start, start + BLOCK), slice(start + BLOCK, n)
        square += float((((one[own] @ one[own].T) * (other[own] @ other[own].T)) ** 2).sum())
        square += 2 * float((((one[own] @ one[rest].T) * (other[own] @ other[rest].T)) ** 2).sum())
    return mean, 2 * square


def product_features(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return every product (n, a b) of a feature of one side with one of the other."""
    return (one[:, :, None] * other[:, None, :]).reshape(len(one), -1)


def spectral_products(statistic: float, one: np.ndarray, other: np.ndarray) -> float:
    """Return the tail of the weighted chi-squares of products of features, the largest of each side first.

    Where there are more than 1500 products the small ones enter by their mean alone.
    """
    mean = float(((one**2).sum(axis=1) * (other**2).sum(axis=1)).sum())
    while one.shape[1] * other.shape[1] > MOST_PRODUCTS:
        one, other = (one[:, :-1], other) if one.shape[1] >= other.shape[1] else (one, other[:, :-1])
    products = product_features(one, other)
    weights = np.maximum(np.linalg.eigvalsh(products.T @ products), 0.0)
    return weighted_tail(statistic - max(mean - float(weights.sum()), 0.0), weights)

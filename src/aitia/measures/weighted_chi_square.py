"""Find the chance that a weighted sum of chi-squares exceeds a value. [davies1980, kuonen1999]"""

from __future__ import annotations

import math

import numpy as np

NEGLIGIBLE = 1e-6  # of the largest weight
EXACT_ABOVE = 1e-6
BEYOND = 25.0  # the sum lies beyond the range that is integrated with a chance below exp(-25)
MOST_TERMS = 2**15
BLOCK = 256


def weighted_tail(statistic: float, weights: np.ndarray) -> float:
    """Return P(Σ wᵢ χ²ᵢ > statistic) for weights (k,) that are not negative, each chi-square of one degree of freedom.

    The characteristic function is inverted by Davies' sum, exact to about 1e-8; chances below 1e-6 come from the
    saddlepoint, exact to a few percent of themselves.

    >>> round(weighted_tail(3.841458820694124, np.array([1.0])), 6), round(weighted_tail(11.0705, np.ones(5)), 5)
    (0.05, 0.05)
    """
    kept = weights[weights > NEGLIGIBLE * max(float(weights.max(initial=0.0)), 0.0)]
    shift = float(weights.sum() - kept.sum())  # so small that only their mean counts
    statistic -= shift
    if not len(kept):
        return 1.0
    if statistic <= 0:
        return 1.0
    if len(kept) == 1:
        return math.erfc(math.sqrt(statistic / float(kept[0]) / 2))
    scale = float(kept.sum())
    found = inverted(statistic / scale, kept / scale)
    return found if found > EXACT_ABOVE else saddlepoint(statistic / scale, kept / scale)


def inverted(statistic: float, weights: np.ndarray) -> float:
    """Return the tail by Davies' sum over the characteristic function; the weights add up to 1."""
    width = 1 + 2 * math.sqrt(float((weights**2).sum()) * BEYOND) + 2 * float(weights.max()) * BEYOND
    step = 2 * math.pi / (max(statistic, width) + statistic)
    total, k = 0.5, 0
    while k < MOST_TERMS:
        half = np.arange(k, k + BLOCK) + 0.5
        turned = 2 * step * half[:, None] * weights[None, :]
        size = np.exp(-0.25 * np.log1p(turned**2).sum(axis=1)) / (half * math.pi)
        total += float((size * np.sin(0.5 * np.arctan(turned).sum(axis=1) - step * half * statistic)).sum())
        if size[-1] < 1e-10:
            break
        k += BLOCK
    return min(max(total, 0.0), 1.0)


def saddlepoint(statistic: float, weights: np.ndarray) -> float:
    """Return the tail beyond the mean by the saddlepoint; the weights add up to 1."""
    from scipy import optimize

    if statistic <= 1:
        return 1.0
    top = 0.5 / float(weights.max())

    def slope(at: float) -> float:
        return float((weights / (1 - 2 * at * weights)).sum()) - statistic

    at = optimize.brentq(slope, 0.0, top * (1 - 1e-12), xtol=1e-14 * top)
    rest = 1 - 2 * at * weights
    bent = math.sqrt(2 * (at * statistic + 0.5 * float(np.log(rest).sum())))
    spread = at * math.sqrt(2 * float((weights**2 / rest**2).sum()))
    return 0.5 * math.erfc((bent + math.log(spread / bent) / bent) / math.sqrt(2))

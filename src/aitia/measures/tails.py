"""Turn statistics into p-values and faults into the chance of finding them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

LEVEL = 0.05


@dataclasses.dataclass(frozen=True)
class MeanTest:
    """Hold the mean of independent draws, its Monte-Carlo error, and the p-value of its true value lying within the bound."""

    mean: float
    error: float
    freedom: int
    p: float


def mean_test(values: Sequence[float], bound: float = 0.0) -> MeanTest:
    """Test by Student's t whether the mean of independent draws lies within `bound` of zero.

    >>> mean_test([1.0, -1.0, 2.0, -2.0]).p
    1.0
    """
    drawn = np.asarray(values, dtype=float)
    mean, error = float(drawn.mean()), float(drawn.std(ddof=1)) / math.sqrt(len(drawn))
    freedom = len(drawn) - 1
    if error <= 1e-12 * max(abs(mean), 1e-300):
        return MeanTest(mean=mean, error=error, freedom=freedom, p=1.0 if abs(mean) <= bound else 0.0)
    above, below = (abs(mean) - bound) / error, (abs(mean) + bound) / error
    return MeanTest(mean=mean, error=error, freedom=freedom, p=min(1.0, t_tail(above, freedom) + t_tail(below, freedom)))


def t_tail(statistic: float, freedom: float) -> float:
    """Return the chance that Student's t exceeds a value."""
    from scipy import special

    return float(special.stdtr(freedom, -statistic))


def t_quantile(chance: float, freedom: float) -> float:
    """Return the value that Student's t stays below with this chance."""
    from scipy import special

    return float(special.stdtrit(freedom, chance))


def t_power(distance: float, freedom: float, level: float = LEVEL) -> float:
    """Return the power of a two-sided t test when the truth lies `distance` standard errors from the null."""
    from scipy import special

    critical = t_quantile(1 - level / 2, freedom)
    if distance > 5 + 2 * critical:  # beyond any doubt, and there SciPy's noncentral t has gaps
        return 1.0
    wrong_side = special.nctdtr(freedom, distance, -critical) if distance < 3 else 0.0
    return float(np.clip(1 - special.nctdtr(freedom, distance, critical) + wrong_side, 0.0, 1.0))


def normal_p(statistic: float) -> float:
    """Return the two-sided p-value of a standard normal statistic."""
    return math.erfc(abs(statistic) / math.sqrt(2))


def normal_quantile(chance: float) -> float:
    """Return the value that a standard normal stays below with this chance."""
    from scipy import special

    return float(special.ndtri(chance))


def beyond(distance: float, critical: float) -> float:
    """Return the chance that a normal with mean `distance` and variance 1 lies beyond ± `critical`."""
    return 0.5 * (math.erfc((critical - distance) / math.sqrt(2)) + math.erfc((critical + distance) / math.sqrt(2)))


def normal_power(distance: float, level: float = LEVEL) -> float:
    """Return the power of a two-sided z test when the truth lies `distance` standard errors from the null."""
    return beyond(distance, normal_quantile(1 - level / 2))


def cauchy_combination(ps: Sequence[float]) -> float:
    """Return one p-value from several that may depend on each other, by the mean of Cauchy variables. [liu2020]

    A p-value of 1 counts as 1 - 1 / (number of p-values), so that it cannot outweigh all others.

    >>> round(cauchy_combination([0.03]), 12), round(cauchy_combination([0.01, 0.01]), 12)
    (0.03, 0.01)
    """
    found = np.asarray(ps, dtype=float)
    if len(found) == 1:
        return float(found[0])
    found = np.clip(found, 1e-300, 1 - 1 / len(found) if len(found) else 1.0)
    small = found < 1e-15
    drawn = np.where(small, 1 / (found * math.pi), np.tan((0.5 - np.where(small, 0.5, found)) * math.pi))
    mean = float(drawn.mean())
    return 1 / (mean * math.pi) if mean > 1e15 else 0.5 - math.atan(mean) / math.pi


def chi_square_tail(statistic: float, degrees: float) -> float:
    """Return the chance that a chi-square exceeds a value."""
    from scipy import special

    return float(special.chdtrc(degrees, statistic))


def chi_square_quantile(chance: float, degrees: float) -> float:
    """Return the value that a chi-square stays below with this chance."""
    from scipy import special

    return float(special.chdtri(degrees, 1 - chance))


def chi_square_power(distance: float, degrees: float, level: float = LEVEL) -> float:
    """Return the power of a chi-square test when the truth has this noncentrality."""
    from scipy import special

    return float(1 - special.chndtr(chi_square_quantile(1 - level, degrees), degrees, distance))


def holm(ps: Sequence[float]) -> list[float]:
    """Return p-values adjusted so that each can be compared with one level for all together. [holm1979]

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    found, most = [0.0] * len(ps), 0.0
    for rank, i in enumerate(sorted(range(len(ps)), key=lambda i: ps[i])):
        most = max(most, min(1.0, (len(ps) - rank) * ps[i]))
        found[i] = most
    return found

"""Compute what a hidden common cause of a given strength can do to an effect, strength as partial R². [cinelli2020]"""

from __future__ import annotations

import math

from aitia.core.finding import Strength

NEARLY_ALL = 1 - 1e-12


def bias(se: float, degrees: int, with_treatment: float, with_outcome: float) -> float:
    """Return the largest bias that a hidden cause with these partial R² can make, in the effect's units."""
    treatment = min(with_treatment, NEARLY_ALL)
    return se * math.sqrt(degrees * max(with_outcome, 0.0) * treatment / (1 - treatment))


def robustness_value(f: float, critical: float = 0.0) -> float:
    """Return the partial R², equal with treatment and outcome, that brings a partial f down to a critical one.

    >>> round(robustness_value(0.2), 3)
    0.181
    """
    left = f - critical
    if left <= 0:
        return 0.0
    if critical > 0 and f > 1 / critical:
        return (f**2 - critical**2) / (1 + f**2)
    return 0.5 * (math.sqrt(left**4 + 4 * left**2) - left**2)


def as_strong(strength: Strength) -> tuple[float, float]:
    """Return the largest partial R² with treatment and outcome of a hidden cause as strong as a covariate, each at most 1."""
    d, y = min(strength.with_treatment, NEARLY_ALL), min(strength.with_outcome, NEARLY_ALL)
    with_treatment = d / (1 - d)
    through = d**2 / (1 - d) ** 2  # the hidden cause with the covariate, given the treatment
    if with_treatment >= 1 or through >= 1:
        return 1.0, 1.0
    factor = (1 + math.sqrt(through)) / math.sqrt(1 - through)
    return with_treatment, min(1.0, factor**2 * y / (1 - y))

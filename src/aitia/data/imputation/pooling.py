"""Pool estimates from completed tables: their spread adds what missing values cost to the uncertainty. [rubin1987] [barnard1999]"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from aitia.core.missing import Pooled


def pool(values: Sequence[float], errors: Sequence[float], degrees: float = math.inf) -> Pooled:
    """Pool one effect's estimates and standard errors over completed tables, by Rubin's rules.

    `degrees` are those of the estimator on complete data; the pooled ones are Barnard and Rubin's for small samples.
    `missing` is the share of information that is missing, `error` the error that comes from drawing so few tables.

    >>> found = pool([1.2, 1.5, 1.1, 1.4, 1.3], [0.2, 0.22, 0.21, 0.22, 0.2], 100)
    >>> round(found.value, 3), round(found.se, 3)
    (1.3, 0.272)
    """
    m, value = len(values), float(np.mean(values))
    within = float(np.mean(np.square(errors)))
    between = float(np.var(values, ddof=1)) if m > 1 else 0.0
    if math.isclose(between, 0.0, abs_tol=1e-14 * max(within, 1e-300)):
        return Pooled(value=value, se=math.sqrt(within), degrees=degrees, missing=0.0, error=0.0)
    added = (1 + 1 / m) * between
    total = within + added
    share = added / total
    old = (m - 1) / share**2
    seen = degrees if math.isinf(degrees) else (degrees + 1) / (degrees + 3) * degrees * (1 - share)
    pooled = old if math.isinf(seen) else 1 / (1 / old + 1 / max(seen, 1e-9))
    growth = added / within if within > 0 else math.inf
    missing = 1.0 if math.isinf(growth) else (growth + 2 / (pooled + 3)) / (growth + 1)
    return Pooled(value=value, se=math.sqrt(total), degrees=pooled, missing=missing, error=math.sqrt(between / m))

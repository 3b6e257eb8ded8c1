"""Ask whether what regressions leave of numeric columns is normal, by its skewness and kurtosis. [dagostino1990]"""

from __future__ import annotations

import math

import numpy as np

from aitia.core.card import Card
from aitia.core.finding import Finding
from aitia.core.run import Run
from aitia.core.shelf import properties
from aitia.core.table import Table
from aitia.measures.complete import FEWEST, complete_rows
from aitia.measures.tails import LEVEL, holm, normal_power

NAME = "normality"
CARD = Card(
    says="Asks whether the noise of continuous columns is normal.",
    kinds=frozenset({"continuous"}),
    gives="test",
    minimum_n=FEWEST,
    cost="rows",
    cites=("dagostino1990",),
)
SKEWNESS = 0.5


@properties.add(NAME, CARD)
def normality(table: Table, run: Run) -> Finding:
    """Regress each continuous column on all others and test the residuals, judged together by Holm.

    The value is the number of columns that are not normal. Power is for a skewness of .5 in one column.
    """
    from scipy import stats

    rows = complete_rows(table, run)
    targets = [name for name in rows.numbers if table.column(name).kind == "continuous"]
    found: list[tuple[str, float, float, float]] = []
    for name in targets if rows.n >= CARD.minimum_n else ():
        run.check()
        left, rank = rows.residual(name)[1:]
        if rows.n > 2 * rank and float(left.std()) > 1e-9:
            found.append((name, float(stats.normaltest(left).pvalue), float(stats.skew(left)), float(stats.kurtosis(left))))
    if not found:
        return Finding(check=NAME, passed=None, says="There are too few complete rows or continuous columns to ask for normality.")
    adjusted = holm([p for _, p, _, _ in found])
    odd = [item for item, p in zip(found, adjusted, strict=True) if p <= LEVEL]
    power = normal_power(SKEWNESS / math.sqrt(6 / rows.n), LEVEL / len(found))
    if not odd:
        says = f"The noise of the {len(found)} continuous columns looks normal."
        return Finding(check=NAME, passed=True, value=0.0, threshold=0.0, power=power, says=says, p=min(adjusted))
    worst = sorted(odd, key=lambda item: (-max(abs(item[2]), abs(item[3]) / 2), item[0]))
    named = "; ".join(f"{name} (skewness {skew:.2g}, excess kurtosis {kurtosis:.2g})" for name, _, skew, kurtosis in worst[:3])
    more = f"; and {len(odd) - 3} more" if len(odd) > 3 else ""
    return Finding(
        check=NAME,
        passed=False,
        value=float(len(odd)),
        threshold=0.0,
        power=power,
        says=f"The noise of {len(odd)} of {len(found)} continuous columns is not normal: {named}{more}.",
        next="Robust standard errors (hc1) hold without normal noise; methods that use it, such as direct-lingam, can orient edges.",
        p=float(np.min(adjusted)),
    )

"""Ask whether series keep their level, by a test against a unit root and one against its absence. [dickey1979, kwiatkowski1992]"""

from __future__ import annotations

import warnings

import numpy as np

from aitia.core.card import Card
from aitia.core.extras import has, need
from aitia.core.finding import Finding
from aitia.core.run import Run
from aitia.core.shelf import properties
from aitia.core.table import Table
from aitia.measures.series import FEWEST_STEPS, long_enough, varying
from aitia.measures.tails import LEVEL

NAME = "stationarity"
CARD = Card(
    says="Asks whether series keep their level over time.",
    kinds=frozenset({"continuous", "count"}),
    gives="test",
    minimum_n=FEWEST_STEPS,
    cost="rows",
    cites=("dickey1979", "kwiatkowski1992"),
)
DIAGNOSTICS = "statsmodels"


@properties.add(NAME, CARD)
def stationarity(table: Table, run: Run) -> Finding:
    """Call a series drifting when the unit root is not rejected and the level is; unclear where the two tests disagree.

    The value is the number of drifting series, each tested at 5 %; both tests must agree, so that few are called so wrongly.
    """
    found = long_enough(table)
    if not found:
        return Finding(check=NAME, passed=None, says=f"There is no series of at least {FEWEST_STEPS} steps to ask for stationarity.")
    if not has(DIAGNOSTICS):
        says = "Stationarity was not tested: the package statsmodels is not installed."
        return Finding(check=NAME, passed=None, says=says, next="Install it: pip install 'aitia[series]'")
    drifting, unclear, count = [], 0, 0
    for stretch in found:
        for name, values in varying(stretch).items():
            run.check()
            root, level = unit_root_p(values), level_p(values)
            count += 1
            if root > LEVEL >= level:
                drifting.append(f"{name} ({stretch.unit})" if stretch.unit else name)
            elif root > LEVEL or level <= LEVEL:
                unclear += 1
    if not count:
        return Finding(check=NAME, passed=None, says="No series varies without gaps, so stationarity was not tested.")
    doubt = f"; {unclear} are unclear" if unclear else ""
    if not drifting:
        return Finding(
            check=NAME, passed=True, value=0.0, threshold=0.0, says=f"{count - unclear} of {count} series keep their level{doubt}."
        )
    named = ", ".join(dict.fromkeys(drifting[:4])) + (f" and {len(drifting) - 4} more" if len(drifting) > 4 else "")
    return Finding(
        check=NAME,
        passed=False,
        value=float(len(drifting)),
        threshold=0.0,
        says=f"{len(drifting)} of {count} series drift: {named}{doubt}.",
        next="Use differences between steps, or add the trend to the model: drifting series correlate without cause.",
    )


def unit_root_p(values: np.ndarray) -> float:
    """Return the p-value of the augmented Dickey-Fuller test: small where there is no unit root."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # the form of the answer will change
        found = need("statsmodels.tsa.stattools").adfuller(values, autolag="AIC")
    return float(found.pvalue if hasattr(found, "pvalue") else found[1])


def level_p(values: np.ndarray) -> float:
    """Return the p-value of the KPSS test for a constant level, between .01 and .1: small where the level moves."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the p-value is said to lie outside its table
        return float(need("statsmodels.tsa.stattools").kpss(values, regression="c", nlags="auto")[1])

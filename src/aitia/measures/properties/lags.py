"""Ask how far back series remember, by the order of a vector autoregression. [schwarz1978]"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from aitia.core.card import Card, Option
from aitia.core.finding import Finding
from aitia.core.run import Run
from aitia.core.shelf import properties
from aitia.core.table import Table
from aitia.measures.series import FEWEST_STEPS, long_enough, varying

NAME = "lags"
CARD = Card(
    says="Asks how many steps back series remember.",
    kinds=frozenset({"continuous", "count"}),
    gives="bound",
    minimum_n=FEWEST_STEPS,
    cost="rows",
    cites=("schwarz1978",),
)


@properties.add(NAME, CARD)
def lags(table: Table, run: Run, *, most: Annotated[int, Option("largest number of steps to look back")] = 10) -> Finding:
    """Choose the order of a vector autoregression by the Bayesian information criterion on the longest unit; the value is the order."""
    found = long_enough(table)
    columns = varying(found[0]) if found else {}
    if not columns:
        return Finding(check=NAME, passed=None, says=f"There is no series of at least {FEWEST_STEPS} steps to ask for lags.")
    series = np.column_stack(list(columns.values()))
    best = order(series, most, run)
    whose = f" of {found[0].unit}" if found[0].unit else ""
    if best is None:
        return Finding(check=NAME, passed=None, says=f"The series{whose} is too short to tell its lags for {series.shape[1]} columns.")
    says = f"The series{whose} remembers {best} steps back (vector autoregression of {series.shape[1]} columns, {len(series)} steps)."
    if best == 0:
        says = f"The steps of the series{whose} do not depend on those before."
    return Finding(check=NAME, passed=None, value=float(best), says=says, next=f"Look back {best} steps." if best else None)


def order(series: np.ndarray, most: int, run: Run) -> int | None:
    """Return the order, 0 to `most`, with the least criterion on the steps that every order can use; None where too few."""
    steps, width = series.shape
    centred = (series - series.mean(axis=0)) / series.std(axis=0)
    most = min(most, (steps // 3 - 1) // (width + 1))
    if most < 1:
        return None
    now = centred[most:]
    best, least = 0, np.inf
    for lag in range(most + 1):
        run.check()
        before = np.column_stack([np.ones((len(now), 1)), *(centred[most - k : steps - k] for k in range(1, lag + 1))])
        left = now - before @ np.linalg.lstsq(before, now, rcond=None)[0]
        sign, size = np.linalg.slogdet(left.T @ left / len(now) + 1e-12 * np.eye(width))
        criterion = size + np.log(len(now)) / len(now) * before.shape[1] * width if sign > 0 else np.inf
        if criterion < least - 1e-12:
            best, least = lag, float(criterion)
    return best

"""Add a covariate made of chance alone: the effect must stay where it is. [sharma2020]"""

from __future__ import annotations

import functools
from typing import Annotated

import numpy as np

from aitia.core.card import Card, Option
from aitia.core.design import Design
from aitia.core.finding import Finding
from aitia.core.run import Run
from aitia.core.shelf import checks
from aitia.core.show import number
from aitia.core.study import Study
from aitia.measures.tails import LEVEL, mean_test, t_quantile, t_tail
from aitia.nuisance.refit import refits, reported

NAME = "random-cause"
CARD = Card(
    says="Adds a covariate made of chance alone, which must leave the effect where it is.",
    gives="test",
    uses=("estimation",),
    random=True,
    cost="rows",
    cites=("sharma2020",),
)
HARMLESS = 0.1  # standard errors
FAULT = 0.5  # standard errors


@checks.add(NAME, CARD)
def random_cause(
    study: Study, design: Design, run: Run, *, draws: Annotated[int, Option("random covariates tried, one at a time")] = 20
) -> Finding:
    """Test whether a random covariate moves the effect by more than .1 standard errors; power is for half a standard error."""
    estimate = reported(study)
    effects = [e.value for e in refits(study, functools.partial(widened, design), max(draws, 3), run, NAME)]
    shifts = [effect - estimate.value for effect in effects]
    unit = estimate.se if estimate.se else float(np.std(effects, ddof=1)) or 1.0
    found = mean_test(shifts, HARMLESS * unit)
    passed = found.p > LEVEL
    figures = f"{number(abs(found.mean) / unit, 2)} standard errors on average over {len(effects)} draws"
    if passed:
        says = f"A covariate made of chance alone moves the effect by {figures}, so the estimate stays where it is, as it should."
    else:
        says = f"A covariate made of chance alone moves the effect by {figures}, more than {HARMLESS}: the estimate is unstable."
    return Finding(
        check=NAME,
        passed=passed,
        value=found.mean,
        threshold=HARMLESS * unit,
        power=power_of(FAULT * unit, HARMLESS * unit, found.error, found.freedom),
        says=says,
        next=None if passed else "Use fewer covariates or an estimator that can hold as many as there are.",
        bears_on="estimator works as stated",
        p=found.p,
    )


def power_of(shift: float, bound: float, error: float, freedom: int) -> float:
    """Return the chance of finding a shift beyond a bound, from the Monte-Carlo error of its mean."""
    if error <= 0:
        return 1.0
    return 1 - t_tail((shift - bound) / error - t_quantile(1 - LEVEL, freedom), freedom)


def widened(design: Design, draw: int, run: Run) -> Design:
    """Return the design with a covariate of standard normal numbers."""
    return design.with_column("chance", run.rng(NAME, draw).standard_normal(design.n))

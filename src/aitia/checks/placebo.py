"""Shuffle the treatment among the rows: an estimator that still finds an effect finds what is not there. [eggers2024]"""

from __future__ import annotations

import functools
from typing import Annotated

import numpy as np

from aitia.core.card import Card, Option
from aitia.core.design import Design
from aitia.core.estimate import Estimate
from aitia.core.finding import Finding
from aitia.core.run import Run
from aitia.core.shelf import checks
from aitia.core.show import number
from aitia.core.study import Study
from aitia.measures.tails import LEVEL, mean_test, t_power
from aitia.nuisance.least_squares import treatment_columns
from aitia.nuisance.refit import refits, reported

NAME = "placebo"
CARD = Card(
    says="Shuffles the treatment among the rows, where the effect must be zero.",
    gives="test",
    needed=True,
    uses=("estimation",),
    random=True,
    cost="rows",
    cites=("eggers2024",),
)


@checks.add(NAME, CARD)
def placebo(study: Study, design: Design, run: Run, *, draws: Annotated[int, Option("times the treatment is shuffled")] = 20) -> Finding:
    """Test whether the mean effect of shuffled treatments is zero; power is for a bias of one standard error of the effect.

    The reported effect is taken out of the outcome first: left in, it would be noise that hides a bias.
    """
    estimate = reported(study)
    name = design.query.treatment
    null = without_effect(design, estimate)
    effects = [e.value for e in refits(study, functools.partial(shuffled, null), max(draws, 3), run, NAME)]
    found = mean_test(effects)
    bias = estimate.se if estimate.se else float(np.std(effects, ddof=1))
    power = t_power(bias / found.error, found.freedom) if found.error > 0 else 1.0
    passed = found.p > LEVEL
    figures = f"{number(found.mean, 3)} on average over {len(effects)} shuffles (Monte-Carlo error {number(found.error, 2)})"
    farther = sum(abs(effect) < abs(estimate.value) for effect in effects)
    place = f"the reported effect, {number(estimate.value, 3)}, lies farther from zero than {farther} of the {len(effects)}"
    if passed:
        says = f"With {name} shuffled among the rows the effect is {figures}: zero within its error, as it should be; {place}."
    else:
        says = (
            f"With {name} shuffled among the rows there is nothing to find, yet the effect is {figures}: the estimator makes up an effect."
        )
    return Finding(
        check=NAME,
        passed=passed,
        value=found.mean,
        threshold=0.0,
        power=power,
        says=says,
        next=None if passed else "Use another estimator, or fewer covariates; do not trust the reported effect.",
        bears_on="estimator works as stated",
        p=found.p,
    )


def without_effect(design: Design, estimate: Estimate) -> Design:
    """Return the design with the reported effect of each contrast taken out of an outcome that is not binary."""
    columns, query = treatment_columns(design), design.query
    slopes = np.array([contrast.value for contrast in estimate.contrasts])
    if design.outcome_kind == "binary" or len(slopes) != columns.shape[1]:
        return design
    step = 1.0 if design.arms or query.arm is None else float(query.arm) - float(query.versus)
    return design.with_outcome(design.outcome - columns @ (slopes / step))


def shuffled(design: Design, draw: int, run: Run) -> Design:
    """Return the design with the treatment permuted across its rows."""
    return design.with_treatment(run.rng(NAME, draw).permutation(design.treatment))

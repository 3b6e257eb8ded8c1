"""Look for an effect on an outcome that the treatment cannot have moved: one that is found comes from elsewhere. [eggers2024]"""

from __future__ import annotations

import dataclasses
import functools
from typing import Annotated

import numpy as np

from aitia.core.card import Card, Option
from aitia.core.design import Design
from aitia.core.errors import BadOption
from aitia.core.estimate import Estimate
from aitia.core.finding import Finding
from aitia.core.run import Run
from aitia.core.shelf import checks
from aitia.core.show import number
from aitia.core.study import Study
from aitia.measures.tails import LEVEL, mean_test, normal_p, normal_power, t_power
from aitia.nuisance.design import build
from aitia.nuisance.refit import refit, refits, reported

NAME = "placebo-outcome"
CARD = Card(
    says="Estimates the effect on an outcome that the treatment cannot have moved, where it must be zero.",
    gives="test",
    uses=("estimation",),
    random=True,
    cost="rows",
    cites=("eggers2024",),
)
PlaceboOutcome = Annotated[str | None, Option("column that the treatment cannot have moved, such as an earlier measurement")]


@checks.add(NAME, CARD)
def placebo_outcome(
    study: Study,
    design: Design,
    run: Run,
    *,
    outcome: PlaceboOutcome = None,
    draws: Annotated[int, Option("times the outcome is shuffled when no column is named")] = 20,
) -> Finding:
    """Test for an effect on a named column, which leaves the covariates; without one, on the outcome shuffled among the rows."""
    if outcome is None:
        return on_shuffled(study, design, run, max(draws, 3))
    return on_named(study, design, run, outcome)


def on_named(study: Study, design: Design, run: Run, outcome: str) -> Finding:
    """Test the effect on a column that the treatment cannot have moved; power is for an effect as large as the reported one."""
    query = design.query
    if outcome in (query.treatment, query.outcome, *query.given):
        raise BadOption(f"{outcome} cannot be the placebo outcome.", why="It is part of the question.", next="Name another column.")
    other = earlier_design(study, design, run, outcome)
    found = refit(study, other, run)
    if found.se is None or not found.se > 0:
        return Finding(
            check=NAME,
            passed=None,
            value=found.value,
            says=f"The effect of {query.treatment} on {outcome} is {number(found.value, 3)}, but it has no standard error to judge it by.",
            next="Use an estimator that gives standard errors.",
            bears_on="no hidden common cause",
        )
    p = normal_p(found.value / found.se)
    passed = p > LEVEL
    return Finding(
        check=NAME,
        passed=passed,
        value=found.value,
        threshold=0.0,
        power=as_large(reported(study), design, other, found.se),
        says=named_says(query.treatment, outcome, found, passed=passed),
        next=None if passed else f"Look for what drives both {query.treatment} and {outcome}, and adjust for it.",
        bears_on="no hidden common cause",
        p=p,
    )


def named_says(treatment: str, outcome: str, found: Estimate, *, passed: bool) -> str:
    """Say which way the named placebo outcome went."""
    figures = f"{number(found.value, 3)} (standard error {number(found.se, 2)})"
    if passed:
        return f"{treatment} cannot have moved {outcome}, and its effect on {outcome} is {figures}: zero within its error, as it should be."
    return (
        f"{treatment} cannot have moved {outcome}, yet its effect on {outcome} is {figures}: "
        "the groups differed beforehand, so a hidden cause is at work."
    )


def earlier_design(study: Study, design: Design, run: Run, outcome: str) -> Design:
    """Build the design whose outcome is another column of the table, which no longer is a covariate."""
    table = run.table(study.request.fingerprint)
    table.column(outcome)
    query = dataclasses.replace(design.query, outcome=outcome)
    adjustment = tuple(name for name in design.adjustment if name != outcome)
    return build(table, query, adjustment, plan=study.request.plan, reading=study.request.reading).design


def as_large(estimate: Estimate, design: Design, other: Design, se: float) -> float:
    """Return the chance of finding an effect on the placebo outcome as large, in standard deviations, as the reported one."""
    effect = estimate.value / (float(np.std(design.outcome)) or 1.0) * float(np.std(other.outcome))
    return normal_power(abs(effect) / se)


def on_shuffled(study: Study, design: Design, run: Run, draws: int) -> Finding:
    """Test whether the mean effect on shuffled outcomes is zero; power is for a bias of one standard error of the effect."""
    estimate, query = reported(study), design.query
    effects = [e.value for e in refits(study, functools.partial(shuffled, design), draws, run, NAME)]
    found = mean_test(effects)
    bias = estimate.se if estimate.se else float(np.std(effects, ddof=1))
    passed = found.p > LEVEL
    figures = f"{number(found.mean, 3)} on average over {draws} shuffles (Monte-Carlo error {number(found.error, 2)})"
    if passed:
        says = f"With {query.outcome} shuffled among the rows the effect is {figures}: zero within its error, as it should be."
    else:
        says = f"With {query.outcome} shuffled among the rows the effect should be zero, yet it is {figures}: the estimator makes it up."
    return Finding(
        check=NAME,
        passed=passed,
        value=found.mean,
        threshold=0.0,
        power=t_power(bias / found.error, found.freedom) if found.error > 0 else 1.0,
        says=says,
        next=None if passed else "Use another estimator, or fewer covariates; do not trust the reported effect.",
        bears_on="estimator works as stated",
        p=found.p,
    )


def shuffled(design: Design, draw: int, run: Run) -> Design:
    """Return the design with the outcome permuted across its rows."""
    return design.with_outcome(run.rng(NAME, draw).permutation(design.outcome))

"""Ask whether every kind of row could have had either treatment, by what the weighted arms are worth. [kish1965]"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from aitia.core.card import Card, Option
from aitia.core.design import Design
from aitia.core.finding import Finding, Histogram
from aitia.core.run import Run
from aitia.core.shelf import checks
from aitia.core.show import number
from aitia.core.study import Study
from aitia.nuisance.least_squares import partialled_out, treatment_columns
from aitia.nuisance.propensity import propensities
from aitia.nuisance.weights import THINNEST_ARM, worth

NAME = "overlap"
CARD = Card(
    says="Asks whether every kind of row could have had either treatment.",
    gives="rule",
    needed=True,
    failing="weakens",
    random=True,
    cost="rows",
    cites=("kish1965",),
)
# With 2 % of curvature that the models of treatment and of outcome both miss, the coefficient of a numeric treatment is
# wrong by .02 / share standard units: by .1, half of a small effect, at a share of .2 (simulated, seeds 900 to 949: .102).
SMALLEST_SHARE = 0.2
BINS = 20


@checks.add(NAME, CARD)
def overlap(
    study: Study, design: Design, run: Run, *, learner: Annotated[str, Option("learner of the propensities")] = "linear"
) -> Finding:
    """Compare what the thinnest weighted arm is worth with the smaller arm's size; a rule, so a fault that is there always fails."""
    if not design.covariates.shape[1]:
        says = f"Nothing is adjusted for, so every row could have had either {design.query.treatment}."
        return Finding(check=NAME, passed=True, value=1.0, threshold=threshold(design), power=1.0, says=says, bears_on="overlap")
    return arms_overlap(design, run, learner) if design.arms else share_left(design)


def threshold(design: Design) -> float:
    """Return the limit that applies to the design's treatment."""
    return THINNEST_ARM if design.arms else SMALLEST_SHARE


def arms_overlap(design: Design, run: Run, learner: str) -> Finding:
    """Judge a treatment with arms by the effective number of rows of the thinnest arm under the estimand's weights."""
    chances = propensities(design, run, learner=learner)
    worths = [worth(design, chances, arm) for arm in range(1, len(design.arms))]
    value, thinnest, rows = min(worths)
    passed = value >= THINNEST_ARM
    count = number(value * smaller(design, worths), 3)
    figures = f"weighted to be comparable, the {rows} rows with {design.query.treatment} = {design.arms[thinnest]} count like {count}"
    if passed:
        says = f"Both treatments occur among every kind of row: {figures}, {number(100 * value, 3)} % of the smaller arm."
    else:
        says = f"Some kinds of rows hardly ever had the other treatment: {figures}, only {number(100 * value, 3)} % of the smaller arm."
    return Finding(
        check=NAME,
        passed=passed,
        value=value,
        threshold=THINNEST_ARM,
        power=1.0,
        says=says,
        next=None
        if passed
        else "Ask for the effect where both treatments occur (--effect ato), or leave out rows that could have had only one.",
        bears_on="overlap",
        picture=histogram(design, chances),
    )


def smaller(design: Design, worths: list[tuple[float, int, int]]) -> float:
    """Return the size of the smaller arm of the pair that `min(worths)` speaks of."""
    arm = 1 + worths.index(min(worths))
    return float(min((design.treatment == 0).sum(), (design.treatment == arm).sum()))


def histogram(design: Design, chances: np.ndarray) -> Histogram:
    """Count the propensity of the contrast's arm in each arm."""
    edges = np.linspace(0, 1, BINS + 1)
    counts = [np.histogram(chances[design.treatment == code, 1], bins=edges)[0] for code in range(len(design.arms))]
    return Histogram(
        quantity=f"chance of {design.query.treatment} = {design.arms[1]}",
        edges=tuple(edges.tolist()),
        arms=tuple(str(arm) for arm in design.arms),
        counts=tuple(tuple(float(c) for c in row) for row in counts),
    )


def share_left(design: Design) -> Finding:
    """Judge a numeric treatment by the share of its variance that the covariates leave."""
    column = treatment_columns(design)
    left, _ = partialled_out(design, column)
    weights = np.ones(design.n) if design.weights is None else design.weights
    centred = column[:, 0] - np.average(column[:, 0], weights=weights)
    value = float(weights @ left[:, 0] ** 2 / max(float(weights @ centred**2), 1e-300))
    passed = value >= SMALLEST_SHARE
    name = design.query.treatment
    figures = f"the covariates leave {number(100 * value, 3)} % of the variance of {name} to compare"
    if passed:
        says = f"Rows alike in the covariates differ enough in {name}: {figures}."
    else:
        says = f"Rows alike in the covariates hardly differ in {name}: {figures}, less than {100 * SMALLEST_SHARE:g} %."
    return Finding(
        check=NAME,
        passed=passed,
        value=value,
        threshold=SMALLEST_SHARE,
        power=1.0,
        says=says,
        next=None
        if passed
        else f"Leave out covariates that nearly determine {name}, if the graph allows it, or bring rows where it varies more.",
        bears_on="overlap",
    )

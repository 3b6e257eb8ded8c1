"""Say how strongly a hidden cause would have to move treatment and outcome to explain the effect away. [vanderweele2017]"""

from __future__ import annotations

import math

import numpy as np

from aitia.core.card import Card
from aitia.core.design import Design
from aitia.core.estimate import Estimate
from aitia.core.finding import Finding
from aitia.core.run import Run
from aitia.core.shelf import checks
from aitia.core.show import number
from aitia.core.study import Study
from aitia.nuisance.refit import reported

NAME = "e-value"
CARD = Card(
    says="Says how strong a hidden common cause would have to be, as a risk ratio, to explain the effect away.",
    kinds=frozenset({"continuous", "count", "binary", "ordinal"}),
    gives="bound",
    failing="informs",
    cites=("vanderweele2017",),
)
RATIOS = frozenset({"binary", "count"})
LOG_RATIO_OF_ONE_DEVIATION = 0.91


@checks.add(NAME, CARD)
def e_value(study: Study, design: Design, run: Run) -> Finding:
    """Return the E-value of the effect and of the limit of its interval nearest to no effect; it informs, it does not judge."""
    estimate = reported(study)
    step, per = step_of(design)
    value = bias_needed(risk_ratio(step * estimate.value, design))
    limit = 1.0 if nearest(estimate) == 0 else bias_needed(risk_ratio(step * nearest(estimate), design))
    treatment = design.query.treatment
    needs = f"a hidden cause would need a risk ratio of {number(value, 3)} with both {treatment} and {design.query.outcome}"
    if study.request.knowledge.randomised(treatment):
        says = f"{treatment} was assigned at random, so no hidden cause is expected; to explain the effect away {needs}."
    elif limit > 1:
        says = f"To explain the effect{per} away {needs}; {number(limit, 3)} would bring its interval to zero."
    else:
        says = f"To explain the effect{per} away {needs}; its interval includes zero as it is."
    return Finding(
        check=NAME,
        passed=None,
        value=value,
        says=says,
        next="Ask whether a cause left out of the graph could be this strong; smoking and lung cancer are at about 10.",
        bears_on="no hidden common cause",
    )


def step_of(design: Design) -> tuple[float, str]:
    """Return the change of treatment that the E-value speaks of, and its words: a numeric treatment's unit says nothing of strength."""
    if design.arms or design.query.arm is not None:
        return 1.0, ""
    return float(np.std(design.treatment)), f" of one standard deviation of {design.query.treatment}"


def nearest(estimate: Estimate) -> float:
    """Return the limit of the interval nearest to zero; zero when the interval includes it or there is none."""
    if estimate.low is None or estimate.high is None or estimate.low <= 0 <= estimate.high:
        return 0.0
    return min(estimate.low, estimate.high, key=abs)


def risk_ratio(effect: float, design: Design) -> float:
    """Return the effect as a risk ratio: of the arms' mean outcomes where they are shares or counts, else from standard deviations.

    The reference mean is the one that, with this effect for everyone, gives the mean outcome that was seen.
    """
    weights = np.ones(design.n) if design.weights is None else design.weights
    mean = float(np.average(design.outcome, weights=weights))
    share = float(np.average(design.treatment == 1, weights=weights)) if design.arms else 0.5
    reference = mean - share * effect
    if design.outcome_kind in RATIOS and reference > 0 and reference + effect > 0:
        return (reference + effect) / reference
    deviation = math.sqrt(float(np.average((design.outcome - mean) ** 2, weights=weights))) or 1.0
    return math.exp(min(LOG_RATIO_OF_ONE_DEVIATION * abs(effect) / deviation, 50.0))


def bias_needed(ratio: float) -> float:
    """Return the E-value of a risk ratio.

    >>> round(bias_needed(3.9), 2)
    7.26
    """
    above = max(ratio, 1 / ratio)
    return above + math.sqrt(above * (above - 1))

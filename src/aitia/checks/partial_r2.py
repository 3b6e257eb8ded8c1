"""Say how much a hidden cause would have to explain to overturn the effect, and compare with the measured covariates. [cinelli2020]"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from aitia.core.card import Card
from aitia.core.design import Design
from aitia.core.estimate import Estimate
from aitia.core.finding import Finding, Strength, Strengths
from aitia.core.run import Run
from aitia.core.shelf import checks
from aitia.core.show import number
from aitia.core.study import Study
from aitia.learners.solving import inverse_of
from aitia.measures.sensitivity import as_strong, bias, robustness_value
from aitia.measures.tails import t_quantile
from aitia.nuisance.least_squares import treatment_columns
from aitia.nuisance.refit import reported

NAME = "partial-r2"
CARD = Card(
    says="Says how much a hidden common cause would have to explain to overturn the effect, beside the strongest measured covariate.",
    gives="bound",
    needed=True,
    failing="weakens",
    cites=("cinelli2020",),
)


@dataclasses.dataclass(frozen=True)
class Adjusted:
    """Hold the effect that would be left with a hidden cause as strong as one measured covariate.

    `margin` is how far its interval stays on the effect's own side of zero.
    """

    name: str
    value: float
    low: float
    high: float
    margin: float


@checks.add(NAME, CARD)
def partial_r2(study: Study, design: Design, run: Run) -> Finding:
    """Bound what a hidden cause as strong as each measured covariate would do; the value is the robustness value.

    The bounds use the effect, its standard error and its degrees of freedom, as from a linear regression; for other
    estimators they are an approximation.
    """
    estimate = reported(study)
    if estimate.se is None or not estimate.se > 0:
        return cannot("The estimator gives no standard error, so no bound on a hidden cause can be computed.")
    pair = contrasted(design)
    degrees = pair.n - pair.covariates.shape[1] - 2
    if degrees < 3:
        return cannot(f"With {degrees} degrees of freedom no bound on a hidden cause can be computed.")
    strengths = sorted(benchmarks(pair), key=lambda strength: adjusted(estimate, degrees, strength).margin)
    picture = Strengths(value=estimate.value, se=estimate.se, degrees=degrees, benchmarks=tuple(strengths))
    value = robustness(estimate, degrees)
    left = [adjusted(estimate, degrees, strength) for strength in strengths]
    worst = min(left, key=lambda found: found.margin, default=None)
    passed, says, after = judge(study, design, estimate, value, robustness(estimate, degrees, to_limit=True), worst)
    return Finding(
        check=NAME, passed=passed, value=value, says=says, next=after, bears_on="no hidden common cause", picture=picture
    )  # fmt: skip


def cannot(says: str) -> Finding:
    """Return the finding that there is no bound, with the reason."""
    return Finding(
        check=NAME,
        passed=None,
        says=says,
        next="Use an estimator that gives standard errors, and more rows.",
        bears_on="no hidden common cause",
    )


def judge(
    study: Study, design: Design, estimate: Estimate, value: float, to_limit: float, worst: Adjusted | None
) -> tuple[bool | None, str, str | None]:
    """Return whether the effect stands, the sentence, and what to do next."""
    treatment, outcome = design.query.treatment, design.query.outcome
    both = f"both {treatment} and {outcome}"
    needs = f"a hidden cause would have to explain {percent(value)} of what is left of {both} to bring the effect to zero"
    if study.request.knowledge.randomised(treatment):
        return True, f"{treatment} was assigned at random, so it has no hidden cause; otherwise {needs}.", None
    if worst is None:
        after = f"Measure what else drives {both}, to see how strong such causes are."
        return False, f"A{needs[1:]}; nothing is held fixed, so no measured covariate shows how strong such a cause may be.", after
    if estimate.low is None or estimate.high is None or estimate.low <= 0 <= estimate.high:
        after = "Bring more rows: nothing is there yet that a hidden cause could explain away."
        return None, f"The reported interval includes zero as it is; {needs}.", after
    needs = f"A{needs[1:]}, and {percent(to_limit)} to bring its interval there"
    figures = (
        f"{number(worst.value, 3)} ({number(worst.low, 3)} to {number(worst.high, 3)})" if worst.low < worst.high else "nothing certain"
    )
    needs = f"{needs}; one as strong as {worst.name}, the strongest measured covariate, would leave {figures}"
    if worst.margin > 0:
        return True, f"{needs}, still clear of zero.", None
    after = f"Measure what else drives {both}, or report that a cause as strong as {worst.name} would overturn the effect."
    return False, f"{needs}, so the effect could be zero.", after


def percent(share: float) -> str:
    """Write a share in percent."""
    return f"{number(100 * share, 3)} %"


def robustness(estimate: Estimate, degrees: int, *, to_limit: bool = False) -> float:
    """Return the share of both residual variances that brings the effect, or its interval, to zero (the robustness value)."""
    f = abs(estimate.value) / (estimate.se or 1.0) / math.sqrt(degrees)
    critical = t_quantile(0.5 + estimate.level / 2, degrees - 1) / math.sqrt(degrees - 1) if to_limit else 0.0
    return robustness_value(f, critical)


def adjusted(estimate: Estimate, degrees: int, strength: Strength) -> Adjusted:
    """Return the effect and interval left by a hidden cause as strong as a measured covariate, moving the effect towards zero."""
    se = estimate.se or 0.0
    with_treatment, with_outcome = as_strong(strength)
    if with_treatment >= 1:
        return Adjusted(strength.name, 0.0, -math.inf, math.inf, -math.inf)
    error = se * math.sqrt((1 - with_outcome) / (1 - with_treatment) * degrees / (degrees - 1))
    value = estimate.value - math.copysign(bias(se, degrees, with_treatment, with_outcome), estimate.value)
    reach = t_quantile(0.5 + estimate.level / 2, degrees - 1) * error
    return Adjusted(strength.name, value, value - reach, value + reach, math.copysign(1, estimate.value) * value - reach)


def contrasted(design: Design) -> Design:
    """Return the design of the two arms that the effect compares."""
    return design.with_rows(design.treatment <= 1) if len(design.arms) > 2 else design


def benchmarks(design: Design) -> tuple[Strength, ...]:
    """Return for each table column among the covariates its partial R² with treatment and outcome, given all the others."""
    p = design.covariates.shape[1]
    treatment = treatment_columns(design)[:, :1]
    columns = np.column_stack([design.covariates, standardised(treatment), standardised(design.outcome[:, None])])
    weights = np.ones(design.n) if design.weights is None else design.weights
    full = np.column_stack([np.ones(design.n), columns])
    cross = full.T @ (full * weights[:, None])
    found = []
    for source in dict.fromkeys(design.sources):
        others = [0, *(i + 1 for i in range(p) if design.sources[i] != source)]
        own = [i + 1 for i in range(p) if design.sources[i] == source]
        found.append(
            Strength(
                name=source,
                with_treatment=partial(cross, p + 1, others, own),
                with_outcome=partial(cross, p + 2, [*others, p + 1], own),
            )
        )
    return tuple(found)


def standardised(column: np.ndarray) -> np.ndarray:
    """Return a column centred and scaled, so that cross products lose no digits."""
    return np.asarray((column - column.mean()) / (column.std() or 1.0))


def partial(cross: np.ndarray, target: int, others: list[int], own: list[int]) -> float:
    """Return the partial R² of columns `own` with a target given others, from cross products."""
    without, with_own = unexplained(cross, target, others), unexplained(cross, target, [*others, *own])
    return min(1.0, max(0.0, 1 - with_own / without)) if without > 1e-12 * cross[target, target] else 0.0


def unexplained(cross: np.ndarray, target: int, given: list[int]) -> float:
    """Return the residual sum of squares of a target on given columns, from cross products."""
    side = cross[given, target]
    return float(cross[target, target] - side @ inverse_of(cross[np.ix_(given, given)])[0] @ side)

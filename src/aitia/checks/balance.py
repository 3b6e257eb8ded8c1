"""Compare the covariates between arms before and after weighting. [austin2011]"""

from __future__ import annotations

import dataclasses
from typing import Annotated

import numpy as np

from aitia.core.card import Card, Option
from aitia.core.design import Design
from aitia.core.finding import Balance, Finding
from aitia.core.run import Run
from aitia.core.shelf import checks
from aitia.core.show import number
from aitia.core.study import Study
from aitia.measures.tails import LEVEL, beyond, normal_p, normal_quantile
from aitia.nuisance.propensity import propensities
from aitia.nuisance.weights import arm_weights

NAME = "balance"
CARD = Card(
    says="Compares the covariates between arms before and after weighting.",
    treatments=frozenset({"binary", "categorical"}),
    gives="test",
    failing="weakens",
    random=True,
    cost="rows",
    cites=("austin2011", "holm1979"),
)
TOLERATED = 0.1  # standard deviations
FAULT = 0.2


@dataclasses.dataclass(frozen=True)
class Differences:
    """Hold standardised mean differences (k,) before and after weighting, and the errors (k,) of the latter."""

    before: np.ndarray
    after: np.ndarray
    errors: np.ndarray


@checks.add(NAME, CARD)
def balance(
    study: Study, design: Design, run: Run, *, learner: Annotated[str, Option("learner of the propensities")] = "linear"
) -> Finding:
    """Fail when a covariate (or square) differs by more than .1 standard deviations beyond chance; power is for one that differs by .2."""
    if not design.covariates.shape[1]:
        return Finding(check=NAME, passed=None, says="There are no covariates to balance.", bears_on="estimator works as stated")
    names, quantities = quantities_of(design)
    chances = propensities(design, run, learner=learner)
    pairs = [differences(design, chances, quantities, arm) for arm in range(1, len(design.arms))]
    found = worst_of(pairs)
    count = len(names) * len(pairs)
    ps = np.array([min(1.0, count * normal_p(z)) for z in found.after / found.errors])
    beyond_tolerance = np.abs(found.after) > TOLERATED
    p = float(ps[beyond_tolerance].min(initial=1.0))
    passed = p > LEVEL
    error = float(found.errors.max())
    return Finding(
        check=NAME,
        passed=passed,
        value=float(np.abs(found.after).max()),
        threshold=TOLERATED,
        power=beyond(FAULT / error, max(TOLERATED / error, normal_quantile(1 - LEVEL / (2 * count)))),
        says=sentence(names, found, np.flatnonzero(beyond_tolerance & (ps <= LEVEL))),
        next=None
        if passed
        else "Let the propensities bend (--learner boosting), or add squares and products of these covariates (--terms).",
        bears_on="estimator works as stated",
        p=p,
        picture=Balance(names=names, before=tuple(found.before.tolist()), after=tuple(found.after.tolist())),
    )


def quantities_of(design: Design) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the covariates and the squares of those with more than two values, with their names."""
    x = design.covariates
    bends = ((x > x.min(axis=0)) & (x < x.max(axis=0))).any(axis=0)
    # A covariate that enters with more than one column already has its own bends among them.
    bends &= np.array([design.sources.count(source) == 1 for source in design.sources], dtype=bool)
    squares = tuple(f"{name}²" for name, bent in zip(design.names, bends, strict=True) if bent)
    return (*design.names, *squares), np.column_stack([x, x[:, bends] ** 2])


def differences(design: Design, chances: np.ndarray, quantities: np.ndarray, arm: int) -> Differences:
    """Compare one arm with the reference, in standard deviations pooled over the two before weighting."""
    weights = arm_weights(design, chances, design.query.effect, arm)
    sampling = np.ones(design.n) if design.weights is None else design.weights
    plain = [moments(quantities, sampling, design.treatment == code, design.clusters) for code in (arm, 0)]
    weighted = [moments(quantities, weights, design.treatment == code, design.clusters) for code in (arm, 0)]
    pooled = np.sqrt((plain[0][1] + plain[1][1]) / 2)
    scale = np.where(pooled > 0, pooled, 1.0)
    errors = np.sqrt(weighted[0][2] + weighted[1][2]) / scale
    return Differences(
        before=(plain[0][0] - plain[1][0]) / scale,
        after=(weighted[0][0] - weighted[1][0]) / scale,
        errors=np.maximum(errors, 1e-12),
    )


def moments(
    quantities: np.ndarray, weights: np.ndarray, rows: np.ndarray, clusters: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return weighted mean (k,), variance (k,) and squared error of the mean (k,) over some rows, summed by cluster."""
    inside, shares = quantities[rows], weights[rows] / weights[rows].sum()
    mean = shares @ inside
    errors = inside - mean
    influence = shares[:, None] * errors
    if clusters is not None:
        _, place = np.unique(clusters[rows], return_inverse=True)
        influence = np.column_stack([np.bincount(place, weights=column) for column in influence.T])
    return mean, shares @ errors**2, (influence**2).sum(axis=0)


def worst_of(pairs: list[Differences]) -> Differences:
    """Return for each quantity the pair of arms that differs most after weighting."""
    if len(pairs) == 1:
        return pairs[0]
    pick = np.abs([pair.after for pair in pairs]).argmax(axis=0)
    columns = np.arange(len(pick))
    return Differences(*(np.array([getattr(pair, field) for pair in pairs])[pick, columns] for field in ("before", "after", "errors")))


def sentence(names: tuple[str, ...], found: Differences, failed: np.ndarray) -> str:
    """Say which way it went, with the largest difference."""
    at = int(np.abs(found.after).argmax()) if not len(failed) else int(failed[np.abs(found.after[failed]).argmax()])
    size = number(abs(float(found.after[at])), 2)
    before = number(float(np.abs(found.before).max()), 2)
    if not len(failed):
        return (
            f"After weighting the arms are alike in the covariates: the largest difference, in {names[at]}, is {size} standard deviations, "
            f"within {TOLERATED} or within chance (before weighting: up to {before})."
        )
    more = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
    return (
        f"After weighting the arms still differ in {names[at]}{more}: by {size} standard deviations, "
        f"more than {TOLERATED} and more than chance explains."
    )

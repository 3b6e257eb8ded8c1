"""Turn scores, or fitted effects and their covariance, into an Estimate; ask the card first whether the design fits."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from aitia.core.card import Card
from aitia.core.design import Design
from aitia.core.errors import CannotEstimate
from aitia.core.estimate import Contrast, Estimate
from aitia.core.query import EFFECT_SAYS
from aitia.nuisance.scores import Score

LEVEL = 0.95
MORE, SAME = "one unit more", "as it was"


@dataclasses.dataclass(frozen=True, slots=True)
class Effects:
    """Hold one effect per contrast (k,), their covariance (k, k), and the degrees of freedom of t."""

    values: np.ndarray
    covariance: np.ndarray
    degrees: int

    @property
    def errors(self) -> np.ndarray:
        """The standard errors (k,)."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))


def require(card: Card, design: Design) -> None:
    """Raise `CannotEstimate` when a method does not take such a design."""
    query = design.query
    reasons = [
        (query.effect in card.effects, f"It does not give the {EFFECT_SAYS[query.effect]}."),
        (design.outcome_kind in card.kinds, f"It does not take an outcome that is {design.outcome_kind}."),
        (design.treatment_kind in card.treatments, f"It does not take a treatment that is {design.treatment_kind}."),
        (design.errors in card.errors or design.errors != "classical", "It has no classical standard errors."),
        (design.errors != "cluster" or design.clusters is not None, "The design names no clusters."),
    ]
    for fits, why in reasons:
        if not fits:
            raise CannotEstimate("This method does not fit the question.", why=why, next="Let the planner choose: --method auto.")


def averaged(design: Design, scores: Sequence[Score]) -> Effects:
    """Return the effect of each score with the covariance of their influence functions, summed by cluster if asked for."""
    weights = np.ones(design.n) if design.weights is None else design.weights
    sizes = np.array([weights @ s.denominator for s in scores])
    if (sizes <= 0).any():
        raise CannotEstimate("Nobody belongs to the population of this effect.", next="Ask for another effect.")
    values = np.array([weights @ s.numerator for s in scores]) / sizes
    influence = np.column_stack(
        [weights * (s.numerator - value * s.denominator) / size for s, value, size in zip(scores, values, sizes, strict=True)]
    )
    sums = cluster_sums(design, influence) if design.errors == "cluster" else influence
    count = len(sums)
    return Effects(values, sums.T @ sums * (count / (count - 1)), count - 1)


def cluster_sums(design: Design, influence: np.ndarray) -> np.ndarray:
    """Return the sums (clusters, k) of influences (n, k) in each cluster; raises `CannotEstimate` below two clusters."""
    if design.clusters is None:
        raise CannotEstimate("The design names no clusters.", next="Name the column of clusters with --cluster.")
    _, place = np.unique(design.clusters, return_inverse=True)
    groups = int(place.max()) + 1
    if groups < 2:
        raise CannotEstimate("All rows lie in one cluster.", why="Clustered errors need at least two.", next="Use --errors hc1.")
    return np.column_stack([np.bincount(place, weights=column, minlength=groups) for column in influence.T])


def estimate_of(design: Design, effects: Effects, *, method: str, errors: str, effective_n: float, notes: tuple[str, ...] = ()) -> Estimate:
    """Return the estimate: one contrast per arm against the reference, or one for the change of a numeric treatment."""
    from scipy.special import stdtrit

    query = design.query
    pairs = [(arm, design.arms[0]) for arm in design.arms[1:]]
    step = 1.0
    if not design.arms and query.arm is not None:
        pairs, step = [(query.arm, query.versus)], float(query.arm) - float(query.versus)
    reach = float(stdtrit(effects.degrees, 0.5 + LEVEL / 2))
    found = []
    for (arm, versus), value, se in zip(pairs or [(MORE, SAME)], effects.values * step, effects.errors * abs(step), strict=True):
        low, high = float(value - reach * se), float(value + reach * se)
        found.append(Contrast(arm=arm, versus=versus, value=float(value), se=float(se), low=low, high=high))
    return Estimate(
        value=found[0].value,
        se=found[0].se,
        low=found[0].low,
        high=found[0].high,
        level=LEVEL,
        contrasts=tuple(found),
        n=design.n,
        effective_n=effective_n,
        units=design.units,
        method=method,
        errors=errors,
        query=query,
        population=population(design),
        adjustment=design.adjustment,
        notes=notes,
    )


def population(design: Design) -> str:
    """Say in words over whom the effect is averaged."""
    query = design.query
    arm = f" ({query.treatment} = {query.arm})" if design.arms else ""
    versus = f" ({query.treatment} = {query.versus})" if design.arms else ""
    words = {"att": f"the treated{arm}", "atc": f"the untreated{versus}", "ato": "those who could get either"}
    return words.get(query.effect, "everyone")

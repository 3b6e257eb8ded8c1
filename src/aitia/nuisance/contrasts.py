"""Turn fitted effects and their covariance into an Estimate, after asking the card whether the design fits."""

from __future__ import annotations

import dataclasses

import numpy as np

from aitia.core.card import Card
from aitia.core.design import Design
from aitia.core.errors import CannotEstimate
from aitia.core.estimate import Contrast, Estimate
from aitia.core.query import EFFECT_SAYS

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

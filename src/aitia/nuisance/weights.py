"""Weigh rows so that two arms have like covariates in the population an effect speaks of. [li2018]"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from aitia.core.design import Design
from aitia.core.errors import CannotEstimate
from aitia.core.query import EFFECT_SAYS, EffectKind

SMALLEST = 1e-12
LEAST_COUNTED = 0.005  # a propensity below it counts as this much, so that one row cannot settle how an arm is judged


THINNEST_ARM = 0.4  # of the smaller arm's size; below it the arms hardly overlap


@dataclasses.dataclass(frozen=True, slots=True)
class Population:
    """Say whom an effect averages over.

    `tilt` (n,) of the propensities of arm and reference is the density's factor h(x); `share` gives each row's
    contribution to the population's size, with mean E[h], in a form whose error in the propensities is second order.
    `divides` says whether weights divide by the propensity of the arm and of the reference. `learned` says that the
    propensities define the population itself, so that none but their true model finds it.
    """

    tilt: Callable[[np.ndarray, np.ndarray], np.ndarray]
    share: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]
    divides: tuple[bool, bool]
    learned: bool = False


def _overlap_tilt(arm: np.ndarray, reference: np.ndarray) -> np.ndarray:
    return arm * reference / (arm + reference)


def _overlap_share(treated: np.ndarray, untreated: np.ndarray, arm: np.ndarray, reference: np.ndarray) -> np.ndarray:
    # With e = arm / (arm + reference) among the pair: e(1 - e) + (1 - 2e)(A - e), the orthogonal form of the overlap tilt.
    e = arm / (arm + reference)
    return treated * (1 - e) ** 2 + untreated * e**2


POPULATIONS: dict[EffectKind, Population] = {
    "ate": Population(lambda arm, reference: np.ones_like(arm), lambda treated, untreated, arm, reference: np.ones_like(arm), (True, True)),
    "att": Population(lambda arm, reference: arm, lambda treated, untreated, arm, reference: treated, (False, True)),
    "atc": Population(lambda arm, reference: reference, lambda treated, untreated, arm, reference: untreated, (True, False)),
    "ato": Population(_overlap_tilt, _overlap_share, (False, False), learned=True),
}


def population_of(effect: EffectKind) -> Population:
    """Return the population of an effect; raises `CannotEstimate` for effects that are no weighted average over rows."""
    if effect not in POPULATIONS:
        raise CannotEstimate(f"No weights give the {EFFECT_SAYS[effect]}.", why=f"Weights give: {', '.join(POPULATIONS)}.")
    return POPULATIONS[effect]


def trimmed(propensities: np.ndarray, effect: EffectKind, least: float) -> np.ndarray:
    """Return the propensities (n, arms) with those that weights divide by raised to `least`; the others stay as they are."""
    arm, reference = population_of(effect).divides
    floors = np.full(propensities.shape[1], least if arm else SMALLEST)
    floors[0] = least if reference else SMALLEST
    return np.maximum(propensities, floors)


def balancing(design: Design, propensities: np.ndarray, effect: EffectKind, arm: int = 1) -> np.ndarray:
    """Return h(x) / e(x) of each row's own arm (n,), zero outside `arm` and the reference, sampling weights left out."""
    chance, reference = np.maximum(propensities[:, arm], SMALLEST), np.maximum(propensities[:, 0], SMALLEST)
    treated, untreated = design.treatment == arm, design.treatment == 0
    own = np.where(treated, chance, reference)
    return np.where(treated | untreated, population_of(effect).tilt(chance, reference) / own, 0.0)


def arm_weights(design: Design, propensities: np.ndarray, effect: EffectKind, arm: int = 1) -> np.ndarray:
    """Return the weight (n,) of each row of `arm` and of the reference for an effect, zero for rows of other arms.

    `propensities` (n, arms) as from `propensities`; ate, att, atc and ato have weights. Sampling weights multiply them.
    """
    found = balancing(design, propensities, effect, arm)
    return found if design.weights is None else found * design.weights


def effective_n(weights: np.ndarray) -> float:
    """Return (Σw)² / Σw²: the size of the equally weighted sample that is as informative. [kish1965]

    >>> effective_n(np.array([1.0, 1.0, 0.0]))
    2.0
    """
    squares = float(weights @ weights)
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0


def worth(design: Design, chances: np.ndarray, arm: int) -> tuple[float, int, int]:
    """Return for an arm and the reference: the share of the smaller's size that the thinner is worth, which it is, and its rows.

    An arm is worth the fewer of two counts: the effective number of its weighted rows, and the number to be expected from
    the propensities of everyone. Only the latter sees rows that have no like in the arm, since those carry no weight there.
    """
    weights = arm_weights(design, chances, design.query.effect, arm)
    sizes = {code: int((design.treatment == code).sum()) for code in (0, arm)}
    values = {code: min(effective_n(weights[design.treatment == code]), expected_n(design, chances, arm, code)) for code in sizes}
    thin = min(values, key=lambda code: values[code])
    sampled = np.ones(design.n) if design.weights is None else design.weights
    smaller = min(effective_n(sampled[design.treatment == code]) for code in sizes)  # what sampling alone leaves
    return min(1.0, values[thin] / smaller), thin, sizes[thin]


def expected_n(design: Design, chances: np.ndarray, arm: int, code: int) -> float:
    """Return (Σh)² / Σh² / e over everyone: the effective number of rows of arm `code` that the propensities lead one to expect."""
    smallest = np.maximum(chances, SMALLEST)
    tilt = population_of(design.query.effect).tilt(smallest[:, arm], smallest[:, 0])
    tilt = tilt if design.weights is None else tilt * design.weights
    return float(tilt.sum()) ** 2 / float(np.sum(tilt**2 / np.maximum(chances[:, code], LEAST_COUNTED)))

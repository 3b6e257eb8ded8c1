"""Make orthogonal scores of average effects: errors in the nuisance functions enter them only as products. [chernozhukov2018]"""

from __future__ import annotations

import dataclasses

import numpy as np

from aitia.core.design import Design
from aitia.nuisance.weights import balancing, population_of


@dataclasses.dataclass(frozen=True, slots=True)
class Score:
    """Hold numerators and denominators (n,): the effect is the ratio of their (weighted) sums."""

    numerator: np.ndarray
    denominator: np.ndarray


def score(design: Design, means: np.ndarray, propensities: np.ndarray, arm: int = 1) -> Score:
    """Return the score of the design's effect, of `arm` against the reference.

    `means` and `propensities` (n, arms) are E[outcome | arm, x] and P[arm | x]. For each of ate, att, atc and ato the
    numerator is share · (μ_arm - μ_reference) ± h/e · (outcome - μ of the own arm): the derivative of the share in the
    propensity is what makes the overlap effect's score orthogonal.
    """
    effect = design.query.effect
    treated, untreated = (design.treatment == arm).astype(float), (design.treatment == 0).astype(float)
    share = population_of(effect).share(treated, untreated, propensities[:, arm], propensities[:, 0])
    own = np.where(treated > 0, means[:, arm], means[:, 0])
    residual = (treated - untreated) * (design.outcome - own)
    return Score(share * (means[:, arm] - means[:, 0]) + balancing(design, propensities, effect, arm) * residual, share)

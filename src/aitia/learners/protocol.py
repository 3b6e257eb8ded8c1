"""Say what every learner is: a fit that gives a prediction, and perhaps a faster way out of fold."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Literal, Protocol

import numpy as np

Task = Literal["mean", "probability"]
Predict = Callable[[np.ndarray], np.ndarray]


class Fit(Protocol):
    """Fit features (n, p) to a target (n,): numbers for a mean, codes 0, 1, … for probabilities."""

    def __call__(self, features: np.ndarray, target: np.ndarray, weights: np.ndarray | None = None, /) -> Predict:
        """Return the function that predicts (m,) means or (m, classes) probabilities at features (m, p)."""


class OutOfFold(Protocol):
    """Predict every row by fits that did not see its fold."""

    def __call__(
        self,
        features: np.ndarray,
        target: np.ndarray,
        fold: np.ndarray,
        weights: np.ndarray | None = None,
        rows: np.ndarray | None = None,
        /,
    ) -> np.ndarray:
        """Return predictions (n,) or (n, classes); only `rows` (n,) are fitted, every row is predicted."""


@dataclasses.dataclass(frozen=True, slots=True)
class Learner:
    """Hold a learner: how it fits, where there is one its faster way to predict out of fold, and its least rows per column."""

    fit: Fit
    out_of_fold: OutOfFold | None = None
    rows_per_column: float = 0.0

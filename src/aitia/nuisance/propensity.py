"""Learn each row's chance of each arm from its covariates, without the row itself. [rosenbaum1983]"""

from __future__ import annotations

import numpy as np

from aitia.core.design import Design
from aitia.core.errors import BadOption, CannotEstimate
from aitia.core.run import Run
from aitia.learners.cross_fitting import cross_fit, folds_of
from aitia.learners.named import learner as named


def fold_numbers(design: Design, run: Run, count: int) -> np.ndarray:
    """Return the fold (n,) of each row, balanced in every arm, clusters kept whole.

    No more folds than the smallest arm has rows; one fold, so that every fit sees every row, where there are no covariates.
    """
    if count < 1:
        raise BadOption(f"There cannot be {count} folds.", next="Give 1 (no cross-fitting) or more; 5 is usual.")
    parts = np.bincount(design.treatment.astype(int), minlength=len(design.arms)) if design.arms else np.array([design.n])
    if design.clusters is not None:
        parts = np.append(parts, len(np.unique(design.clusters)))
    count = min(count, int(parts.min()))
    if count < 2 or design.covariates.shape[1] == 0:
        return np.zeros(design.n, dtype=np.int64)
    return folds_of(design.keys, seed_of(run, "folds"), count, design.treatment if design.arms else None, design.clusters)


def propensities(design: Design, run: Run, *, learner: str = "linear", folds: int = 5) -> np.ndarray:
    """Return P[arm | covariates] (n, arms), cross-fitted; `folds=1` fits in sample, no covariates give the arms' shares."""
    return propensities_in(design, run, learner, fold_numbers(design, run, folds))


def propensities_in(design: Design, run: Run, learner: str, fold: np.ndarray) -> np.ndarray:
    """Return P[arm | covariates] (n, arms) with the folds (n,) given."""
    if not design.arms:
        raise CannotEstimate(f"{design.query.treatment} has no arms.", why=f"It is {design.treatment_kind}.")
    codes = design.treatment.astype(int)
    if np.bincount(codes, minlength=len(design.arms)).min() == 0:
        raise CannotEstimate(f"An arm of {design.query.treatment} has no rows.", next="Bring more rows, or merge arms.")
    if design.covariates.shape[1] == 0:
        shares = np.bincount(codes, weights=design.weights, minlength=len(design.arms))
        return np.tile(shares / shares.sum(), (design.n, 1))
    return cross_fit(named(learner, "probability", seed_of(run, "propensity")), design.covariates, codes, fold, design.weights)


def arm_means(design: Design, run: Run, learner: str, fold: np.ndarray) -> np.ndarray:
    """Return E[outcome | arm, covariates] (n, arms), one fit per arm, with the folds (n,) given.

    Raises `CannotEstimate` when an arm has too few rows for the learner to fit that many columns.
    """
    fits = named(learner, "mean", seed_of(run, "outcome"))
    columns = design.covariates.shape[1] + 1
    counts = np.bincount(design.treatment.astype(int), minlength=len(design.arms))
    if columns > 1 and counts.min() < fits.rows_per_column * columns:
        raise CannotEstimate(
            f"{design.query.treatment} = {design.arms[int(counts.argmin())]} has {counts.min()} rows for {columns} coefficients.",
            why=f"Its own outcome model needs {fits.rows_per_column:g} rows for each.",
            next="Adjust for fewer columns, or use a method that fits all arms together: --method regression.",
        )
    columns = [
        cross_fit(fits, design.covariates, design.outcome, fold, design.weights, design.treatment == arm) for arm in range(len(design.arms))
    ]
    return np.column_stack(columns)


def seed_of(run: Run, name: str) -> int:
    """Return a whole number from the run's chance."""
    return int(run.rng(name).integers(2**31))

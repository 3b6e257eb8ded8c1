"""Estimate an effect by cross-fitted augmented inverse propensity weighting. [robins1994, chernozhukov2018]"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from aitia.core.card import Card, Option
from aitia.core.design import Design
from aitia.core.errors import BadOption
from aitia.core.estimate import Estimate
from aitia.core.run import Run
from aitia.core.shelf import estimation
from aitia.nuisance.contrasts import averaged, estimate_of, require
from aitia.nuisance.propensity import arm_means, fold_numbers, propensities_in
from aitia.nuisance.scores import score
from aitia.nuisance.weights import arm_weights, effective_n, population_of, trimmed

ROWS_PER_COLUMN = 5

CARD = Card(
    says="Joins a model of the outcome with one of the treatment; right when either is, and each row is predicted without itself.",
    kinds=frozenset({"continuous", "count", "binary"}),
    treatments=frozenset({"binary", "categorical"}),
    assumes=frozenset({"overlap", "outcome or treatment model right"}),
    answers=frozenset({"backdoor"}),
    effects=frozenset({"ate", "att", "atc", "ato"}),
    needs=frozenset({"rows"}),
    interval="standard-error",
    errors=frozenset({"influence function", "cluster"}),
    random=True,
    minimum_n=50,
    cost="rows",
    cites=("robins1994", "chernozhukov2018", "li2018"),
)


@estimation.add("aipw", CARD)
def aipw(
    design: Design,
    run: Run,
    *,
    learner: Annotated[str, Option("learner of the nuisance functions")] = "linear",
    folds: Annotated[int, Option("folds of cross-fitting")] = 5,
    trim: Annotated[float, Option("smallest propensity used")] = 0.005,
    treatment_learner: Annotated[str | None, Option("learner of the propensities, where not the same")] = None,
) -> Estimate:
    """Return the effect of each arm against the reference, averaged over the population asked for."""
    require(CARD, design)
    if not 0 < trim < 0.5:
        raise BadOption(f"aipw.trim does not take {trim!r}.", why="It is a probability above 0 and below .5.")
    fold = fold_numbers(design, run, folds)
    chances = propensities_in(design, run, treatment_learner or learner, fold)
    used = trimmed(chances, design.query.effect, trim)
    means = arm_means(design, run, learner, fold)
    effects = averaged(design, [score(design, means, used, arm) for arm in range(1, len(design.arms))])
    worth = effective_n(arm_weights(design, used, design.query.effect))
    errors = "cluster" if design.errors == "cluster" else "influence function"
    said = (*raised(design, chances, used, trim), *fewer_folds(design, fold, folds), *thin_arms(design), *learned_population(design))
    return estimate_of(design, effects, method="aipw", errors=errors, effective_n=worth, notes=said)


def raised(design: Design, chances: np.ndarray, used: np.ndarray, trim: float) -> tuple[str, ...]:
    """Say how many rows are weighted by a raised propensity of their own arm."""
    rows, own = np.arange(design.n), design.treatment.astype(int)
    low = int(((chances[rows, own] < trim) & (used[rows, own] >= trim)).sum())
    return (f"{low} of {design.n} rows had a propensity of their own arm below {trim:g}, which was used instead.",) if low else ()


def fewer_folds(design: Design, fold: np.ndarray, folds: int) -> tuple[str, ...]:
    """Say that there were fewer folds than asked for."""
    used = int(fold.max()) + 1
    words = f"{used} fold{'s' if used > 1 else ''} instead of {folds}"
    return (f"{words}: an arm has too few rows.",) if used != folds and design.covariates.shape[1] else ()


def thin_arms(design: Design) -> tuple[str, ...]:
    """Say which arms have few rows for the columns that each arm's own outcome model fits."""
    columns = design.covariates.shape[1] + 1
    counts = np.bincount(design.treatment.astype(int), minlength=len(design.arms))
    return tuple(
        f"{design.query.treatment} = {arm} has {count} rows for {columns} coefficients of its outcome model: expect a wide interval."
        for arm, count in zip(design.arms, counts, strict=True)
        if count < ROWS_PER_COLUMN * columns and columns > 1
    )


def learned_population(design: Design) -> tuple[str, ...]:
    """Say that the population is the one the learned propensities define."""
    found = "The population is the one that the learned propensities define; a wrong model of the treatment changes it."
    return (found,) if population_of(design.query.effect).learned else ()

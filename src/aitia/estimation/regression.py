"""Estimate an effect by least squares of the outcome on treatment and covariates. [angrist2009]"""

from __future__ import annotations

import numpy as np

from aitia.core.card import Card
from aitia.core.design import Design
from aitia.core.estimate import Estimate
from aitia.core.run import Run
from aitia.core.shelf import estimation
from aitia.nuisance.contrasts import estimate_of, require
from aitia.nuisance.least_squares import least_squares
from aitia.nuisance.weights import effective_n

CARD = Card(
    says="Fits the outcome as a straight line in treatment and covariates; one effect for everyone.",
    kinds=frozenset({"continuous", "count", "binary"}),
    treatments=frozenset({"binary", "categorical", "continuous", "count", "ordinal"}),
    assumes=frozenset({"outcome model", "same effect for everyone"}),
    answers=frozenset({"backdoor"}),
    effects=frozenset({"ate", "att", "atc", "ato"}),
    needs=frozenset({"rows"}),
    interval="standard-error",
    errors=frozenset({"hc1", "classical", "cluster"}),
    takes_terms=True,
    cost="moments",
    cites=("angrist2009", "mackinnon1985"),
)


@estimation.add("regression", CARD)
def regression(design: Design, run: Run) -> Estimate:
    """Return the treatment's coefficient; of several arms, one against the reference each."""
    require(CARD, design)
    worth = float(design.n) if design.weights is None else effective_n(np.asarray(design.weights))
    return estimate_of(design, least_squares(design), method="regression", errors=design.errors, effective_n=worth)

"""Estimate in disjoint random parts: they must differ by no more than their standard errors say. [cochran1954]"""

from __future__ import annotations

import functools
from typing import Annotated

import numpy as np

from aitia.core.card import Card, Option
from aitia.core.design import Design
from aitia.core.estimate import Estimate
from aitia.core.finding import Finding
from aitia.core.run import Run
from aitia.core.shelf import checks
from aitia.core.show import number
from aitia.core.study import Study
from aitia.measures.tails import LEVEL, chi_square_quantile, chi_square_tail
from aitia.nuisance.refit import refits

NAME = "subset"
CARD = Card(
    says="Estimates in disjoint random parts of the rows, which must agree within their standard errors.",
    gives="test",
    uses=("estimation",),
    random=True,
    cost="rows",
    cites=("cochran1954",),
)
FEWEST_ROWS, FEWEST_IN_ARM, FEWEST_CLUSTERS, ROWS_PER_COLUMN = 100, 25, 30, 10


@checks.add(NAME, CARD)
def subset(
    study: Study, design: Design, run: Run, *, parts: Annotated[int, Option("disjoint parts the rows are dealt into")] = 5
) -> Finding:
    """Test by Cochran's Q whether the parts agree; power is for standard errors half as large as they should be."""
    dealt = deal(design, max(parts, 2), run)
    if (why := too_small(design, dealt)) is not None:
        return cannot(why, "Bring more rows, or ask for fewer parts (--set subset.parts=2).")
    estimates = refits(study, functools.partial(part, design, dealt), len(dealt), run, NAME)
    if not all(e.se is not None and e.se > 0 for e in estimates):
        return cannot("the estimator gives no standard errors.", "Use an estimator that gives standard errors.")
    statistic, degrees = cochran(estimates), len(estimates) - 1
    p = chi_square_tail(statistic, degrees)
    passed = p > LEVEL
    values = [e.value for e in estimates]
    spread = f"from {number(min(values), 3)} to {number(max(values), 3)} in {len(dealt)} random parts of the rows"
    if passed:
        says = f"The effect ranges {spread}, no more than its standard errors explain, as it should."
    else:
        says = f"The effect ranges {spread}, more than its standard errors explain: they are too small, or the estimator is unstable."
    return Finding(
        check=NAME,
        passed=passed,
        value=statistic / degrees,
        threshold=chi_square_quantile(1 - LEVEL, degrees) / degrees,
        power=chi_square_tail(chi_square_quantile(1 - LEVEL, degrees) / 4, degrees),
        says=says,
        next=None
        if passed
        else "Name the column whose levels are clusters of dependent rows (--cluster, --errors cluster), or use another estimator.",
        bears_on="estimator works as stated",
        p=p,
    )


def deal(design: Design, parts: int, run: Run) -> list[np.ndarray]:
    """Return the rows of each part, sorted; the rows of a cluster stay together."""
    if design.clusters is None:
        return [np.sort(rows) for rows in np.array_split(run.rng(NAME).permutation(design.n), parts)]
    names, place = np.unique(design.clusters, return_inverse=True)
    hand = run.rng(NAME).permutation(len(names)) % parts
    return [np.flatnonzero(hand[place] == i) for i in range(parts)]


def too_small(design: Design, dealt: list[np.ndarray]) -> str | None:
    """Say why the parts are too small to estimate in, or return None."""
    rows = min(len(part) for part in dealt)
    needed = max(FEWEST_ROWS, ROWS_PER_COLUMN * (design.covariates.shape[1] + 2))
    if rows < needed:
        return f"a part would have {rows} rows, and {needed} are needed."
    if design.clusters is not None:
        clusters = min(len(np.unique(design.clusters[part])) for part in dealt)
        if clusters < FEWEST_CLUSTERS:
            return f"a part would have {clusters} clusters, and {FEWEST_CLUSTERS} are needed."
    if design.arms:
        fewest = min(int(np.bincount(design.treatment[part].astype(int), minlength=len(design.arms)).min()) for part in dealt)
        if fewest < FEWEST_IN_ARM:
            return f"an arm would have {fewest} rows in some part, and {FEWEST_IN_ARM} are needed."
    return None


def cannot(why: str, next: str) -> Finding:
    """Return the finding that the check cannot judge, with the reason."""
    says = f"Whether random parts of the rows agree cannot be told: {why}"
    return Finding(check=NAME, passed=None, says=says, next=next, bears_on="estimator works as stated")


def part(design: Design, dealt: list[np.ndarray], draw: int, run: Run) -> Design:
    """Return the design of one part."""
    return design.with_rows(dealt[draw])


def cochran(estimates: list[Estimate]) -> float:
    """Return Cochran's Q with the squared standard errors averaged, since random parts of one size share one true error."""
    values = np.array([e.value for e in estimates])
    return float(np.sum((values - values.mean()) ** 2) / np.mean([(e.se or 0.0) ** 2 for e in estimates]))

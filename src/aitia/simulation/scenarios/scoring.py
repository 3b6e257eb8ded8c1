"""Score a guessed graph on a problem with known truth: which columns it joins, where it has arrowheads, how many pairs are wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from aitia.core.graph import Graph
from aitia.core.noun import Noun, noun
from aitia.graphs.distances.adjacency import adjacency
from aitia.graphs.distances.arrowheads import arrowheads
from aitia.graphs.distances.comparison import GraphComparison
from aitia.graphs.distances.shd import shd
from aitia.simulation.scenarios.drawing import Problem
from aitia.simulation.scenarios.grid import Spread


@noun
class Score(Noun):
    """Hold F1 of adjacencies against the DAG or MAG, F1 of arrowheads against the CPDAG or PAG, and SHD against the CPDAG.

    SHD is None where nodes are latent: a tail of a CPDAG and a circle of a PAG are no mistake of each other.
    """

    adjacency: float
    arrowheads: float
    shd: int | None


def score(given: Problem, guess: Graph) -> Score:
    """Score a guess over the columns of a problem."""
    return Score(
        adjacency=f1(adjacency(given.skeleton, guess)),
        arrowheads=f1(arrowheads(given.marks, guess)),
        shd=None if given.latent else shd(given.marks, guess).count,
    )


def f1(found: GraphComparison) -> float:
    """Return F1; where there was nothing to find and nothing was claimed, that is right."""
    return 1.0 if found.value is None else found.value


def mean_scores(given: Sequence[Problem], guess: Callable[[Problem], Graph]) -> dict[str, Spread]:
    """Return mean, standard deviation and number of each part of the score over problems, each guessed anew; None is left out."""
    scores = [score(problem, guess(problem)) for problem in given]
    parts = {name: [value for s in scores if (value := getattr(s, name)) is not None] for name in ("adjacency", "arrowheads", "shd")}
    return {name: summary(values) for name, values in parts.items() if values}


def summary(values: Sequence[float]) -> Spread:
    """Return the mean and standard deviation of some values, rounded to what a table shows; that of one value is 0."""
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return Spread(mean=round(float(np.mean(values)), 3), spread=round(spread, 3), seeds=len(values))

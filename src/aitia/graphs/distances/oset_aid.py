"""Count the effects that the optimal adjustment sets of a guessed graph get wrong: the optimal-set adjustment distance. [henckel2024]"""

from __future__ import annotations

from aitia.core.graph import Graph
from aitia.core.run import Run
from aitia.graphs.distances.adjustment import adjustment_distance
from aitia.graphs.distances.comparison import GraphComparison


def oset_aid(truth: Graph, guess: Graph, run: Run | None = None) -> GraphComparison:
    """Return how many effects are wrong when each is read off the guess by its adjustment set of least variance.

    It is not symmetric. Both are DAGs or CPDAGs; see `adjustment.wrong_effects`. It takes longer than the others, since the
    set differs from outcome to outcome.

    >>> from aitia.graphs.formats.text import parse
    >>> oset_aid(parse("a->b; a->c"), parse("b->a; a->c")).count
    3
    """
    return adjustment_distance("oset aid", truth, guess, "optimal", run)

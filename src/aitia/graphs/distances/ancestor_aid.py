"""Count the effects that adjusting for the ancestors in a guessed graph gets wrong: the ancestor adjustment distance. [henckel2024]"""

from __future__ import annotations

from aitia.core.graph import Graph
from aitia.core.run import Run
from aitia.graphs.distances.adjustment import adjustment_distance
from aitia.graphs.distances.comparison import GraphComparison


def ancestor_aid(truth: Graph, guess: Graph, run: Run | None = None) -> GraphComparison:
    """Return how many effects are wrong when each is read off the guess by adjusting for the treatment's ancestors.

    It asks about the order of causes: it is zero where the guess is a DAG whose ancestors are those of the true DAG, however
    many edges it has too many. It is not symmetric. Both are DAGs or CPDAGs; see `adjustment.wrong_effects`.

    >>> from aitia.graphs.formats.text import parse
    >>> ancestor_aid(parse("a->b; a->c"), parse("b->a; a->c")).count
    3
    """
    return adjustment_distance("ancestor aid", truth, guess, "ancestors", run)

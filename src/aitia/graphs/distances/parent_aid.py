"""Count the effects that adjusting for the parents of a guessed graph gets wrong: the parent adjustment distance. [henckel2024]"""

from __future__ import annotations

from aitia.core.graph import Graph
from aitia.core.run import Run
from aitia.graphs.distances.adjustment import adjustment_distance
from aitia.graphs.distances.comparison import GraphComparison


def parent_aid(truth: Graph, guess: Graph, run: Run | None = None) -> GraphComparison:
    """Return how many effects are wrong when each is read off the guess by adjusting for the treatment's parents.

    Between DAGs this is the structural intervention distance; between CPDAGs it is not. It is not symmetric: what the
    guess says is judged by the truth. Both are DAGs or CPDAGs; see `adjustment.wrong_effects` for what is wrong.

    >>> from aitia.graphs.formats.text import parse
    >>> parent_aid(parse("a->b; a->c"), parse("b->a; a->c")).count
    3
    """
    return adjustment_distance("parent aid", truth, guess, "parents", run)

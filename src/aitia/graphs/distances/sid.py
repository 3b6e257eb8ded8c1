"""Count the effects that one DAG gets wrong by another's parents: the structural intervention distance. [peters2015]"""

from __future__ import annotations

from aitia.core.graph import Graph
from aitia.core.run import Run
from aitia.graphs.classes import as_dag
from aitia.graphs.distances.adjustment import adjustment_distance
from aitia.graphs.distances.comparison import GraphComparison


def sid(truth: Graph, guess: Graph, run: Run | None = None) -> GraphComparison:
    """Return how many effects are wrong when each is read off the guess by adjusting for the treatment's parents.

    Both are DAGs; raises `BadGraph` for others, for which `parent_aid` may be asked. It is not symmetric.

    >>> from aitia.graphs.formats.text import parse
    >>> empty = parse("a; b; c")
    >>> sid(parse("a->b; a->c"), empty).count, sid(empty, parse("a->b; a->c")).count
    (4, 0)
    """
    return adjustment_distance("sid", as_dag(truth), as_dag(guess), "parents", run)

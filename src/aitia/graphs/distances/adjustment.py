"""Ask of every pair of nodes whether the adjustment formula of one graph holds in another. [henckel2024]"""

from __future__ import annotations

import numpy as np

from aitia.compiled import kernel
from aitia.compiled.adjustment_distance import ANCESTORS, OPTIMAL, PARENTS
from aitia.core.graph import Graph
from aitia.core.run import Run
from aitia.graphs.classes import as_cpdag, as_dag
from aitia.graphs.distances.comparison import GraphComparison, aligned, distance
from aitia.graphs.indexed import Indexed, indexed

STRATEGIES = {"parents": PARENTS, "ancestors": ANCESTORS, "optimal": OPTIMAL}
STEPS_AT_A_TIME = 20_000_000  # of the kernel, before the clock is looked at


def wrong_effects(truth: Graph, guess: Graph, strategy: str, run: Run | None = None) -> np.ndarray:
    """Return for every treatment (row) and outcome (column), in the order of the truth's nodes, whether the guess is wrong.

    The graphs are DAGs or CPDAGs. For a treatment and an outcome the guess says one of three things: there is no effect; the
    effect is found by adjusting for the `parents`, `ancestors` or `optimal` set of the treatment; or no adjustment finds it.
    That is wrong where the truth has a directed path, where the set is no valid adjustment set in it, or where adjustment
    does find it. With `parents` every node that is no parent may be an effect, as in the structural intervention distance.
    Raises `BadGraph` for other classes and other nodes, `Stopped` when a run's time is over.
    """
    one, other = ready(truth), ready(aligned(truth, guess))
    code, n = STRATEGIES[strategy], len(truth.nodes)
    judge = kernel("adjustment_distance", "wrong_effects")
    out = np.zeros((n, n), dtype=np.uint8)
    work = (1 + n + len(one.others) + len(other.others)) * (1 + n * (code == OPTIMAL))
    step = max(1, STEPS_AT_A_TIME // work)
    for begin in range(0, n, step):
        if run is not None:
            run.check()
        judge(one.bounds, one.others, other.bounds, other.others, code, begin, out[begin : begin + step])
    return out.astype(bool)


def ready(graph: Graph) -> Indexed:
    """Lay out a DAG or CPDAG; raises `BadGraph` for another graph."""
    if all(edge.directed for edge in graph.edges) and not any(edge.lag for edge in graph.edges) and graph.graph_class in ("dag", "unknown"):
        index = indexed(graph)
        if kernel("separation", "ordered")(index.bounds, index.others, np.empty(len(graph.nodes), dtype=np.int32)) == len(graph.nodes):
            return index
    arrows_only = not any(edge.at_source == edge.at_target == "tail" for edge in graph.edges)
    return indexed(as_dag(graph) if arrows_only else as_cpdag(graph))


def adjustment_distance(metric: str, truth: Graph, guess: Graph, strategy: str, run: Run | None) -> GraphComparison:
    """State how many of the n (n - 1) effects the guess is wrong about."""
    n = len(truth.nodes)
    return distance(metric, int(wrong_effects(truth, guess, strategy, run).sum()), n * (n - 1))

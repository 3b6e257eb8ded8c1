"""The score of a known graph is best for exactly the graphs that imply what it implies."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from aitia.core.errors import BadGraph, BadOption
from aitia.core.run import Run
from aitia.core.shelf import scores
from aitia.core.table import Table
from aitia.graphs.formats.read import read_graph
from aitia.graphs.separation import separated
from aitia.measures.local_scores import LocalScores
from aitia.measures.score_table import score_table
from tests.measures.scores.worlds import dags, random_dag
from tests.measures.tables import table_of

NAMES = "abcd"
GRAPHS = dags(4)


def blank(names: str = NAMES) -> Table:
    return table_of(dict.fromkeys(names, "continuous"), {name: np.zeros(1) for name in names})


def shape(masks: tuple[int, ...]) -> tuple[frozenset, frozenset]:
    """The joined pairs and the unshielded colliders: what an equivalence class is told by (Verma and Pearl 1990)."""
    joined = frozenset(frozenset((i, j)) for i, mask in enumerate(masks) for j in range(4) if mask >> j & 1)
    colliders = frozenset(
        (i, frozenset((j, k)))
        for i, mask in enumerate(masks)
        for j, k in itertools.combinations(range(4), 2)
        if mask >> j & 1 and mask >> k & 1 and frozenset((j, k)) not in joined
    )
    return joined, colliders


@pytest.mark.parametrize("seed", range(12))
def test_the_best_graphs_are_the_equivalence_class(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = random_dag(list(NAMES), rng)
    text = "; ".join([*NAMES, *(f"{p}->{node}" for node, parents in truth.items() for p in parents)])
    values = score_table(blank(), "known-graph", NAMES, Run(seed=seed), options={"graph": text}).values
    totals = np.array([sum(values[i, mask] for i, mask in enumerate(masks)) for masks in GRAPHS])
    best = {shape(GRAPHS[at]) for at in np.flatnonzero(totals > totals.max() - 1e-3)}
    own = tuple(sum(1 << NAMES.index(p) for p in truth[name]) for name in NAMES)
    assert best == {shape(own)}
    assert sorted(totals)[-1] - max((t for t in totals if t < totals.max() - 1e-3), default=-np.inf) > 5


def test_one_more_parent_is_worth_it_exactly_where_the_graph_joins() -> None:
    """With hidden causes too: a parent pays if and only if it is not separated from the node by the others."""
    graph = read_graph("a->b; b->c; a<->d; d->c; h->a; h->e")
    names = ("a", "b", "c", "d", "e")
    local = LocalScores(blank("abcde"), "known-graph", Run(), nodes=names, options={"graph": graph.with_latent(("h",))})
    for node, other in itertools.permutations(range(5), 2):
        rest = [j for j in range(5) if j not in (node, other)]
        for size in range(4):
            for given in itertools.combinations(rest, size):
                apart = separated(graph, names[node], names[other], tuple(names[j] for j in given))
                assert (local.changes(node, given, [other])[0] > 0) != apart


def test_names_and_order_of_the_graph_change_nothing_but_its_own_edges() -> None:
    """The weight of an edge follows from the names of its ends, so that more edges elsewhere leave it."""
    plain = scores["known-graph"](blank(), "b", ("a",), Run(), graph="a->b; c->d")
    assert scores["known-graph"](blank(), "b", ("a",), Run(), graph="d; c; a->b") == pytest.approx(plain, rel=1e-12)
    assert scores["known-graph"](blank(), "b", ("a",), Run(seed=1), graph="a->b; c->d") != pytest.approx(plain, rel=1e-6)


def test_it_needs_a_graph_it_can_draw_from() -> None:
    with pytest.raises(BadOption, match="graph"):
        scores["known-graph"](blank(), "a", (), Run())
    with pytest.raises(BadGraph):
        scores["known-graph"](blank(), "a", (), Run(), graph="a--b")

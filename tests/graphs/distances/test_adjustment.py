"""Adjustment distances are what their definition gives, effect by effect, and zero where they should be."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from aitia.compiled import adjustment_distance as twin
from aitia.core.errors import BadGraph, Stopped
from aitia.core.graph import Graph
from aitia.core.run import Run
from aitia.graphs.adjustment import optimal_set
from aitia.graphs.conversions import to_cpdag
from aitia.graphs.distances.adjustment import wrong_effects
from aitia.graphs.distances.ancestor_aid import ancestor_aid
from aitia.graphs.distances.oset_aid import oset_aid
from aitia.graphs.distances.parent_aid import parent_aid
from aitia.graphs.distances.sid import sid
from aitia.graphs.formats.text import parse
from aitia.graphs.members import every_dag
from tests.graphs.random_graphs import below, brute_adjustment_sets, paths, random_graph

STRATEGIES = ("parents", "ancestors", "optimal")


def above(graph: Graph, node: str) -> set[str]:
    return {other for other in graph.nodes if node in below(graph, other)}


def is_open(graph: Graph, treatment: str, outcome: str) -> bool:
    """Whether some path that may be directed begins with an undirected edge."""
    lines = {frozenset((edge.source, edge.target)) for edge in graph.edges if edge.symbol == "--"}
    return any(
        frozenset((path[0][0], path[0][3])) in lines and all(not at_node for _, at_node, _, _ in path)
        for path in paths(graph, treatment, outcome)
    )


def may_affect(graph: Graph, treatment: str, outcome: str) -> bool:
    return any(all(not at_node for _, at_node, _, _ in path) for path in paths(graph, treatment, outcome))


def wrong_by_definition(truth: Graph, guess: Graph, strategy: str, treatment: str, outcome: str) -> bool:
    """Whether what the guess says of one effect is wrong: no effect, a set to adjust for, or that adjustment cannot tell."""
    parents = {edge.source for edge in guess.edges if edge.directed and edge.target == treatment}
    claimed = outcome not in parents if strategy == "parents" else may_affect(guess, treatment, outcome)
    if not claimed:
        return may_affect(truth, treatment, outcome)
    if is_open(guess, treatment, outcome) or is_open(truth, treatment, outcome):
        return is_open(guess, treatment, outcome) != is_open(truth, treatment, outcome)
    given = parents if strategy == "parents" else above(guess, treatment) - {treatment}
    if strategy == "optimal":
        member = next(iter(every_dag(guess)))
        given = set(optimal_set(member, treatment, outcome) or ())
    return any(frozenset(given) not in brute_adjustment_sets(dag, treatment, outcome) for dag in every_dag(truth))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_between_dags_and_cpdags_every_effect_is_judged_by_the_definition(strategy: str) -> None:
    rng = np.random.default_rng(STRATEGIES.index(strategy))
    seen = {True: 0, False: 0}
    for number in range(48):
        pair = [random_graph(rng, int(rng.integers(4, 6)) if number < 24 else 4, rng.uniform(0.2, 0.7)) for _ in range(2)]
        if len(pair[0].nodes) != len(pair[1].nodes):
            pair[1] = random_graph(rng, len(pair[0].nodes), 0.5)
        truth, guess = (to_cpdag(graph) if number >> place & 1 else graph for place, graph in enumerate(pair))
        found = wrong_effects(truth, guess, strategy)
        for (i, treatment), (j, outcome) in itertools.permutations(enumerate(truth.nodes), 2):
            expected = wrong_by_definition(truth, guess, strategy, treatment, outcome)
            assert found[i, j] == expected, (truth, guess, treatment, outcome)
            seen[expected] += 1
    assert min(seen.values()) > 100


def test_a_graph_is_right_about_itself() -> None:
    rng = np.random.default_rng(9)
    for _ in range(20):
        dag = random_graph(rng, 12, 0.3)
        for graph in (dag, to_cpdag(dag)):
            turned = Graph(nodes=graph.nodes[::-1], edges=graph.edges, graph_class=graph.graph_class)
            for measure in (parent_aid, ancestor_aid, oset_aid):
                assert measure(graph, turned).count == 0
        assert sid(dag, dag).value == 0


def test_more_arrows_in_the_right_order_are_no_mistake() -> None:
    truth, guess = parse("a->b; b->c; d"), parse("a->b; b->c; a->c; d->c; a->d")
    assert sid(truth, guess).count == 0
    assert sid(guess, truth).count > 0
    assert ancestor_aid(parse("a->b->c"), parse("a->b->c; a->c")).count == 0


def test_the_published_example() -> None:
    """The example of gadjid's own page: two treatments of three outcomes, turned round in the guess. Recorded from gadjid 0.1.0."""
    truth = parse("a->b; a->c; a->d; a->e; b->c; b->d; b->e")
    guess = parse("a; b->a; a->c; a->d; a->e; b->c; b->d; b->e")
    for measure in (ancestor_aid, parent_aid, oset_aid):
        assert (measure(truth, guess).count, measure(truth, guess).value) == (8, 0.4)


def test_the_first_row_is_about_the_first_node_of_the_truth() -> None:
    found = wrong_effects(parse("a->b"), Graph(nodes=("b", "a")), "ancestors")
    assert found.tolist() == [[False, True], [False, False]]


def test_other_classes_are_refused() -> None:
    for text, named in (
        ("a<->b", "hidden common cause"),
        ("a->b--c", "CPDAG|can only be"),
        ("a[-1]->b; c", "lag"),
        ("a->b; b->a; c", "cycle"),
    ):
        graph = parse(text)
        empty = Graph(nodes=graph.nodes)
        for pair in ((graph, empty), (empty, graph)):
            with pytest.raises(BadGraph, match=named):
                parent_aid(*pair)
    with pytest.raises(BadGraph, match="is a PAG"):
        parent_aid(Graph(nodes=("a",), graph_class="pag"), Graph(nodes=("a",)))
    with pytest.raises(BadGraph, match="leaves open"):
        sid(parse("a--b"), parse("a->b"))


def test_small_graphs_have_nothing_to_get_wrong() -> None:
    assert (sid(parse("a"), parse("a")).value, sid(parse("a"), parse("a")).of) == (None, 0)


def test_time_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aitia.graphs.distances.adjustment.STEPS_AT_A_TIME", 1)
    graph = parse("a->b->c")
    assert parent_aid(graph, graph, Run()).count == 0
    with pytest.raises(Stopped):
        parent_aid(graph, graph, Run(deadline=-1.0))


def test_the_codes_of_strategies_are_those_of_the_kernel() -> None:
    assert (twin.PARENTS, twin.ANCESTORS, twin.OPTIMAL) == (0, 1, 2)

"""An adjustment set that is said to survive joins does so in every way of joining them."""

from __future__ import annotations

import dataclasses
import itertools

from aitia.core.errors import BadGraph
from aitia.core.graph import Edge, Graph
from aitia.core.run import Run
from aitia.graphs.adjustment import is_adjustment_set, minimal_sets
from aitia.graphs.formats.text import parse
from aitia.graphs.repairs import survives
from tests.graphs.random_graphs import random_graph


def joins(pair: tuple[str, str]) -> list[Edge]:
    first, second = pair
    shared = Edge(source=first, target=second, at_source="arrow")
    return [Edge(source=first, target=second), Edge(source=second, target=first), shared]


def by_every_way(graph: Graph, given: tuple[str, ...], pairs: list[tuple[str, str]]) -> bool:
    for ways in itertools.product(*map(joins, pairs)):
        try:
            if not is_adjustment_set(dataclasses.replace(graph, edges=(*graph.edges, *ways), graph_class="unknown"), "v0", "v1", given):
                return False
        except BadGraph:
            continue
    return True


def test_surviving_means_valid_in_every_way_of_joining() -> None:
    rng = Run().rng("repairs")
    checked = survived = 0
    while checked < 300:
        graph = random_graph(rng, 6, 0.4, 0.2)
        sets, _ = minimal_sets(graph, "v0", "v1", limit=3)
        for given in sets:
            pairs = [pair for pair in itertools.combinations(given, 2) if not graph.adjacent(*pair)][:3]
            if pairs:
                checked += 1
                answer = survives(graph, "v0", "v1", given, pairs)
                survived += answer
                if answer:
                    assert by_every_way(graph, given, pairs), (graph, given, pairs)
    assert survived > 50


def test_a_join_that_meets_arrowheads_can_break_a_set() -> None:
    graph = parse("t<->a; b<->y; t->y; a->c; b->c")
    assert is_adjustment_set(graph, "t", "y", ["a", "b"])
    assert not survives(graph, "t", "y", ["a", "b"], [("a", "b")])


def test_surviving_joins_with_an_end_outside_the_set_is_valid_in_every_way_too() -> None:
    rng = Run().rng("outside")
    answers = []
    while len(answers) < 300:
        graph = random_graph(rng, 6, 0.4, 0.1)
        sets, _ = minimal_sets(graph, "v0", "v1", limit=2)
        for given in sets:
            pairs = [pair for pair in itertools.combinations(graph.nodes, 2) if not graph.adjacent(*pair)][:2]
            if pairs:
                answers.append(survives(graph, "v0", "v1", given, pairs))
                assert not answers[-1] or by_every_way(graph, given, pairs), (graph, given, pairs)
    assert 10 < sum(answers) < 290


def test_a_join_that_confounds_does_not_survive_and_one_that_does_not_confound_does() -> None:
    graph = parse("a->t; a->y; w->y; v->y; t->y")
    assert not survives(graph, "t", "y", ["a"], [("t", "w")])
    assert survives(graph, "t", "y", ["a"], [("v", "w")])
    assert not survives(parse("t->y; z"), "t", "y", [], [("t", "z"), ("z", "y")])

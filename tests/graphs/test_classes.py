"""Graphs are of the class their edges prove, and orders put causes first."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from aitia.core.errors import BadGraph
from aitia.core.graph import Edge, Graph
from aitia.graphs.classes import as_admg, classified, classify, is_admg, is_dag
from aitia.graphs.equivalence import completed, is_cpdag, split
from aitia.graphs.formats.text import parse
from aitia.graphs.reachability import ancestors, descendants, topological_order
from tests.graphs.random_graphs import below, brute_separated, random_graph


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a->b->c", "dag"),
        ("a", "dag"),
        ("a->b; a<->b", "admg"),
        ("a--b--c", "cpdag"),
        ("a->b; c->b; b->d", "dag"),
        ("a->c; b->c; c->d; d--e", "unknown"),  # a -> c -> d forces d -> e
        ("a->b--c", "unknown"),
        ("a->c; b->c; e--f", "cpdag"),
        ("a--b--c--d--a", "unknown"),  # no DAG without a new collider
        ("a--b; a->b", "unknown"),
        ("a o-> b", "unknown"),
        ("x[-1]->y; y->x", "dag"),
        ("x[-1]->x", "dag"),
    ],
)
def test_classify(text: str, expected: str) -> None:
    assert classify(parse(text)) == expected
    assert classified(parse(text)).graph_class == expected


def test_a_cycle_is_named() -> None:
    with pytest.raises(BadGraph) as error:
        classify(parse("z->a; a->b; b->c; c->a; c->d"))
    assert "a -> b -> c -> a" in error.value.what or "b -> c -> a -> b" in error.value.what or "c -> a -> b -> c" in error.value.what
    assert error.value.why
    assert error.value.next
    assert not is_dag(parse("a->b; b->a"))
    assert not is_admg(parse("a->b; b->a"))


def test_a_declared_mag_is_not_taken_for_an_admg() -> None:
    mag = dataclasses.replace(parse("a->b; b<->c"), graph_class="mag")
    assert classified(mag).graph_class == "mag"
    with pytest.raises(BadGraph, match="MAG"):
        as_admg(mag)
    assert classified(dataclasses.replace(parse("a->b--c"), graph_class="mpdag")).graph_class == "mpdag"
    assert classified(dataclasses.replace(parse("a->b"), graph_class="cpdag")).graph_class == "dag"


def test_edges_written_backwards_are_read_forwards() -> None:
    graph = Graph(nodes=("a", "b"), edges=(Edge(source="b", target="a", at_source="arrow", at_target="tail"),))
    assert classify(graph) == "dag"
    assert descendants(graph, "a") == {"a", "b"}
    assert as_admg(graph).parents("b") == ("a",)


def test_reachability_and_order_on_random_graphs() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        graph = random_graph(rng, 8, 0.3, 0.2)
        order = topological_order(graph)
        assert sorted(order) == sorted(graph.nodes)
        assert all(order.index(e.source) < order.index(e.target) for e in graph.edges if e.directed)
        for node in graph.nodes:
            assert descendants(graph, node) == below(graph, node)
            assert ancestors(graph, node) == {other for other in graph.nodes if node in below(graph, other)}
    assert topological_order(parse("c; b; a; a->b")) == ("c", "a", "b")


def every_dag(names: tuple[str, ...]) -> list[Graph]:
    pairs = list(itertools.combinations(names, 2))
    graphs = []
    for choice in itertools.product((None, 0, 1), repeat=len(pairs)):
        edges = tuple(Edge(source=pair[c], target=pair[1 - c]) for pair, c in zip(pairs, choice, strict=True) if c is not None)
        graph = Graph(nodes=names, edges=edges)
        if is_dag(graph):
            graphs.append(graph)
    return graphs


def test_completed_graphs_of_all_543_dags_on_four_nodes() -> None:
    """Two DAGs share their completed graph exactly when they have the same separations; an edge is directed exactly when all agree."""
    names = ("a", "b", "c", "d")
    dags = every_dag(names)
    assert len(dags) == 543
    groups: dict[tuple, list[Graph]] = {}
    for dag in dags:
        facts = tuple(
            brute_separated(dag, x, y, set(z))
            for x, y in itertools.combinations(names, 2)
            for size in range(3)
            for z in itertools.combinations(sorted(set(names) - {x, y}), size)
        )
        groups.setdefault(facts, []).append(dag)
    assert len(groups) == 185
    cpdags = set()
    for members in groups.values():
        arrows = [split(dag)[0] for dag in members]
        shared = set.intersection(*arrows)
        found = {(frozenset(a), frozenset(b)) for a, b in map(completed, arrows)}
        assert len(found) == 1
        (compelled, lines) = found.pop()
        assert compelled == shared
        cpdags.add((compelled, lines))
        graph = Graph(nodes=names, edges=tuple([Edge(source=a, target=b) for a, b in sorted(compelled)]))
        graph = graph.with_edges((*graph.edges, *(Edge(source=a, target=b, at_target="tail") for a, b in sorted(lines))))
        assert is_cpdag(graph)
    assert len(cpdags) == 185
    yes = 0
    for choice in itertools.product(range(4), repeat=6):
        kinds = zip(itertools.combinations(names, 2), choice, strict=True)
        made = [
            (Edge(source=a, target=b), Edge(source=b, target=a), Edge(source=a, target=b, at_target="tail"))[c - 1]
            for (a, b), c in kinds
            if c
        ]
        yes += is_cpdag(Graph(nodes=names, edges=tuple(made)))
    assert yes == 185

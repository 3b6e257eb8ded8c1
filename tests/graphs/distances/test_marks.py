"""Distances that count marks are what counting by hand gives, and behave as distances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.core.errors import BadGraph
from aitia.core.graph import Graph
from aitia.graphs.distances.adjacency import adjacency
from aitia.graphs.distances.arrowheads import arrowheads
from aitia.graphs.distances.comparison import GraphComparison
from aitia.graphs.distances.orientation import orientation
from aitia.graphs.distances.shd import shd
from aitia.graphs.formats.text import parse
from tests.graphs.any_graphs import graphs
from tests.graphs.random_graphs import random_graph


def counted(found: GraphComparison) -> tuple[int, int]:
    return found.count, found.of


@pytest.mark.parametrize(
    ("truth", "guess", "pairs", "marks"),
    [
        ("a->b", "a->b", 0, 0),
        ("a->b", "a;b", 1, 2),
        ("a;b", "a->b", 1, 2),
        ("a->b", "b->a", 1, 2),
        ("a->b", "a--b", 1, 1),
        ("a->b", "a o-> b", 1, 1),
        ("a->b", "a o-o b", 1, 2),
        ("a<->b", "b<->a", 0, 0),
        ("a->b; a<->b", "a->b", 1, 1),
        ("a->b->c", "a<-b<-c", 2, 4),
        ("a[-1]->b; a->b", "a[-1]->b; a[-2]->b", 2, 4),
        ("a[-1]->b", "b[-1]->a", 2, 4),
    ],
)
def test_shd_counts_pairs_or_marks(truth: str, guess: str, pairs: int, marks: int) -> None:
    assert shd(parse(truth), parse(guess)).count == pairs
    assert shd(parse(truth), parse(guess), each="mark").count == marks


def test_shares_are_of_all_that_could_be_wrong() -> None:
    assert counted(shd(parse("a->b; c"), parse("a;b;c"))) == (1, 3)
    assert counted(shd(parse("a->b; c"), parse("a;b;c"), each="mark")) == (2, 6)
    assert counted(shd(parse("a[-1]->b"), parse("a;b"))) == (1, 5)
    assert shd(parse("a"), parse("a")).value is None


def test_precision_and_recall_by_hand() -> None:
    truth, guess = parse("a->b; c->b; b->d; e"), parse("a->b; b->c; d<->e; b--d")
    found = adjacency(truth, guess)
    assert (found.precision, found.recall, found.value) == (3 / 4, 1.0, 6 / 7)
    assert counted(found) == (3, 4)
    heads = arrowheads(truth, guess)  # true: b (of a), b (of c), d; guessed: b (of a), c, d and e of the last
    assert (heads.precision, heads.recall) == (1 / 4, 1 / 3)
    shared = arrowheads(truth, guess, shared=True)
    assert (shared.precision, shared.recall) == (1 / 2, 1 / 3)
    assert counted(orientation(truth, guess)) == (1, 3)


def test_what_cannot_be_told_is_none() -> None:
    empty, full = parse("a;b"), parse("a->b")
    assert adjacency(full, empty).precision is None
    assert (adjacency(full, empty).recall, adjacency(full, empty).value) == (0.0, 0.0)
    assert adjacency(empty, empty).value is None
    assert arrowheads(full, parse("a--b")).precision is None
    assert orientation(full, empty).value is None


def test_graphs_over_other_nodes_are_refused() -> None:
    with pytest.raises(BadGraph, match="Only the guessed graph has the node 'c'") as error:
        shd(parse("a->b"), parse("a->b; c"))
    assert "same nodes" in str(error.value)
    with pytest.raises(BadGraph, match="Did you mean agee"):
        adjacency(parse("age->b"), parse("agee->b"))


@settings(deadline=None, max_examples=80)
@given(st.data())
def test_a_graph_is_at_distance_zero_from_itself_in_any_order(data: st.DataObject) -> None:
    graph = data.draw(graphs("unknown"))
    other = Graph(nodes=graph.nodes[::-1], edges=tuple(data.draw(st.permutations(graph.edges))))
    assert shd(graph, other).count == shd(graph, other, each="mark").count == 0
    for measure in (adjacency, arrowheads, orientation):
        assert measure(graph, other).value in (1.0, None)


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 10**6), st.integers(2, 8))
def test_shd_is_a_metric(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    a, b, c = (random_graph(rng, n, 0.4, 0.2) for _ in range(3))
    for each in ("pair", "mark"):
        assert shd(a, b, each=each).count == shd(b, a, each=each).count
        assert shd(a, c, each=each).count <= shd(a, b, each=each).count + shd(b, c, each=each).count


def test_a_comparison_shows_itself() -> None:
    assert "arrowhead F1" in str(arrowheads(parse("a->b"), parse("a->b")))

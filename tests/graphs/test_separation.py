"""m-separation equals its definition, and separators are minimal."""

from __future__ import annotations

import itertools
import time

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.core.errors import BadGraph, UnknownName
from aitia.core.graph import Graph
from aitia.graphs.formats.text import parse
from aitia.graphs.separation import separated, separator
from tests.graphs.random_graphs import brute_separated, random_graph


def test_separated_equals_path_enumeration_on_2000_admgs() -> None:
    rng = np.random.default_rng(20250711)
    both = {True: 0, False: 0}
    for _ in range(2000):
        graph = random_graph(rng, int(rng.integers(2, 7)), rng.uniform(0.1, 0.7), rng.uniform(0, 0.4))
        x, y, *rest = (str(name) for name in rng.permutation(graph.nodes))
        for _ in range(3):
            z = {name for name in rest if rng.random() < 0.5}
            expected = brute_separated(graph, x, y, z)
            assert separated(graph, x, y, z) == expected, (graph, x, y, z)
            both[expected] += 1
    assert min(both.values()) > 500


def test_separator_exists_exactly_where_some_subset_separates_and_is_minimal() -> None:
    rng = np.random.default_rng(3)
    none = 0
    for _ in range(600):
        graph = random_graph(rng, int(rng.integers(2, 7)), rng.uniform(0.1, 0.6), rng.uniform(0, 0.3))
        x, y, *rest = (str(name) for name in rng.permutation(graph.nodes))
        allowed = {name for name in rest if rng.random() < 0.7}
        subsets = [set(s) for size in range(len(allowed) + 1) for s in itertools.combinations(sorted(allowed), size)]
        working = [s for s in subsets if brute_separated(graph, x, y, s)]
        found = separator(graph, x, y, allowed)
        if found is None:
            assert not working, graph
            none += 1
        else:
            assert set(found) in working
            assert not any(s < set(found) for s in working)
    assert 100 < none < 500


def test_separator_of_sets() -> None:
    graph = parse("a->c; b->c; c->d; c->e; f->a; f->d")
    assert separator(graph, ["a", "b"], ["d", "e"], ["c", "f"]) == ("c", "f")
    assert separated(graph, ["a", "b"], ["d", "e"], ["c", "f"])
    assert not separated(graph, ["a", "b"], ["d", "e"], "c")
    assert separator(graph, ["a"], ["a", "d"], ["c"]) is None


def test_agrees_with_networkx_on_dags() -> None:
    rng = np.random.default_rng(5)
    for _ in range(300):
        graph = random_graph(rng, 12, rng.uniform(0.1, 0.4))
        peer = networkx.DiGraph([(e.source, e.target) for e in graph.edges])
        peer.add_nodes_from(graph.nodes)
        groups = rng.integers(0, 4, 12)
        x, y, z = ({name for name, g in zip(graph.nodes, groups, strict=True) if g == k} for k in range(3))
        if x and y:
            assert separated(graph, x, y, z) == networkx.is_d_separator(peer, x, y, z)


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 9))
def test_separation_is_symmetric_and_decomposes(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    graph = random_graph(rng, n, 0.4, 0.2)
    x, *rest = graph.nodes
    y, z = set(rest[::2]), set(rest[1::2])
    together = separated(graph, x, y, z)
    assert together == separated(graph, y, x, z)
    assert together == all(separated(graph, x, one, z) for one in y)


def test_a_thousand_nodes_are_quick() -> None:
    rng = np.random.default_rng(1)
    graph = random_graph(rng, 1000, 0.004, 0.001)
    x, y = graph.nodes[:2]
    began = time.perf_counter()
    found = separator(graph, x, y, graph.nodes[2:])
    assert found is None or separated(graph, x, y, found)
    assert time.perf_counter() - began < 2


def test_misuse_says_what_is_wrong() -> None:
    graph = parse("a->b->c")
    with pytest.raises(UnknownName, match="no node"):
        separated(graph, "a", "q")
    with pytest.raises(BadGraph, match="leaves open"):
        separated(parse("a--b"), "a", "b")
    with pytest.raises(BadGraph, match="has a lag"):
        separated(parse("a[-1]->b"), "a", "b")
    with pytest.raises(BadGraph, match="has a cycle"):
        separated(parse("a->b; b->a"), "a", "b")
    assert separated(Graph(nodes=("a", "b")), "a", "b")

"""Possible descendants and ancestors are those of some graph of the class."""

from __future__ import annotations

import numpy as np
import pytest

from aitia.core.errors import UnknownName
from aitia.graphs.equivalence import completed_pdag
from aitia.graphs.formats.text import parse
from aitia.graphs.marked import TAIL, as_graph
from aitia.graphs.meek import assign
from aitia.graphs.possible import possible_ancestors, possible_descendants
from tests.graphs.mixed_graphs import extensions, graph_of, mag_classes, pairs_of, random_parents, reached, shared_marks, skeletons


def test_possible_descendants_of_2000_graphs_are_those_of_some_dag() -> None:
    rng = np.random.default_rng(20261124)
    bent = 0
    for i in range(2000):
        n = int(rng.integers(2, 7))
        state = completed_pdag(random_parents(rng, n, rng.uniform(0.2, 0.9)))
        for _ in range(i % 4):
            lines = list(state.undirected())
            if lines:
                a, b = lines[int(rng.integers(len(lines)))]
                assign(state, *((a, b) if rng.random() < 0.5 else (b, a)))
        graph = graph_of(state)
        below = [set[int]() for _ in range(n)]
        for parents in extensions(state):
            for node, found in enumerate(reached([[b for b in range(n) if a in parents[b]] for a in range(n)])):
                below[node] |= found
        loose = reached([sorted(state.children[a] | state.lines[a]) for a in range(n)])
        for node in range(n):
            assert possible_descendants(graph, f"v{node}") == {f"v{b}" for b in below[node]}
            assert possible_ancestors(graph, f"v{node}") == {f"v{a}" for a in range(n) if node in below[a]}
            bent += loose[node] != below[node]
    assert bent > 50


@pytest.mark.parametrize("n", [3, 4])
def test_possible_descendants_on_every_pag_are_those_of_some_mag(n: int) -> None:
    """By arrows and undirected edges, one graph of each shape."""
    names = tuple("abcd"[:n])
    for members in mag_classes(n, skeletons(n)):
        graph = as_graph(names, shared_marks(members), "pag")
        below = [set[int]() for _ in range(n)]
        for state in members:
            steps = [[b for b in state.ends[a] if state.ends[b][a] == TAIL] for a in range(n)]
            for node, found in enumerate(reached(steps)):
                below[node] |= found
        for node, name in enumerate(names):
            assert possible_descendants(graph, name) == {names[b] for b in below[node]}
            assert possible_ancestors(graph, name) == {names[a] for a in range(n) if node in below[a]}
    assert len(pairs_of(n)) in (3, 6)


def test_sets_of_nodes_and_graphs_of_no_class() -> None:
    assert possible_descendants(parse("a->b; c<->d"), ["a", "c"]) == {"a", "b", "c"}
    assert possible_descendants(parse("a--b->c"), "a") == {"a", "b", "c"}
    known = parse("a--b; b--c; c->a")
    assert possible_descendants(known, "a") == {"a", "b"}
    assert possible_ancestors(known, "a") == {"a", "b", "c"}
    assert possible_descendants(parse("a<->b; a->b"), "a") == {"a", "b"}
    with pytest.raises(UnknownName):
        possible_descendants(known, "q")

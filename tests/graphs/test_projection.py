"""Leaving latent nodes out keeps every separation; districts and inducing paths are what the definitions say."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from aitia.core.errors import BadGraph, UnknownName
from aitia.core.graph import Graph
from aitia.graphs.classes import is_admg
from aitia.graphs.conversions import to_mag
from aitia.graphs.districts import c_components, district_of, districts
from aitia.graphs.formats.text import parse
from aitia.graphs.inducing import inducing_path
from aitia.graphs.projection import to_admg
from aitia.graphs.reachability import ancestors, anterior
from tests.graphs.random_graphs import below, brute_separated, paths, random_graph


def kinds(graph: Graph) -> set[tuple[str, str, str]]:
    """Edges as (a, mark, b), those with two arrowheads by name order."""
    return {(e.source, "->", e.target) if e.directed else (min(e.source, e.target), "<->", max(e.source, e.target)) for e in graph.edges}


def by_definition(graph: Graph) -> set[tuple[str, str, str]]:
    """An edge for each path whose inner nodes are latent and no colliders; its marks are those at the ends of the path."""
    found = set()
    for a, b in itertools.combinations(graph.observed, 2):
        for path in paths(graph, a, b):
            inner = [step[3] for step in path[:-1]]
            if any(node not in graph.latent for node in inner):
                continue
            if any(before[2] and after[1] for before, after in itertools.pairwise(path)):
                continue
            into_a, into_b = path[0][1], path[-1][2]
            if into_a and into_b:
                found.add((min(a, b), "<->", max(a, b)))
            else:
                found.add((b, "->", a) if into_a else (a, "->", b))
    return found


def test_projections_of_2000_graphs_are_those_of_the_definition() -> None:
    """A path without collider that does not have two arrowheads at its ends is directed one way."""
    rng = np.random.default_rng(20261124)
    both = 0
    for _ in range(2000):
        graph = random_graph(rng, int(rng.integers(2, 7)), rng.uniform(0.1, 0.6), rng.uniform(0, 0.3), rng.uniform(0, 0.6))
        found = to_admg(graph)
        assert kinds(found) == by_definition(graph)
        assert found.nodes == graph.observed
        assert len(kinds(found)) == len(found.edges)
        assert is_admg(found)
        assert found.graph_class == ("dag" if all(e.directed for e in found.edges) else "admg")
        both += bool({frozenset((a, b)) for a, mark, b in kinds(found) if mark == "->"} & {frozenset((a, b)) for a, m, b in kinds(found)})
    assert both > 500


def test_separations_among_measured_nodes_stay() -> None:
    rng = np.random.default_rng(2)
    for _ in range(300):
        graph = random_graph(rng, 6, 0.4, 0.1, 0.4)
        found = to_admg(graph)
        for a, b in itertools.combinations(graph.observed, 2):
            rest = [node for node in graph.observed if node not in (a, b)]
            for z in itertools.chain.from_iterable(itertools.combinations(rest, size) for size in range(len(rest) + 1)):
                assert brute_separated(found, a, b, set(z)) == brute_separated(graph, a, b, set(z))


def test_edges_keep_their_order_and_chosen_nodes_can_be_left_out() -> None:
    graph = parse("a->m->b; u->a; u->b; b->c")
    found = to_admg(graph, ["u", "m"])
    assert [(e.source, e.symbol, e.target) for e in found.edges] == [("b", "->", "c"), ("a", "->", "b"), ("a", "<->", "b")]
    assert to_admg(graph) == to_admg(graph, ())
    assert to_admg(graph.with_latent(("u", "m")), "u").latent == ("m",)
    with pytest.raises(UnknownName):
        to_admg(graph, "q")
    with pytest.raises(BadGraph):
        to_admg(parse("a--b"))


def test_a_long_chain_of_latent_nodes_is_one_edge() -> None:
    names = [f"v{i}" for i in range(1500)]
    chain = parse("->".join(names)).with_latent(tuple(names[1:-1]))
    assert [(e.source, e.symbol, e.target) for e in to_admg(chain).edges] == [("v0", "->", "v1499")]


def test_districts_of_2000_graphs_are_what_double_arrows_connect() -> None:
    rng = np.random.default_rng(3)
    for _ in range(2000):
        graph = random_graph(rng, int(rng.integers(1, 7)), 0.3, rng.uniform(0, 0.6))
        within = [node for node in graph.nodes if rng.random() < 0.7]
        for keep, found in ((list(graph.nodes), districts(graph)), (within, districts(graph, within))):
            groups = {node: {node} for node in keep}
            for e in graph.edges:
                if not e.directed and e.source in groups and e.target in groups and groups[e.source] is not groups[e.target]:
                    joined = groups[e.source] | groups[e.target]
                    groups.update(dict.fromkeys(joined, joined))
            assert {frozenset(group) for group in found} == {frozenset(group) for group in groups.values()}
            assert sorted(itertools.chain.from_iterable(found)) == sorted(keep)
            assert [group[0] for group in found] == [node for node in graph.nodes if node in {group[0] for group in found}]
        for node in within:
            assert node in district_of(graph, node, within)


def test_components_follow_latent_causes() -> None:
    graph = parse("u->x; u->m; x->y; m->y; w->y; w->z; x->m").with_latent(("u", "w"))
    assert c_components(graph) == (("x", "m"), ("y", "z"))
    assert c_components(graph, ["x", "y", "z"]) == (("x",), ("y", "z"))
    assert district_of(parse("a<->b; c"), "c", ["a"]) == ()
    assert districts(parse("a->b")) == (("a",), ("b",))


def inducing_by_definition(graph: Graph, a: str, b: str, selected: set[str]) -> list[tuple[str, ...]]:
    top = {node for node in graph.nodes if below(graph, node) & ({a, b} | selected)}
    found = []
    for path in paths(graph, a, b):
        steps = itertools.pairwise(path)
        if all(after[0] in top if before[2] and after[1] else after[0] in graph.latent for before, after in steps):
            found.append((a, *(step[3] for step in path)))
    return found


def test_inducing_paths_of_2000_graphs_are_those_of_the_definition_and_join_the_mag() -> None:
    rng = np.random.default_rng(4)
    seen = {True: 0, False: 0}
    for _ in range(2000):
        graph = random_graph(rng, int(rng.integers(3, 7)), rng.uniform(0.1, 0.5), rng.uniform(0, 0.4), 0.3)
        selected = {str(rng.choice(graph.observed))} if len(graph.observed) > 3 and rng.random() < 0.5 else set()
        a, b = (str(name) for name in rng.choice(graph.nodes, 2, replace=False))
        if {a, b} & (selected | set(graph.latent)):
            continue
        proper = inducing_by_definition(graph, a, b, selected)
        found = inducing_path(graph, a, b, selected)
        assert (found is None) == (not proper)
        assert found is None or found in proper
        assert to_mag(graph, selected).adjacent(a, b) == bool(proper)
        seen[bool(proper)] += 1
    assert min(seen.values()) > 250


def test_anterior_nodes_lead_by_arrows_and_undirected_edges() -> None:
    graph = parse("a--b; b->c; c->d; e<->d; f->a")
    assert anterior(graph, "c") == {"a", "b", "c", "f"}
    assert ancestors(graph, "c") == {"b", "c"}
    assert anterior(graph, ["d", "e"]) == {"a", "b", "c", "d", "e", "f"}

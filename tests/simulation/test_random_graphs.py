"""Random graphs are acyclic, have the shape that their name says and about the degree that was asked for."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from aitia.core.errors import BadOption
from aitia.core.graph import Graph
from aitia.graphs.classes import is_cpdag, is_dag
from aitia.graphs.reachability import descendants, topological_order
from aitia.simulation import random_graphs as draw

Drawer = Callable[[int, np.random.Generator], Graph]
FAMILIES: dict[str, Drawer] = {
    "erdos-renyi": lambda p, rng: draw.erdos_renyi(p, rng, degree=3),
    "scale-free": lambda p, rng: draw.scale_free(p, rng, degree=3),
    "layered": lambda p, rng: draw.layered(p, rng, layers=4, degree=3),
    "small-world": lambda p, rng: draw.small_world(p, rng, degree=4),
    "bipartite": lambda p, rng: draw.bipartite(p, rng, degree=3),
    "tree": draw.random_tree,
    "polytree": draw.polytree,
    "blocks": lambda p, rng: draw.stochastic_blocks(p, rng, degree=3),
    "in-degree": lambda p, rng: draw.fixed_in_degree(p, rng, parents=2),
    "parallel": draw.enhanced_parallel,
}


def mean_degree(graph: Graph) -> float:
    return 2 * len(graph.edges) / len(graph.nodes)


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_draws_dags_without_doubled_edges(name: str) -> None:
    for seed in range(20):
        graph = FAMILIES[name](24, np.random.default_rng(seed))
        assert is_dag(graph)
        assert len({frozenset((e.source, e.target)) for e in graph.edges}) == len(graph.edges)
        assert graph.nodes == tuple(f"x{i}" for i in range(1, 25))


@pytest.mark.parametrize("name", FAMILIES)
def test_the_same_seed_draws_the_same_graph_and_another_seed_another(name: str) -> None:
    one, again, other = (FAMILIES[name](12, np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert one == again
    assert one != other


@pytest.mark.parametrize("name", [n for n in FAMILIES if n not in ("tree", "polytree")])
def test_names_do_not_tell_the_causal_order(name: str) -> None:
    """Over many draws a node's number is as often above as below that of its cause."""
    forward = total = 0
    for seed in range(60):
        graph = FAMILIES[name](12, np.random.default_rng(seed))
        forward += sum(int(e.source[1:]) < int(e.target[1:]) for e in graph.edges)
        total += len(graph.edges)
    assert abs(forward / total - 0.5) < 0.06


@pytest.mark.parametrize("name", ["erdos-renyi", "scale-free", "layered", "bipartite", "blocks"])
def test_the_average_degree_is_what_was_asked_for(name: str) -> None:
    degrees = [mean_degree(FAMILIES[name](40, np.random.default_rng(seed))) for seed in range(40)]
    assert np.mean(degrees) == pytest.approx(3, abs=0.25)


def test_an_edge_probability_is_kept() -> None:
    edges = [len(draw.erdos_renyi(20, np.random.default_rng(seed), probability=0.25).edges) for seed in range(60)]
    assert np.mean(edges) / 190 == pytest.approx(0.25, abs=0.02)


def test_a_scale_free_graph_has_hubs_where_they_are_wanted() -> None:
    """Few nodes have many neighbours, and with hubs as causes they have many children and few parents."""

    def most(counts: list[int]) -> int:
        return max(counts)

    rng = np.random.default_rng(1)
    causes = [draw.scale_free(100, rng, degree=2, hubs="causes") for _ in range(10)]
    effects = [draw.scale_free(100, rng, degree=2, hubs="effects") for _ in range(10)]
    flat = [draw.erdos_renyi(100, rng, degree=2) for _ in range(10)]
    children = np.mean([most([len(g.children(n)) for n in g.nodes]) for g in causes])
    assert children > 2 * np.mean([most([len(g.children(n)) for n in g.nodes]) for g in flat])
    assert np.mean([most([len(g.parents(n)) for n in g.nodes]) for g in causes]) < 3
    assert np.mean([most([len(g.parents(n)) for n in g.nodes]) for g in effects]) > children / 2


def test_layers_only_cause_the_next_layer() -> None:
    graph = draw.layered(20, np.random.default_rng(2), layers=4, degree=4)
    depth: dict[str, int] = {}
    for node in topological_order(graph):
        above = {depth[p] for p in graph.parents(node)}
        assert len(above) <= 1
        depth[node] = max(above, default=-1) + 1
    assert max(depth.values()) == 3
    assert all(graph.parents(node) for node in graph.nodes if depth[node])


def test_a_bipartite_graph_has_causes_on_one_side_only() -> None:
    graph = draw.bipartite(20, np.random.default_rng(3), degree=3)
    assert not {e.source for e in graph.edges} & {e.target for e in graph.edges}


def test_a_tree_has_one_root_and_a_polytree_no_two_paths() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        tree = draw.random_tree(15, rng)
        assert sorted(len(tree.parents(n)) for n in tree.nodes) == [0] + [1] * 14
        root = next(n for n in tree.nodes if not tree.parents(n))
        assert descendants(tree, root) == set(tree.nodes)
        assert len(draw.polytree(15, rng).edges) == 14
    assert any(len(g.parents(n)) > 1 for g in [draw.polytree(15, rng)] for n in g.nodes)


def test_trees_are_drawn_uniformly() -> None:
    """There are three labelled trees on three nodes; each comes up a third of the time."""
    rng = np.random.default_rng(5)
    shapes = [frozenset(frozenset(pair) for pair in draw.tree_pairs(3, rng)) for _ in range(3000)]
    counts = [shapes.count(shape) for shape in set(shapes)]
    assert len(counts) == 3
    assert max(abs(count - 1000) for count in counts) < 100


def test_blocks_are_joined_more_within_than_between() -> None:
    graph = draw.stochastic_blocks(40, np.random.default_rng(6), blocks=2, degree=4, between=0.0)
    reach = [descendants(graph, n) | {m for m in graph.nodes if n in descendants(graph, m)} for n in graph.nodes]
    assert max(map(len, reach)) <= 20


def test_every_node_of_a_fixed_in_degree_graph_has_as_many_parents_as_it_can() -> None:
    graph = draw.fixed_in_degree(10, np.random.default_rng(7), parents=3)
    assert sorted(len(graph.parents(n)) for n in graph.nodes) == [0, 1, 2] + [3] * 7


def test_in_an_enhanced_parallel_graph_everything_causes_the_last_node() -> None:
    graph = draw.enhanced_parallel(8, np.random.default_rng(8))
    last = next(n for n in graph.nodes if not graph.children(n))
    assert set(graph.parents(last)) == set(graph.nodes) - {last}
    assert sorted(len(graph.parents(n)) for n in graph.nodes if n != last) == [0] + [1] * 6


def test_a_small_world_keeps_the_number_of_edges_of_its_ring() -> None:
    for rewire in (0.0, 0.3, 1.0):
        assert len(draw.small_world(20, np.random.default_rng(9), degree=4, rewire=rewire).edges) == 40


def test_hidden_causes_reach_as_many_measured_nodes_as_asked() -> None:
    graph = draw.with_hidden_causes(draw.erdos_renyi(8, np.random.default_rng(10)), np.random.default_rng(11), count=3, reach=4)
    assert graph.latent == ("u1", "u2", "u3")
    assert all(len(graph.children(u)) == 4 and not graph.parents(u) for u in graph.latent)
    assert is_dag(graph)


def test_a_random_cpdag_is_one() -> None:
    for seed in range(10):
        assert is_cpdag(draw.random_cpdag(8, np.random.default_rng(seed), degree=3))


def test_lags_point_forward_and_a_time_step_is_acyclic() -> None:
    graph = draw.lagged(8, np.random.default_rng(12), lags=3, degree=2, contemporaneous=2)
    assert {e.lag for e in graph.edges} == {0, 1, 2, 3}
    topological_order(graph)
    assert all(any(e.source == e.target == n and e.lag == 1 for e in graph.edges) for n in graph.nodes)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda rng: draw.erdos_renyi(3, rng, degree=5), "5 neighbours"),
        (lambda rng: draw.erdos_renyi(3, rng, probability=1.5), "not a chance"),
        (lambda rng: draw.layered(3, rng, layers=5), "5 layers"),
        (lambda rng: draw.bipartite(1, rng), "sources"),
        (lambda rng: draw.scale_free(5, rng, hubs="none"), "Hubs"),
        (lambda rng: draw.erdos_renyi(["a", "a"], rng), "name of its own"),
        (lambda rng: draw.with_hidden_causes(draw.random_tree(2, rng), rng, reach=3), "reach 3"),
        (lambda rng: draw.lagged(3, rng, lags=0), "no past"),
    ],
)
def test_impossible_shapes_are_refused(call: Callable[[np.random.Generator], Graph], match: str) -> None:
    with pytest.raises(BadOption, match=match):
        call(np.random.default_rng(0))


def test_names_may_be_given() -> None:
    graph = draw.erdos_renyi(["age", "dose", "pain"], np.random.default_rng(0), probability=1.0)
    assert graph.nodes == ("age", "dose", "pain")
    assert all(graph.adjacent(a, b) for a, b in itertools.combinations(graph.nodes, 2))

"""Adjustment sets equal the criterion read off every path; nothing explodes."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.core.errors import UnknownName
from aitia.core.graph import Graph
from aitia.graphs.adjustment import adjusting, all_sets, forbidden, is_adjustment_set, minimal_sets, optimal_set, preferred_set
from aitia.graphs.formats.text import parse
from aitia.graphs.reachability import descendants
from tests.graphs.random_graphs import brute_adjustment_sets, minimal_of, random_graph
from tests.shared import shared


def as_sets(found: tuple[tuple[str, ...], ...]) -> set[frozenset[str]]:
    assert len(set(found)) == len(found)
    return {frozenset(names) for names in found}


def test_every_set_equals_brute_force_on_2500_admgs_with_latents() -> None:
    rng = np.random.default_rng(17)
    counts = {"none": 0, "several": 0}
    for _ in range(2500):
        graph = random_graph(rng, int(rng.integers(3, 8)), rng.uniform(0.2, 0.55), rng.uniform(0, 0.12), 0.1)
        x, y, *rest = (str(name) for name in rng.permutation(graph.nodes))
        if y not in descendants(graph, x) and rng.random() < 0.5:
            x, y = y, x
        graph = graph.with_latent(tuple(set(graph.latent) - {x, y}))
        every = brute_adjustment_sets(graph, x, y)
        minimal = minimal_of(every)
        found, complete = minimal_sets(graph, x, y)
        assert complete
        assert as_sets(found) == minimal, (graph, x, y)
        assert as_sets(all_sets(graph, x, y)[0]) == set(every)
        for name in rest:
            must = frozenset({name})
            assert as_sets(minimal_sets(graph, x, y, include=must)[0]) == minimal_of(every, must), (graph, x, y, name)
            assert is_adjustment_set(graph, x, y, must) == (must in every)
        counts["none"] += not minimal
        counts["several"] += len(minimal) > 1
        best = set(optimal_set(graph, x, y) or ())
        expected = min(minimal, key=lambda s: (len(s), len(s - best), sorted(graph.nodes.index(n) for n in s)), default=None)
        chosen = preferred_set(adjusting(graph, x, y), frozenset())
        assert (None if chosen is None else frozenset(chosen)) == expected
    assert min(counts.values()) > 50


def variance(graph: Graph, weights: np.ndarray, x: str, y: str, given: tuple[str, ...]) -> float:
    """Asymptotic variance of the regression coefficient of x in a linear Gaussian model."""
    n = len(graph.nodes)
    total = np.linalg.inv(np.eye(n) - weights.T)
    cov = total @ total.T
    at = [graph.nodes.index(name) for name in (x, y, *given)]
    a, b, z = at[0], at[1], at[2:]
    inner = np.linalg.inv(cov[np.ix_([a, *z], [a, *z])])
    rest = cov[b, b] - cov[b, [a, *z]] @ inner @ cov[[a, *z], b]
    return float(rest * inner[0, 0])


def test_optimal_set_has_the_least_variance_among_all_adjustment_sets() -> None:
    rng = np.random.default_rng(8)
    compared = 0
    for _ in range(400):
        graph = random_graph(rng, 6, 0.4, 0, 0.15)
        x, y = (str(name) for name in rng.permutation(graph.nodes)[:2])
        graph = graph.with_latent(tuple(set(graph.latent) - {x, y}))
        best = optimal_set(graph, x, y)
        if best is None:
            continue
        weights = np.zeros((6, 6))
        for edge in graph.edges:
            weights[graph.nodes.index(edge.source), graph.nodes.index(edge.target)] = rng.normal()
        assert is_adjustment_set(graph, x, y, best)
        least = variance(graph, weights, x, y, best)
        for other in all_sets(graph, x, y)[0]:
            assert least <= variance(graph, weights, x, y, other) * (1 + 1e-9)
            compared += 1
    assert compared > 200


def test_25_confounders_that_share_causes_are_one_set() -> None:
    names = [f"c{i}" for i in range(25)]
    graph = parse("; ".join([*(f"{n}->t; {n}->y" for n in names), *(f"{a}<->{b}" for a in names for b in names if a < b), "t->y"]))
    found, complete = minimal_sets(graph, "t", "y")
    assert complete
    assert as_sets(found) == {frozenset(names)}
    assert preferred_set(adjusting(graph, "t", "y"), frozenset()) == tuple(names)
    assert len(all_sets(graph, "t", "y")[0]) == 1


def test_a_million_minimal_sets_are_cut_off_and_the_best_is_still_found() -> None:
    """Twenty chains c -> d from t to y: 2^20 minimal sets; the optimal one, the parents of y, is preferred."""
    graph = parse("; ".join([*(f"c{i}->t; c{i}->d{i}; d{i}->y" for i in range(20)), "t->y"]))
    found, complete = minimal_sets(graph, "t", "y", limit=100)
    assert (len(found), complete) == (100, False)
    assert all(is_adjustment_set(graph, "t", "y", names) for names in found)
    assert set(preferred_set(adjusting(graph, "t", "y"), frozenset()) or ()) == {f"d{i}" for i in range(20)}


def test_sets_of_200_nodes_are_found_and_preferred() -> None:
    rng = np.random.default_rng(2)
    graph = random_graph(rng, 200, 0.04, 0.002, 0.1)
    order = [n for n in graph.nodes if n not in graph.latent]
    tried = 0
    for x, y in zip(order[:10:2], order[1:10:2], strict=True):
        found, _ = minimal_sets(graph, x, y, limit=20)
        chosen = preferred_set(adjusting(graph, x, y), frozenset())
        assert (chosen is None) == (not found)
        tried += chosen is not None and bool(found)
    assert tried >= 1


@settings(deadline=None)
@given(st.integers(0, 10**6), st.permutations(range(7)))
def test_the_order_of_edges_does_not_matter(seed: int, order: list[int]) -> None:
    graph = random_graph(np.random.default_rng(seed), 7, 0.4, 0.1, 0.1)
    edges = graph.edges
    mixed = graph.with_edges(tuple(edges[i] for i in order if i < len(edges)) + edges[7:])
    for x, y in (("v0", "v1"), ("v1", "v0")):
        assert minimal_sets(graph, x, y) == minimal_sets(mixed, x, y)


def test_what_may_not_be_adjusted_for() -> None:
    graph = parse("z->t; t->m->y; m->d; t->s; z->y")
    assert forbidden(graph, "t", "y") == {"t", "m", "y", "d"}
    assert is_adjustment_set(graph, "t", "y", ("z",))
    assert is_adjustment_set(graph, "t", "y", ("z", "s"))
    assert not is_adjustment_set(graph, "t", "y", ("z", "m"))
    with pytest.raises(UnknownName):
        is_adjustment_set(graph, "t", "y", ("q",))


def published(name: str) -> tuple[Graph, str, str]:
    """A graph in dagitty's words, with its exposure and outcome."""
    body = shared(f"dagitty_models/{name}.txt").read_text(encoding="utf8")
    body = re.sub(r"\[[^\]]*\]", lambda m: " ".join(re.findall(r"exposure|outcome|latent", m.group())), body)
    lines = [line.split() for line in body.splitlines()[1:-1] if line.strip() and "=" not in line]
    role = {w: [line[0] for line in lines if w in line[1:]] for w in ("exposure", "outcome", "latent")}
    edges = [f'"{line[0]}" {line[1]} "{line[2]}"' for line in lines if len(line) >= 3 and line[1] in ("->", "<->", "<-")]
    return parse("; ".join(edges)).with_latent(tuple(role["latent"])), role["exposure"][0], role["outcome"][0]


# By hand from the back-door criterion: each graph has few enough paths to read off.
GOLDEN = {
    "M-bias": [()],
    "confounding": [("A", "Z"), ("B", "Z")],
    "mediator": [("Z",)],
    "Thoemmes_2013": [()],
}


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_small_published_graphs(name: str) -> None:
    graph, x, y = published(name)
    found, complete = minimal_sets(graph, x, y)
    assert complete
    assert as_sets(found) == {frozenset(names) for names in GOLDEN[name]}


def test_shrier_2008() -> None:
    """Shrier and Platt adjust for fatigue and tissue weakness; the other six sets are those left by going through the paths."""
    graph, x, y = published("Shrier_2008")
    found, complete = minimal_sets(graph, x, y)
    assert complete
    assert as_sets(found) == {
        frozenset(names)
        for names in (
            {"NeuromuscularFatigue", "TissueWeakness"},
            {"NeuromuscularFatigue", "ConnectiveTissueDisorder"},
            {"Coach", "FitnessLevel"},
            {"Coach", "PreGameProprioception"},
            {"TeamMotivation", "FitnessLevel"},
            {"TeamMotivation", "PreGameProprioception"},
            {"FitnessLevel", "Genetics"},
        )
    }
    assert set(optimal_set(graph, x, y) or ()) == {"NeuromuscularFatigue", "TissueWeakness", "ContactSport"}
    assert set(preferred_set(adjusting(graph, x, y), frozenset()) or ()) == {"NeuromuscularFatigue", "TissueWeakness"}


@pytest.mark.parametrize("name", ["Didelez_2010", "Kampen_2014", "Shrier_2008", "confounding", "mediator", "M-bias"])
def test_published_graphs_by_brute_force(name: str) -> None:
    graph, x, y = published(name)
    assert as_sets(minimal_sets(graph, x, y)[0]) == minimal_of(brute_adjustment_sets(graph, x, y))

"""Completed graphs are what all equivalent DAGs share, and every class has the DAGs that the definitions say."""

from __future__ import annotations

import itertools
import pathlib
import tomllib

import numpy as np
import pytest

from aitia.core.errors import BadGraph
from aitia.graphs.classes import as_cpdag, as_mpdag
from aitia.graphs.conversions import to_cpdag, to_dag
from aitia.graphs.equivalence import (
    along_search,
    by_sinks,
    causal_order,
    completed_pdag,
    extended,
    is_cpdag,
    is_extension,
    is_mpdag,
)
from aitia.graphs.formats.text import parse
from aitia.graphs.meek import assign, close, is_closed
from aitia.graphs.pdag import PDAG, built, pdag
from tests.graphs.mixed_graphs import (
    all_dags,
    colliders_of,
    dag_of,
    extensions,
    graph_of,
    random_parents,
    random_pdag,
    shared_arrows,
)

PUBLISHED = tomllib.loads((pathlib.Path(__file__).parents[1] / "expected.toml").read_text(encoding="utf8"))["graph_class"]


def key(state: PDAG) -> tuple:
    return tuple(map(frozenset, state.children)), tuple(map(frozenset, state.lines))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_there_are_as_many_completed_graphs_as_published_and_each_is_what_its_dags_share(n: int) -> None:
    classes: dict[tuple, list[list[set[int]]]] = {}
    for parents in all_dags(n):
        classes.setdefault(key(completed_pdag(parents)), []).append(parents)
    assert len(classes) == PUBLISHED["cpdags"][n - 1]
    assert sum(map(len, classes.values())) == PUBLISHED["dags"][n - 1]
    for found, members in classes.items():
        assert key(shared_arrows(members)) == found


def closed_by_knowledge(rng: np.random.Generator, n: int, density: float, arrows: int) -> PDAG:
    state = completed_pdag(random_parents(rng, n, density))
    for _ in range(arrows):
        lines = list(state.undirected())
        if lines:
            a, b = lines[int(rng.integers(len(lines)))]
            assign(state, *((a, b) if rng.random() < 0.5 else (b, a)))
    return state


def disturbed(rng: np.random.Generator, state: PDAG) -> PDAG:
    """The same joins, one of them marked otherwise."""
    edges = [*state.arrows(), *state.undirected()]
    if not edges:
        return state
    a, b = edges[int(rng.integers(len(edges)))]
    arrows, lines = set(state.arrows()) - {(a, b)}, set(state.undirected()) - {(a, b)}
    if (a, b) in set(state.undirected()) or rng.random() < 0.5:
        arrows.add((b, a) if rng.random() < 0.5 else (a, b))
    else:
        lines.add((a, b))
    return built(len(state), arrows, lines)


def test_classes_of_3000_partly_directed_graphs_equal_their_definitions() -> None:
    """An MPDAG is all that its DAGs share; a CPDAG is all that every DAG with the separations of one of its DAGs shares."""
    rng = np.random.default_rng(20261124)
    seen = dict.fromkeys(itertools.product((True, False), repeat=3), 0)
    for i in range(3000):
        n, density = int(rng.integers(2, 7)), rng.uniform(0.2, 0.9)
        if i % 3:
            state = closed_by_knowledge(rng, n, density, int(rng.integers(0, 3)))
            state = disturbed(rng, state) if i % 3 == 2 else state
        else:
            state = random_pdag(rng, n, density, rng.uniform(0, 1))
        dags = extensions(state)
        everything = extensions(shared_collider_pattern(dags[0], state)) if dags else []
        mpdag = bool(dags) and shared_arrows(dags).same_as(state)
        cpdag = bool(dags) and shared_arrows(everything).same_as(state)
        graph = graph_of(state)
        assert is_mpdag(graph) == mpdag
        assert is_cpdag(graph) == cpdag
        parents = extended(state)
        assert (parents is not None) == bool(dags)
        assert parents is None or parents in dags
        seen[bool(dags), mpdag, cpdag] += 1
    assert min(seen[found] for found in ((True, True, True), (True, True, False), (True, False, False), (False, False, False))) > 200


def shared_collider_pattern(parents: list[set[int]], state: PDAG) -> PDAG:
    """The joins with nothing directed but colliders: its extensions are the DAGs with the same separations (Verma and Pearl)."""
    arrows = {(side, b) for a, b, c in colliders_of(parents, state.joined) for side in (a, c)}
    pairs = {(a, b) for b, own in enumerate(parents) for a in own}
    return built(len(parents), arrows, pairs - arrows)


def test_one_search_directs_every_closed_graph_and_sinks_direct_any_other() -> None:
    rng = np.random.default_rng(7)
    with_arrows_inside = 0
    for _ in range(2000):
        state = closed_by_knowledge(rng, int(rng.integers(3, 10)), rng.uniform(0.2, 0.9), int(rng.integers(0, 4)))
        assert is_closed(state)
        assert is_extension(state, along_search(state))
        other = by_sinks(state)
        assert other is not None
        assert is_extension(state, other)
        with_arrows_inside += any(state.parents[b] & state.lines[a] for a, b in state.undirected())
    assert with_arrows_inside > 100


def test_rules_find_all_that_follows_from_known_arrows() -> None:
    """Arrows known on a completed graph imply exactly what all DAGs with them share. [meek1995]"""
    rng = np.random.default_rng(8)
    done = 0
    while done < 2000:
        parents = random_parents(rng, int(rng.integers(3, 7)), rng.uniform(0.3, 0.9))
        state = completed_pdag(parents)
        lines = list(state.undirected())
        if not lines:
            continue
        for i in rng.permutation(len(lines))[: int(rng.integers(1, 4))]:
            a, b = lines[int(i)]
            state.direct(*((a, b) if a in parents[b] else (b, a)))
        dags = extensions_within(state, parents)
        close(state)
        assert shared_arrows(dags).same_as(state)
        done += 1


def extensions_within(state: PDAG, parents: list[set[int]]) -> list[list[set[int]]]:
    """The DAGs with the separations of one DAG and the arrows of a graph."""
    every = extensions(shared_collider_pattern(parents, state))
    return [dag for dag in every if all(a in dag[b] for a, b in state.arrows())]


def test_graphs_come_back_from_their_dags() -> None:
    rng = np.random.default_rng(9)
    for _ in range(300):
        dag = dag_of(random_parents(rng, int(rng.integers(1, 12)), rng.uniform(0.1, 0.7)))
        whole = to_cpdag(dag)
        assert whole.graph_class == "cpdag"
        assert is_cpdag(whole)
        again = to_dag(whole)
        assert again.graph_class == "dag"
        assert pdag(to_cpdag(again)).same_as(pdag(whole))
        assert pdag(to_cpdag(whole)).same_as(pdag(whole))
        assert [{e.source, e.target} for e in whole.edges] == [{e.source, e.target} for e in dag.edges]


def test_support_and_order_of_edges_stay() -> None:
    graph = parse("b->a; c->a; d->b")
    edges = tuple(e.__class__(source=e.source, target=e.target, support=0.1 * i) for i, e in enumerate(graph.edges))
    whole = to_cpdag(graph.with_edges(edges))
    assert [(e.source, e.symbol, e.target, e.support) for e in whole.edges] == [
        ("b", "->", "a", 0.0),
        ("c", "->", "a", 0.1),
        ("b", "--", "d", 0.2),
    ]


def test_a_thousand_nodes_are_no_trouble() -> None:
    rng = np.random.default_rng(10)
    parents = random_parents(rng, 1000, 4 / 999)
    graph = dag_of(parents)
    whole = to_cpdag(graph)
    assert is_cpdag(whole)
    assert len(causal_order(pdag(to_dag(whole)).parents)) == 1000


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a->b--c", r"b -- c can only be b -> c"),
        ("a--b--c--d--a", r"No DAG has these"),
        ("a->b; a--b", r"second edge of a and b"),
        ("a<->b", r"hidden common cause"),
        ("a o-> b", r"leaves open"),
        ("x[-1]->y", r"has a lag"),
        ("a->b->c->a", r"cycle"),
    ],
)
def test_what_is_no_mpdag_is_refused_with_the_reason(text: str, what: str) -> None:
    for ask in (as_mpdag, as_cpdag, to_dag, to_cpdag):
        with pytest.raises(BadGraph, match=what) as error:
            ask(parse(text))
        assert error.value.why
        assert error.value.next


def test_an_arrow_that_is_not_shared_is_named() -> None:
    assert as_mpdag(parse("a->b")).graph_class == "mpdag"
    with pytest.raises(BadGraph, match="arrow a -> b is not one that all"):
        as_cpdag(parse("a->b"))
    assert as_cpdag(parse("a->c; b->c")).graph_class == "cpdag"

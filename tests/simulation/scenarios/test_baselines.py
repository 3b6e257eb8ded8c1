"""The baselines guess what can be worked out by hand, and are scored as a person would."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aitia.core.graph import Graph
from aitia.graphs.conversions import to_cpdag
from aitia.graphs.formats.text import parse
from aitia.simulation.scenarios.baselines import BASELINES, by_r2, by_variance, complete, correlated, correlations, empty, forward_selection
from aitia.simulation.scenarios.drawing import Problem
from aitia.simulation.scenarios.scoring import mean_scores, score, summary

COLLIDER = parse("a->c; b->c; d")


def planted(n: int = 2000, seed: int = 7, scale: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)) -> Problem:
    """Rows of a -> c <- b and an idle d, in units of their own."""
    rng = np.random.default_rng(seed)
    a, b, d = rng.normal(size=(3, n))
    c = 2 * a + 2 * b + rng.normal(size=n)
    rows = np.column_stack([a, c, b, d]) * scale
    return Problem(names=("a", "c", "b", "d"), rows=rows, skeleton=COLLIDER, marks=to_cpdag(COLLIDER))


def joined(graph: Graph) -> set[frozenset[str]]:
    return {frozenset((edge.source, edge.target)) for edge in graph.edges}


def test_the_empty_graph_misses_every_edge_and_the_complete_one_claims_every_pair() -> None:
    problem = planted()
    nothing, everything = score(problem, empty(problem)), score(problem, complete(problem))
    assert (nothing.adjacency, nothing.arrowheads, nothing.shd) == (0.0, 0.0, 2)
    assert (everything.adjacency, everything.arrowheads, everything.shd) == (pytest.approx(2 * 2 / (2 + 6)), 0.0, 6)


def test_the_threshold_joins_what_correlates_and_only_that() -> None:
    problem = planted()
    assert joined(correlated(problem)) == {frozenset("ac"), frozenset("bc")}
    assert joined(correlated(problem, threshold=0.99)) == set()
    assert len(joined(correlated(problem, threshold=0.0))) == 6


def test_sorting_by_variance_finds_a_collider_whose_variance_is_largest() -> None:
    problem = planted()
    assert score(problem, by_variance(problem)) == score(problem, to_cpdag(COLLIDER))
    assert score(problem, by_variance(problem)).shd == 0


def test_in_other_units_sorting_by_variance_fails_and_sorting_by_r2_does_not() -> None:
    problem = planted(scale=(10.0, 0.1, 1.0, 1.0))
    assert score(problem, by_variance(problem)).arrowheads < 1
    assert score(problem, by_r2(problem)).shd == 0


def test_a_regression_keeps_the_cause_and_drops_what_it_explains() -> None:
    chain = np.array([[1.0, 0.8], [0.8, 1.0]])
    assert forward_selection(chain, np.array([0.5, 0.4]), 1000) == [0]
    assert forward_selection(chain, np.array([0.5, 0.1]), 1000) == [0, 1]
    assert forward_selection(chain, np.array([0.01, 0.01]), 1000) == []


@given(st.integers(0, 10_000), st.integers(1, 6))
def test_each_step_of_the_selection_adds_what_lowers_bic_most(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(60, k)) @ rng.normal(size=(k, k))
    outcome = rows @ rng.normal(size=k) + rng.normal(size=60) * 3
    moments = correlations(np.column_stack([rows, outcome]))

    def bic(chosen: list[int]) -> float:
        centred, y = rows - rows.mean(axis=0), outcome - outcome.mean()
        fitted = centred[:, chosen] @ np.linalg.lstsq(centred[:, chosen], y, rcond=None)[0] if chosen else 0.0
        return 60 * np.log(((y - fitted) ** 2).sum() / 60) + np.log(60) * len(chosen)

    slow: list[int] = []
    while len(slow) < k:
        best = min((c for c in range(k) if c not in slow), key=lambda c: bic([*slow, c]))
        if bic([*slow, best]) >= bic(slow):
            break
        slow.append(best)
    assert forward_selection(moments[:k, :k], moments[:k, k], 60) == sorted(slow)


@pytest.mark.parametrize("name", BASELINES)
def test_a_constant_column_and_a_copy_break_no_baseline(name: str) -> None:
    problem = planted()
    rows = problem.rows.copy()
    rows[:, 3] = 1.0
    rows[:, 2] = rows[:, 0]
    guess = BASELINES[name](Problem(names=problem.names, rows=rows, skeleton=problem.skeleton, marks=problem.marks))
    assert set(guess.nodes) == set(problem.names)


def test_nothing_claimed_where_there_is_nothing_to_find_is_right() -> None:
    bare = parse("a; b")
    problem = Problem(names=("a", "b"), rows=np.eye(5, 2), skeleton=bare, marks=bare)
    assert (score(problem, bare).adjacency, score(problem, bare).arrowheads) == (1.0, 1.0)
    assert score(problem, parse("a->b")).adjacency == 0.0


def test_under_hidden_causes_shd_is_left_out() -> None:
    pag = parse("a o-> b; c o-> b")
    problem = Problem(names=("a", "b", "c"), rows=np.zeros((3, 3)), skeleton=parse("a->b; c->b"), marks=pag, latent=True)
    assert score(problem, parse("a->b; c->b")).shd is None
    assert set(mean_scores([problem], empty)) == {"adjacency", "arrowheads"}


def test_a_summary_has_mean_deviation_and_number() -> None:
    found = summary([0.2, 0.4])
    assert (found.mean, found.spread, found.seeds) == (0.3, pytest.approx(0.141), 2)
    assert summary([0.5]).spread == 0.0

"""A search gets each score once, and changes of a score for one parent more or less."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from aitia.core.card import Card, Method
from aitia.core.errors import BadOption, InputError
from aitia.core.run import Run
from aitia.core.shelf import scores
from aitia.core.table import Table
from aitia.measures import local_scores
from aitia.measures.local_scores import LocalScores
from tests.measures.scores.worlds import kinds_of, options_of, turned_through, with_gaps, world

METHODS = list(scores)
EACH = pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)


def opened(method: Method, table: Table | None = None) -> LocalScores:
    found = world(turned_through(kinds_of(method)), 150, [3]) if table is None else table
    return LocalScores(found, method, Run(), nodes=("y", "a", "b", "c"), options=options_of(method))


@EACH
def test_changes_are_differences_of_scores(method: Method) -> None:
    local, fresh = opened(method), opened(method)
    for node, parents in ((0, ()), (0, (1,)), (3, (0, 1, 2)), (1, (3, 0))):
        others = [j for j in range(4) if j != node]
        direct = [
            fresh.score(node, set(parents) ^ {other}) - fresh.score(node, parents)
            for other in others
        ]  # fmt: skip
        assert local.changes(node, parents, others) == pytest.approx(direct, rel=1e-7, abs=1e-7)


@EACH
def test_each_family_is_scored_once(method: Method) -> None:
    local = opened(method)
    first = local.score(0, (1, 2))
    assert (local.asked, local.computed) == (1, 1)
    assert local.score(0, [2, 1]) == first
    assert (local.asked, local.computed) == (2, 1)
    local.changes(0, (1, 2), [3, 1])
    assert (local.asked, local.computed) == (5, 3)
    again = local.scores([(0, (1, 2)), (0, (2,)), (0, (1, 2, 3)), (1, ()), (1, ())])
    assert (local.asked, local.computed) == (10, 4)
    assert again[0] == first
    assert again[3] == again[4]


@EACH
def test_a_graph_is_worth_the_sum_of_its_families(method: Method) -> None:
    local = opened(method)
    parents = [(1, 2), (), (), (1,)]
    assert local.total(parents) == pytest.approx(sum(local.score(node, own) for node, own in enumerate(parents)))


def test_the_key_tells_what_the_scores_hold_for() -> None:
    table = world(dict.fromkeys("abcy", "continuous"), 100, [1])
    gaps = with_gaps(table, {"a": [1]})
    keys = [
        LocalScores(table, "bge", Run()).key,
        LocalScores(gaps, "bge", Run()).key,
        LocalScores(table, "gaussian-bic", Run()).key,
        LocalScores(table, "bge", Run(), options={"alpha_mu": 2.0}).key,
        LocalScores(table, "bge", Run(), nodes=("a", "b")).key,
    ]
    assert len(set(keys)) == 5
    assert keys[0] == LocalScores(table, "bge", Run()).key
    assert LocalScores(gaps, "bge", Run()).n == 99


def test_options_are_checked() -> None:
    table = world(dict.fromkeys("abcy", "continuous"), 100, [1])
    with pytest.raises(BadOption, match="alpha"):
        LocalScores(table, "bge", Run(), options={"alpha": 2.0})
    assert LocalScores(table, "bge", Run(), options={"alpha_mu": "2"}).score(0, ()) == pytest.approx(
        scores["bge"](table, "a", (), Run(), alpha_mu=2.0)
    )


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_scores, "MOST_KEPT", 3)
    local, free = opened(scores["bge"]), opened(scores["bge"])
    for node, other in itertools.permutations(range(4), 2):
        assert local.score(node, (other,)) == free.score(node, (other,))
    assert local.changes(0, (1,), [2, 3, 1]) == pytest.approx(free.changes(0, (1,), [2, 3, 1]))


def test_a_score_of_another_package_needs_no_more_than_its_function() -> None:
    """It is called family by family, or by its batch; on rows with gaps it is refused, since families would not compare."""
    table = world(dict.fromkeys("abcy", "continuous"), 100, [1])
    plain = scores["bge"]
    card = Card(says="Scores.", kinds=plain.card.kinds)
    for given in ({}, {"batch": plain.kernels["batch"]}):
        other = dataclasses.replace(plain, name="theirs", card=card, kernels=given)
        local = LocalScores(table, other, Run(), options={"alpha_mu": 2.0})
        assert local.score(0, (1, 2)) == pytest.approx(scores["bge"](table, "a", ("b", "c"), Run(), alpha_mu=2.0), rel=1e-9)
        assert np.isfinite(local.changes(0, (1,), [2, 3])).all()
        with pytest.raises(InputError, match="missing"):
            LocalScores(with_gaps(table, {"b": [4]}), other, Run())


def test_a_column_that_is_not_there_is_an_error() -> None:
    local = opened(scores["gaussian-bic"])
    for wrong in (lambda: local.score(0, (9,)), lambda: local.scores([(0, (9,))]), lambda: local.changes(0, (), [9])):
        with pytest.raises(IndexError):
            wrong()

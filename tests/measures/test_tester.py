"""A tester asks each question once, counts, and mixes nothing up."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from aitia.core.errors import BadOption, UnusableColumn
from aitia.core.independence import Test
from aitia.core.request import Reading
from aitia.core.run import Run
from aitia.core.shelf import independence
from aitia.measures.tester import Tester
from tests.measures.tables import table_of


def table(seed: int = 0, n: int = 200):  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    values = {"x": z + rng.normal(size=n), "y": z + rng.normal(size=n), "z": z, "c": np.repeat(np.arange(n // 10), 10).astype(float)}
    return table_of({"x": "continuous", "y": "continuous", "z": "continuous", "c": "unit"}, values)


def test_a_question_is_asked_once_whatever_the_order_of_its_names() -> None:
    tester = Tester(table(), independence["fisher-z"], Run())
    first = tester.test("x", "y", ("z",))
    assert tester.test("y", "x", ("z",)) is first
    answers = tester.batch([("x", "y", ("z",)), ("x", "z", ("y",)), ("z", "x", ["y"]), ("x", "y", ())])
    assert answers[0] is first
    assert answers[1] is answers[2]
    assert (tester.tally.calls, tester.tally.hits) == (6, 3)
    assert tester.tally.rows == 3 * 200
    assert tester.tally.seconds > 0
    assert first == independence["fisher-z"](table(), "x", "y", ("z",), Run())


def test_shared_memory_never_takes_one_table_reading_method_option_or_seed_for_another() -> None:
    memory: dict[tuple, Test] = {}
    one = table(0)
    read = dataclasses.replace(one, reading=Reading(cluster="c"))
    testers = [
        Tester(one, independence["fisher-z"], Run(), memory=memory),
        Tester(table(1), independence["fisher-z"], Run(), memory=memory),
        Tester(read, independence["fisher-z"], Run(), memory=memory),
        Tester(one, independence["kci"], Run(), memory=memory),
        Tester(one, independence["kci"], Run(), {"width": "empirical"}, memory=memory),
        Tester(one, independence["kci"], Run(), {"width": 0.9}, memory=memory),
        Tester(one, independence["random-feature"], Run(), memory=memory),
        Tester(one, independence["random-feature"], Run(seed=1), memory=memory),
    ]
    ps = [tester.test("x", "y", ("z",)).p for tester in testers]
    assert len(set(ps)) == len(testers) == len(memory)
    assert [tester.test("y", "x", ("z",)).p for tester in testers] == ps
    assert all(tester.tally.hits == 1 for tester in testers)


def test_oracles_of_unlike_graphs_are_told_apart() -> None:
    memory: dict[tuple, Test] = {}
    answers = [
        Tester(table(), independence["oracle"], Run(), {"graph": graph}, memory).test("x", "y", ("z",)).p
        for graph in ("z->x; z->y", "z->x; z->y; x->y")
    ]
    assert answers == [1.0, 0.0]


def test_sides_that_play_unlike_roles_are_not_swapped() -> None:
    rng = np.random.default_rng(3)
    x = rng.laplace(rng.uniform(-1, 1, (300, 1)), 1, (300, 2))
    y = 3 * x + rng.laplace(rng.uniform(-1, 1, (300, 1)), 1, (300, 2))
    values = {"x": x.ravel(), "y": y.ravel(), "where": np.repeat(np.arange(300), 2).astype(float)}
    drawn = table_of({"x": "continuous", "y": "continuous", "where": "environment"}, values)
    tester = Tester(dataclasses.replace(drawn, reading=Reading(domain="where")), independence["grouped"], Run(), {"test": "fisher-z"})
    assert tester.test("y", "x", ("x",)).p > 0.01
    assert tester.test("x", "y", ("x",)).p != tester.test("y", "x", ("x",)).p


def test_columns_are_prepared_once_for_tests_that_can() -> None:
    rng = np.random.default_rng(0)
    values = {name: rng.integers(0, 3, 500).astype(float) for name in "abcd"} | {"n": rng.normal(size=500)}
    codes = table_of({"a": "categorical", "b": "categorical", "c": "binary", "d": "ordinal", "n": "continuous"}, values)
    run = Run()
    tester = Tester(codes, independence["g-squared"], run)
    found = [tester.test("a", "b", ("c",)), *tester.batch([("a", "d", ()), ("c", "d", ("a", "b"))])]
    single = [independence["g-squared"](codes, *t, run) for t in (("a", "b", ("c",)), ("a", "d", ()), ("c", "d", ("a", "b")))]
    assert [test.p for test in found] == pytest.approx([test.p for test in single])
    with pytest.raises(UnusableColumn, match="n"):
        tester.test("a", "n")


def test_options_are_checked_at_once() -> None:
    with pytest.raises(BadOption, match="no option"):
        Tester(table(), independence["fisher-z"], Run(), {"widht": 1})
    with pytest.raises(BadOption, match="does not take"):
        Tester(table(), independence["kci"], Run(), {"null": "normal"})

"""Scores of mixed kinds agree with those of one kind where there is one kind only, and find what they should elsewhere."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from aitia.core.run import Run
from aitia.core.shelf import scores
from aitia.measures.local_scores import LocalScores
from aitia.measures.score_table import score_table
from tests.measures.scores.worlds import with_gaps, world
from tests.measures.tables import table_of

FAMILIES = [("y", ()), ("y", ("a", "b")), ("c", ("a", "b", "y"))]
NUMBERS = dict.fromkeys("abcy", "continuous")
CODES = {"a": "binary", "b": "categorical", "c": "ordinal", "y": "categorical"}


def test_degenerate_gaussian_is_bic_on_numbers() -> None:
    table = world(NUMBERS, 200, [1])
    for node, parents in FAMILIES:
        mixed = scores["degenerate-gaussian"](table, node, parents, Run())
        assert mixed == pytest.approx(scores["gaussian-bic"](table, node, parents, Run()), rel=1e-9)


@pytest.mark.parametrize(("kinds", "other"), [(NUMBERS, "bge"), (CODES, "bdeu")])
def test_conditional_gaussian_is_bge_on_numbers_and_bdeu_on_codes(kinds: dict[str, str], other: str) -> None:
    table = world(kinds, 300, [2])
    for node, parents in FAMILIES:
        mixed = scores["conditional-gaussian"](table, node, parents, Run())
        assert mixed == pytest.approx(scores[other](table, node, parents, Run()), rel=1e-9)


def test_conditional_gaussian_is_bge_in_each_cell() -> None:
    """A number given a code is worth the sum of what it is worth among the rows of each level, in the units of all rows."""
    rng = np.random.default_rng(3)
    code = rng.integers(0, 3, 120).astype(float)
    x = rng.normal(size=120) + code
    z = (x - x.mean()) / x.std(ddof=1)
    table = table_of({"x": "continuous", "code": "categorical"}, {"x": x, "code": code})
    apart = 0.0
    for level in range(3):
        own = table_of({"x": "continuous"}, {"x": z[code == level]})
        apart += scores["bge"](own, "x", (), Run(), standardize=False, alpha_w=3.0)
    assert scores["conditional-gaussian"](table, "x", ("code",), Run()) == pytest.approx(apart, rel=1e-10)


def test_coded_columns_are_blocks_of_indicators() -> None:
    """A family of codes is a regression of indicators: its price is that of every coefficient and covariance."""
    table = world({"a": "categorical", "b": "binary", "c": "continuous", "y": "categorical"}, 400, [4])
    cheap, dear = (scores["degenerate-gaussian"](table, "y", ("a", "b"), Run(), penalty=p) for p in (1.0, 2.0))
    wide, parents = 3, 4  # four levels each, and two
    parameters = wide * parents + wide * (wide + 1) / 2 + wide
    assert cheap - dear == pytest.approx(0.5 * math.log(400) * parameters, rel=1e-9)


@pytest.mark.parametrize("method", ["degenerate-gaussian", "kernel"])
def test_levels_of_a_few_rows_do_not_make_a_parent(method: str) -> None:
    """Two unrelated columns whose rare levels meet in one row are not told to depend on each other."""
    rng = np.random.default_rng(5)
    one = np.where(rng.random(500) < 0.5, 0.0, 1.0)
    other = np.where(rng.random(500) < 0.5, 0.0, 1.0)
    one[:1], other[:1] = 2.0, 2.0
    table = table_of({"one": "categorical", "other": "categorical"}, {"one": one, "other": other})
    assert scores[method](table, "one", ("other",), Run()) < scores[method](table, "one", (), Run())


@pytest.mark.parametrize("method", ["degenerate-gaussian", "conditional-gaussian"])
def test_counts_enter_by_their_square_root(method: str) -> None:
    rng = np.random.default_rng(6)
    count = rng.poisson(4, 300).astype(float)
    y = np.sqrt(count) + rng.normal(size=300)
    as_count = table_of({"x": "count", "y": "continuous"}, {"x": count, "y": y})
    as_root = table_of({"x": "continuous", "y": "continuous"}, {"x": np.sqrt(count), "y": y})
    assert scores[method](as_count, "y", ("x",), Run()) == pytest.approx(scores[method](as_root, "y", ("x",), Run()), rel=1e-12)


@pytest.mark.parametrize("method", ["degenerate-gaussian", "conditional-gaussian", "kernel"])
def test_a_column_of_one_level_says_nothing(method: str) -> None:
    """It has no indicator, wherever it stands among the columns: with it or without it, other families keep their scores."""
    table = world({"a": "categorical", "b": "continuous", "c": "binary", "y": "continuous"}, 200, [10])
    kinds = {"one": "categorical", **{column.name: column.kind for column in table.columns}}
    wider = table_of(kinds, {"one": np.zeros(200), **table.rows()})
    plain = score_table(table, method, "abcy", Run())
    found = score_table(wider, method, ("a", "b", "one", "c", "y"), Run())
    for node, parents in (("y", ("a", "b")), ("a", ("c", "y")), ("c", ())):
        assert found.score(node, parents) == pytest.approx(plain.score(node, parents), rel=1e-9)
        assert found.score(node, (*parents, "one")) <= plain.score(node, parents) + 1e-9
    local = LocalScores(wider, method, Run())
    assert local.names[0] == "one"
    assert local.changes(0, (1,), [2, 3]).max() <= 1e-9
    assert local.changes(4, (0, 1), [0, 2]) == pytest.approx([local.score(4, p) - local.score(4, (0, 1)) for p in ((1,), (0, 1, 2))])


def nonlinear(n: int, seed: int) -> dict[str, dict[str, np.ndarray]]:
    """Four ways in which y hangs on a and b and not on c, which goes with a; none shows in y's mean given a and b as a plane."""
    rng = np.random.default_rng([n, seed])
    a, b, e = rng.normal(size=(3, n))
    c = 0.8 * a + 0.6 * rng.normal(size=n)
    outcomes = {
        "waves": np.sin(2 * a) + 0.5 * b**2 + 0.5 * e,
        "spread": e * np.exp(0.7 * a) + 0.7 * b,
        "product": a * b + 0.7 * e,
        "either sign": np.where(rng.random(n) < 0.5, a, -a) + 0.5 * e + 0.7 * b,
    }
    return {name: {"a": a, "b": b, "c": c, "y": y} for name, y in outcomes.items()}


def best(method: str, values: dict[str, np.ndarray]) -> tuple[int, ...]:
    local = LocalScores(table_of(dict.fromkeys("abcy", "continuous"), values), method, Run())
    sets = [parents for size in range(4) for parents in itertools.combinations(range(3), size)]
    return sets[int(local.scores([(3, parents) for parents in sets]).argmax())]


def test_the_kernel_score_sees_what_no_plane_shows() -> None:
    """In 10 samples of 500 rows each: nearly always right, where BIC on a plane is nearly never."""
    right: dict[str, dict[str, int]] = {"kernel": {}, "gaussian-bic": {}}
    for seed in range(10):
        for name, values in nonlinear(500, seed).items():
            for method, found in right.items():
                found[name] = found.get(name, 0) + (best(method, values) == (0, 1))
    assert min(right["kernel"].values()) >= 8, right
    assert max(right["gaussian-bic"].values()) <= 3, right


def test_the_kernel_score_of_few_columns_is_that_of_the_whole_matrix() -> None:
    """Low rank changes little: 40 columns stand for a kernel matrix of 300 rows as well as all 300 do."""
    table = world(NUMBERS, 300, [7])
    for node, parents in FAMILIES:
        few, all_rows = (scores["kernel"](table, node, parents, Run(), rank=rank) for rank in (40, 300))
        assert few == pytest.approx(all_rows, abs=0.5)


def test_the_kernel_score_does_not_depend_on_units() -> None:
    table = world(NUMBERS, 200, [8])
    scaled = table_of(NUMBERS, {name: 1000 * array - 7 for name, array in table.rows().items()})
    assert scores["kernel"](scaled, "y", ("a", "b"), Run()) == pytest.approx(scores["kernel"](table, "y", ("a", "b"), Run()), rel=1e-6)


def test_a_table_in_two_processes_is_the_table_in_one() -> None:
    table = with_gaps(world({"a": "binary", "b": "continuous", "c": "count", "y": "categorical"}, 150, [9]), {"a": [3]})
    one, two = (score_table(table, "kernel", "yabc", Run(workers=w)).values for w in (1, 2))
    assert np.array_equal(one, two)

"""Where a common effect decides what is missing, deleting rows finds an edge that is not there; the corrected test does not."""

from __future__ import annotations

import numpy as np
import pytest

from aitia.core.errors import BadOption, UnknownName
from aitia.core.run import Run
from aitia.core.shelf import independence
from aitia.core.table import Table
from aitia.measures.completeness import problem_of, weights_of
from tests.looks import decided
from tests.measures.tables import draw, table_of

CORRECTED = independence["missing-corrected"]
PLAIN = independence["regression-score"]
LEVEL = 0.05


def standard(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / values.std()


def planted(
    kinds: tuple[str, str], n: int, rng: np.random.Generator, *, effect: float = 0.0, common: float = 0.0, gaps: bool = False
) -> Table:
    """x and y with a common effect w, and z missing where w is large: x and y are independent given z unless `effect`.

    `gaps` makes w itself missing where x is large.
    """
    z = rng.normal(size=n)
    x = draw(kinds[0], common * z, rng)
    y = draw(kinds[1], common * z + effect * standard(x), rng)
    w = standard(x) + standard(y) + 0.5 * rng.normal(size=n)
    known = z.copy()
    known[rng.random(n) < 1 / (1 + np.exp(-w))] = np.nan
    if gaps:
        w = np.where(rng.random(n) < 1 / (1 + np.exp(1.5 - standard(x))), np.nan, w)
    return table_of({"x": kinds[0], "y": kinds[1], "z": "continuous", "w": "continuous"}, {"x": x, "y": y, "z": known, "w": w})


def rates(kinds: tuple[str, str], n: int, runs: int, seed: int, test: str = "auto", **world: object) -> tuple[float, float]:
    """How often the corrected and the plain test find an edge."""
    run, found = Run(), []
    for i in range(runs):
        table = planted(kinds, n, np.random.default_rng([seed, i]), **world)  # type: ignore[arg-type]
        found.append((CORRECTED(table, "x", "y", ("z",), run, test=test).p <= LEVEL, PLAIN(table, "x", "y", ("z",), run).p <= LEVEL))
    corrected, plain = np.mean(found, axis=0)
    return float(corrected), float(plain)


def limit(runs: int) -> float:
    return LEVEL + 3 * (LEVEL * (1 - LEVEL) / runs) ** 0.5


def sizes(kinds: tuple[str, str], n: int, runs: int, seed: int, **world: object) -> tuple[float, float]:
    """How often an edge is found that is not there, by the corrected and the plain test."""
    return decided(lambda some: rates(kinds, n, some, seed, **world), runs, lambda found: found[0] <= limit(runs))  # type: ignore[arg-type]


def test_deleting_rows_finds_an_edge_that_is_not_there_and_the_corrected_test_does_not() -> None:
    corrected, plain = rates(("continuous", "continuous"), 1000, 100, 1)
    assert plain > 0.5
    assert corrected <= limit(100)


def test_an_edge_that_is_there_is_found_where_deleting_rows_hides_it() -> None:
    corrected, plain = rates(("continuous", "continuous"), 1000, 40, 2, effect=0.2)
    assert corrected > 0.8
    assert plain < 0.5


@pytest.mark.long
@pytest.mark.parametrize(
    "kinds",
    [
        ("continuous", "continuous"),
        ("binary", "binary"),
        ("categorical", "continuous"),
        ("count", "binary"),
        ("categorical", "categorical"),
    ],
)
@pytest.mark.parametrize("n", [500, 1000, 3000])
def test_size_and_power_over_kinds_and_sizes(kinds: tuple[str, str], n: int) -> None:
    runs = 500 if n < 3000 else 200
    corrected, plain = sizes(kinds, n, runs, 3)
    assert corrected <= limit(runs)
    if n >= 1000:
        assert plain > 0.4
        assert rates(kinds, n, 60, 4, effect=0.4)[0] >= 0.6


@pytest.mark.long
@pytest.mark.parametrize("test", ["fisher-z", "likelihood-ratio", "regression-score"])
def test_every_wrapped_test_keeps_its_size(test: str) -> None:
    assert sizes(("continuous", "continuous"), 1000, 300, 5, test=test)[0] <= limit(300)


@pytest.mark.long
def test_size_where_the_given_column_matters_and_where_what_decides_has_gaps_itself() -> None:
    assert sizes(("continuous", "continuous"), 1000, 300, 6, common=0.7)[0] <= limit(300)
    corrected, plain = sizes(("continuous", "continuous"), 2000, 200, 7, gaps=True)
    assert corrected <= limit(200) and plain > 0.5


def test_without_gaps_it_is_the_wrapped_test() -> None:
    rng = np.random.default_rng(8)
    x, y, z = rng.normal(size=(3, 300))
    table = table_of(dict.fromkeys("xyz", "continuous"), {"x": x, "y": y, "z": z})
    for test in ("fisher-z", "regression-score"):
        assert CORRECTED(table, "x", "y", ("z",), Run(), test=test) == independence[test](table, "x", "y", ("z",), Run())


def test_gaps_that_a_given_column_decides_need_no_correction() -> None:
    rng = np.random.default_rng(9)
    z = rng.normal(size=600)
    x, y = z + rng.normal(size=600), z + rng.normal(size=600)
    y[rng.random(600) < 1 / (1 + np.exp(-2 * z))] = np.nan
    table = table_of(dict.fromkeys("xyz", "continuous"), {"x": x, "y": y, "z": z})
    assert CORRECTED(table, "x", "y", ("z",), Run(), test="regression-score") == PLAIN(table, "x", "y", ("z",), Run())


def test_causes_may_be_stated() -> None:
    table = planted(("continuous", "continuous"), 1000, np.random.default_rng(10))
    stated = CORRECTED(table, "x", "y", ("z",), Run(), causes="w->R_z")
    assert stated == CORRECTED(table, "x", "y", ("z",), Run())
    assert CORRECTED(table, "x", "y", ("z",), Run(), test="regression-score", causes="x->R_z").p == PLAIN(table, "x", "y", ("z",), Run()).p
    with pytest.raises(UnknownName):
        CORRECTED(table, "x", "y", ("z",), Run(), causes="q->R_z")
    with pytest.raises(BadOption):
        CORRECTED(table, "x", "y", ("z",), Run(), causes="w->x")


def test_a_test_that_wraps_another_is_refused() -> None:
    table = planted(("continuous", "continuous"), 300, np.random.default_rng(11))
    with pytest.raises(BadOption, match="wrap"):
        CORRECTED(table, "x", "y", ("z",), Run(), test="missing-corrected")


def test_neither_the_order_of_rows_nor_names_nor_sides_matter() -> None:
    table = planted(("binary", "continuous"), 800, np.random.default_rng(12))
    first = CORRECTED(table, "x", "y", ("z",), Run())
    values, order = table.rows(), np.random.default_rng(13).permutation(800)
    turned = {"a": values["y"][order], "b": values["w"][order], "c": values["z"][order], "d": values["x"][order]}
    again = table_of({"a": "continuous", "b": "continuous", "c": "continuous", "d": "binary"}, turned)
    second = CORRECTED(again, "a", "d", ("c",), Run())
    assert second.p == pytest.approx(first.p, rel=1e-6) and second.n_used == first.n_used


def test_weights_undo_what_decides_and_leave_odds_ratios_alone() -> None:
    """Among weighted complete rows the partial correlation is that of all rows: zero, though complete rows show -.2."""
    plain, weighted = [], []
    for i in range(20):
        table = planted(("continuous", "continuous"), 4000, np.random.default_rng([14, i]))
        problem = problem_of(table, ("x", "y"), ("z",), {"z": ("w",)}, ("w",))
        weights, rows = weights_of(problem), problem.complete
        x, y = problem.values["x"][rows], problem.values["y"][rows]
        plain.append(np.corrcoef(x, y)[0, 1])
        weighted.append(np.cov(x, y, aweights=weights)[0, 1] / np.sqrt(np.prod([np.cov(v, aweights=weights) for v in (x, y)])))
    assert np.mean(plain) < -0.08
    assert abs(np.mean(weighted)) < 0.02

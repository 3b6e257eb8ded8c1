"""Little's test agrees with R and keeps its size; imputation agrees with statsmodels, follows from content alone, and invents nothing."""

from __future__ import annotations

import math
import pathlib
import tomllib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from aitia.core.errors import BadOption, UnusableColumn
from aitia.core.missing import Imputation
from aitia.core.run import Run
from aitia.core.shelf import imputation
from aitia.core.table import Table
from aitia.data.imputation.draws import draw_codes, nearest
from aitia.data.imputation.ordered import chances, fit_ordered
from aitia.data.imputation.pooling import pool
from aitia.data.missing import expanded, fit_normal, little_test, patterns
from tests.measures.tables import draw, table_of

TESTS = pathlib.Path(__file__).parents[1]
EXPECTED = tomllib.loads((TESTS / "expected.toml").read_text(encoding="utf8"))
IMPUTE = imputation["impute"]
KINDS = {"n": "continuous", "c": "count", "b": "binary", "k": "categorical", "o": "ordinal"}


def airquality() -> Table:
    names = ("ozone", "solar", "wind", "temp", "month", "day")
    values = np.genfromtxt(TESTS / "golden" / "airquality.csv", delimiter=",", skip_header=1, missing_values="NA")
    return table_of(dict.fromkeys(names, "continuous"), dict(zip(names, values.T, strict=True)))


def mixed(n: int, seed: int, gaps: float = 0.15) -> Table:
    """Columns of every kind that hang together, with gaps in each."""
    rng = np.random.default_rng(seed)
    score = rng.normal(size=n)
    values = {name: draw(kind, score, rng) for name, kind in KINDS.items()}
    for column in values.values():
        hole = rng.random(n) < gaps
        hole[0] = False
        column[hole] = np.nan
    return table_of(KINDS, values)


@pytest.mark.parametrize("row", EXPECTED["little"], ids=lambda row: row["id"])
def test_littles_test_agrees_with_r(row: dict[str, Any]) -> None:
    values = {f"v{i}": np.array(column) for i, column in enumerate(row.get("values", ()))}
    table = table_of(dict.fromkeys(values, "continuous"), values) if values else airquality()
    found = little_test(table)
    assert found.statistic == pytest.approx(row["statistic"], rel=row["tolerance"])
    assert found.p == pytest.approx(row["p"], rel=10 * row["tolerance"])
    assert (found.degrees, found.patterns) == (row["degrees"], row["patterns"])


def test_the_normal_law_fitted_to_a_monotone_pattern_is_the_closed_form() -> None:
    """x always known, y sometimes: mean and variance of y follow from the regression of y on x. [Anderson 1957]"""
    rng = np.random.default_rng(1)
    x = rng.normal(2, 1.5, 200)
    y = 1 + 0.8 * x + rng.normal(size=200)
    y[x > 2.5] = np.nan
    law = fit_normal(patterns(np.column_stack([x, y])))
    known = ~np.isnan(y)
    slope = np.cov(x[known], y[known])[0, 1] / np.var(x[known], ddof=1)
    mean = y[known].mean() + slope * (x.mean() - x[known].mean())
    left = np.var(y[known] - slope * x[known])
    assert law.mean == pytest.approx([x.mean(), mean], abs=1e-7)
    assert law.covariance[1, 1] == pytest.approx(left + slope**2 * np.var(x), rel=1e-6)
    assert law.covariance[0, 1] == pytest.approx(slope * np.var(x), rel=1e-6)


def test_littles_test_keeps_its_size_and_sees_shifted_means() -> None:
    rejected, found = [], []
    for seed in range(200):
        rng = np.random.default_rng([2, seed])
        x = rng.multivariate_normal(np.zeros(3), 0.5 + 0.5 * np.eye(3), 300)
        random, driven = x.copy(), x.copy()
        random[rng.random((300, 3)) < 0.15] = np.nan
        driven[rng.random(300) < 1 / (1 + np.exp(1 - x[:, 0])), 1] = np.nan
        for values, into in ((random, rejected), (driven, found)):
            table = table_of(dict.fromkeys("abc", "continuous"), dict(zip("abc", values.T, strict=True)))
            into.append(little_test(table).p <= 0.05)
    assert np.mean(rejected) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 200)
    assert np.mean(found) > 0.95


def test_littles_test_takes_codes_and_repeated_columns() -> None:
    table = mixed(400, 3)
    rows = dict(table.rows())
    again = table_of({**KINDS, "twice": "continuous"}, {**rows, "twice": 2 * rows["n"] + 1})
    one, two = little_test(table), little_test(again)
    assert 0 <= one.p <= 1 and one.degrees > 0
    assert two.statistic == pytest.approx(one.statistic, rel=1e-6) and two.degrees == one.degrees
    assert expanded(table, ["k"]).shape[1] == 3


@pytest.mark.parametrize("hole", ["none", "same"])
def test_littles_test_needs_patterns_to_compare(hole: str) -> None:
    x = np.random.default_rng(4).normal(size=50)
    y = np.where(np.arange(50) < 10, np.nan, x)
    values = {"x": x, "z": x**2} if hole == "none" else {"x": y, "z": y**2}
    with pytest.raises(UnusableColumn, match="patterns"):
        little_test(table_of(dict.fromkeys(values, "continuous"), values))


@pytest.mark.parametrize("row", EXPECTED["pooled"], ids=lambda row: row["id"])
def test_rubins_rules_agree_with_mice(row: dict[str, Any]) -> None:
    found = pool(row["values"], np.sqrt(row["variances"]).tolist(), row.get("complete", math.inf))
    assert found.value == pytest.approx(np.mean(row["values"]))
    assert found.se**2 == pytest.approx(row["variance"], rel=1e-12)
    assert found.degrees == pytest.approx(row["degrees"], rel=1e-10)
    assert found.missing == pytest.approx(row["missing"], rel=1e-10)


@given(
    st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30),
    st.floats(0.01, 100),
    st.one_of(st.just(math.inf), st.floats(1, 1e6)),
)
def test_pooling_never_gains_precision_from_missing_values(values: list[float], se: float, degrees: float) -> None:
    found = pool(values, [se] * len(values), degrees)
    assert found.se >= se * (1 - 1e-12)
    assert 0 < found.degrees <= degrees
    assert 0 <= found.missing <= 1


def test_tables_that_agree_leave_the_estimate_as_it_is() -> None:
    found = pool([2.0, 2.0], [0.5, 0.5], 40)
    assert (found.value, found.se, found.degrees, found.missing) == (2.0, 0.5, 40, 0.0)


def fitted(table: Table) -> tuple[np.ndarray, np.ndarray]:
    """Least squares of ozone on solar, wind and temp, with classical errors."""
    rows = table.rows()
    full = np.column_stack([np.ones(table.n), rows["solar"], rows["wind"], rows["temp"]])
    inverse = np.linalg.inv(full.T @ full)
    best = inverse @ full.T @ rows["ozone"]
    left = rows["ozone"] - full @ best
    return best, np.sqrt(np.diag(inverse) * (left @ left) / (table.n - 4))


def test_imputation_agrees_with_statsmodels() -> None:
    (row,) = EXPECTED["imputed"]
    _, tables = IMPUTE(airquality(), ("ozone", "solar", "wind", "temp"), Run(seed=3), draws=100, numbers="matching")
    fits = [fitted(table) for table in tables]
    for j, (value, error) in enumerate(zip(row["coefficients"], row["errors"], strict=True)):
        found = pool([best[j] for best, _ in fits], [errors[j] for _, errors in fits], 149)
        assert abs(found.value - value) < 0.2 * error
        assert found.se == pytest.approx(error, rel=0.1)
    for name, mean in row["means"].items():
        drawn = [table.rows([name])[name].mean() for table in tables]
        assert abs(np.mean(drawn) - mean) < 0.25 * row["spreads"][name]
        assert np.std(drawn) == pytest.approx(row["spreads"][name], rel=0.35)


def test_only_gaps_are_filled_and_only_with_values_that_occur() -> None:
    table = mixed(300, 5)
    before = table.rows()
    done, tables = IMPUTE(table, tuple(KINDS), Run(), draws=3, numbers="matching")
    assert done.columns == tuple(KINDS) and sum(done.cells) == sum(int(np.isnan(v).sum()) for v in before.values())
    for filled in tables:
        for name, values in filled.rows().items():
            known = ~np.isnan(before[name])
            assert np.array_equal(values[known], before[name][known])
            assert set(np.unique(values)) <= set(np.unique(before[name][known]))
            assert filled.column(name).missing == 0
            assert filled.column(name).levels == table.column(name).levels
    assert not np.array_equal(tables[0].rows()["n"], tables[1].rows()["n"])
    assert np.isnan(table.rows()["n"]).any(), "the table itself stays as it was"


def test_residuals_reach_where_nothing_is_known_and_stay_above_a_natural_bound() -> None:
    """Known up to 2 only: along the line values beyond are drawn, by matching none; nothing falls below zero."""
    rng = np.random.default_rng(14)
    x = rng.uniform(0, 4, 1000)
    y = x + np.abs(rng.normal(0, 0.3, 1000))
    known = np.where(x > 2, np.nan, y)
    table = table_of({"x": "continuous", "y": "continuous"}, {"x": x, "y": known})
    means = {}
    for way in ("residuals", "matching", "normal"):
        drawn = [t.rows()["y"] for t in IMPUTE(table, ("x", "y"), Run(), draws=5, numbers=way)[1]]
        means[way] = np.mean([v[x > 2].mean() for v in drawn])
        assert way == "normal" or min(v.min() for v in drawn) >= np.nanmin(known)
    truth = y[x > 2].mean()
    assert means["residuals"] == pytest.approx(truth, abs=0.1) and means["normal"] == pytest.approx(truth, abs=0.1)
    assert means["matching"] < 2.5 < truth


def test_what_is_drawn_follows_from_content_not_from_order_names_or_processes() -> None:
    table = mixed(250, 6)
    rows, order = table.rows(), np.random.default_rng(7).permutation(250)
    new = {"n": "z", "c": "y y", "b": "a", "k": "m", "o": "q"}
    turned = table_of({new[k]: KINDS[k] for k in reversed(KINDS)}, {new[k]: rows[k][order] for k in KINDS})
    first = IMPUTE(table, tuple(KINDS), Run(seed=4), draws=2)[1]
    second = IMPUTE(turned, tuple(new[k] for k in ("b", "o", "n", "k", "c")), Run(seed=4), draws=2)[1]
    third = IMPUTE(table, tuple(KINDS), Run(seed=4, workers=2), draws=2)[1]
    for one, two, three in zip(first, second, third, strict=True):
        for name in KINDS:
            assert np.array_equal(one.rows()[name][order], two.rows()[new[name]])
            assert np.array_equal(one.rows()[name], three.rows()[name])


def test_one_column_with_gaps_needs_one_sweep_and_other_kinds_keep_theirs() -> None:
    rng = np.random.default_rng(8)
    x, y, unit = rng.normal(size=80), rng.normal(size=80), np.arange(80.0)
    x[:10], unit[3] = np.nan, np.nan
    table = table_of({"x": "continuous", "y": "continuous", "u": "unit"}, {"x": x, "y": y, "u": unit})
    done, tables = IMPUTE(table, ("x", "y", "u"), Run(), draws=2)
    assert done == Imputation(columns=("x",), cells=(10,), using=("x", "y"), rows=80, draws=2, sweeps=1)
    assert tables[0].column("u").missing == 1


def test_bad_settings_are_refused() -> None:
    with pytest.raises(BadOption):
        IMPUTE(mixed(50, 9), tuple(KINDS), Run(), draws=1)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(6, 60), st.floats(0.05, 0.8))
def test_small_and_sparse_tables_are_filled_without_a_crash(seed: int, n: int, gaps: float) -> None:
    table = mixed(n, seed, gaps)
    if seed % 3 == 0:
        table = table_of(KINDS, {**table.rows(), "n": np.full(n, np.nan)})
    _, tables = IMPUTE(table, tuple(KINDS), Run(), draws=2, sweeps=2)
    for name, values in tables[0].rows().items():
        known = table.rows()[name]
        assert np.isnan(values).all() if np.isnan(known).all() else not np.isnan(values).any()


def test_many_levels_are_drawn_from_rows_alike() -> None:
    """Twenty levels along a line: with no logistic fit for so many, a row still gets a level near its own."""
    rng = np.random.default_rng(10)
    x = rng.uniform(0, 20, 2000)
    codes = np.floor(x)
    drawn = draw_codes(x[:1500, None], codes[:1500], x[1500:, None], rng, donors=5, ordered=False)
    assert np.abs(drawn - codes[1500:]).mean() < 1.5


def test_ordered_levels_have_the_slopes_of_a_logistic_regression() -> None:
    """With two levels the proportional odds are a logistic regression; with four the planted slope is found."""
    rng = np.random.default_rng(11)
    x = rng.normal(size=(3000, 2))
    latent = x @ [1.0, -0.5] + rng.logistic(size=3000)
    levels = np.digitize(latent, [-1.0, 0.3, 1.5])
    found, covariance = fit_ordered(x, levels, np.ones(3000))
    errors = np.sqrt(np.diag(covariance))
    assert np.all(np.abs(found - [-1.0, 0.3, 1.5, 1.0, -0.5]) < 3 * errors)
    import statsmodels.api as sm

    two, _ = fit_ordered(x, (levels > 1).astype(int), np.ones(3000))
    plain = sm.Logit(levels > 1, sm.add_constant(x)).fit(disp=0).params
    assert two == pytest.approx([-plain[0], plain[1], plain[2]], abs=1e-5)
    assert chances(x, found, 3)[0].sum(axis=1) == pytest.approx(np.ones(3000))


def test_near_rows_are_drawn_evenly_even_when_many_are_alike() -> None:
    rng = np.random.default_rng(12)
    known = np.repeat([0.0, 1.0], 500)
    chosen = np.concatenate([nearest(known, np.zeros(50), 5, rng) for _ in range(40)])
    assert (known[chosen] == 0).all()
    assert len(np.unique(chosen)) > 450, "every one of the 500 equal rows can be the donor"
    assert set(nearest(np.arange(10.0), np.full(300, 4.0), 3, rng)) == {3, 4, 5}


@pytest.mark.long
@pytest.mark.parametrize("kind", ["continuous", "count", "binary", "ordinal"])
def test_pooled_means_have_no_bias_and_the_right_coverage(kind: str) -> None:
    """y is missing where b is large: the mean of known values is wrong, the pooled mean is not. 300 runs of 400 rows."""

    def world(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        a = rng.normal(size=n)
        b = 0.7 * a + rng.normal(size=n)
        score = 0.8 * a - 0.5 * b
        levels = np.digitize(score + rng.logistic(size=n), [-1.0, 0.3, 1.5]).astype(float)
        return a, b, levels if kind == "ordinal" else draw(kind, score, rng)

    truth = world(1_000_000, np.random.default_rng(0))[2].mean()
    values, inside, plain = [], [], []
    for seed in range(300):
        rng = np.random.default_rng([13, seed])
        a, b, y = world(400, rng)
        y[rng.random(400) < 1 / (1 + np.exp(0.3 - 1.2 * b))] = np.nan
        a[rng.random(400) < 0.15] = np.nan
        table = table_of({"a": "continuous", "b": "continuous", "y": kind}, {"a": a, "b": b, "y": y})
        drawn = [t.rows()["y"] for t in IMPUTE(table, ("a", "b", "y"), Run(seed=seed), draws=10)[1]]
        found = pool([v.mean() for v in drawn], [v.std(ddof=1) / 20 for v in drawn], 399)
        values.append(found.value)
        inside.append(abs(found.value - truth) <= stats.t.ppf(0.975, found.degrees) * found.se)
        plain.append(np.nanmean(y))
    spread = np.std(values)
    assert abs(np.mean(values) - truth) < 0.25 * spread
    assert abs(np.mean(plain) - truth) > 0.25 * spread
    assert np.mean(inside) >= 0.95 - 3 * math.sqrt(0.05 * 0.95 / 300)

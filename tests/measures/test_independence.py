"""The independence tests agree with the textbook where the textbook has an answer, and are fast where there are many."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from aitia.core.run import Run
from aitia.core.shelf import independence
from aitia.measures.residuals import merge_sparse
from tests.measures.tables import draw, table_of


def test_fisher_z_is_the_partial_correlation_of_the_residuals() -> None:
    rng = np.random.default_rng(1)
    z = rng.normal(size=(300, 2))
    x, y = z @ [1, 2] + rng.normal(size=300), z @ [2, -1] + rng.normal(size=300)
    table = table_of(dict.fromkeys("xyab", "continuous"), {"x": x, "y": y, "a": z[:, 0], "b": z[:, 1]})
    found = independence["fisher-z"](table, "x", "y", ("a", "b"), Run())
    full = np.column_stack([np.ones(300), z])
    left = [v - full @ np.linalg.lstsq(full, v, rcond=None)[0] for v in (x, y)]
    correlation = float(np.corrcoef(*left)[0, 1])
    assert found.effect == pytest.approx(correlation)
    assert found.p == pytest.approx(2 * stats.norm.sf(abs(np.arctanh(correlation)) * np.sqrt(300 - 2 - 3)))


def test_two_coded_columns_without_givens_are_pearsons_chi_square() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.integers(0, 3, 400).astype(float), rng.integers(0, 4, 400).astype(float)
    table = table_of({"x": "categorical", "y": "ordinal"}, {"x": x, "y": y})
    found = independence["regression-score"](table, "x", "y", (), Run())
    counts = np.histogram2d(x, y, bins=(3, 4))[0]
    chi = stats.chi2_contingency(counts, correction=False)
    assert found.statistic == pytest.approx(chi.statistic * 399 / 400)  # the "n - 1" chi-square
    assert found.degrees == chi.dof


def test_a_number_and_a_code_without_givens_are_the_analysis_of_variance() -> None:
    rng = np.random.default_rng(3)
    x = rng.integers(0, 4, 200).astype(float)
    y = rng.normal(size=200) + 0.2 * (x == 1)
    table = table_of({"x": "categorical", "y": "continuous"}, {"x": x, "y": y})
    found = independence["regression-score"](table, "x", "y", (), Run())
    anova = stats.f_oneway(*(y[x == level] for level in range(4)))
    assert found.p == pytest.approx(anova.pvalue, rel=1e-9)


def test_codes_are_never_numbers() -> None:
    """Relabelling the levels of a categorical column changes nothing."""
    rng = np.random.default_rng(5)
    z = rng.normal(size=500)
    x, y = draw("categorical", z, rng), draw("binary", z, rng)
    turned = np.array([2.0, 0.0, 3.0, 1.0])[x.astype(int)]
    kinds = {"x": "categorical", "y": "binary", "z": "continuous"}
    for given in ((), ("z",)):
        ps = [independence["regression-score"](table_of(kinds, {"x": v, "y": y, "z": z}), "x", "y", given, Run()).p for v in (x, turned)]
        assert ps[0] == pytest.approx(ps[1], rel=1e-6)


def test_sparse_levels_are_merged_until_they_are_not_sparse() -> None:
    codes = np.repeat([0, 1, 2, 3, 4], [50, 40, 4, 3, 12])
    merged = merge_sparse(codes)
    assert sorted(np.bincount(merged).tolist()) == [19, 40, 50]
    many = merge_sparse(np.repeat(np.arange(60), 20))
    assert len(np.unique(many)) <= 17


def test_size_with_rare_levels() -> None:
    """Levels of 12 rows or fewer in 200: the test does not reject more than it says."""
    run, hits = Run(), 0
    for seed in range(300):
        rng = np.random.default_rng([9, seed])
        shares = [0.6, 0.25, 0.06, 0.05, 0.02, 0.02]
        x, y = rng.choice(6, 200, p=shares).astype(float), rng.choice(6, 200, p=shares).astype(float)
        table = table_of({"x": "categorical", "y": "categorical"}, {"x": x, "y": y})
        hits += independence["regression-score"](table, "x", "y", (), run).p <= 0.05
    assert hits / 300 <= 0.05 + 3 * (0.05 * 0.95 / 300) ** 0.5


def test_perfect_prediction_is_no_trouble() -> None:
    rng = np.random.default_rng(6)
    z = rng.normal(size=300)
    values = {"x": (z > 0).astype(float), "y": rng.normal(size=300), "z": z}
    table = table_of({"x": "binary", "y": "continuous", "z": "continuous"}, values)
    assert 0 <= independence["regression-score"](table, "x", "y", ("z",), Run()).p <= 1

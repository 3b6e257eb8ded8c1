"""Gaussian scores are what least squares and the multivariate t distribution say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from aitia.core.errors import BadOption
from aitia.core.run import Run
from aitia.core.shelf import scores
from aitia.core.table import Table
from tests.measures.tables import table_of


def linear(n: int = 150, seed: int = 1) -> tuple[Table, np.ndarray]:
    """Four columns in units that lie far apart."""
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, n))
    c = a - 0.5 * b + rng.normal(size=n)
    d = 0.8 * c + rng.normal(size=n)
    rows = np.column_stack([1000 * a + 5, b, 0.01 * c - 3, d])
    return table_of(dict.fromkeys("abcd", "continuous"), dict(zip("abcd", rows.T, strict=True))), rows


def test_bic_is_the_likelihood_of_least_squares_less_its_price() -> None:
    table, rows = linear()
    n = len(rows)
    for node, parents in ((0, ()), (2, (0, 1)), (3, (0, 1, 2))):
        basis = np.column_stack([np.ones(n), rows[:, list(parents)]])
        left = rows[:, node] - basis @ np.linalg.lstsq(basis, rows[:, node], rcond=None)[0]
        likelihood = stats.norm.logpdf(left, 0, math.sqrt(np.mean(left**2))).sum()
        for penalty in (1.0, 2.0):
            found = scores["gaussian-bic"](table, "abcd"[node], tuple("abcd"[p] for p in parents), Run(), penalty=penalty)
            assert found == pytest.approx(likelihood - penalty * 0.5 * math.log(n) * (len(parents) + 2), rel=1e-8)


def test_ebic_pays_for_the_number_of_sets_too() -> None:
    table, _ = linear()
    for parents in ((), ("a",), ("a", "b")):
        plain = scores["gaussian-bic"](table, "c", parents, Run())
        extended = scores["gaussian-bic"](table, "c", parents, Run(), gamma=0.5)
        assert plain - extended == pytest.approx(0.5 * math.log(math.comb(3, len(parents))), abs=1e-9)


def test_more_parameters_than_rows_are_never_best() -> None:
    rng = np.random.default_rng(0)
    values = {f"x{i}": rng.normal(size=8) for i in range(10)}
    table = table_of(dict.fromkeys(values, "continuous"), values)
    found = [scores["gaussian-bic"](table, "x0", tuple(f"x{i}" for i in range(1, k + 1)), Run()) for k in range(10)]
    assert np.isfinite(found[:6]).all()
    assert all(value == -math.inf for value in found[6:])


def test_columns_that_determine_the_node_are_worth_much_and_not_all() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(2, 200))
    values = {"a": a, "b": b, "sum": a + b}
    table = table_of(dict.fromkeys(values, "continuous"), values)
    total = [scores["gaussian-bic"](table, node, p, Run()) for node, p in (("sum", ("a", "b")), ("a", ("b", "sum")), ("b", ("a", "sum")))]
    assert np.isfinite(total).all()
    assert min(total) > scores["gaussian-bic"](table, "sum", ("a",), Run()) + 1000


def student(rows: np.ndarray, alpha_mu: float, freedom: float, mean: float, t: float) -> float:
    """The log marginal likelihood of rows (n, m) by the chain rule: each row is multivariate t given those before."""
    m = rows.shape[1]
    centre, scale = np.full(m, mean), t * np.eye(m)
    total = 0.0
    for row in rows:
        degrees = freedom + 1  # alpha_w' - m + 1 with alpha_w' = freedom + m
        shape = scale * (alpha_mu + 1) / (alpha_mu * degrees)
        total += stats.multivariate_t.logpdf(row, centre, shape, df=degrees)
        away = row - centre
        scale = scale + alpha_mu / (alpha_mu + 1) * np.outer(away, away)
        centre = (alpha_mu * centre + row) / (alpha_mu + 1)
        alpha_mu, freedom = alpha_mu + 1, freedom + 1
    return total


@pytest.mark.parametrize("options", [{}, {"alpha_mu": 0.3}, {"alpha_w": 9.5}, {"alpha_w": 4.5, "prior_scale": 0.7}])
@pytest.mark.parametrize("standardize", [True, False])
def test_bge_is_the_chain_of_multivariate_t(options: dict[str, float], standardize: bool) -> None:
    table, rows = linear(60)
    if standardize:
        rows = (rows - rows.mean(axis=0)) / rows.std(axis=0, ddof=1)
    alpha_mu, freedom = options.get("alpha_mu", 1.0), options.get("alpha_w", 6.0) - 4
    mean = 0.0 if standardize else 0.4
    t = options.get("prior_scale", alpha_mu * (freedom - 1) / (alpha_mu + 1))
    for node, parents in ((1, ()), (2, (0, 1)), (3, (0, 1, 2))):
        whole = student(rows[:, [*parents, node]], alpha_mu, freedom, mean, t)
        direct = whole - (student(rows[:, list(parents)], alpha_mu, freedom, mean, t) if parents else 0.0)
        names = tuple("abcd"[p] for p in parents)
        found = scores["bge"](table, "abcd"[node], names, Run(), standardize=standardize, prior_mean=mean, **options)
        assert found == pytest.approx(direct, rel=1e-10)


def test_a_prior_that_is_not_one_is_refused() -> None:
    table, _ = linear()
    for wrong in ({"alpha_mu": 0.0}, {"alpha_w": 5.0}, {"alpha_w": 2.9, "prior_scale": 1.0}, {"prior_scale": -1.0}):
        with pytest.raises(BadOption, match="bge"):
            scores["bge"](table, "a", (), Run(), **wrong)
    with pytest.raises(BadOption):
        scores["gaussian-bic"](table, "a", (), Run(), penalty=-1.0)


def test_the_price_of_a_parent_grows_with_rows_and_its_worth_faster() -> None:
    """The larger the sample, the more a true parent is worth and the more a false one costs, on average over samples."""
    for method in ("gaussian-bic", "bge"):
        worth = {n: np.mean([gain(method, n, seed, true=True) for seed in range(20)]) for n in (100, 1000, 10000)}
        cost = {n: np.mean([gain(method, n, seed, true=False) for seed in range(20)]) for n in (100, 1000, 10000)}
        assert 0 < worth[100] < worth[1000] < worth[10000]
        assert 0 > cost[100] > cost[1000] > cost[10000]


def gain(method: str, n: int, seed: int, *, true: bool) -> float:
    rng = np.random.default_rng([n, seed])
    x = rng.normal(size=n)
    y = (0.4 * x if true else 0.0) + rng.normal(size=n)
    table = table_of({"x": "continuous", "y": "continuous"}, {"x": x, "y": y})
    return scores[method](table, "y", ("x",), Run()) - scores[method](table, "y", (), Run())

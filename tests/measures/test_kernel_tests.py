"""Tests by kernels, distances and random features: their parts are what they claim, and units do not matter."""

from __future__ import annotations

import itertools
import pathlib
import tomllib
from typing import Any

import numpy as np
import pytest

from aitia.core.errors import BadOption
from aitia.core.run import Run
from aitia.core.shelf import independence
from aitia.core.table import Table
from aitia.measures.content import Variable
from aitia.measures.kernel_laws import product_moments, shuffled, spread_of
from aitia.measures.kernels import compressed, features, median_width, points_of, ridges_on
from tests.measures.tables import table_of

EXPECTED = tomllib.loads((pathlib.Path(__file__).parents[1] / "expected.toml").read_text(encoding="utf8"))
ANY = ("kci", "hsic", "distance-correlation", "random-feature")


def numbers(n: int, seed: int, weak: float = 0.0) -> Table:
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    x = z + rng.normal(size=n)
    values = {"x": x, "y": z + weak * x**2 + rng.normal(size=n), "z": z}
    return table_of(dict.fromkeys(values, "continuous"), values)


def gram(points: np.ndarray, width: float) -> np.ndarray:
    return np.exp(-((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=2) / (2 * width**2))


def centred(matrix: np.ndarray) -> np.ndarray:
    h = np.eye(len(matrix)) - 1 / len(matrix)
    return h @ matrix @ h


@pytest.mark.parametrize("name", ANY)
def test_units_do_not_matter(name: str) -> None:
    """Other programs take the width of the marginal kernel from the raw columns, and p then depends on the unit."""
    table = numbers(300, 1, weak=0.1)
    rows = table.rows()
    scaled = table_of(dict.fromkeys("xyz", "continuous"), {"x": 1000 * rows["x"] + 5, "y": rows["y"] / 77, "z": rows["z"] - 3})
    for given in ((), ("z",)) if independence[name].card.given else ((),):
        one, other = (independence[name](t, "x", "y", given, Run()).p for t in (table, scaled))
        assert one == pytest.approx(other, rel=1e-6)


def test_of_many_rows_too_the_order_and_the_units_do_not_matter() -> None:
    """Above a thousand rows the median distance is that of some, chosen by their content."""
    table = numbers(1500, 8, weak=0.02)
    order = np.random.default_rng(0).permutation(1500)
    again = table_of(dict.fromkeys("xyz", "continuous"), {k: 3 * v[order] + 1 for k, v in table.rows().items()})
    for name, given in itertools.product(ANY, [(), ("z",)]):
        if independence[name].card.given or not given:
            ps = [independence[name](t, "x", "y", given, Run()).p for t in (table, again)]
            assert ps[0] == pytest.approx(ps[1], rel=1e-5), (name, given)


def test_relations_that_bend_sharply_do_not_make_the_sides_dependent() -> None:
    """x and y follow z in waves shorter than the median rule foresees: the published fit rejects nearly always."""
    run, found = Run(), []
    for seed in range(40):
        rng = np.random.default_rng([9, seed])
        z = rng.normal(size=300)
        values = {"x": np.sin(4 * z) + 0.3 * rng.normal(size=300), "y": np.cos(4 * z) + 0.3 * rng.normal(size=300), "z": z}
        table = table_of(dict.fromkeys(values, "continuous"), values)
        ps = [independence["kci"](table, "x", "y", ("z",), run, fit=fit).p for fit in ("chosen", "published")]
        found.append([*ps, independence["distance-correlation"](table, "x", "y", ("z",), run).p])
    chosen, published, distances = (np.array(found) <= 0.05).mean(axis=0)
    assert published > 0.8
    assert max(chosen, distances) <= 0.05 + 3 * (0.05 * 0.95 / 40) ** 0.5


def test_moments_over_all_orders_are_exact() -> None:
    rng = np.random.default_rng(0)
    one, other = (part - part.mean(axis=0) for part in (rng.normal(size=(6, 3)), rng.exponential(size=(6, 2))))
    found = [((one.T @ other[list(order)]) ** 2).sum() for order in itertools.permutations(range(6))]
    assert shuffled(spread_of(one), spread_of(other), 6) == pytest.approx((np.mean(found), np.var(found)))


def test_features_give_the_centred_kernel_of_numbers_and_levels_together() -> None:
    rng = np.random.default_rng(2)
    number, level = rng.normal(size=150), rng.integers(0, 3, 150)
    points = points_of([Variable(number, False), Variable(level.astype(float), True)])
    width = median_width(points)
    found = features(points, width, Run())
    exact = centred(gram(points.numbers, width) * (level[:, None] == level))
    assert np.abs(found @ found.T - exact).max() < 1e-3
    assert np.abs(found.mean(axis=0)).max() < 1e-12
    small = compressed(found)
    assert small.shape[1] <= found.shape[1]
    assert np.allclose(small @ small.T, found @ found.T, atol=1e-2)


def test_the_ridge_regression_and_its_growth_are_those_of_the_whole_matrix() -> None:
    rng = np.random.default_rng(3)
    points = points_of([Variable(rng.normal(size=120), False)])
    found = features(points, median_width(points), Run(), 1e-12)
    ridge = 1e-3
    fit = ridges_on(found, [ridge])[0]
    left = ridge * np.linalg.inv(found @ found.T + ridge * np.eye(120))
    values = rng.normal(size=(120, 2))
    values -= values.mean(axis=0)
    assert np.allclose(fit.left_of(values), left @ values, atol=1e-3)
    around = left @ (np.eye(120) - 1 / 120)
    square = around @ around.T
    assert fit.growth == pytest.approx((square**2).sum() / (np.diag(square) ** 2).sum(), rel=1e-3)


@pytest.mark.parametrize("sizes", [(40, 3, 2), (60, 30, 25)], ids=["by products", "by pairs of rows"])
def test_moments_of_products_are_those_of_the_product_of_matrices(sizes: tuple[int, int, int]) -> None:
    rng = np.random.default_rng(4)
    one, other = rng.normal(size=(sizes[0], sizes[1])), rng.normal(size=(sizes[0], sizes[2]))
    product = (one @ one.T) * (other @ other.T)
    assert product_moments(one, other, Run()) == pytest.approx((np.trace(product), 2 * (product**2).sum()))


@pytest.mark.parametrize("given", [(), ("z",)], ids=["marginal", "conditional"])
def test_the_laws_of_kci_agree(given: tuple[str, ...]) -> None:
    table = numbers(400, 5, weak=0.03)
    ps = [independence["kci"](table, "x", "y", given, Run(), null=null).p for null in ("gamma", "spectral")]
    assert ps[0] == pytest.approx(ps[1], abs=0.03)


def test_of_too_many_rows_some_are_used_and_that_is_said() -> None:
    table = numbers(900, 6)
    for name in ("kci", "distance-correlation"):
        found = independence[name](table, "x", "y", ("z",), Run(), most=300)
        assert found.n_used == 300
        assert found.note == "300 of 900 rows were used, chosen by their content."
        order = np.random.default_rng(0).permutation(900)
        again = table_of(dict.fromkeys("xyz", "continuous"), {k: v[order] for k, v in table.rows().items()})
        assert independence[name](again, "x", "y", ("z",), Run(), most=300).p == pytest.approx(found.p, rel=1e-6)
        assert independence[name](table, "x", "y", ("z",), Run(seed=1), most=300).p != found.p


def test_hsic_by_permutation_is_hsic_by_its_moments() -> None:
    for seed in range(4):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=150)
        table = table_of({"x": "continuous", "y": "count"}, {"x": x, "y": rng.poisson(np.exp(0.2 * x)).astype(float)})
        ps = [independence["hsic"](table, "x", "y", (), Run(), null=null).p for null in ("gamma", "spectral", "permutation")]
        assert ps == pytest.approx([ps[2]] * 3, abs=0.05)


def test_hsic_takes_no_given_columns() -> None:
    with pytest.raises(BadOption, match="takes no given columns"):
        independence["hsic"](numbers(100, 0), "x", "y", ("z",), Run())


def test_distance_correlation_is_that_of_the_distance_matrices() -> None:
    rng = np.random.default_rng(7)
    x, c = rng.normal(size=80), rng.integers(0, 3, 80)
    y = x**2 + c + rng.normal(size=80)
    table = table_of({"x": "continuous", "y": "continuous", "c": "categorical"}, {"x": x, "y": y, "c": c.astype(float)})
    apart = {k: centred(np.abs(v[:, None] - v)) for k, v in (("x", x), ("y", y))} | {"c": centred((c[:, None] != c).astype(float))}
    for one, other in (("x", "y"), ("x", "c"), ("y", "c")):
        sizes = [(apart[k] ** 2).sum() for k in (one, other)]
        expected = np.sqrt((apart[one] * apart[other]).sum() / np.sqrt(sizes[0] * sizes[1]))
        assert independence["distance-correlation"](table, one, other, (), Run()).effect == pytest.approx(expected)


@pytest.mark.parametrize("beside", [False, True], ids=["RCoT", "RCIT"])
def test_random_features_find_a_bent_dependence_given_others(beside: bool) -> None:
    found = [independence["random-feature"](numbers(800, s, weak=0.15), "x", "y", ("z",), Run(), beside=beside).p for s in range(6)]
    assert sum(p < 0.05 for p in found) >= 5
    calm = [independence["random-feature"](numbers(800, s), "x", "y", ("z",), Run(), beside=beside).p for s in range(40)]
    assert sum(p < 0.05 for p in calm) <= 6  # chance puts more there once in 2,000 such tests


@pytest.mark.long
@pytest.mark.parametrize("row", [row for row in EXPECTED["kci_marginal"] if "null" in row], ids=lambda row: row["null"])
def test_the_size_of_marginal_kci_is_the_one_on_record(row: dict[str, Any]) -> None:
    """Other seeds than those on record; both figures carry a Monte-Carlo error."""
    ps = []
    for seed in range(2000, 4000):
        x, y = np.random.default_rng([7, 200, seed]).normal(size=(2, 200))
        ps.append(
            independence["kci"](table_of(dict.fromkeys("xy", "continuous"), {"x": x, "y": y}), "x", "y", (), Run(), null=row["null"]).p
        )
    for level, size in zip((0.01, 0.05, 0.1), row["size"], strict=True):
        assert np.mean(np.array(ps) <= level) == pytest.approx(size, abs=3 * (2 * level * (1 - level) / 2000) ** 0.5)

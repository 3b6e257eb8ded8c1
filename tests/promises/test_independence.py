"""Every independence test keeps its size, finds a known effect, is symmetric, and takes the kinds its card names."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from aitia.core.card import Method
from aitia.core.errors import UnusableColumn
from aitia.core.run import Run
from aitia.core.shelf import independence
from aitia.core.table import KINDS, Table
from tests.measures.tables import NUMERIC, draw, table_of

METHODS = list(independence)
LEVEL = 0.05


def pairs(method: Method) -> list[tuple[str, str]]:
    return list(itertools.combinations_with_replacement(sorted(method.card.kinds), 2))


def planted(method: Method, kinds: tuple[str, str], n: int, seed: list[int], *, common: bool, effect: float = 0.0) -> tuple[Table, tuple]:
    """x and y of two kinds; `common` gives them two causes z and w, `effect` lets x act on y. Returns what to condition on too."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    other = "categorical" if "categorical" in method.card.kinds else "count"
    w = draw(other, np.zeros(n), rng)
    centred = (w == 1) - 1.0 * (w == 2) if other == "categorical" else (w - 5) / 3
    score = 0.6 * z + 0.3 * centred if common else np.zeros(n)
    x = draw(kinds[0], score, rng)
    lift = effect * (x - x.mean()) / x.std()
    if kinds[0] == "categorical" and effect:
        lift = effect * ((x == 1) - 1.0 * (x == 2)) * 1.5
    y = draw(kinds[1], score + lift, rng)
    table = table_of({"x": kinds[0], "y": kinds[1], "z": "continuous", "w": other}, {"x": x, "y": y, "z": z, "w": w})
    return table, ("z", "w") if common else ()


def rejections(method: Method, kinds: tuple[str, str], n: int, runs: int, *, common: bool, effect: float = 0.0, look: int = 0) -> float:
    run = Run()
    code = [list(KINDS).index(kind) for kind in kinds]
    count = 0
    for seed in range(runs):
        table, given = planted(method, kinds, n, [look, seed, n, common, *code], common=common, effect=effect)
        count += method(table, "x", "y", given, run).p <= LEVEL
    return count / runs


def limit(runs: int) -> float:
    return LEVEL + 3 * (LEVEL * (1 - LEVEL) / runs) ** 0.5


@pytest.mark.parametrize("common", [False, True], ids=["marginal", "conditional"])
@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_size_over_all_pairs_of_kinds(method: Method, common: bool) -> None:
    for n in sorted({max(method.card.minimum_n, 1), 500}):
        rates = [rejections(method, kinds, n, 60, common=common) for kinds in pairs(method)]
        assert np.mean(rates) <= limit(60 * len(rates)), (n, rates)


@pytest.mark.long
@pytest.mark.parametrize("n", ["minimum", 100, 300, 1000, 5000])
@pytest.mark.parametrize("common", [False, True], ids=["marginal", "conditional"])
@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_size_of_each_pair_of_kinds(method: Method, common: bool, n: int | str) -> None:
    rows = method.card.minimum_n if isinstance(n, str) else n
    if rows < method.card.minimum_n:
        rows = method.card.minimum_n
    runs = 2000 if rows < 2000 else 500
    for kinds in pairs(method):
        rate = rejections(method, kinds, rows, runs, common=common)
        if rate > limit(runs):  # 300 such rates are looked at: chance alone puts one above, but not twice
            rate = rejections(method, kinds, rows, runs, common=common, look=1)
        assert rate <= limit(runs), kinds


@pytest.mark.parametrize("common", [False, True], ids=["marginal", "conditional"])
@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_power_at_a_known_effect(method: Method, common: bool) -> None:
    """One standard deviation of x moves y's score by .5: at 800 rows that is found in at least nine of ten runs."""
    for kinds in pairs(method):
        assert rejections(method, kinds, 800, 20, common=common, effect=0.5) >= 0.9, kinds


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_symmetric(method: Method) -> None:
    run = Run()
    for kinds in pairs(method):
        table, given = planted(method, kinds, 300, [1], common=True, effect=0.2)
        one, other = method(table, "x", "y", given, run), method(table, "y", "x", given[::-1], run)
        assert (one.p, one.statistic, one.effect, one.degrees) == pytest.approx(
            (other.p, other.statistic, other.effect, other.degrees), rel=1e-7
        )


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_refuses_kinds_that_are_not_on_its_card(method: Method) -> None:
    rng = np.random.default_rng(0)
    for kind in set(KINDS) - method.card.kinds:
        numeric = sorted(method.card.kinds & set(NUMERIC))[0]
        values = {"x": rng.integers(0, 2, 200).astype(float), "y": rng.poisson(5, 200).astype(float)}
        table = table_of({"x": kind, "y": numeric}, values)
        with pytest.raises(UnusableColumn, match="x"):
            method(table, "x", "y", (), Run())


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_the_batch_says_what_single_tests_say(method: Method) -> None:
    if "batch" not in method.kernels:
        pytest.fail(f"{method.name} has no batch kernel, and checks of many claims would be slow")
    run = Run()
    table, _ = planted(method, pairs(method)[-1], 300, [2], common=True, effect=0.2)
    holes = table.rows()
    for name, at in (("x", [3, 8]), ("z", [8, 20, 21])):
        holes[name] = holes[name].copy()
        holes[name][at] = np.nan
    triples = [("x", "y", ()), ("x", "y", ("z",)), ("y", "w", ("z",)), ("z", "w", ()), ("x", "w", ("z", "y"))]
    for source in (table, table_of({c.name: c.kind for c in table.columns}, holes)):
        batch = method.kernels["batch"](source, triples, run)
        single = [method(source, *triple, run) for triple in triples]
        for one, other in zip(batch, single, strict=True):
            assert (one.p, one.statistic, one.effect) == pytest.approx((other.p, other.statistic, other.effect), rel=1e-7)
            assert one.n_used == other.n_used


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_collinear_constant_and_empty_givens_are_no_trouble(method: Method) -> None:
    """Repeating a given column, or giving a constant one, changes nothing; determining a side leaves no evidence."""
    run = Run()
    rng = np.random.default_rng(4)
    z = rng.normal(size=200)
    x, y = z + rng.normal(size=200), z + rng.normal(size=200)
    values = {"x": x, "y": y, "z": z, "again": 3 * z - 1, "same": np.full(200, 7.0), "copy": 2 * x}
    table = table_of(dict.fromkeys(values, "continuous"), values)
    plain = method(table, "x", "y", ("z",), run)
    for given in (("z", "again"), ("z", "same"), ("again",)):
        assert method(table, "x", "y", given, run).p == pytest.approx(plain.p, rel=1e-6)
    assert method(table, "x", "y", ("copy",), run).p == 1.0
    assert method(table, "same", "y", (), run).p == 1.0

"""Every independence test keeps its size, finds a known effect, is symmetric, and takes the kinds its card names."""

from __future__ import annotations

import functools
import itertools

import numpy as np
import pytest

from aitia.core.card import Method
from aitia.core.errors import UnusableColumn
from aitia.core.run import Run
from aitia.core.shelf import independence
from aitia.core.table import KINDS, Table
from tests.looks import decided
from tests.measures.tables import NUMERIC, draw, table_of

LEVEL = 0.05
METHODS = list(independence)
PLAIN = [method for method in METHODS if not method.card.needs & {"graph", "environment"}]  # those that ask columns alone
CASES = [(method, common) for method in PLAIN for common in (False, True) if method.card.given or not common]
RUNS = {"moments": 60, "counts": 60, "rows": 12, "rows^2": 10, "rows^3": 8}  # per cell of the ordinary suite
MANY = {"moments": 2000, "counts": 1000, "rows": 300, "rows^2": 100, "rows^3": 60}  # per cell of the long one
DRAWN = {"continuous": "number", "count": "count", "binary": "binary"}  # all other kinds are drawn alike

every = pytest.mark.parametrize("method", PLAIN, ids=lambda m: m.name)
every_way = pytest.mark.parametrize(
    ("method", "common"), CASES, ids=[f"{m.name}-{'conditional' if common else 'marginal'}" for m, common in CASES]
)


def pairs(method: Method, *, unlike: bool = False) -> list[tuple[str, str]]:
    """All pairs of kinds on the card; `unlike` keeps one kind for each way of drawing a column."""
    kinds = sorted(method.card.kinds & set(KINDS))
    if unlike:
        kinds = list({DRAWN.get(kind, "levels"): kind for kind in reversed(kinds)}.values())[::-1]
    return list(itertools.combinations_with_replacement(kinds, 2))


def coded_only(method: Method) -> bool:
    return not method.card.kinds & set(NUMERIC)


def planted(method: Method, kinds: tuple[str, str], n: int, seed: list[int], *, common: bool, effect: float = 0.0) -> tuple[Table, tuple]:
    """x and y of two kinds; `common` gives them two causes z and w, `effect` lets x act on y. Returns what to condition on too."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    behind = "continuous"
    if coded_only(method):
        z, behind = np.digitize(z, [-0.43, 0.43]) - 1.0, "ordinal"
    other = "categorical" if "categorical" in method.card.kinds else "count"
    w = draw(other, np.zeros(n), rng)
    centred = (w == 1) - 1.0 * (w == 2) if other == "categorical" else (w - 5) / 3
    score = 0.6 * z + 0.3 * centred if common else np.zeros(n)
    x = draw(kinds[0], score, rng)
    lift = effect * (x - x.mean()) / x.std()
    if kinds[0] not in DRAWN and effect:
        lift = effect * ((x == 1) - 1.0 * (x == 2)) * 1.5
    y = draw(kinds[1], score + lift, rng)
    values = {"x": x, "y": y, "z": z + (behind == "ordinal"), "w": w}
    return table_of({"x": kinds[0], "y": kinds[1], "z": behind, "w": other}, values), ("z", "w") if common else ()


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


@every_way
def test_size_over_all_pairs_of_kinds(method: Method, common: bool) -> None:
    runs = RUNS[method.card.cost]
    for n in sorted({max(method.card.minimum_n, 1), 500}):
        rates = [rejections(method, kinds, n, runs, common=common) for kinds in pairs(method)]
        assert np.mean(rates) <= limit(runs * len(rates)), (n, rates)


@pytest.mark.long
@pytest.mark.parametrize("n", ["minimum", 100, 300, 1000, 5000])
@every_way
def test_size_of_each_pair_of_kinds(method: Method, common: bool, n: int | str) -> None:
    rows = method.card.minimum_n if isinstance(n, str) else n
    if not isinstance(n, str) and rows <= method.card.minimum_n:
        return  # the minimum is looked at already
    runs = MANY[method.card.cost] if rows < 2000 else MANY[method.card.cost] // 4
    rates = []
    for kinds in pairs(method, unlike=True):
        rate = decided(functools.partial(rejections, method, kinds, rows, common=common), runs, lambda found: found <= limit(runs))
        rates.append(rate)
        if rate > limit(runs):  # hundreds of such rates are looked at: chance alone puts one above, but not twice
            rate = rejections(method, kinds, rows, runs, common=common, look=1)
        assert rate <= limit(runs), kinds
    if np.mean(rates) > limit(runs * len(rates)):  # of short looks, which tell a mean less exactly
        rates = [rejections(method, kinds, rows, runs, common=common) for kinds in pairs(method, unlike=True)]
    assert np.mean(rates) <= limit(runs * len(rates)), rates


@every_way
def test_power_at_a_known_effect(method: Method, common: bool) -> None:
    """One standard deviation of x moves y's score by .5: at 800 rows that is found in at least nine of ten runs."""
    for kinds in pairs(method, unlike=True):
        assert rejections(method, kinds, 800, 20, common=common, effect=0.5) >= 0.9, kinds


CURVED = [(method, common) for method, common in CASES if "linear relations" not in method.card.assumes]


@pytest.mark.parametrize(("method", "common"), CURVED, ids=[f"{m.name}-{'conditional' if common else 'marginal'}" for m, common in CURVED])
def test_dependence_without_correlation_is_found_unless_the_card_assumes_straight_lines(method: Method, common: bool) -> None:
    """y grows with the square of x, so that the two are uncorrelated; at 500 rows that is found in at least nine of ten runs."""
    run, found = Run(), 0
    for seed in range(20):
        rng = np.random.default_rng([7, seed, common])
        z = rng.normal(size=500)
        x = rng.normal(size=500) + 0.5 * z * common
        y = 0.5 * x**2 + 0.5 * z * common + rng.normal(size=500)
        values = {"x": x, "y": y, "z": z}
        if coded_only(method):
            values = {name: np.digitize(v, np.quantile(v, [1 / 3, 2 / 3])).astype(float) for name, v in values.items()}
        table = table_of(dict.fromkeys(values, "ordinal" if coded_only(method) else "continuous"), values)
        found += method(table, "x", "y", ("z",) if common else (), run).p <= LEVEL
    assert found >= 18


@every
def test_symmetric(method: Method) -> None:
    run = Run()
    for kinds in pairs(method):
        table, given = planted(method, kinds, 300, [1], common=method.card.given, effect=0.2)
        one, other = method(table, "x", "y", given, run), method(table, "y", "x", given[::-1], run)
        assert (one.p, one.statistic, one.effect) == pytest.approx((other.p, other.statistic, other.effect), rel=1e-7)
        assert (one.degrees, one.n_used) == (other.degrees, other.n_used)


@every
def test_the_order_of_rows_and_the_names_of_columns_change_nothing(method: Method) -> None:
    run = Run()
    for kinds, behind in itertools.product(pairs(method, unlike=True)[-2:], [("z", "w"), ("w",), ()] if method.card.given else [()]):
        table, _ = planted(method, kinds, 301, [3], common=method.card.given, effect=0.15)
        order = np.random.default_rng(0).permutation(table.n)
        names = dict(zip(table.names, ("zeta", "alpha", "b", "a"), strict=True))
        turned = table_of({names[c.name]: c.kind for c in table.columns}, {names[k]: v[order] for k, v in table.rows().items()})
        one = method(table, "x", "y", behind, run)
        other = method(turned, names["x"], names["y"], tuple(names[g] for g in behind), run)
        assert (one.p, one.statistic) == pytest.approx((other.p, other.statistic), rel=1e-6), (kinds, behind)


@every
def test_codes_are_never_numbers(method: Method) -> None:
    """Renaming the levels of coded columns changes nothing."""
    if not method.card.kinds & {"categorical", "ordinal"}:
        return
    run = Run()
    kind = sorted(method.card.kinds & {"categorical", "ordinal"})[0]
    table, given = planted(method, (kind, kind), 300, [5], common=method.card.given, effect=0.2)
    turned = {name: np.array([2.0, 0.0, 3.0, 1.0])[v.astype(int)] if table.column(name).coded else v for name, v in table.rows().items()}
    other = method(table_of({c.name: c.kind for c in table.columns}, turned), "x", "y", given, run)
    assert method(table, "x", "y", given, run).p == pytest.approx(other.p, rel=1e-6)


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_refuses_kinds_that_are_not_on_its_card(method: Method) -> None:
    rng = np.random.default_rng(0)
    taken = sorted(method.card.kinds)[0]
    for kind in set(KINDS) - method.card.kinds:
        values = {"x": rng.integers(0, 2, 200).astype(float), "y": rng.integers(0, 3, 200).astype(float)}
        with pytest.raises(UnusableColumn, match="x"):
            method(table_of({"x": kind, "y": taken}, values), "x", "y", (), Run())


@every
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
    triples = [triple for triple in triples if method.card.given or not triple[2]]
    for source in (table, table_of({c.name: c.kind for c in table.columns}, holes)):
        batch = method.kernels["batch"](source, triples, run)
        single = [method(source, *triple, run) for triple in triples]
        for one, other in zip(batch, single, strict=True):
            assert (one.p, one.statistic, one.effect) == pytest.approx((other.p, other.statistic, other.effect), rel=1e-7)
            assert one.n_used == other.n_used


@every
def test_collinear_constant_and_empty_givens_are_no_trouble(method: Method) -> None:
    """Repeating a given column, or giving a constant one, changes nothing; determining a side leaves no evidence."""
    run = Run()
    rng = np.random.default_rng(4)
    z = rng.normal(size=200)
    x, y = z + rng.normal(size=200), z + rng.normal(size=200)
    kind, values = "continuous", {"x": x, "y": y, "z": z, "again": 3 * z - 1, "same": np.full(200, 7.0), "copy": 2 * x}
    if coded_only(method):
        cut = {name: np.digitize(v, [-0.5, 0.5]).astype(float) for name, v in (("x", x), ("y", y), ("z", z))}
        kind, values = "categorical", {**cut, "again": 2 - cut["z"], "same": np.zeros(200), "copy": (cut["x"] + 1) % 3}
    table = table_of(dict.fromkeys(values, kind), values)
    assert method(table, "same", "y", (), run).p == 1.0
    if method.card.given:
        plain = method(table, "x", "y", ("z",), run)
        for given in (("z", "again"), ("z", "same"), ("again",)):
            assert method(table, "x", "y", given, run).p == pytest.approx(plain.p, rel=1e-6)
        assert method(table, "x", "y", ("copy",), run).p == 1.0

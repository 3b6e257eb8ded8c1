"""Every property is seldom denied where it holds, and denied where it plainly does not hold, as often as the stated power says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from aitia.core.finding import Finding
from aitia.core.request import Reading
from aitia.core.run import Run
from aitia.core.shelf import properties
from aitia.core.table import Table
from aitia.data.read import read

LEVEL = 0.05
Maker = Callable[[np.random.Generator], Table]


def clean(rng: np.random.Generator) -> Table:
    """Three normal columns and a label, hanging together by straight lines with even normal noise."""
    n = 600
    label = rng.integers(0, 3, n)
    a = rng.normal(size=n)
    b = 0.7 * a + (label == 1) + rng.normal(size=n)
    c = 0.5 * a - 0.5 * b + rng.normal(size=n)
    return read({"a": a, "b": b, "c": c, "label": np.array(["x", "y", "z"])[label]})


def bent(rng: np.random.Generator) -> Table:
    a = rng.normal(size=600)
    return read({"a": a, "b": 0.3 * a**2 + rng.normal(size=600), "c": rng.normal(size=600)})


def crossed(rng: np.random.Generator) -> Table:
    """c follows a times b, beside a and b: no single square is missing, the fit's is."""
    a, b = rng.normal(size=600), rng.normal(size=600)
    return read({"a": a, "b": b, "c": a + b + 0.5 * a * b + rng.normal(size=600)})


def skewed(rng: np.random.Generator) -> Table:
    a = rng.normal(size=600)
    return read({"a": a, "b": a + rng.exponential(size=600)})


def uneven(rng: np.random.Generator) -> Table:
    a = rng.normal(size=600)
    return read({"a": a, "b": a + np.exp(0.5 * a) * rng.normal(size=600)})


def copied(rng: np.random.Generator) -> Table:
    a = rng.normal(size=600)
    return read({"a": a, "b": -3 * a + 0.01 * rng.normal(size=600), "c": rng.normal(size=600)})


def renamed(rng: np.random.Generator) -> Table:
    code = rng.integers(0, 3, 600)
    return read({"town": np.array(["Rome", "Bonn", "Oslo"])[code], "land": np.array(["IT", "DE", "NO"])[code], "x": rng.normal(size=600)})


def series(rng: np.random.Generator, coefficient: float, days: np.ndarray | None = None) -> Table:
    n = 400
    x = np.zeros(n)
    for t in range(1, n):
        x[t] = coefficient * x[t - 1] + rng.normal()
    days = np.arange(n) if days is None else days
    dates = (np.datetime64("2020-01-01") + days.astype("timedelta64[D]")).astype(str)
    shuffled = rng.permutation(n)
    return read({"date": dates[shuffled], "x": x[shuffled], "e": rng.normal(size=n)[shuffled]}, Reading(time="date"))


def steady(rng: np.random.Generator) -> Table:
    return series(rng, 0.5)


def wandering(rng: np.random.Generator) -> Table:
    return series(rng, 1.0)


def holed(rng: np.random.Generator) -> Table:
    return series(rng, 0.5, np.arange(400) + 5 * (np.arange(400) > 200))


CLEAN: dict[str, Maker] = {"stationarity": steady, "time-order": steady}
FAULTS: dict[str, tuple[Maker, ...]] = {
    "linearity": (bent, crossed),
    "normality": (skewed,),
    "even-spread": (uneven,),
    "near-duplicates": (copied, renamed),
    "stationarity": (wandering,),
    "time-order": (holed,),
}
JUDGING = [method for method in properties if method.card.gives != "bound"]


def answers(name: str, maker: Maker, runs: int, look: int) -> list[Finding]:
    return [properties[name](maker(np.random.default_rng([look, seed])), Run(seed=seed)) for seed in range(runs)]


@pytest.mark.parametrize("method", JUDGING, ids=lambda m: m.name)
def test_seldom_denied_where_it_holds(method) -> None:
    runs = 200
    found = answers(method.name, CLEAN.get(method.name, clean), runs, 1)
    assert all(f.passed is not None for f in found)
    assert np.mean([f.passed is False for f in found]) <= LEVEL + 3 * (LEVEL * (1 - LEVEL) / runs) ** 0.5


@pytest.mark.parametrize(("name", "maker"), [(name, maker) for name, makers in FAULTS.items() for maker in makers])
def test_denied_where_it_plainly_does_not_hold(name: str, maker: Maker) -> None:
    found = answers(name, maker, 40, 2)
    assert np.mean([f.passed is False for f in found]) >= 0.9
    assert all(f.says and f.next for f in found if f.passed is False)


def test_every_property_has_its_fault() -> None:
    assert {method.name for method in JUDGING} == set(FAULTS)


def test_lags_find_the_order_of_an_autoregression() -> None:
    found = []
    for seed in range(20):
        rng = np.random.default_rng([3, seed])
        x = np.zeros(500)
        for t in range(2, 500):
            x[t] = 0.5 * x[t - 1] - 0.4 * x[t - 2] + rng.normal()
        dates = (np.datetime64("2020-01-01") + np.arange(500).astype("timedelta64[D]")).astype(str)
        found.append(properties["lags"](read({"date": dates, "x": x, "e": rng.normal(size=500)}, Reading(time="date")), Run()).value)
    assert np.mean(np.array(found) == 2) >= 0.9


@pytest.mark.parametrize("method", list(properties), ids=lambda m: m.name)
def test_too_little_is_an_answer(method) -> None:
    tiny = read({"a": [1.0, 2.5, 3.0, 4.5], "b": ["x", "y", "x", "y"]})
    finding = method(tiny, Run())
    assert finding.passed in (None, True) and finding.says


@pytest.mark.parametrize("method", list(properties), ids=lambda m: m.name)
def test_order_of_rows_and_columns_changes_nothing(method) -> None:
    table = CLEAN.get(method.name, clean)(np.random.default_rng(9)) if method.name in CLEAN else bent(np.random.default_rng(9))
    frame = table.to_frame()
    columns = {name: np.asarray(frame[name]) for name in table.names}
    order = np.random.default_rng(1).permutation(table.n)
    moved = read({name: columns[name][order] for name in reversed(table.names)}, table.reading)
    one, other = method(read(columns, table.reading), Run()), method(moved, Run())
    assert (one.passed, one.value) == (other.passed, other.value)
    assert one.p == other.p or one.p == pytest.approx(other.p, rel=1e-6)

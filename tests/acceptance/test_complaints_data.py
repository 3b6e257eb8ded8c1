"""Complaints 1 and 8 of the field: mixed columns that are silently taken for numbers, and memory that blows up with rows or levels."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import numpy as np
import pytest

import aitia
from aitia.core.run import Run
from aitia.core.shelf import independence
from aitia.data.read import read

TOWNS = np.array(["Rome", "Bonn", "Oslo", "Lyon"])
REGRESSION = aitia.Plan(method="regression")
HEIGHTS = np.array([0.0, 2.0, -1.0, 0.5])


def mixed(towns: np.ndarray, seed: int = 0, n: int = 3000) -> dict[str, np.ndarray]:
    """A town moves treatment and outcome, not in the order of its name; the effect of t on y is 1."""
    rng = np.random.default_rng(seed)
    town = rng.integers(0, 4, n)
    age = rng.normal(50, 10, n)
    t = (rng.random(n) < 1 / (1 + np.exp(-HEIGHTS[town] + 0.5))).astype(int)
    y = t + 3 * HEIGHTS[town] + 0.05 * age + rng.normal(size=n)
    return {"town": towns[town], "age": age, "t": np.array(["no", "yes"])[t], "y": y}


def test_labels_enter_as_levels_whatever_they_are_called() -> None:
    """A linear term in codes would be off by about a half; other names for the same towns change nothing."""
    graph = "town->t; town->y; age->y; t->y"
    plain = aitia.estimate(mixed(TOWNS), "t", "y", graph=graph, plan=REGRESSION).estimate
    renamed = aitia.estimate(mixed(np.array(["d", "c", "a", "b"])), "t", "y", graph=graph, plan=REGRESSION).estimate
    assert plain is not None and renamed is not None and plain.se is not None
    assert abs(plain.value - 1) < 3 * plain.se
    assert plain.value == pytest.approx(renamed.value, rel=1e-9)


def test_numbers_that_are_labels_are_levels_when_said_so() -> None:
    data = mixed(np.array([10, 20, 30, 40]))
    graph = "town->t; town->y; age->y; t->y"
    said = aitia.estimate(data, "t", "y", graph=graph, reading=aitia.Reading(column={"town": "categorical"}), plan=REGRESSION).estimate
    named = aitia.estimate(mixed(TOWNS), "t", "y", graph=graph, plan=REGRESSION).estimate
    assert said is not None and named is not None
    assert said.value == pytest.approx(named.value, rel=1e-9)


def test_a_treatment_with_several_levels_has_a_contrast_for_each() -> None:
    rng = np.random.default_rng(1)
    arm = rng.integers(0, 3, 3000)
    y = np.array([0.0, 2.0, 1.0])[arm] + rng.normal(size=3000)
    found = aitia.estimate({"arm": np.array(["control", "low dose", "placebo gel"])[arm], "y": y}, "arm", "y", graph="arm->y").estimate
    assert found is not None
    values = {(c.arm, c.versus): c.value for c in found.contrasts}
    assert values["low dose", "control"] == pytest.approx(2, abs=0.15)
    assert values["placebo gel", "control"] == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize(
    "method",
    [m for m in independence if {"continuous", "categorical"} <= m.card.kinds and not m.card.needs & {"graph", "environment"}],
    ids=lambda m: m.name,
)
def test_every_test_of_mixed_columns_sees_what_is_not_in_the_order_of_the_codes(method) -> None:
    """The middle level differs from both others: a correlation with codes 0, 1, 2 would be zero."""
    rng = np.random.default_rng(2)
    code = rng.integers(0, 3, 600)
    table = read({"group": np.array(["a", "b", "c"])[code], "y": 1.0 * (code == 1) + rng.normal(size=600)})
    assert method(table, "group", "y", (), Run()).p < 1e-6


CHILD = """
import resource, sys
import aitia
from aitia import Reading
table = aitia.load(sys.argv[1], reading=Reading(engine="duckdb"))
moments = table.moments(["x0", "x1", "x2", "x3", "x4", "x5"])
counts = table.counts(["group"])
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
statistics = peak()
found = aitia.estimate(table, "t", "x0", graph="x1->t; x1->x0; t->x0", plan=aitia.Plan(method="regression")).estimate
print(moments.n, counts.counts.sum(), found.value, statistics, peak())
"""


def test_many_rows_do_not_fill_the_memory(tmp_path: pathlib.Path) -> None:
    """Three million rows of ten columns: moments and counts in less than .7 GB, an effect with its overlap in less than 2.5 GB."""
    import duckdb

    path = tmp_path / "large.parquet"
    columns = ", ".join(f"hash(i * 10 + {j}) % 100000 / 100000.0 AS x{j}" for j in range(1, 8))
    group = "'g' || CAST(hash(i) % 5 AS INTEGER) AS \"group\""
    treated = "CAST(hash(i * 7 + 3) % 100000 / 100000.0 < 0.3 + 0.4 * x1 AS INTEGER)"
    inner = f"SELECT i, {columns}, {group} FROM range(3000000) AS r(i)"
    outer = f"SELECT *, {treated} AS t FROM ({inner})"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT * EXCLUDE i, 2 * t + x1 + x2 AS x0 FROM ({outer})) TO '{path}' (FORMAT parquet)")
    done = subprocess.run([sys.executable, "-c", CHILD, str(path)], capture_output=True, text=True, check=True)
    n, counted, effect, statistics, whole = done.stdout.split()
    assert int(n) == int(counted) == 3_000_000
    assert float(effect) == pytest.approx(2, abs=0.01)
    assert int(statistics) < 700, f"{statistics} MB"
    assert int(whole) < 2500, f"{whole} MB"


def test_a_hundred_thousand_levels_blow_nothing_up() -> None:
    rng = np.random.default_rng(3)
    n = 200_000
    data = {"customer": np.array([f"c{i}" for i in rng.integers(0, 100_000, n)]), "x": rng.normal(size=n), "y": rng.normal(size=n)}
    found = aitia.profile(data)
    assert "customer" in {item.name for item in found.set_aside} | {c.name for c in found.columns}
    answer = aitia.estimate(data, "x", "y", graph="x->y")
    assert answer.estimate is not None and abs(answer.estimate.value) < 0.02

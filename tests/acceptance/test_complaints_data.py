"""Complaints about data that users of causal libraries have made for years, each as a test that it does not arise here."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
from typing import Any

import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

import aitia
from aitia.core.errors import UnusableColumn
from aitia.core.request import Reading
from aitia.core.run import Run
from aitia.core.shelf import independence
from aitia.data.engines.duckdb import DuckDB
from aitia.data.engines.sql import Sql
from aitia.data.read import read
from tests.data.postgres import postgres as postgres
from tests.promises.engine_tables import write_duckdb, write_postgres
from tests.tables import EFFECT, GRAPH, confounded

ASKED: dict[str, Any] = {"treatment": "treated", "outcome": "outcome", "graph": GRAPH}
ENGINES = ("memory", "duckdb")


def estimated(data: Any, reading: Reading | None = None, **asked: Any) -> Any:
    answer = aitia.estimate(data, **{**ASKED, **asked}, reading=reading or Reading())
    assert answer.estimate is not None, answer.findings
    return answer.estimate


@pytest.mark.parametrize("engine", ENGINES)
def test_1_categories_enter_as_levels_and_their_codes_are_never_numbers(engine: Any) -> None:
    """Renaming levels, so that their order changes, changes nothing; number codes count as labels once that is said."""

    def value(data: Any, **column: str) -> float:
        return float(estimated(data, Reading(engine=engine, column=column), plan=aitia.Plan(method="regression")).value)

    table = confounded(900)
    place = np.unique(table["region"], return_inverse=True)[1]
    renamed, coded = ({**table, "region": np.array(levels)[place]} for levels in (["z", "a", "m"], [7, 1, 3]))
    columns = [np.ones(900), table["treated"], table["age"], table["sex"] == "man", place == 0, place == 1]
    oracle = np.linalg.lstsq(np.column_stack(columns).astype(float), table["outcome"], rcond=None)[0][1]
    for found in (value(table), value(renamed), value(coded, region="categorical")):
        assert found == pytest.approx(oracle, rel=1e-9)
    assert value(coded) != pytest.approx(oracle, rel=1e-6), "numbers are quantities until the caller says otherwise"


MIXED = [m for m in independence if {"continuous", "categorical"} <= m.card.kinds and not m.card.needs & {"graph", "environment"}]


@pytest.mark.parametrize("method", MIXED, ids=lambda method: method.name)
def test_1_every_test_of_mixed_columns_sees_what_is_not_in_the_order_of_the_codes(method: Any) -> None:
    """The middle level differs from both others: a correlation with codes 0, 1, 2 would be zero."""
    rng = np.random.default_rng(2)
    code = rng.integers(0, 3, 600)
    table = read({"group": np.array(["a", "b", "c"])[code], "y": 1.0 * (code == 1) + rng.normal(size=600)})
    assert method(table, "group", "y", (), Run()).p < 1e-6


@pytest.mark.parametrize("engine", ENGINES)
def test_1_labels_that_confound_are_held_fixed_level_by_level(engine: Any) -> None:
    """A town moves treatment and outcome, not in the order of its name: a linear term in codes would be off by about a half."""
    rng = np.random.default_rng(0)
    town, age = rng.integers(0, 4, 3000), rng.normal(50, 10, 3000)
    height = np.array([0.0, 2.0, -1.0, 0.5])[town]
    t = (rng.random(3000) < 1 / (1 + np.exp(0.5 - height))).astype(int)
    data = {"town": np.array(["Rome", "Bonn", "Oslo", "Lyon"])[town], "age": age, "t": np.array(["no", "yes"])[t]}
    data["y"] = t + 3 * height + 0.05 * age + rng.normal(size=3000)
    asked = {"treatment": "t", "outcome": "y", "graph": "town->t; town->y; age->y; t->y"}
    found = estimated(data, Reading(engine=engine), plan=aitia.Plan(method="regression"), **asked)
    assert abs(found.value - 1) < 3 * found.se


@pytest.mark.parametrize("engine", ENGINES)
def test_1_a_mixed_table_is_analysed_from_kinds_to_verdict(engine: Any, tmp_path: pathlib.Path) -> None:
    table = confounded(700)
    table["day"] = np.datetime64("2020-01-01") + np.arange(700)
    table["note"] = [f"note {i}" for i in range(700)]
    answer = aitia.analyze(table, **ASKED, reading=Reading(engine=engine), plan=aitia.Plan(out=str(tmp_path)))
    assert answer.estimates[0].low < EFFECT < answer.estimates[0].high
    assert aitia.replay(str(tmp_path), data=table).identical


@pytest.mark.parametrize("engine", ENGINES)
def test_13_a_treatment_of_several_arms_is_no_number(engine: Any) -> None:
    rng = np.random.default_rng(7)
    arm = rng.choice(["usual care", "drug", "surgery"], 1500)
    effect = np.select([arm == "drug", arm == "surgery"], [1.0, -2.0])
    answer = estimated(
        {"arm": arm, "y": effect + rng.normal(size=1500)}, Reading(engine=engine), treatment="arm", outcome="y", graph="arm->y"
    )
    found = {contrast.arm: contrast.value for contrast in answer.contrasts}
    assert set(found) == {"drug", "surgery"}
    assert {contrast.versus for contrast in answer.contrasts} == {"usual care"}
    assert found["drug"] == pytest.approx(1.0, abs=0.3)
    assert found["surgery"] == pytest.approx(-2.0, abs=0.3)


@pytest.mark.parametrize("engine", ENGINES)
def test_15_columns_that_do_not_vary_are_set_aside_aloud(engine: Any) -> None:
    n = 200
    data = {"same": [1] * n, "rounded": [0.1 + 0.2, 0.3] * (n // 2), "empty": [None] * n, "y": np.arange(n) / 7}
    table = read(data, Reading(engine=engine))
    assert table.names == ("y",)
    assert [(item.name, item.constant) for item in table.set_aside] == [("same", True), ("rounded", True), ("empty", False)]
    assert "rounding" in table.set_aside[1].why
    assert {f.check for f in table.findings} == {"constant-columns", "empty-columns"}
    for name in ("same", "rounded", "empty"):
        with pytest.raises(UnusableColumn, match=f"{name} cannot be used"):
            read(data, Reading(engine=engine), named=(name,))


def test_20_polars_arrow_databases_and_files_give_one_answer(tmp_path: pathlib.Path, postgres: str) -> None:
    """To the last bit: wherever the rows lie, the design is built from the same numbers in the same order."""
    import polars

    table = {name: values.tolist() for name, values in confounded(400).items()}
    arrow = pyarrow.table(table)
    pyarrow.parquet.write_table(arrow, tmp_path / "t.parquet")
    polars.DataFrame(table).write_csv(tmp_path / "t.csv")
    places = [polars.DataFrame(table), polars.DataFrame(table).lazy(), arrow, tmp_path / "t.parquet", str(tmp_path / "t.*quet")]
    places += [tmp_path / "t.csv", write_duckdb(arrow, tmp_path / "t.duckdb"), write_postgres(arrow, postgres, "confounded")]
    first = estimated(table)
    for place in places:
        found = estimated(place)
        assert (found.value, found.se) == (first.value, first.se), place
    assert isinstance(read(places[-1]).source, Sql)
    assert isinstance(read(places[-2]).source, DuckDB)


PEAK = """
import json, pathlib, resource
status = pathlib.Path("/proc/self/status")  # what the kernel reports for a child counts the memory of its parent before exec
kilobytes = [line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM")] if status.exists() else []
found["peak"] = float(kilobytes[0] if kilobytes else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1e6
print(json.dumps(found))
"""


def child(code: str, *arguments: str) -> dict[str, float]:
    """Run code in a fresh process; returns what it found and its peak memory in gigabytes."""
    done = subprocess.run(
        [sys.executable, "-c", "import sys\nfound = {}\n" + code + PEAK, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


MOMENTS = """
import aitia
table = aitia.load(sys.argv[1], reading=aitia.Reading(engine="duckdb"))
found["n"] = table.moments().n
found["cells"] = int(table.counts(["arm", "site"]).counts.sum())
found["digest"] = len(table.fingerprint())
"""
ESTIMATE = """
import aitia
found["drawn"] = len(aitia.load(sys.argv[1], reading=aitia.Reading(engine="duckdb")).sample(1000)["y"])
answer = aitia.estimate(sys.argv[1], treatment="arm", outcome="y", graph="x0->arm; x0->y; arm->y", reading=aitia.Reading(engine="duckdb"))
found["value"], found["se"], found["n"] = answer.estimate.value, answer.estimate.se, answer.estimate.n
"""


def large(path: pathlib.Path, rows: int) -> str:
    """Write a Parquet file of ten columns; the effect of `arm` on `y` is 2, and `x0` confounds it."""
    import duckdb

    uniform = "(hash(i * 13 + {}) % 1000003)::DOUBLE / 1000003"
    columns = [f"{uniform.format(j)} AS x{j}" for j in range(7)]
    columns += [
        f"CASE WHEN {uniform.format(0)} + {uniform.format(20)} > 1 THEN 'drug' ELSE 'none' END AS arm",
        "'site ' || (i % 40) AS site",
    ]
    inner = f"SELECT {', '.join(columns)}, {uniform.format(30)} AS noise FROM range({rows}) AS t(i)"
    with duckdb.connect() as connection:
        query = f"SELECT * EXCLUDE (noise), 2.0::DOUBLE * (arm = 'drug')::INT + 3 * x0 + noise AS y FROM ({inner})"
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return str(path)


def test_8_five_million_rows_need_no_more_memory_than_their_statistics(tmp_path: pathlib.Path) -> None:
    """In memory these columns alone are 0.4 GB, and twice that while they are read."""
    found = child(MOMENTS, large(tmp_path / "t.parquet", 5_000_000))
    assert found["n"] == found["cells"] == 5_000_000
    assert found["peak"] < 0.6


@pytest.mark.long
def test_8_an_estimate_reads_the_columns_it_needs(tmp_path: pathlib.Path) -> None:
    found = child(ESTIMATE, large(tmp_path / "t.parquet", 5_000_000))
    assert (found["n"], found["drawn"]) == (5_000_000, 1000)
    assert abs(found["value"] - 2) < 5 * found["se"]
    assert found["peak"] < 4.0


MANY = """
import aitia, numpy as np
rng = np.random.default_rng(0)
n = 200_000
firm = rng.integers(0, 100_000, n)
t = rng.integers(0, 2, n)
data = {"firm": np.char.add("firm ", firm.astype(str)), "code": firm, "t": t, "y": 2 * t + rng.normal(size=n)}
asked = dict(treatment="t", outcome="y", graph="t->y")
reading = aitia.Reading(engine=sys.argv[1])
table = aitia.load(data, reading=reading)
found["aside"] = [item.name for item in table.set_aside]
found["value"] = aitia.estimate(data, **asked, reading=reading).estimate.value
clustered = aitia.Reading(engine=sys.argv[1], cluster="firm")
found["levels"] = len(aitia.load(data, reading=clustered).column("firm").levels)
found["clustered"] = aitia.estimate(data, **asked, reading=clustered, plan=aitia.Plan(errors="cluster")).estimate.value
forced = aitia.Reading(engine=sys.argv[1], column={"firm": "categorical"})
answer = aitia.estimate(data, treatment="t", outcome="y", graph="firm->t; firm->y; t->y", reading=forced)
found["forced"] = answer.estimate is None and any(f.check == "estimation" for f in answer.findings)
found["profiled"] = [item.name for item in aitia.profile(data, reading=reading).set_aside]
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_8_a_column_of_a_hundred_thousand_categories_blows_nothing_up(engine: str) -> None:
    """It is set aside aloud, serves as clusters, and is refused as a covariate with a reason, all in bounded memory."""
    found = child(MANY, engine)
    assert found["aside"] == ["firm"]
    assert found["value"] == pytest.approx(2.0, abs=0.05)
    assert found["clustered"] == pytest.approx(found["value"], rel=1e-12)
    assert found["levels"] > 80_000
    assert found["forced"]
    assert found["profiled"] == ["firm"]
    assert found["peak"] < 1.2

"""Every engine answers as memory does: kinds, levels, findings, moments, counts, rows, samples and digests."""

from __future__ import annotations

import itertools
import pathlib
import tempfile
import tomllib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aitia.core.errors import InputError
from aitia.core.request import Reading
from aitia.core.table import Table
from aitia.data import sizes
from aitia.data.engines.sql import Sql
from aitia.data.read import read
from tests.promises import engine_tables as made

EXPECTED = tomllib.loads((pathlib.Path(__file__).parents[1] / "expected.toml").read_text(encoding="utf8"))["engines"]
SEEDS = [seed if seed < EXPECTED["short"] else pytest.param(seed, marks=pytest.mark.long) for seed in range(EXPECTED["tables"])]
FEW_SEEDS = [seed if seed < 1 else pytest.param(seed, marks=pytest.mark.long) for seed in range(EXPECTED["tables"])]
MEMORY, DUCKDB = Reading(engine="memory"), Reading(engine="duckdb")


def sorted_rows(table: Table) -> np.ndarray:
    rows = np.array(list(table.rows().values()))
    return rows[:, np.lexsort(np.nan_to_num(rows, nan=1e99))]


def same_description(memory: Table, other: Table) -> None:
    for one, two in itertools.zip_longest(memory.columns, other.columns):
        assert one == two
    assert memory.set_aside == other.set_aside
    assert [(f.check, f.says, f.value) for f in memory.findings] == [(f.check, f.says, f.value) for f in other.findings]
    assert memory.n == other.n


def same_moments(memory: Table, other: Table, names: tuple[str, ...], tolerance: float) -> None:
    """Covariances differ by less than the tolerance times the product of the spreads, means by less than that times the spread."""
    one, two = memory.moments(names), other.moments(names)
    assert one.n == two.n
    if one.n < 2:
        assert np.isnan(two.covariance).all()
        return
    spread = np.sqrt(np.diag(one.covariance))
    np.testing.assert_array_less(np.abs(two.covariance - one.covariance), tolerance * np.outer(spread, spread) + 1e-300)
    np.testing.assert_array_less(np.abs(two.mean - one.mean), tolerance * spread + np.spacing(np.abs(one.mean)) + 1e-300)


def same_answers(memory: Table, other: Table, tolerance: float) -> None:
    numeric = tuple(c.name for c in memory.columns if not c.coded)
    for names in (numeric, numeric[:2], memory.names[:9], memory.names[::-4]):
        same_moments(memory, other, tuple(names), tolerance)
    coded = [c.name for c in memory.columns if c.coded]
    for names in (coded[:1], coded[:2], coded[1:4], coded[-2:]):
        one, two = memory.counts(list(names)), other.counts(list(names))
        assert one.levels == two.levels
        np.testing.assert_array_equal(one.counts, two.counts)
        assert one.missing == two.missing
    np.testing.assert_array_equal(sorted_rows(memory), sorted_rows(other))


def same_table(memory: Table, other: Table) -> None:
    """Everything is the same, to the order of rows, the rows that a sample draws and the fingerprint."""
    same_description(memory, other)
    same_answers(memory, other, EXPECTED["duckdb"])
    assert memory.fingerprint() == other.fingerprint()
    for name, values in memory.rows().items():
        np.testing.assert_array_equal(other.rows([name])[name], values)
    for n, seed in ((1, 0), (17, 3), (memory.n - 1, 0), (memory.n + 5, 0)):
        one, two = memory.sample(n, seed=seed), other.sample(n, seed=seed)
        for name, values in one.items():
            np.testing.assert_array_equal(two[name], values)


def parquet(seed: int, folder: pathlib.Path) -> Any:
    made.write_parquet(made.table(seed), folder / "t.parquet")
    return folder / "t.parquet"


def csv(seed: int, folder: pathlib.Path) -> Any:
    made.write_csv(made.table(seed), folder / "t.csv", seed)
    return folder / "t.csv"


def parts(seed: int, folder: pathlib.Path) -> Any:
    return made.write_parts(made.table(seed), folder / "parts")


def database(seed: int, folder: pathlib.Path) -> Any:
    return made.write_duckdb(made.arrow(made.table(seed)), folder / "t.duckdb")


def feather(seed: int, folder: pathlib.Path) -> Any:
    import pyarrow.feather

    pyarrow.feather.write_feather(made.arrow(made.table(seed)), folder / "t.feather", chunksize=170)
    return folder / "t.feather"


def frame(seed: int, folder: pathlib.Path) -> Any:
    return made.arrow(made.table(seed))


@pytest.mark.parametrize("write", [parquet, csv, parts, database, feather, frame])
@pytest.mark.parametrize("seed", SEEDS)
def test_duckdb_answers_as_memory_does(write: Callable[[int, pathlib.Path], Any], seed: int, tmp_path: pathlib.Path) -> None:
    data = write(seed, tmp_path)
    same_table(read(data, MEMORY), read(data, DUCKDB))


@pytest.mark.parametrize("seed", SEEDS)
def test_columns_of_very_many_words_are_told_apart_as_those_of_few(
    seed: int, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aitia.data.engines.relation.MOST_TALLIED", 3)
    data = csv(seed, tmp_path)
    memory, other = read(data, MEMORY), read(data, DUCKDB)
    same_description(memory, other)
    assert memory.fingerprint() == other.fingerprint()


def same_remote(memory: Table, other: Table) -> None:
    """What a database is asked for is the same; samples are its own, and the same each time."""
    assert isinstance(other.source, Sql)
    same_description(memory, other)
    same_answers(memory, other, EXPECTED["sql"])
    for n, seed in ((1, 0), (memory.n // 2, 3)):
        first, again = other.sample(n, seed=seed), other.sample(n, seed=seed)
        for name, values in first.items():
            assert len(values) == n
            np.testing.assert_array_equal(np.sort(values), np.sort(again[name]))
            assert np.isin(values[~np.isnan(values)], memory.rows([name])[name]).all()
    assert other.fingerprint() == other.fingerprint()


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_ibis_answers_as_memory_does(seed: int, tmp_path: pathlib.Path) -> None:
    import ibis

    data = made.plain_arrow(made.table(seed))
    made.write_duckdb(data, tmp_path / "t.duckdb")
    same_remote(read(data, MEMORY), read(ibis.duckdb.connect(str(tmp_path / "t.duckdb"), read_only=True).table("the table")))


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_postgres_answers_as_memory_does(seed: int, postgres: str) -> None:
    data = made.plain_arrow(made.table(seed))
    same_remote(read(data, MEMORY), read(made.write_postgres(data, postgres, f"made {seed}")))


def test_the_size_from_which_duckdb_is_taken_is_pinned() -> None:
    assert sizes.LARGE == EXPECTED["large_cells"] == 2**30 / 8


NUMBERS = ["0", "1", "-1", "2.5", "1e3", "1,234", "1.234,5", "inf", "nan", "1_000", "0x1F", "+5", ".5", "5.", "1e999"]
DATES = ["2020-01-31", "31.01.2020", "01/31/2020", "05.06.2020", "10:30", "2020-01-31 10:30", "2020-02-30"]
WORDS = ["", "NA", "true", "False", "yes", "no", " x ", "x", "é", "?", "n/k", "-", "'"]
ALIKE = (NUMBERS, DATES, WORDS, [*NUMBERS, "", "NA"], [*NUMBERS, *DATES, *WORDS])
LIKE = st.one_of(*(st.lists(st.sampled_from(some), min_size=1, max_size=5) for some in ALIKE))


def columns_of(n: int) -> st.SearchStrategy[list[list[str]]]:
    """Three columns of n cells, each drawn from a few that are alike."""
    return st.lists(LIKE.flatmap(lambda some: st.lists(st.sampled_from(some), min_size=n, max_size=n)), min_size=3, max_size=3)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(1, 30).flatmap(columns_of), st.sampled_from([None, ("x", "0", "-1")]))
def test_whatever_a_csv_holds_both_engines_make_the_same_of_it(columns: list[list[str]], missing: tuple[str, ...] | None) -> None:
    rows = list(zip(*columns, strict=True))
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "t.csv"
        path.write_text("a;b;c\n" + "".join(";".join(row) + "\n" for row in rows), encoding="utf8")
        answers = []
        for engine in ("memory", "duckdb"):
            try:
                table = read(path, Reading(engine=engine, delimiter=";", missing=missing))  # type: ignore[arg-type]
                answers.append((table.columns, table.set_aside, [f.says for f in table.findings], table.fingerprint()))
            except InputError as error:
                answers.append((error.what, error.why))
        assert answers[0] == answers[1]

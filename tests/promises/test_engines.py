"""Every engine answers as memory does: kinds, levels, findings, moments, counts, rows, samples and digests."""

from __future__ import annotations

import itertools
import pathlib

import numpy as np
import pytest

from aitia.core.request import Reading
from aitia.core.table import Table
from aitia.data.read import read
from tests.promises import engine_tables as made

SEEDS = range(20)
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
    one, two = memory.moments(names), other.moments(names)
    assert one.n == two.n
    if one.n < 2:
        assert np.isnan(two.covariance).all()
        return
    scale = np.sqrt(np.outer(np.diag(one.covariance), np.diag(one.covariance)))
    assert np.abs(two.covariance - one.covariance).max(initial=0.0, where=scale > 0) >= 0
    np.testing.assert_array_less(np.abs(two.covariance - one.covariance), tolerance * scale + 1e-300)
    spread = np.sqrt(np.diag(one.covariance))
    np.testing.assert_array_less(np.abs(two.mean - one.mean), 1e-10 * spread + 4e-16 * np.abs(one.mean) + 1e-300)


def same_answers(memory: Table, other: Table, tolerance: float = 1e-10) -> None:
    numeric = tuple(c.name for c in memory.columns if not c.coded)
    for names in (numeric, numeric[:2], memory.names[:9], memory.names[::-4]):
        same_moments(memory, other, tuple(names), tolerance)
    coded = [c.name for c in memory.columns if c.coded]
    for pair in [*itertools.islice(itertools.combinations(coded, 2), 12), coded[:1], coded[1:4]]:
        one, two = memory.counts(list(pair)), other.counts(list(pair))
        assert one.levels == two.levels
        np.testing.assert_array_equal(one.counts, two.counts)
        assert one.missing == two.missing
    np.testing.assert_array_equal(sorted_rows(memory), sorted_rows(other))


def same_table(memory: Table, other: Table) -> None:
    same_description(memory, other)
    same_answers(memory, other)
    assert memory.fingerprint() == other.fingerprint()
    for name, values in memory.rows().items():
        np.testing.assert_array_equal(other.rows([name])[name], values)
    for n, seed in ((1, 0), (17, 3), (memory.n - 1, 0), (memory.n + 5, 0)):
        one, two = memory.sample(n, seed=seed), other.sample(n, seed=seed)
        for name, values in one.items():
            np.testing.assert_array_equal(two[name], values)


@pytest.mark.parametrize("seed", SEEDS)
def test_duckdb_reads_parquet_as_memory_does(seed: int, tmp_path: pathlib.Path) -> None:
    made.write_parquet(made.table(seed), tmp_path / "t.parquet")
    same_table(read(tmp_path / "t.parquet", MEMORY), read(tmp_path / "t.parquet", DUCKDB))


@pytest.mark.parametrize("seed", SEEDS)
def test_duckdb_reads_csv_as_memory_does(seed: int, tmp_path: pathlib.Path) -> None:
    made.write_csv(made.table(seed), tmp_path / "t.csv", seed)
    same_table(read(tmp_path / "t.csv", MEMORY), read(tmp_path / "t.csv", DUCKDB))


@pytest.mark.parametrize("seed", SEEDS)
def test_long(seed: int, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aitia.data.engines.relation.MOST_TALLIED", 3)
    made.write_csv(made.table(seed), tmp_path / "t.csv", seed)
    memory, other = read(tmp_path / "t.csv", MEMORY), read(tmp_path / "t.csv", DUCKDB)
    same_description(memory, other)
    assert memory.fingerprint() == other.fingerprint()


@pytest.mark.parametrize("seed", SEEDS)
def test_glob(seed: int, tmp_path: pathlib.Path) -> None:
    pattern = made.write_parts(made.table(seed), tmp_path / "parts")
    same_table(read(pattern, MEMORY), read(pattern))


@pytest.mark.parametrize("seed", SEEDS)
def test_database(seed: int, tmp_path: pathlib.Path) -> None:
    place = made.write_duckdb(made.arrow(made.table(seed)), tmp_path / "t.duckdb")
    same_table(read(place, MEMORY), read(place))


@pytest.mark.parametrize("seed", SEEDS)
def test_frame(seed: int) -> None:
    data = made.arrow(made.table(seed))
    same_table(read(data, MEMORY), read(data, DUCKDB))


def same_remote(memory: Table, other: Table) -> None:
    same_description(memory, other)
    same_answers(memory, other, 1e-9)
    for n, seed in ((1, 0), (17, 3), (memory.n - 1, 0)):
        first, again = other.sample(n, seed=seed), other.sample(n, seed=seed)
        for name, values in first.items():
            assert len(values) == n
            np.testing.assert_array_equal(np.sort(values), np.sort(again[name]))
            held = memory.rows([name])[name]
            assert np.isin(values[~np.isnan(values)], held).all()
    assert other.fingerprint() == other.fingerprint()


@pytest.mark.parametrize("seed", SEEDS)
def test_ibis(seed: int, tmp_path: pathlib.Path) -> None:
    import ibis

    data = made.plain_arrow(made.table(seed))
    made.write_duckdb(data, tmp_path / "t.duckdb")
    table = ibis.duckdb.connect(str(tmp_path / "t.duckdb"), read_only=True).table("the table")
    same_remote(read(data, MEMORY), read(table))


@pytest.mark.parametrize("seed", [1, 2])
def test_postgres(seed: int, postgres: str) -> None:
    data = made.plain_arrow(made.table(seed))
    place = made.write_postgres(data, postgres, f"made {seed}")
    same_remote(read(data, MEMORY), read(place))

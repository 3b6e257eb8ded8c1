"""Tables that DuckDB reads: places, kinds given later, parts, other processes, rows in no fixed order, and what is refused."""

from __future__ import annotations

import gc
import pathlib
import pickle
from typing import Any

import duckdb
import numpy as np
import pyarrow
import pyarrow.feather
import pyarrow.parquet
import pytest

from aitia.core.errors import BadOption, InputError, UnknownName, Unreadable, UnusableColumn
from aitia.core.memory import Memory
from aitia.core.request import Reading
from aitia.core.run import Run
from aitia.core.table import Table
from aitia.data.engines import streams
from aitia.data.engines.connection import Scratch
from aitia.data.engines.duckdb import DuckDB
from aitia.data.read import read
from aitia.data.subset import subset

DUCKDB = Reading(engine="duckdb")
RNG = np.random.default_rng(21)
N = 2000
DATA: dict[str, Any] = {
    "age": RNG.normal(40, 9, N),
    "arm": RNG.choice(["control", "treated"], N),
    "education": RNG.integers(1, 6, N),
    "town": [f"town {i}" for i in RNG.integers(0, 30, N)],
    "gaps": [None if x < 0.2 else x for x in RNG.random(N)],
}
ARROW = pyarrow.table(DATA)


@pytest.fixture
def parquet(tmp_path: pathlib.Path) -> str:
    pyarrow.parquet.write_table(ARROW, tmp_path / "t.parquet", row_group_size=300)
    return str(tmp_path / "t.parquet")


@pytest.fixture
def base(tmp_path: pathlib.Path) -> pathlib.Path:
    """A DuckDB file with a table, one in another schema, and views."""
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.register("given", ARROW)
        connection.execute('CREATE TABLE people AS SELECT * FROM given; CREATE SCHEMA old; CREATE TABLE old."the people" AS FROM people')
        connection.execute("CREATE VIEW towns AS SELECT town, arm, count(*) AS n, max(age) AS age FROM people GROUP BY town, arm")
    return path


def test_tables_views_and_schemas_of_a_file(base: pathlib.Path) -> None:
    table = read(f"duckdb:{base}#people")
    assert isinstance(table.source, DuckDB)
    assert table.recipe == f"duckdb:{base}#people"
    assert table.fingerprint() == read(f"duckdb:{base}#old.the people").fingerprint() == read(ARROW).fingerprint()
    assert isinstance(read(f"duckdb:{base}#people", Reading(engine="memory")).source, Memory)
    with pytest.raises(Unreadable, match="holds 3 tables") as caught:
        read(base)
    assert all(name in caught.value.next for name in ("people", "towns", "old.the people"))
    with pytest.raises(Unreadable, match="no table 'poeple'") as caught:
        read(f"duckdb:{base}#poeple")
    assert "people" in caught.value.next


def test_the_only_table_of_a_file_needs_no_name(tmp_path: pathlib.Path) -> None:
    with duckdb.connect(str(tmp_path / "one.db")) as connection:
        connection.execute("CREATE TABLE things AS SELECT i, i % 3 AS k FROM range(50) AS r(i)")
    for place in (tmp_path / "one.db", f"duckdb:{tmp_path / 'one.db'}"):
        table = read(place)
        assert any(f.check == "table" and "things" in f.says for f in table.findings)
        assert table.recipe.endswith("one.db#things")


def test_a_file_in_use_or_damaged_is_refused(base: pathlib.Path, tmp_path: pathlib.Path) -> None:
    with duckdb.connect(str(base)), pytest.raises(Unreadable, match="cannot be read") as caught:
        read(f"duckdb:{base}#people")
    assert "close every connection" in caught.value.next
    (tmp_path / "bad.duckdb").write_bytes(base.read_bytes()[:4096] + bytes(5000))
    (tmp_path / "no.duckdb").write_bytes(b"not a database")
    for name, what in (("bad", "cannot be read"), ("no", "no DuckDB file"), ("absent", "no file")):
        with pytest.raises(Unreadable, match=what) as caught:
            read(f"duckdb:{tmp_path / name}.duckdb#t")
        assert "\n" not in str(caught.value.what + caught.value.why)


def test_rows_of_a_view_belong_together_and_its_digest_does_not_depend_on_their_order(base: pathlib.Path) -> None:
    table = read(f"duckdb:{base}#towns")
    assert not table.source.ordered  # type: ignore[union-attr]
    together = table.rows()
    for name, values in together.items():
        np.testing.assert_array_equal(table.rows([name])[name], values)
    before = {read(f"duckdb:{base}#towns").fingerprint() for _ in range(5)}
    assert before == {table.fingerprint()}
    del table
    gc.collect()  # DuckDB lets nobody write to a file that is read in the same process
    with duckdb.connect(str(base)) as connection:
        connection.execute("UPDATE people SET age = age + 1 WHERE town = 'town 3'")
    assert read(f"duckdb:{base}#towns").fingerprint() not in before


def test_a_sample_of_a_view_is_the_same_each_time(base: pathlib.Path) -> None:
    drawn = [read(f"duckdb:{base}#towns").sample(12, seed=4) for _ in range(4)]
    for other in drawn[1:]:
        for name, values in drawn[0].items():
            np.testing.assert_array_equal(other[name], values)


def test_kinds_can_be_given_later(parquet: str) -> None:
    table = read(parquet, DUCKDB)
    assert table.column("education").kind == "continuous"
    again = read(table, Reading(column={"education": "categorical", "town": "unit"}))
    direct = read(parquet, Reading(engine="duckdb", column={"education": "categorical", "town": "unit"}))
    assert isinstance(again.source, DuckDB)
    assert again.columns == direct.columns
    assert again.fingerprint() == direct.fingerprint()
    back = read(again, Reading(column={"education": "continuous"}))
    np.testing.assert_array_equal(back.rows()["education"], DATA["education"])
    assert read(table) is table
    with pytest.raises(UnusableColumn, match="town cannot be continuous"):
        read(table, Reading(column={"town": "continuous"}))
    memory = read(table, Reading(engine="memory"))
    assert isinstance(memory.source, Memory)
    assert memory.fingerprint() == table.fingerprint()


def test_a_part_of_a_table_asks_for_what_is_needed(parquet: str, monkeypatch: pytest.MonkeyPatch) -> None:
    table, memory = read(parquet, DUCKDB), read(parquet)
    chosen = np.flatnonzero(memory.rows()["arm"] == 1)
    part, expected = subset(table, chosen), subset(memory, chosen)
    assert part.columns == expected.columns
    assert part.fingerprint() == expected.fingerprint()
    asked: list[Any] = []
    rows = DuckDB.rows
    monkeypatch.setattr(DuckDB, "rows", lambda self, names: asked.extend(names) or rows(self, names))
    np.testing.assert_array_equal(part.moments(["age", "gaps"]).covariance, expected.moments(["age", "gaps"]).covariance)
    assert asked == ["age", "gaps"]
    np.testing.assert_array_equal(part.counts(["arm", "town"]).counts, expected.counts(["arm", "town"]).counts)
    for name, values in expected.sample(50, seed=1).items():
        np.testing.assert_array_equal(part.sample(50, seed=1)[name], values)
    mask = np.zeros(N, dtype=bool)
    mask[chosen] = True
    assert subset(table, mask).fingerprint() == expected.fingerprint()


def mean_of(item: tuple[Table, str], run: Run) -> float:
    table, name = item
    return float(table.moments([name]).mean[0])


@pytest.mark.parametrize("form", ["parquet", "csv", "frame", "database"])
def test_a_table_goes_to_other_processes(form: str, parquet: str, base: pathlib.Path, tmp_path: pathlib.Path) -> None:
    import pyarrow.csv

    pyarrow.csv.write_csv(ARROW, tmp_path / "t.csv")
    data = {"parquet": parquet, "csv": tmp_path / "t.csv", "frame": ARROW, "database": f"duckdb:{base}#people"}[form]
    table = read(data, DUCKDB)
    back = pickle.loads(pickle.dumps(table))
    assert back.fingerprint() == table.fingerprint()
    items = [(table, "age"), (table, "education")]
    assert Run(workers=2).map(mean_of, items, name="means") == [mean_of(item, Run()) for item in items]


def test_what_was_written_on_the_way_is_removed_with_the_table(tmp_path: pathlib.Path) -> None:
    import pyarrow.csv

    pyarrow.csv.write_csv(ARROW, tmp_path / "t.csv")
    table = read(tmp_path / "t.csv", DUCKDB)
    folder = pathlib.Path(table.source.connection.scratch.path)  # type: ignore[union-attr]
    assert any(folder.iterdir())
    del table
    gc.collect()
    assert not folder.exists()
    borrowed = Scratch(str(tmp_path))
    del borrowed
    assert tmp_path.exists()


def test_odd_columns_of_parquet(tmp_path: pathlib.Path) -> None:
    """Names that differ in case only, nested values, bytes, large integers, times, durations, zones, single precision."""
    import datetime

    n = 60
    moments = [datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(hours=i) for i in range(n)]
    table = pyarrow.table(
        {
            "a": np.linspace(0, 1, n),
            "A": np.linspace(1, 2, n).astype(np.float32),
            'odd "name"': RNG.normal(size=n),
            "nested": [[i] for i in range(n)],
            "word_bytes": pyarrow.array([f"w{i % 3}".encode() for i in range(n)]),
            "raw_bytes": pyarrow.array([bytes([255, i]) for i in range(n)]),
            "large": pyarrow.array([2**63 + i * 2**40 for i in range(n)], type=pyarrow.uint64()),
            "clock": pyarrow.array([datetime.time(i % 24, 5, 7, 250) for i in range(n)]),
            "lasting": pyarrow.array([datetime.timedelta(minutes=i) for i in range(n)], type=pyarrow.duration("ms")),
            "zoned": pyarrow.array(moments, type=pyarrow.timestamp("ns", "Europe/Paris")),
            "nothing": pyarrow.nulls(n),
            "category": pyarrow.array([f"c{i % 4}" for i in range(n)]).dictionary_encode(),
        }
    )
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")
    pyarrow.feather.write_feather(table, tmp_path / "t.feather")
    for name in ("t.parquet", "t.feather"):
        memory, large = read(tmp_path / name), read(tmp_path / name, DUCKDB)
        assert large.columns == memory.columns
        assert [a.name for a in large.set_aside] == [a.name for a in memory.set_aside] == ["nested", "raw_bytes", "nothing"]
        assert large.fingerprint() == memory.fingerprint()


def test_folders_of_parts_name_columns(tmp_path: pathlib.Path) -> None:
    for year in (2019, 2020):
        (tmp_path / f"year={year}").mkdir()
        pyarrow.parquet.write_table(ARROW.slice((year - 2019) * 1000, 1000), tmp_path / f"year={year}" / "p.parquet")
    table = read(str(tmp_path / "*" / "*.parquet"))
    assert table.column("year").levels == (2019, 2020)
    assert table.counts(["year"]).counts.tolist() == [1000, 1000]
    assert read(str(tmp_path / "*" / "*.parquet"), Reading(engine="memory")).fingerprint() == table.fingerprint()


def test_patterns_that_fit_nothing_or_too_much(tmp_path: pathlib.Path) -> None:
    pyarrow.parquet.write_table(ARROW, tmp_path / "a.parquet")
    pyarrow.parquet.write_table(ARROW.select(["age"]).rename_columns(["years"]), tmp_path / "b.parquet")
    (tmp_path / "c.csv").write_text("age,arm\n1,x\n")
    with pytest.raises(Unreadable, match="No file is named") as caught:
        read(str(tmp_path / "z*.parquet"))
    assert "a.parquet" in caught.value.next
    with pytest.raises(Unreadable, match="several kinds"):
        read(str(tmp_path / "*"))
    with pytest.raises(Unreadable, match="other columns"):
        read(str(tmp_path / "*.parquet"))
    with pytest.raises(Unreadable, match="no folder"):
        read(str(tmp_path / "nowhere" / "*.parquet"))


def test_the_size_of_a_file_chooses_the_engine(parquet: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pyarrow.feather.write_feather(ARROW, tmp_path / "t.feather")
    for path in (parquet, tmp_path / "t.feather"):
        assert isinstance(read(path).source, Memory)
    monkeypatch.setattr("aitia.data.sizes.LARGE", N * 5 - 1)
    for path in (parquet, tmp_path / "t.feather"):
        assert isinstance(read(path).source, DuckDB)
        assert isinstance(read(path, Reading(engine="memory")).source, Memory)
    with pytest.raises(BadOption, match="--engine"):
        read(parquet, Reading(engine="spark"))  # type: ignore[arg-type]


def test_a_file_that_changes_is_noticed(parquet: str) -> None:
    table = read(parquet, DUCKDB)
    pyarrow.parquet.write_table(ARROW.slice(0, 900), parquet)
    with pytest.raises(InputError):
        table.rows(["age"])


def test_names_and_tables_that_cannot_be_counted_are_refused_as_in_memory(parquet: str) -> None:
    table = read(parquet, DUCKDB)
    with pytest.raises(UnknownName):
        table.rows(["ages"])
    with pytest.raises(UnusableColumn, match="age has no levels"):
        table.counts(["arm", "age"])
    many = tuple(range(100_000))
    with pytest.raises(InputError, match="too large"):
        table.source.counts(["arm", "town"], [many, many])
    assert table.moments([]).n == table.counts([]).counts == N
    twice = table.moments(["age", "age"])
    np.testing.assert_array_equal(twice.covariance, np.full((2, 2), twice.covariance[0, 0]))


def test_answers_that_are_kept_are_not_changed_by_those_who_got_them(parquet: str) -> None:
    table = read(parquet, DUCKDB)
    first, drawn = table.moments(["age", "gaps"]), table.sample(20, seed=1)
    kept, row = first.covariance.copy(), drawn["age"].copy()
    first.covariance[...] = 1
    drawn["age"][:] = 0
    np.testing.assert_array_equal(table.moments(["age", "gaps"]).covariance, kept)
    np.testing.assert_array_equal(table.sample(20, seed=1)["age"], row)
    with pytest.raises(ValueError, match="read-only"):
        table.rows(["age"])["age"][0] = 1


def test_samples_are_uniform_and_independent_of_the_order_of_rows_and_columns(tmp_path: pathlib.Path) -> None:
    shuffled = ARROW.take(np.random.default_rng(0).permutation(N)).select(list(DATA)[::-1]).rename_columns(list("abcde"))
    pyarrow.parquet.write_table(ARROW, tmp_path / "a.parquet")
    pyarrow.parquet.write_table(shuffled, tmp_path / "b.parquet")
    one, other = read(tmp_path / "a.parquet", DUCKDB), read(tmp_path / "b.parquet", DUCKDB)
    np.testing.assert_array_equal(np.sort(one.sample(100, ["age"])["age"]), np.sort(other.sample(100, ["e"])["e"]))
    drawn = np.concatenate([one.sample(200, ["age"], seed=seed)["age"] for seed in range(60)])
    often = np.unique(drawn, return_counts=True)[1]
    assert len(often) > 0.99 * N
    assert often.var() == pytest.approx(60 * 0.1 * 0.9, rel=0.15)


def test_samples_of_few_different_rows_and_of_many_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies of one row are drawn like any others, also where keys do not fit into one part."""
    monkeypatch.setattr(streams, "ROWS_OF_PART", 64)
    data = pyarrow.table({"g": RNG.choice(["a", "b", "c"], 3000, p=[0.7, 0.2, 0.1]), "t": RNG.integers(0, 2, 3000)})
    memory, large = read(data), read(data, DUCKDB)
    for n in (1, 100, 2999):
        for name, values in memory.sample(n, seed=n).items():
            np.testing.assert_array_equal(large.sample(n, seed=n)[name], values)

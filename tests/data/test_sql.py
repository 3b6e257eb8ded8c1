"""Tables of PostgreSQL and of Ibis answer where they lie, and say clearly what is wrong."""

from __future__ import annotations

import pickle
import sys
from typing import Any

import numpy as np
import pyarrow
import pytest

from aitia.core.errors import InputError, MissingExtra, Unreadable
from aitia.core.memory import Memory
from aitia.core.request import Reading
from aitia.core.table import Table
from aitia.data.engines.duckdb import DuckDB
from aitia.data.engines.sql import Sql
from aitia.data.places import absolute
from aitia.data.read import read
from aitia.data.subset import subset
from tests.promises.engine_tables import write_postgres

RNG = np.random.default_rng(12)
N = 1500
DATA = {
    "firm": [f"firm {i // 2}" for i in RNG.permutation(2 * N)[:N]],
    "arm": RNG.choice(["control", "treated"], N).tolist(),
    "education": RNG.integers(1, 6, N).tolist(),
    "age": RNG.normal(40, 9, N).tolist(),
    "big": (RNG.normal(size=N) * 1e25).tolist(),
}
ARROW = pyarrow.table(DATA)


@pytest.fixture(scope="module")
def place(postgres: str) -> str:
    return write_postgres(ARROW, postgres, "people")


def sorted_rows(table: Table) -> np.ndarray:
    rows = np.array(list(table.rows().values()))
    return rows[:, np.lexsort(rows)]


def test_a_table_of_postgres_is_left_where_it_lies(place: str) -> None:
    table = read(place)
    assert isinstance(table.source, Sql)
    assert table.recipe == place
    memory = read(ARROW)
    assert table.columns == memory.columns
    np.testing.assert_array_equal(sorted_rows(table), sorted_rows(memory))
    assert read(place).fingerprint() == table.fingerprint()


def test_it_comes_to_memory_or_duckdb_when_asked(place: str) -> None:
    memory, duckdb = read(place, Reading(engine="memory")), read(place, Reading(engine="duckdb"))
    assert isinstance(memory.source, Memory)
    assert isinstance(duckdb.source, DuckDB)
    assert memory.fingerprint() == duckdb.fingerprint()
    assert memory.recipe == duckdb.recipe == place
    brought = read(read(place), Reading(engine="memory"))
    assert isinstance(brought.source, Memory)
    np.testing.assert_array_equal(sorted_rows(brought), sorted_rows(memory))


def test_columns_of_more_levels_than_cases(place: str) -> None:
    table, memory = read(place, Reading(cluster="firm")), read(ARROW, Reading(cluster="firm"))
    assert len(table.column("firm").levels) > 1000
    assert table.column("firm") == memory.column("firm")
    np.testing.assert_array_equal(sorted_rows(table), sorted_rows(memory))
    np.testing.assert_allclose(table.moments(["firm", "age"]).covariance, memory.moments(["firm", "age"]).covariance, rtol=1e-9)


def test_kinds_can_be_given_later(place: str) -> None:
    table = read(read(place), Reading(column={"education": "categorical"}))
    assert isinstance(table.source, Sql)
    assert table.column("education").levels == (1, 2, 3, 4, 5)
    assert table.counts(["education", "arm"]).counts.sum() == N
    back = read(table, Reading(column={"education": "continuous"}))
    assert sorted(back.rows()["education"]) == sorted(DATA["education"])


def test_rows_of_separate_calls_belong_together(place: str) -> None:
    table = read(place)
    together = table.rows(["arm", "age"])
    np.testing.assert_array_equal(np.column_stack(list(together.values())), np.column_stack([table.rows([n])[n] for n in together]))
    part = subset(table, np.flatnonzero(together["arm"] == 1))
    assert part.n == DATA["arm"].count("treated")
    assert set(part.rows()["arm"]) == {1.0}
    ages = {age for age, arm in zip(DATA["age"], DATA["arm"], strict=True) if arm == "treated"}
    assert set(part.rows(["age"])["age"]) == ages
    assert part.counts(["arm"]).counts.tolist() == [0, part.n]
    assert part.moments(["age"]).n == part.n
    assert len(part.sample(10, ["age"])["age"]) == 10
    assert part.fingerprint() == subset(read(read(place), Reading(engine="memory")), together["arm"] == 1).fingerprint()


def test_samples_are_drawn_uniformly(postgres: str) -> None:
    """Every row is drawn about as often as any other, identical rows included; mean and spread of a binomial law."""
    data = pyarrow.table({"g": ["a"] * 60 + ["b"] * 20 + ["c"] * 20, "y": [0.5] * 60 + [i / 7 for i in range(40)]})
    table = read(write_postgres(data, postgres, "drawn"))
    counts = np.array([np.bincount(table.sample(10, ["g"], seed=seed)["g"].astype(int), minlength=3) for seed in range(150)])
    assert (counts.sum(axis=1) == 10).all()
    assert np.abs(counts.mean(axis=0) - [6, 2, 2]).max() < 0.5  # four standard errors of 1.5 / sqrt(150)


def test_the_password_is_kept_out_of_recipes_and_errors(postgres: str) -> None:
    secret = postgres.replace("me@", "me:secret@")
    table = read(write_postgres(ARROW.slice(0, 50), postgres, "few").replace("me@", "me:secret@"))
    assert "secret" not in table.recipe
    assert table.recipe == absolute(f"{secret}#few")
    with pytest.raises(Unreadable) as caught:
        read(f"{secret}#fwe")
    assert "secret" not in str(caught.value)
    assert "few" in caught.value.next


@pytest.mark.parametrize(
    ("place", "what"),
    [
        ("postgresql://me@127.0.0.1:1/x#t", "cannot be reached"),
        ("postgresql://nobody@no-such-host.invalid/x#t", "cannot be reached"),
        ("postgresql://me@127.0.0.1:1/x", "names no table"),
    ],
)
def test_what_cannot_be_reached_is_said(place: str, what: str) -> None:
    with pytest.raises(Unreadable, match=what) as caught:
        read(place)
    assert caught.value.next
    assert "\n" not in caught.value.what + caught.value.why + caught.value.next


@pytest.mark.parametrize(("package", "place", "extra"), [("ibis", "postgresql://h/d#t", "sql"), ("pyspark", "spark:t", "spark")])
def test_without_the_package_the_install_line_is_given(monkeypatch: pytest.MonkeyPatch, package: str, place: str, extra: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtra) as caught:
        read(place)
    assert f"aitia[{extra}]" in caught.value.next


def test_a_table_in_a_database_is_not_sent_to_other_processes(place: str) -> None:
    with pytest.raises(InputError, match="cannot be sent"):
        pickle.dumps(read(place).source)


def test_an_empty_table_is_refused(postgres: str) -> None:
    write_postgres(ARROW.slice(0, 0), postgres, "nobody")
    with pytest.raises(Unreadable, match="no rows"):
        read(f"{postgres}#nobody")


def test_ibis_expressions_are_tables(tmp_path: Any) -> None:
    import duckdb
    import ibis

    with duckdb.connect(str(tmp_path / "t.duckdb")) as connection:
        connection.register("given", ARROW)
        connection.execute("CREATE TABLE people AS SELECT * FROM given")
    people = ibis.duckdb.connect(str(tmp_path / "t.duckdb")).table("people")
    table = read(people.filter(people.age > 40).mutate(old=people.age * 2))
    assert isinstance(table.source, Sql)
    assert table.recipe == "in memory"
    assert table.n == sum(age > 40 for age in DATA["age"])
    assert read(people, Reading(engine="memory")).fingerprint() == read(ARROW).fingerprint()

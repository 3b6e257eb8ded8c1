"""One table gives one fingerprint, whether it comes as CSV, Parquet, Arrow, a frame or a dict."""

from __future__ import annotations

import csv
import math
import pathlib
import tempfile
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aitia.core.errors import Unreadable
from aitia.core.request import Reading
from aitia.core.table import Table, decoded
from aitia.data.read import read
from tests.tables import confounded


def mixed() -> dict[str, Any]:
    """All kinds that a CSV can hold, with missing values."""
    rng = np.random.default_rng(4)
    data: dict[str, Any] = {name: values[:300] for name, values in confounded(400).items()}
    data["truth"] = rng.random(300) < 0.3
    data["visits"] = rng.poisson(2, 300)
    data["day"] = np.datetime64("2020-01-01") + rng.integers(0, 90, 300)
    data["holes"] = np.where(rng.random(300) < 0.2, np.nan, rng.normal(size=300))
    data["words"] = [None if x < 0.2 else "no" if x < 0.6 else "yes" for x in rng.random(300)]
    return data


def test_every_way_in_gives_the_same_table(tmp_path: pathlib.Path) -> None:
    import pandas
    import polars
    import pyarrow
    import pyarrow.feather
    import pyarrow.parquet

    data = mixed()
    frame = pandas.DataFrame(data)
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_csv(tmp_path / "na.csv", index=False, na_rep="NA", sep=";", decimal=",")
    frame.to_parquet(tmp_path / "t.parquet")
    arrow = pyarrow.Table.from_pandas(frame)
    pyarrow.feather.write_feather(arrow, tmp_path / "t.feather")
    with pyarrow.OSFile(str(tmp_path / "t.arrow"), "wb") as file, pyarrow.ipc.new_file(file, arrow.schema) as writer:
        writer.write_table(arrow)
    pyarrow.parquet.write_table(arrow, tmp_path / "no_suffix")
    ways = [data, frame, frame.set_index(np.arange(300) + 7), arrow, polars.from_pandas(frame)]
    ways += [tmp_path / name for name in ("t.csv", "na.csv", "t.parquet", "t.feather", "t.arrow", "no_suffix")]
    ways += [np.rec.fromarrays([data["age"], data["treated"]], names="age,treated")]
    first = read(data)
    for way in ways[:-1]:
        table = read(way)
        assert table.columns == first.columns
        assert table.fingerprint() == first.fingerprint()
        assert table.n == 300
    assert read(ways[-1]).names == ("age", "treated")
    assert first.names == tuple(data)


def test_a_table_goes_out_to_a_frame_and_comes_back() -> None:
    table = read({name: values for name, values in mixed().items() if name != "day"})
    assert read(table.to_frame()).fingerprint() == table.fingerprint()


def test_a_damaged_parquet_file_is_refused(tmp_path: pathlib.Path) -> None:
    (tmp_path / "t.parquet").write_bytes(b"PAR1" + b"\x07" * 200)
    with pytest.raises(Unreadable, match="cannot be read"):
        read(tmp_path / "t.parquet")


def test_nested_columns_are_set_aside(tmp_path: pathlib.Path) -> None:
    import pyarrow

    table = read(pyarrow.table({"nested": [[1], [2], [3]], "bytes": [b"\xff", b"a", b"b"], "x": [1.5, 2.5, 3.5]}))
    assert table.names == ("x",)
    assert [item.name for item in table.set_aside] == ["nested", "bytes"]
    assert any(f.check == "unreadable-columns" for f in table.findings)


def test_frames_with_odd_names(tmp_path: pathlib.Path) -> None:
    import pandas

    frame = pandas.DataFrame(np.arange(12.0).reshape(4, 3) + 0.5, columns=[0, "x", "x"])
    table = read(frame)
    assert table.names == ("0",)
    assert [item.name for item in table.set_aside] == ["x"]
    assert list(frame.columns) == [0, "x", "x"]


NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=64)
# A space or a number around a word would be taken for what it looks like; letters are always words.
WORDS = st.text(st.characters(codec="utf-8", categories=("L", "P", "N", "S")), min_size=1, max_size=8).map(lambda text: f"w{text}w")


@st.composite
def tables(draw: st.DrawFn) -> dict[str, list[Any]]:
    rows = draw(st.integers(1, 12))
    names = draw(st.lists(WORDS, min_size=1, max_size=4, unique=True))
    return {
        name: draw(st.lists(st.none() | NUMBERS, min_size=rows, max_size=rows) | st.lists(st.none() | WORDS, min_size=rows, max_size=rows))
        for name in names
    }


def as_written(table: Table) -> dict[str, list[Any]]:
    rows = table.rows()
    return {column.name: decoded(column, rows[column.name]) for column in table.columns}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables())
def test_any_table_written_by_the_csv_module_reads_back_equal(data: dict[str, list[Any]]) -> None:
    """Every column that is kept holds what was written; every column that is not has a reason that is true."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "t.csv"
        with path.open("w", newline="", encoding="utf8") as file:
            writer = csv.writer(file)
            writer.writerow(data)
            writer.writerows(zip(*data.values(), strict=True))
        try:
            table = read(path, Reading(delimiter=",", decimal="."))
        except Unreadable as error:
            assert "No usable column" in error.what or "no rows" in error.what
            assert all(len({value for value in column if value is not None}) <= 1 or len(column) > 10 for column in data.values())
            return
    expected = {name: list(column) for name, column in data.items()}
    if len(data) == 1 and table.n < len(next(iter(expected.values()))):
        expected = {name: [x for x in column if x is not None] for name, column in expected.items()}
    for name, values in as_written(table).items():
        assert len(values) == len(expected[name])
        assert all(a == b or (a is None and b is None) for a, b in zip(values, expected[name], strict=True))
    for item in table.set_aside:
        distinct = {value for value in expected[item.name] if value is not None}
        assert item.constant == (len(distinct) == 1)
        assert len(distinct) <= 1 or "names rows" in item.why
    in_python = {name: [math.nan if x is None else x for x in values] for name, values in expected.items()}
    assert read(in_python).fingerprint() == table.fingerprint()

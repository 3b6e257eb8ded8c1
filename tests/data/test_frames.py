"""Frames, arrays with names and streams of every library give the same table."""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np
import pandas
import polars
import pyarrow
import pyarrow.parquet
import pytest

from aitia.core.errors import Unreadable
from aitia.core.memory import Memory
from aitia.core.request import Reading
from aitia.data.engines.duckdb import DuckDB
from aitia.data.read import read

RNG = np.random.default_rng(3)
DATA = {
    "x": RNG.normal(size=400),
    "g": RNG.choice(["a", "b", "c"], 400).tolist(),
    "t": (RNG.random(400) < 0.5).tolist(),
    "k": RNG.poisson(3, 400),
}
ARROW = pyarrow.table(DATA)
TABLE = read(DATA)


@pytest.mark.parametrize(
    "data",
    [
        pandas.DataFrame(DATA),
        polars.DataFrame(DATA),
        polars.DataFrame(DATA).lazy(),
        ARROW,
        ARROW.to_batches()[0],
        pyarrow.chunked_array([polars.DataFrame(DATA).to_struct("s").to_arrow()]),
    ],
    ids=lambda data: type(data).__name__,
)
@pytest.mark.parametrize("engine", ["auto", "duckdb"])
def test_every_frame_gives_one_table(data: Any, engine: str) -> None:
    table = read(data, Reading(engine=engine))  # type: ignore[arg-type]
    assert table.fingerprint() == TABLE.fingerprint()
    assert isinstance(table.source, DuckDB if engine == "duckdb" else Memory)
    assert table.recipe == "in memory"


def stream() -> pyarrow.RecordBatchReader:
    return pyarrow.RecordBatchReader.from_batches(ARROW.schema, ARROW.to_batches(max_chunksize=60))


def test_a_stream_of_batches_stays_in_memory_while_it_is_small_and_goes_to_a_file_when_it_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    small = read(stream())
    assert isinstance(small.source, Memory)
    assert small.fingerprint() == TABLE.fingerprint()
    monkeypatch.setattr("aitia.data.sizes.LARGE", 500)
    for data in (stream(), polars.DataFrame(DATA).lazy()):
        large = read(data)
        assert isinstance(large.source, DuckDB)
        assert large.fingerprint() == TABLE.fingerprint()
    assert isinstance(read(stream(), Reading(engine="memory")).source, Memory)


def test_a_lazy_frame_of_a_file(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pyarrow.parquet.write_table(ARROW, tmp_path / "t.parquet")
    monkeypatch.setattr("aitia.data.sizes.LARGE", 500)
    table = read(polars.scan_parquet(tmp_path / "t.parquet").filter(polars.col("k") < 4))
    assert table.n == int((DATA["k"] < 4).sum())


def test_arrays_with_names() -> None:
    values = np.column_stack([DATA["x"], DATA["k"]])
    for names in (["x", "k"], ("x", "k"), np.array(["x", "k"])):
        table = read((values, names))
        assert table.names == ("x", "k")
        np.testing.assert_array_equal(table.rows()["k"], DATA["k"])
    for wrong in ((values, ["x"]), (values, "xk"), (values, [1, 2]), (values[:, 0], ["x"]), (values, ["x", "k"], 3)):
        with pytest.raises(Unreadable):
            read(wrong)


def test_what_offers_an_arrow_stream_is_read() -> None:
    class Offers:
        def __arrow_c_stream__(self, requested_schema: object = None) -> object:
            return ARROW.__arrow_c_stream__(requested_schema)

    assert read(Offers()).fingerprint() == TABLE.fingerprint()

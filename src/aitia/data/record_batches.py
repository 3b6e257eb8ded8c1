"""Take streams of record batches and lazy frames: small ones into memory, large ones into a file that DuckDB reads."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any

from aitia.core.request import Reading
from aitia.data.engines.connection import Scratch
from aitia.data.engines.memory import undecided_in_memory
from aitia.data.engines.opening import opened_parquet
from aitia.data.frames import IN_MEMORY, loaded
from aitia.data.sizes import chosen
from aitia.data.undecided import Undecided

SHOWN = "The table"


def opened_stream(data: Any, reading: Reading) -> Undecided | None:
    """Return a lazy Polars frame that is large, or a stream of record batches, with its columns undecided; None for anything else."""
    module, name = type(data).__module__.partition(".")[0], type(data).__name__
    if (module, name) == ("polars", "LazyFrame"):
        cells = data.select(sys.modules["polars"].len()).collect().item() * len(data.collect_schema())
        return opened_lazy(data, reading) if chosen(reading, cells) == "duckdb" else None
    if (module, name) == ("pyarrow", "RecordBatchReader"):
        return opened_batches(data, data.schema, reading)
    return None


def opened_lazy(frame: Any, reading: Reading) -> Undecided:
    """Let Polars write a lazy frame to a file, part by part."""
    scratch = Scratch()
    path = scratch.fresh("rows.parquet")
    frame.sink_parquet(path)
    return opened_parquet([path], reading, IN_MEMORY, SHOWN, scratch)


def opened_batches(batches: Iterable[Any], schema: Any, reading: Reading, recipe: str = IN_MEMORY) -> Undecided:
    """Take record batches into memory as long as they are few, else write all to a file, part by part."""
    import pyarrow
    import pyarrow.parquet

    rest, taken, cells = iter(batches), [], 0
    while chosen(reading, cells) == "memory" and (batch := next(rest, None)) is not None:
        taken.append(batch)
        cells += batch.num_rows * batch.num_columns
    if chosen(reading, cells) == "memory":
        table = pyarrow.Table.from_batches(taken, schema=schema)
        return undecided_in_memory(loaded(table.column_names, table.columns, recipe), reading)
    scratch = Scratch()
    path = scratch.fresh("rows.parquet")
    with pyarrow.parquet.ParquetWriter(path, schema) as writer:
        for batch in chained(taken, rest):
            writer.write_batch(batch)
    return opened_parquet([path], reading, recipe, SHOWN, scratch)


def chained(taken: list[Any], rest: Iterator[Any]) -> Iterator[Any]:
    """Yield what was taken, letting go of it, and then the rest."""
    while taken:
        yield taken.pop(0)
    yield from rest

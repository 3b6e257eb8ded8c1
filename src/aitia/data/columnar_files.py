"""Read Parquet, Arrow and Feather files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aitia.core.errors import Unreadable
from aitia.data.loaded import Loaded

STARTS = (b"PAR1", b"ARROW1", b"FEA1")


def read_columnar(path: str, start: bytes, shown: str) -> Loaded:
    """Read a file whose first bytes are those of Parquet, Arrow or Feather; `shown` names it in messages."""
    import pyarrow

    try:
        table = parquet(path) if start.startswith(b"PAR1") else arrow(path)
    except (OSError, pyarrow.ArrowException) as error:
        raise Unreadable(f"{shown} cannot be read.", why=str(error).splitlines()[0], next="Check that the file is whole.") from error
    if table.num_rows == 0 or table.num_columns == 0:
        raise Unreadable(f"{shown} has no rows.", next="Give a table with at least one row.")
    return Loaded(names=tuple(table.column_names), arrays=tuple(table.columns), recipe=path)


def parquet(path: str) -> Any:
    """Read a Parquet file."""
    import pyarrow.parquet

    return pyarrow.parquet.ParquetFile(path).read()


def arrow(path: str) -> Any:
    """Read an Arrow or Feather file."""
    import pyarrow.feather

    return pyarrow.feather.read_table(path, memory_map=False)


def read_parquets(paths: Sequence[str], recipe: str, shown: str) -> Loaded:
    """Read Parquet files of one layout one after the other; parts of a path such as `year=2020` are columns."""
    import pyarrow
    import pyarrow.dataset

    try:
        table = pyarrow.dataset.dataset(list(paths), format="parquet", partitioning="hive").to_table()
    except (OSError, pyarrow.ArrowException) as error:
        next = "Check that the files are whole and have the same columns."
        raise Unreadable(f"{shown} cannot be read.", why=str(error).splitlines()[0], next=next) from error
    if table.num_rows == 0 or table.num_columns == 0:
        raise Unreadable(f"{shown} has no rows.", next="Give a table with at least one row.")
    return Loaded(names=tuple(table.column_names), arrays=tuple(table.columns), recipe=recipe)

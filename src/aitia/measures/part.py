"""Make a table from another: some of its rows, or its columns rearranged; tests that wrap others ask those on it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from aitia.core.memory import table_from
from aitia.core.table import Table


def table_like(table: Table, columns: Mapping[str, tuple[str, np.ndarray]]) -> Table:
    """Return a table of new columns, each described as one of another table: NAME -> (the column it is like, values (n,))."""
    described = [dataclasses.replace(table.column(source), name=name) for name, (source, _) in columns.items()]
    made = table_from(described, {name: np.ascontiguousarray(values, dtype=np.float64) for name, (_, values) in columns.items()})
    return dataclasses.replace(made, reading=table.reading)


def part_of(table: Table, names: Sequence[str], kept: np.ndarray) -> Table:
    """Return the rows (n,), a mask, of the named columns and of those that say how rows depend on each other."""
    roles = [name for name in (table.reading.cluster, table.reading.unit, table.reading.time) if name in table.names]
    wanted = tuple(dict.fromkeys([*names, *(name for name in roles if name)]))
    return table_like(table, {name: (name, array[kept]) for name, array in table.rows(wanted).items()})

"""Take some rows of a table."""

from __future__ import annotations

import dataclasses

import numpy as np

from aitia.core.table import Table
from aitia.data.engines.memory import in_memory


def subset(table: Table, rows: np.ndarray) -> Table:
    """Return the table of some rows, a boolean mask (n,) or positions in the order wanted; kinds and levels stay.

    >>> subset(table, np.flatnonzero(age > 40)).n  # doctest: +SKIP
    212
    """
    values = {name: array[rows] for name, array in table.rows().items()}
    columns = tuple(dataclasses.replace(c, missing=int(np.isnan(values[c.name]).sum())) for c in table.columns)
    return dataclasses.replace(table, columns=columns, source=in_memory(columns, values))

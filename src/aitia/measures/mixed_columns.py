"""Make numbers of columns of mixed kinds, for scores that think of them as normal: no code is ever used as a number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aitia.core.table import Column, Table
from aitia.measures.families import complete
from aitia.measures.residuals import expand_codes


def expanded(table: Table, names: Sequence[str]) -> tuple[list[np.ndarray], int]:
    """Return each column as numbers (n, w) on the rows complete in all of them, and n.

    A continuous column stays as it is; a count becomes its square root, which evens out its spread [bartlett1936]; a
    coded column becomes an indicator of each level but one, with levels of fewer than 10 rows taken together.
    """
    arrays = complete(table.rows(names), names)
    n = len(arrays[0]) if arrays else 0
    return [numbers(table.column(name), values) for name, values in zip(names, arrays, strict=True)], n


def numbers(column: Column, values: np.ndarray) -> np.ndarray:
    """Return one complete column as numbers (n, w)."""
    if column.coded:
        return expand_codes(values).values if len(values) else np.empty((0, 0))
    return measured(column, values)[:, None]


def measured(column: Column, values: np.ndarray) -> np.ndarray:
    """Return a numeric column as it is, a count as its square root (negative ones keep their sign)."""
    return np.sign(values) * np.sqrt(np.abs(values)) if column.kind == "count" else values

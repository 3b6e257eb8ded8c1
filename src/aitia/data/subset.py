"""Take some rows of a table."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from aitia.core.memory import Memory, in_memory
from aitia.core.noun import Noun, holder
from aitia.core.show import View, views
from aitia.core.table import Column, Counts, Moments, Source, Table
from aitia.data.engines.streams import streamed_digest


def subset(table: Table, rows: np.ndarray) -> Table:
    """Return the table of some rows, a boolean mask (n,) or positions in the order wanted; kinds and levels stay.

    A table that does not lie in memory gives only the columns that are asked for later.

    >>> subset(table, np.flatnonzero(age > 40)).n  # doctest: +SKIP
    212
    """
    if isinstance(table.source, Memory):
        values = {name: array[rows] for name, array in table.rows().items()}
        columns = tuple(recounted(column, values[column.name]) for column in table.columns)
        return dataclasses.replace(table, columns=columns, source=in_memory(columns, values))
    chosen = np.flatnonzero(rows) if rows.dtype == bool else np.asarray(rows)
    columns = tuple(recounted(column, table.rows([column.name])[column.name][chosen]) for column in table.columns)
    return dataclasses.replace(table, columns=columns, source=Part(columns=columns, whole=table.source, chosen=chosen))


def recounted(column: Column, values: np.ndarray) -> Column:
    """Return a column's description with the number of missing values in some rows."""
    return dataclasses.replace(column, missing=int(np.isnan(values).sum()))


@holder
class Part(Noun):
    """Answer for some rows (positions) of a source that does not lie in memory, from the columns that are needed."""

    columns: tuple[Column, ...]
    whole: Source = dataclasses.field(metadata={"skip": True})
    chosen: np.ndarray = dataclasses.field(metadata={"skip": True})

    @property
    def n(self) -> int:
        """The number of rows."""
        return len(self.chosen)

    def rows(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        """Return the arrays (n,) of the named columns."""
        return {name: self.whole.rows([name])[name][self.chosen] for name in names}

    def moments(self, names: Sequence[str]) -> Moments:
        """Return count, mean and covariance of the rows complete in `names`."""
        return self._held(names).moments(names)

    def counts(self, names: Sequence[str], levels: Sequence[tuple[Any, ...]]) -> Counts:
        """Return the contingency table of the named coded columns."""
        return self._held(names).counts(names, levels)

    def sample(self, names: Sequence[str], n: int, seed: int) -> dict[str, np.ndarray]:
        """Return n rows drawn without replacement; which ones follows from their content and the seed."""
        return self._held([column.name for column in self.columns]).sample(names, n, seed)

    def digest(self) -> str:
        """Return the digest that the rows have in memory."""
        return streamed_digest(self.columns, self.n, lambda name: [self.rows([name])[name]])

    def _held(self, names: Sequence[str]) -> Memory:
        return in_memory([column for column in self.columns if column.name in names], self.rows(names))


@views("part")
def shown(noun: Part) -> View:
    """Show the size only."""
    return View(title=f"{noun.n} rows × {len(noun.columns)} columns of a larger table")

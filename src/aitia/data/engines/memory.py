"""Keep columns in memory whose kinds are not decided yet."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from aitia.core.finding import Finding
from aitia.core.memory import Memory, in_memory
from aitia.core.request import Reading
from aitia.core.table import Column
from aitia.data.loaded import Loaded, Values, spelling_of
from aitia.data.summary import Summary, encoded, summarised
from aitia.data.values import values_of


@dataclasses.dataclass(frozen=True, slots=True)
class InMemory:
    """Hold columns in memory whose kinds are not decided yet; `take` returns the values of the column at a place.

    `before` holds columns that were decided before and stay as they are unless they are given another kind.
    """

    names: tuple[str, ...]
    recipe: str
    take: Callable[[int], Values]
    findings: tuple[Finding, ...] = ()
    before: Memory | None = None
    taken: dict[int, Values] = dataclasses.field(default_factory=dict)

    def summaries(self, places: dict[str, int]) -> dict[str, Summary]:
        """Return a summary of each column."""
        return {name: summarised(self._values(place)) for name, place in places.items()}

    def source(self, columns: dict[str, Column], places: dict[str, int]) -> Memory:
        """Return the columns as they were decided."""
        unchanged = {column.name: column for column in self.before.columns} if self.before else {}
        values = {}
        for name, column in columns.items():
            kept = self.before.values[name] if self.before and unchanged.get(name) == column else None
            values[name] = encoded(self._values(places[name]), column) if kept is None else kept
        return in_memory(list(columns.values()), values)

    def _values(self, place: int) -> Values:
        if place not in self.taken:
            self.taken[place] = self.take(place)
        return self.taken[place]


def undecided_in_memory(loaded: Loaded, reading: Reading) -> InMemory:
    """Return loaded columns without their kinds."""
    spelling = spelling_of(reading, loaded.decimal)
    return InMemory(
        names=loaded.names, recipe=loaded.recipe, take=lambda place: values_of(loaded.arrays[place], spelling), findings=loaded.findings
    )


def undone(column: Column, values: np.ndarray) -> Values:
    """Return a table's column as values without a kind."""
    if not column.coded:
        return Values(form="dates" if column.kind == "time" else "numbers", numbers=values)
    codes = np.where(np.isnan(values), -1, values).astype(np.int64)
    if column.levels and all(isinstance(level, bool) for level in column.levels):
        return Values(form="truth", numbers=values)
    if column.numeric_levels:
        return Values(form="numbers", numbers=np.append(np.array(column.levels, dtype=float), np.nan)[codes])
    return Values(form="words", codes=codes, labels=column.levels, ordered=column.kind == "ordinal")


def undone_memory(memory: Memory, recipe: str) -> InMemory:
    """Return columns in memory without their kinds, so that others can be given to them."""
    names = tuple(column.name for column in memory.columns)
    return InMemory(names, recipe, lambda place: undone(memory.columns[place], memory.values[names[place]]), before=memory)

"""Take complete rows of many columns at once, as a basis for regressing each column on all others."""

from __future__ import annotations

import dataclasses

import numpy as np

from aitia.core.run import Run
from aitia.core.table import Table
from aitia.measures.residuals import Expanded, basis, expand_codes, expand_number

MOST_ROWS = 20_000
MOST_MISSING = 0.3
FEWEST = 50
NUMBERS = frozenset({"continuous", "count"})
LABELS = frozenset({"binary", "categorical", "ordinal"})


@dataclasses.dataclass(frozen=True)
class Complete:
    """Hold the complete rows, at most 20,000, of the columns with few missing values: values (n,) and expanded columns (n, d)."""

    n: int
    numbers: tuple[str, ...]
    values: dict[str, np.ndarray]
    expanded: dict[str, Expanded]

    def others(self, name: str) -> np.ndarray:
        """Return a basis (n, r) of a constant and every column but one, of at most a fifth as many columns as rows."""
        room = self.n // 5
        kept: list[np.ndarray] = []
        for other, column in self.expanded.items():
            if other != name and sum(part.shape[1] for part in kept) + column.values.shape[1] <= room:
                kept.append(column.values)
        return basis(kept, self.n)

    def residual(self, name: str) -> tuple[np.ndarray, np.ndarray, int]:
        """Regress a numeric column, standardised, on all others; returns fitted values (n,), residuals (n,) and the rank."""
        target, given = self.expanded[name].values[:, 0], self.others(name)
        fitted = given @ (given.T @ target) / self.n
        return fitted, target - fitted, given.shape[1]


def complete_rows(table: Table, run: Run) -> Complete:
    """Return the complete rows of the columns of numbers and labels that miss at most 30 % of their values."""
    used = [c for c in table.columns if c.kind in NUMBERS | LABELS and c.missing <= MOST_MISSING * table.n]
    if not used:
        return Complete(0, (), {}, {})
    values = table.sample(MOST_ROWS, [c.name for c in used], seed=run.seed)
    holes = np.logical_or.reduce([np.isnan(column) for column in values.values()])
    whole = {name: column[~holes] for name, column in values.items()}
    expanded = {c.name: expand_codes(whole[c.name]) if c.coded else expand_number(whole[c.name]) for c in used}
    varying = {name: column for name, column in expanded.items() if column.values.shape[1]}
    numbers = tuple(c.name for c in used if c.kind in NUMBERS and c.name in varying)
    return Complete(int((~holes).sum()), numbers, whole, varying)

"""Hold the expanded columns of complete rows, with the regressions on one given set at a time."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from aitia.core.table import Table
from aitia.measures.effective_n import Dependence, Spread, spread_of
from aitia.measures.residuals import Expanded, Residuals, basis, expand_codes, expand_number, residuals


@dataclasses.dataclass
class Block:
    """Hold the expanded columns of some complete rows, how these depend on each other, and the residuals on one given set at a time."""

    columns: dict[str, Expanded]
    n: int
    dependence: Dependence | None = None
    given: tuple[str, ...] | None = None
    basis: np.ndarray | None = None
    fitted: dict[str, Residuals] = dataclasses.field(default_factory=dict)

    def basis_of(self, given: tuple[str, ...]) -> np.ndarray:
        """Return the basis (n, r) of a constant and the given columns; kept until another given set is asked for."""
        if self.basis is None or given != self.given:
            self.given, self.fitted = given, {}
            self.basis = basis([self.columns[other].values for other in given], self.n)
        return self.basis

    def left_of(self, name: str, given: tuple[str, ...]) -> Residuals:
        """Return what the given columns leave of one column."""
        own = self.basis_of(given)
        if name not in self.fitted:
            self.fitted[name] = residuals(self.columns[name], own)
        return self.fitted[name]

    def spread(self, first: str, second: str, given: tuple[str, ...]) -> Spread | None:
        """Return how the sum of both sides' residual products spreads over dependent rows; None where rows are independent."""
        if self.dependence is None:
            return None
        one, other = self.left_of(first, given).errors, self.left_of(second, given).errors
        return spread_of((one[:, :, None] * other[:, None, :]).reshape(self.n, -1), self.dependence)


def holes_of(values: Mapping[str, np.ndarray], names: Sequence[str]) -> tuple[str, ...]:
    """Return which of the columns have missing values, sorted."""
    return tuple(sorted({name for name in names if np.isnan(values[name]).any()}))


def block_for(
    table: Table,
    values: Mapping[str, np.ndarray],
    holes: tuple[str, ...],
    names: Sequence[str],
    dependence: Dependence | None = None,
) -> Block:
    """Expand the columns of the rows complete in `holes`; columns that still have gaps stay out."""
    kept = ~np.logical_or.reduce([np.isnan(values[name]) for name in holes]) if holes else None
    parts = {name: values[name] if kept is None else values[name][kept] for name in names}
    parts = {name: part for name, part in parts.items() if not np.isnan(part).any()}
    columns = {name: expand_codes(part) if table.column(name).coded else expand_number(part) for name, part in parts.items()}
    left = None if dependence is None else dependence.taken(kept)
    return Block(columns=columns, n=table.n if kept is None else int(kept.sum()), dependence=left)

"""Take the columns of a table as series: rows in the order of time, one stretch for each unit."""

from __future__ import annotations

import dataclasses

import numpy as np

from aitia.core.table import Table
from aitia.measures.complete import NUMBERS

FEWEST_STEPS = 30
MOST_UNITS = 20


@dataclasses.dataclass(frozen=True)
class Stretch:
    """Hold one unit's times (n,) in order and its numeric columns (n,) beside them, NaN where missing."""

    unit: str
    times: np.ndarray
    values: dict[str, np.ndarray]


def stretches(table: Table) -> list[Stretch]:
    """Return the series of each unit, the longest first; none where no column is named as time or it cannot be read."""
    time, unit = table.reading.time, table.reading.unit
    if time is None or time not in table.names:
        return []
    names = [c.name for c in table.columns if c.kind in NUMBERS and c.name not in (time, unit)]
    rows = table.rows([*names, time, *([unit] if unit in table.names else [])])
    codes = rows[unit] if unit in rows else np.zeros(table.n)
    found = []
    for code in np.unique(codes[~np.isnan(codes)]):
        own = np.flatnonzero((codes == code) & ~np.isnan(rows[time]))
        own = own[np.argsort(rows[time][own], kind="stable")]
        label = str(table.column(unit).levels[int(code)]) if unit in rows and table.column(unit).levels else ""  # type: ignore[arg-type]
        found.append(Stretch(label, rows[time][own], {name: rows[name][own] for name in names}))
    return sorted(found, key=lambda stretch: -len(stretch.times))


def long_enough(table: Table) -> list[Stretch]:
    """Return the longest units' series of at least 30 steps, at most 20 of them."""
    return [stretch for stretch in stretches(table) if len(stretch.times) >= FEWEST_STEPS][:MOST_UNITS]


def varying(stretch: Stretch) -> dict[str, np.ndarray]:
    """Return the columns that vary and have no gap."""
    return {name: x for name, x in stretch.values.items() if not np.isnan(x).any() and float(x.std()) > 1e-12 * max(1.0, np.abs(x).max())}

"""Ask whether the rows are one regular series in time: in order, evenly spaced, one row for each time."""

from __future__ import annotations

import numpy as np

from aitia.core.card import Card
from aitia.core.finding import Finding
from aitia.core.run import Run
from aitia.core.shelf import properties
from aitia.core.table import Table
from aitia.measures.series import Stretch, stretches

NAME = "time-order"
CARD = Card(says="Asks whether rows follow each other evenly in time.", kinds=frozenset({"time"}), gives="rule", cost="rows")
UNEVEN = 0.01


@properties.add(NAME, CARD)
def time_order(table: Table, run: Run) -> Finding:
    """Look for repeated times and uneven steps within each unit; without a column named as time there is nothing to ask."""
    found = stretches(table)
    if not found:
        dated = [c.name for c in table.columns if c.kind == "time"]
        next = f"If the rows are a series, say --time {dated[0]}." if dated else "If the rows are a series, say which column is --time."
        return Finding(check=NAME, passed=None, says="No column was named as time, so the order of the rows means nothing.", next=next)
    repeated = sum(int((np.diff(stretch.times) == 0).sum()) for stretch in found)
    gaps = sum(uneven(stretch) for stretch in found)
    units = f" in {len(found)} units" if len(found) > 1 else ""
    if repeated:
        says = f"{repeated} rows{units} share their time with another row of their unit."
        next = "Name the unit of each row with --unit, or keep one row for each time."
    elif gaps:
        says = f"{gaps} steps{units} are longer or shorter than the usual one: the series is not evenly spaced."
        next = "Lags count rows: fill or cut the gaps before asking for lagged effects."
    else:
        return Finding(
            check=NAME, passed=True, value=0.0, threshold=0.0, power=1.0, says=f"The rows{units} follow each other evenly in time."
        )
    return Finding(check=NAME, passed=False, value=float(repeated or gaps), threshold=0.0, power=1.0, says=says, next=next)


def uneven(stretch: Stretch) -> int:
    """Count the steps that differ from the usual one by more than 1 %; calendar months of 28 to 31 days are even."""
    steps = np.diff(stretch.times)
    steps = steps[steps > 0]
    if len(steps) < 2:
        return 0
    usual = float(np.median(steps))
    if 28 <= usual <= 31:
        return int(((steps < 28) | (steps > 31)).sum())
    if 365 <= usual <= 366:
        return int(((steps < 365) | (steps > 366)).sum())
    return int((np.abs(steps - usual) > UNEVEN * usual).sum())

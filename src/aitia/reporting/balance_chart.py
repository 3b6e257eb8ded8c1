"""Draw how far the arms differ in each covariate, before and after weighting. [austin2011]"""

from __future__ import annotations

import math
from typing import Any

from aitia.core.finding import Balance
from aitia.reporting.chart import ALARM, AXIS, FIRST, INK, SECOND, Chart, margin, shortened, unique
from aitia.reporting.words import counted, listed, number

MOST = 30
LIMIT = 0.1
BEFORE, AFTER = "before", "after"
ROW = 24


def balance_chart(balance: Balance) -> Chart:
    """Draw the standardised mean difference of each covariate, the most different first; the first 30 of many."""
    order = sorted(range(len(balance.names)), key=lambda i: -abs(finite(balance.before[i])))[:MOST]
    labels = unique([shortened(balance.names[i]) for i in order])
    rows = [
        {"name": label, "state": state, "value": finite(values[i]), "before": finite(balance.before[i]), "after": finite(balance.after[i])}
        for label, i in zip(labels, order, strict=True)
        for state, values in ((BEFORE, balance.before), (AFTER, balance.after))
    ]
    return Chart(spec=spec(rows, len(order)), title=title(balance), description=description(balance, order))


def finite(value: float) -> float:
    """Return the value, or 0 where there is none because the covariate does not vary."""
    return value if math.isfinite(value) else 0.0


def spec(rows: list[dict[str, Any]], count: int) -> dict[str, Any]:
    """Return the layers: limits, zero, connecting lines, points."""
    reach = max(0.15, 1.08 * max((abs(row["value"]) for row in rows), default=0.0))
    axis = {"title": "standardised difference between the arms", "tickCount": 6}
    across = {"type": "quantitative", "scale": {"domain": [-reach, reach], "nice": False}, "axis": axis}
    down = {
        "field": "name",
        "type": "nominal",
        "sort": None,
        "axis": {"title": None, "domain": False, "ticks": False, "grid": True},
    }
    states = {"field": "state", "type": "nominal", "sort": None}
    lines = {"data": {"values": [{"at": -LIMIT}, {"at": LIMIT}]}, "encoding": {"x": {"field": "at", **across}}}
    colour = {**states, "scale": {"domain": [BEFORE, AFTER], "range": [SECOND, FIRST]}}
    layers = [
        {**lines, "mark": {"type": "rule", "color": ALARM, "strokeDash": [4, 3]}},
        {"data": {"values": [{"at": 0}]}, "mark": {"type": "rule", "color": INK}, "encoding": lines["encoding"]},
        {
            "transform": [{"filter": f"datum.state === '{AFTER}'"}],
            "mark": {"type": "rule", "color": AXIS, "strokeWidth": 1.5},
            "encoding": {"x": {"field": "before", **across}, "x2": {"field": "after"}, "y": down},
        },
        {
            "mark": {"type": "point", "size": 65, "filled": True, "opacity": 1},
            "encoding": {
                "x": {"field": "value", **across},
                "y": down,
                "color": colour,
                "shape": {**states, "scale": {"domain": [BEFORE, AFTER], "range": ["diamond", "circle"]}},
            },
        },
    ]
    padding = {"left": margin(row["name"] for row in rows), "top": 6, "bottom": 4, "right": 10}
    return {"height": ROW * count + 96, "padding": padding, "data": {"values": rows}, "layer": layers}


def title(balance: Balance) -> str:
    """Say how large the largest difference was and is."""
    after = [abs(finite(value)) for value in balance.after]
    before = max((abs(finite(value)) for value in balance.before), default=0.0)
    beyond = sum(value > LIMIT for value in after)
    change = f"The largest difference goes from {number(before, 2)} to {number(max(after, default=0.0), 2)} standard deviations"
    if not beyond:
        return f"{change}: every covariate is within {LIMIT}."
    return f"{change}: {counted(beyond, 'covariate')} of {len(after)} stay{'s' if beyond == 1 else ''} beyond {LIMIT}."


def description(balance: Balance, order: list[int]) -> str:
    """Describe the chart in words."""
    parts = [
        f"{balance.names[i]} {number(finite(balance.before[i]), 2)} before and {number(finite(balance.after[i]), 2)} after" for i in order
    ]
    cut = (
        f"; {counted(len(balance.names) - len(order), 'more covariate')} with smaller differences not drawn"
        if len(balance.names) > len(order)
        else ""
    )
    return f"Standardised mean differences with limits at plus and minus {LIMIT}: {listed(parts)}{cut}."

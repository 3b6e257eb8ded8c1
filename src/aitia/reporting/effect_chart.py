"""Draw the effects of every method and group with their intervals, beside the line of no effect."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from aitia.core.errors import InputError
from aitia.core.estimate import Contrast, Estimate
from aitia.reporting.chart import FIRST, FONT_SIZE, INK, MUTED, SECOND, THIRD, Chart, margin, shortened, unique
from aitia.reporting.words import aligned, counted, listed, percent

MOST = 30
ROW = 30
PARTS = {"primary": "the answer", "alternative": "another method", "subgroup": "a subgroup"}
COLOURS = {"primary": FIRST, "alternative": SECOND, "subgroup": THIRD}
SHAPES = {"primary": "circle", "alternative": "diamond", "subgroup": "square"}
Row = tuple[Estimate, Contrast]


def effect_chart(estimates: Sequence[Estimate]) -> Chart:
    """Draw one line per contrast of each estimate: the primary one, alternatives, subgroups; the first 30 of many."""
    rows = contrasts(estimates)
    if not rows:
        raise InputError("There is no estimate to draw.", next="Give at least one.")
    shown = rows[:MOST]
    values = [{"row": label, **figures(*row)} for label, row in zip(unique([label_of(*row, rows) for row in shown]), shown, strict=True)]
    domain = reach(shown)
    for value in values:
        value["low"], value["high"] = max(value["low"], domain[0]), min(value["high"], domain[1])
    return Chart(spec=spec(values, domain, axis_title(shown[0][0])), title=title(rows), description=description(shown, len(rows)))


def contrasts(estimates: Sequence[Estimate]) -> list[Row]:
    """Pair each estimate with its contrasts; one without any is a contrast itself."""
    return [(estimate, contrast) for estimate in estimates for contrast in contrasts_of(estimate)]


def contrasts_of(estimate: Estimate) -> tuple[Contrast, ...]:
    """Return an estimate's contrasts, or the one that its own value is."""
    query = estimate.query
    single = Contrast(arm=query.arm, versus=query.versus, value=estimate.value, se=estimate.se, low=estimate.low, high=estimate.high)
    return estimate.contrasts or (single,)


def label_of(estimate: Estimate, contrast: Contrast, rows: Sequence[Row]) -> str:
    """Name a line: the method or the group, and the arms where there are several."""
    name = estimate.population if estimate.part == "subgroup" else estimate.method
    several = len({(str(c.arm), str(c.versus)) for _, c in rows}) > 1 and contrast.arm is not None
    return f"{shortened(name, 18)}: {shortened(str(contrast.arm), 22)}" if several else shortened(name, 30)


def figures(estimate: Estimate, contrast: Contrast) -> dict[str, Any]:
    """Return what one line shows."""
    value, low, high = aligned(contrast.value, contrast.low, contrast.high, contrast.se)
    interval = f" ({low} to {high})" if contrast.low is not None and contrast.high is not None else ""
    ends = {
        "low": contrast.value if contrast.low is None else contrast.low,
        "high": contrast.value if contrast.high is None else contrast.high,
    }
    return {"part": PARTS[estimate.part], "value": contrast.value, "text": value + interval, **ends}


def reach(rows: Sequence[Row]) -> tuple[float, float]:
    """Return the ends of the axis: every finite end and zero, with a little air."""
    ends = [0.0, *(x for _, c in rows for x in (c.value, c.low, c.high) if x is not None and math.isfinite(x))]
    air = 0.04 * ((max(ends) - min(ends)) or 1.0)
    return min(ends) - air, max(ends) + air


def axis_title(estimate: Estimate) -> str:
    """Name the axis with its units."""
    query, several = estimate.query, len(estimate.contrasts) > 1
    words = f"effect of {shortened(query.treatment, 22)} on {shortened(query.outcome, 22)}" + (
        f", in {estimate.units}" if estimate.units else ""
    )
    return shortened(words + (f", rather than {estimate.contrasts[0].versus}" if several else ""), 64)


def spec(values: list[dict[str, Any]], domain: tuple[float, float], axis: str) -> dict[str, Any]:
    """Return the layers: the line of no effect, intervals, points, figures."""
    parts = [name for name in PARTS.values() if any(v["part"] == name for v in values)]
    keys = {name: key for key, name in PARTS.items()}
    colour = {"field": "part", "type": "nominal", "scale": {"domain": parts, "range": [COLOURS[keys[p]] for p in parts]}}
    shape = {"field": "part", "type": "nominal", "scale": {"domain": parts, "range": [SHAPES[keys[p]] for p in parts]}}
    legend: dict[str, Any] = {} if len(parts) > 1 else {"legend": None}
    across = {
        "type": "quantitative",
        "scale": {"domain": list(domain), "nice": False},
        "axis": {"title": axis, "tickCount": 6, "grid": True},
    }
    down = {"field": "row", "type": "nominal", "sort": None, "axis": {"title": None, "domain": False, "ticks": False}}
    interval = {
        "mark": {"type": "rule", "strokeWidth": 2},
        "encoding": {"x": {"field": "low", **across}, "x2": {"field": "high"}, "y": down, "color": {**colour, **legend}},
    }
    point = {
        "mark": {"type": "point", "filled": True, "size": 75, "opacity": 1},
        "encoding": {"x": {"field": "value", **across}, "y": down, "color": {**colour, **legend}, "shape": {**shape, **legend}},
    }
    text = {
        "mark": {"type": "text", "align": "left", "x": {"expr": "width + 14"}, "fontSize": FONT_SIZE - 1, "color": MUTED},
        "encoding": {"y": down, "text": {"field": "text"}},
    }
    null = {
        "data": {"values": [{"zero": 0}]},
        "mark": {"type": "rule", "color": INK, "strokeDash": [4, 3]},
        "encoding": {"x": {"field": "zero", **across}},
    }
    padding = {"left": margin(v["row"] for v in values), "top": 6, "bottom": 4, "right": margin(v["text"] for v in values)}
    height = ROW * len(values) + (90 if len(parts) > 1 else 60)
    return {"height": height, "padding": padding, "data": {"values": values}, "layer": [null, interval, point, text]}


def title(rows: Sequence[Row]) -> str:
    """Say what is seen: on which side of zero the estimates lie."""
    first = rows[0][1]
    value = aligned(first.value, first.low, first.high, first.se)[0]
    many = len(rows) > 1
    if first.low is None or first.high is None:
        return f"The effect is estimated at {value}, without an interval."
    clear = [c for _, c in rows if c.low is not None and c.high is not None and (c.low > 0 or c.high < 0)]
    all_of_them = {1: "The interval", 2: "Both intervals"}.get(len(rows), f"All {len(rows)} intervals")
    if len(clear) == len(rows) and len({c.value > 0 for c in clear}) == 1:
        return f"{all_of_them} {'lie' if many else 'lies'} {'above' if first.value > 0 else 'below'} zero."
    if not clear:
        return f"{all_of_them} include{'' if many else 's'} zero."
    return f"{len(clear)} of the {len(rows)} intervals exclude{'s' if len(clear) == 1 else ''} zero."


def description(rows: Sequence[Row], total: int) -> str:
    """Describe the chart in words."""
    lines = [f"{label_of(e, c, rows)} {figures(e, c)['text']}" for e, c in rows]
    cut = f"; {counted(total - len(rows), 'more line')} not drawn" if total > len(rows) else ""
    return f"Effects with {percent(rows[0][0].level)} intervals and a dashed line at no effect: {listed(lines)}{cut}."

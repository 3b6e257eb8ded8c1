"""Draw how a quantity such as the propensity is spread in each arm, as shares of the arm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aitia.core.finding import Histogram
from aitia.reporting.chart import ALARM, AXIS, FIRST, INK, MUTED, SECOND, THIRD, Chart, shortened, unique
from aitia.reporting.words import listed, number, percent

COLOURS = (SECOND, FIRST, THIRD, ALARM, INK, MUTED)
HEIGHT = 300


def overlap_chart(histogram: Histogram, treatment: str | None = None) -> Chart:
    """Draw two arms mirrored about a line, more arms as outlines on top of one another."""
    shares = [shares_of(counts) for counts in histogram.counts]
    prefix = f"{shortened(treatment, 22)} = " if treatment else ""
    arms = unique([shortened(prefix + arm, 34) for arm in histogram.arms])
    draw = mirrored if len(arms) == 2 else outlined
    body = {"height": HEIGHT, **draw(histogram, arms, shares)}
    return Chart(spec=body, title=title(histogram, shares), description=description(histogram, arms, shares))


def shares_of(counts: Sequence[float]) -> list[float]:
    """Turn counts into shares of their sum."""
    total = sum(counts)
    return [count / total if total else 0.0 for count in counts]


def common(shares: Sequence[Sequence[float]]) -> float:
    """Return the share of the arms' distributions that all of them have in common."""
    return sum(min(column) for column in zip(*shares, strict=True))


def mirrored(histogram: Histogram, arms: list[str], shares: list[list[float]]) -> dict[str, Any]:
    """Return bars of the second arm upwards and of the first downwards."""
    down, up = arms
    values = [
        {"low": low, "high": high, "share": sign * share, "zero": 0, "arm": arm}
        for arm, sign, row in ((up, 1, shares[1]), (down, -1, shares[0]))
        for low, high, share in zip(histogram.edges, histogram.edges[1:], row, strict=False)
        if share
    ]
    bars = {
        "mark": {"type": "rect", "opacity": 0.9, "stroke": None},
        "encoding": {
            **across(histogram),
            "y": {
                "field": "share",
                "type": "quantitative",
                "axis": {"title": "share of the arm", "labelExpr": "format(abs(datum.value), '.0%')", "tickCount": 6},
            },
            "y2": {"field": "zero"},
            "color": colour([up, down], [FIRST, SECOND]),
        },
    }
    line = {"mark": {"type": "rule", "color": AXIS}, "encoding": {"y": {"datum": 0}}}
    return {"data": {"values": values}, "layer": [bars, line]}


def outlined(histogram: Histogram, arms: list[str], shares: list[list[float]]) -> dict[str, Any]:
    """Return one stepped outline per arm."""
    values = [
        {"edge": edge, "share": share, "arm": arm}
        for arm, row in zip(arms, shares, strict=True)
        for edge, share in zip(histogram.edges, [*row, row[-1] if row else 0.0], strict=False)
    ]
    place = across(histogram)["x"]
    return {
        "data": {"values": values},
        "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2},
        "encoding": {
            "x": {**place, "field": "edge"},
            "y": {"field": "share", "type": "quantitative", "axis": {"title": "share of the arm", "format": ".0%", "tickCount": 5}},
            "color": colour(arms, [COLOURS[i % len(COLOURS)] for i in range(len(arms))]),
            "strokeDash": {"field": "arm", "type": "nominal", "legend": None},
        },
    }


def across(histogram: Histogram) -> dict[str, Any]:
    """Return the horizontal place of a bin, with a pixel of air to the next."""
    ends = [histogram.edges[0], histogram.edges[-1]]
    axis = {"title": histogram.quantity, "grid": False, "tickCount": 6}
    return {
        "x": {"field": "low", "type": "quantitative", "scale": {"domain": ends, "nice": False}, "axis": axis, "bandPosition": 0},
        "x2": {"field": "high"},
    }


def colour(arms: list[str], colours: list[str]) -> dict[str, Any]:
    """Return the colour of each arm."""
    legend = {"columns": 1} if sum(map(len, arms)) > 44 else {}
    return {"field": "arm", "type": "nominal", "scale": {"domain": arms, "range": colours}, "sort": None, "legend": legend}


def title(histogram: Histogram, shares: list[list[float]]) -> str:
    """Say how much the arms have in common."""
    who = {1: "one arm", 2: "two arms"}.get(len(shares), f"{len(shares)} arms")
    return f"The {who} share {percent(common(shares))} of the distribution of the {histogram.quantity}."


def description(histogram: Histogram, arms: list[str], shares: list[list[float]]) -> str:
    """Describe the chart in words."""
    parts = []
    for arm, row in zip(arms, shares, strict=True):
        filled = [i for i, share in enumerate(row) if share]
        if filled:
            low, high = histogram.edges[filled[0]], histogram.edges[filled[-1] + 1]
            parts.append(f"{arm} from {number(low)} to {number(high)}")
    return f"Histogram of the {histogram.quantity} in each arm: {listed(parts)}; {percent(common(shares))} in common."

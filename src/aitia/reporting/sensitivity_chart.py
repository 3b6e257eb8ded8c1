"""Draw what would be left of an effect if a hidden cause were so strong, with measured covariates as yardsticks. [cinelli2020]"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from aitia.core.finding import Strength, Strengths
from aitia.measures.sensitivity import as_strong, bias, robustness_value
from aitia.reporting.chart import ALARM, FIRST, FONT_SIZE, INK, MUTED, PALE, Chart, shortened
from aitia.reporting.words import decimals, fixed, listed, magnitude, number, percent

HEIGHT = 380
PLOT = (430.0, 300.0)
STEPS = 48
LETTER = 0.6 * FONT_SIZE
MOST_LABELS = 12


def sensitivity_chart(strengths: Strengths, treatment: str = "the treatment", outcome: str = "the outcome") -> Chart:
    """Draw lines of equal remaining effect over a hidden cause's partial R² with treatment and outcome.

    A benchmark stands where a hidden cause exactly as strong as that covariate would stand at worst.
    """
    limits = limits_of(strengths)
    levels = levels_of(strengths, limits)
    lines = [point for level in levels for point in curve(strengths, level, limits)]
    layers = [
        *region(strengths, limits),
        *contours(lines, limits, treatment, outcome),
        *ends(strengths, levels, limits),
        *benchmarks(strengths, limits),
    ]
    padding = {"left": 4, "top": 22, "bottom": 4, "right": 16}
    body = {"height": HEIGHT, "padding": padding, "layer": layers}
    return Chart(spec=body, title=title(strengths), description=description(strengths))


def bias_of(strengths: Strengths, with_treatment: float, with_outcome: float) -> float:
    """Return the largest bias that a hidden cause of this strength can make."""
    return bias(strengths.se, strengths.degrees, with_treatment, with_outcome)


def adjusted(strengths: Strengths, with_treatment: float, with_outcome: float) -> float:
    """Return what is left of the effect when a hidden cause of this strength has pulled it away from zero."""
    return strengths.value - math.copysign(bias_of(strengths, with_treatment, with_outcome), strengths.value)


def tipping(strengths: Strengths) -> float:
    """Return the partial R², equal with treatment and outcome, at which the effect is zero: the robustness value."""
    if strengths.se <= 0 or strengths.degrees <= 0:
        return 1.0
    return robustness_value(abs(strengths.value) / strengths.se / math.sqrt(strengths.degrees))


def limits_of(strengths: Strengths) -> tuple[float, float]:
    """Return the ends of both axes: every benchmark, and the tipping point unless it is far beyond them."""
    zero = tipping(strengths)
    found = []
    for values in zip(*map(as_strong, strengths.benchmarks), strict=True) if strengths.benchmarks else ((), ()):
        largest = 1.3 * max(values, default=0.0)
        found.append(max(largest, min(1.5 * zero, max(8 * largest, 0.25)), 0.01))
    return min(found[0], 0.97), min(found[1], 1.0)


def step_of(span: float, count: int) -> float:
    """Return a round step (1, 2 or 5 times a power of ten) that divides a span into about `count`."""
    rough = span / count
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= 0.999 * rough)


def levels_of(strengths: Strengths, limits: tuple[float, float]) -> list[float]:
    """Return round remaining effects whose lines cross the picture; zero is among them where it is reached."""
    most = bias_of(strengths, *limits)
    if most <= 0:
        return []
    step = step_of(most, 6)
    sign = math.copysign(1.0, strengths.value)
    start = abs(strengths.value)
    multiples = range(math.ceil((start - most) / step), math.floor(start / step) + 1)
    return [sign * k * step for k in multiples if 0.02 * most < start - k * step < 0.97 * most]


def height(strengths: Strengths, level: float, with_treatment: float) -> float:
    """Return the partial R² with the outcome at which `level` is left, given that with the treatment."""
    needed = (strengths.value - level) / (strengths.se * math.sqrt(strengths.degrees))
    return needed**2 * (1 - with_treatment) / with_treatment


def curve(strengths: Strengths, level: float, limits: tuple[float, float]) -> list[dict[str, Any]]:
    """Return the points of one line inside the picture."""
    right, top = limits
    factor = ((strengths.value - level) / (strengths.se * math.sqrt(strengths.degrees))) ** 2
    left = factor / (top + factor)
    places = [left + (right - left) * (i / STEPS) ** 1.6 for i in range(STEPS + 1)]
    return [{"x": x, "y": min(height(strengths, level, x), top), "level": level, "zero": level == 0} for x in places]


def region(strengths: Strengths, limits: tuple[float, float]) -> list[dict[str, Any]]:
    """Return the shaded region where the effect would be gone or reversed, if it is in the picture."""
    if strengths.value == 0 or bias_of(strengths, *limits) <= abs(strengths.value):
        return []
    points = [{**point, "top": limits[1]} for point in curve(strengths, 0.0, limits)]
    encoding = {"x": {"field": "x", "type": "quantitative"}, "y": {"field": "y", "type": "quantitative"}, "y2": {"field": "top"}}
    return [{"data": {"values": points}, "mark": {"type": "area", "color": PALE}, "encoding": encoding}]


def contours(lines: list[dict[str, Any]], limits: tuple[float, float], treatment: str, outcome: str) -> list[dict[str, Any]]:
    """Return the lines; the one of no effect stands out."""
    form = ".0%" if max(limits) >= 0.06 else ".1%"
    words = "partial R² with {}"
    place = {
        "x": {
            "field": "x",
            "type": "quantitative",
            "scale": {"domain": [0, limits[0]], "nice": False},
            "axis": axis(words.format(shortened(treatment, 24)), form),
        },
        "y": {
            "field": "y",
            "type": "quantitative",
            "scale": {"domain": [0, limits[1]], "nice": False},
            "axis": axis(words.format(shortened(outcome, 24)), form),
        },
    }
    alarm = {"condition": {"test": "datum.zero", "value": ALARM}, "value": MUTED}
    wide = {"condition": {"test": "datum.zero", "value": 2.5}, "value": 1}
    mark = {"type": "line", "interpolate": "monotone"}
    data = {"values": lines}
    return [{"data": data, "mark": mark, "encoding": {**place, "detail": {"field": "level"}, "color": alarm, "strokeWidth": wide}}]


def axis(words: str, form: str) -> dict[str, Any]:
    """Return one axis in percent."""
    return {"title": words, "format": form, "tickCount": 6, "grid": False}


def ends(strengths: Strengths, levels: Sequence[float], limits: tuple[float, float]) -> list[dict[str, Any]]:
    """Return the label of each line at its right end, leaving out those that would touch, and the heading over them."""
    gap = 1.3 * FONT_SIZE * limits[1] / PLOT[1]
    places = max(-magnitude(step_of(bias_of(strengths, *limits), 6)), 0) if levels else 0
    kept: list[dict[str, Any]] = []
    for level in sorted(levels, key=abs):
        at = min(height(strengths, level, limits[0]), limits[1])
        if all(abs(at - other["y"]) > gap for other in kept):
            kept.append({"y": at, "text": "no effect" if level == 0 else fixed(level, places), "zero": level == 0})
    colour = {"condition": {"test": "datum.zero", "value": ALARM}, "value": MUTED}
    across = {"type": "text", "align": "left", "x": {"expr": "width + 8"}, "fontSize": FONT_SIZE - 1}
    encoding = {"y": {"field": "y", "type": "quantitative"}, "text": {"field": "text"}, "color": colour}
    heading = {
        "type": "text",
        "align": "left",
        "x": {"expr": "width + 8"},
        "y": -12,
        "fontSize": FONT_SIZE - 1,
        "color": MUTED,
        "text": "what is left",
    }
    return [{"data": {"values": kept}, "mark": across, "encoding": encoding}, {"data": {"values": [{}]}, "mark": heading}]


def benchmarks(strengths: Strengths, limits: tuple[float, float]) -> list[dict[str, Any]]:
    """Return a point for each measured covariate; labels that would touch another are left to the table."""
    values = [{"x": x, "y": y} for x, y in map(as_strong, strengths.benchmarks)]
    place = {"x": {"field": "x", "type": "quantitative"}, "y": {"field": "y", "type": "quantitative"}}
    found: list[dict[str, Any]] = [
        {"data": {"values": values}, "mark": {"type": "point", "filled": True, "color": FIRST, "size": 60, "opacity": 1}, "encoding": place}
    ]
    for text, x, y, align in labels(strengths.benchmarks, limits):
        mark = {"type": "text", "align": align, "baseline": "middle", "color": INK, "fontSize": FONT_SIZE - 1}
        data = {"values": [{"x": x, "y": y, "text": text}]}
        found.append({"data": data, "mark": mark, "encoding": {**place, "text": {"field": "text"}}})
    return found


def labels(strengths: Sequence[Strength], limits: tuple[float, float]) -> list[tuple[str, float, float, str]]:
    """Place names beside their points, strongest first, where they touch nothing drawn before."""
    across, down = PLOT[0] / limits[0], PLOT[1] / limits[1]
    points = [(x * across, y * down) for x, y in map(as_strong, strengths)]
    taken = [(x - 6, y - 6, x + 6, y + 6) for x, y in points]
    order = sorted(range(len(strengths)), key=lambda i: -strengths[i].with_treatment * strengths[i].with_outcome)
    found: list[tuple[str, float, float, str]] = []
    for i in order:
        name = shortened(strengths[i].name, 24)
        width, (x, y) = LETTER * len(name), points[i]
        for left, middle, align in places(x, y, width):
            box = (left, middle - 8, left + width, middle + 8)
            inside = box[0] > 2 and box[1] > 1 and box[2] < PLOT[0] and box[3] < PLOT[1] + 8
            if inside and len(found) < MOST_LABELS and not any(touch(box, other) for j, other in enumerate(taken) if j != i):
                taken.append(box)
                found.append((name, (left if align == "left" else left + width) / across, middle / down, align))
                break
    return found


def places(x: float, y: float, width: float) -> list[tuple[float, float, str]]:
    """Return where a name may stand: its left end, its middle and its alignment, nearest places first."""
    return [(x + 9, y, "left"), (x - 9 - width, y, "right"), (x + 5, y + 13, "left"), (x + 5, y - 13, "left")]


def touch(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Tell whether two boxes (left, bottom, right, top) overlap."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def title(strengths: Strengths) -> str:
    """Say where the effect would be gone, and what a cause like the strongest benchmark would leave."""
    share = percent(tipping(strengths))
    gone = f"A hidden cause that explains {share} of both would undo the effect"
    if not strengths.benchmarks:
        return f"{gone} of {remaining(strengths, strengths.value)}."
    strongest = strengths.benchmarks[0]
    return f"{gone}; one as strong as {shortened(strongest.name)} would leave {left_by(strengths, strongest)}."


def left_by(strengths: Strengths, benchmark: Strength) -> str:
    """Write what a hidden cause as strong as a benchmark would leave."""
    return remaining(strengths, adjusted(strengths, *as_strong(benchmark)))


def remaining(strengths: Strengths, value: float) -> str:
    """Write an effect to the decimals of its standard error."""
    return fixed(value, decimals((strengths.value,), strengths.se))


def description(strengths: Strengths) -> str:
    """Describe the chart in words."""
    parts = [
        f"{b.name} {percent(b.with_treatment)} and {percent(b.with_outcome)}, leaving {left_by(strengths, b)}" for b in strengths.benchmarks
    ]
    named = f" A hidden cause as strong as a measured one, as shares of treatment and outcome: {listed(parts)}." if parts else ""
    return (
        f"Lines of equal remaining effect over the strength of a hidden cause; the effect is {number(strengths.value)} without one.{named}"
    )

"""Hold one chart as a small Vega-Lite specification in the one style of the reports, and render it to SVG."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import textwrap
from collections.abc import Iterable
from typing import Any

from aitia.core.noun import Noun, noun
from aitia.core.show import View, views

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif"
MEASURED = "sans-serif"  # rendering measures text in it; a list of fonts would be searched for every word
WIDTH = 560
TITLE_LETTERS, TITLE_LINE, TITLE_GAP = 64, 20, 14
FONT_SIZE = 13
# name: (on white, on dark); a page in dark mode swaps the first for the second.
PALETTE = {
    "ink": ("#20262d", "#e3e6ea"),
    "muted": ("#5f6975", "#a0a9b4"),
    "grid": ("#e5e8ec", "#31373e"),
    "axis": ("#aab2bb", "#5b646e"),
    "first": ("#2f6ca3", "#7fb4e6"),
    "second": ("#c9761c", "#efab63"),
    "third": ("#6d5b95", "#b9a7e0"),
    "alarm": ("#a83a2b", "#f0907f"),
    "pale": ("#f8ece9", "#3a2623"),
    "box": ("#f5f6f8", "#24292f"),
    "first box": ("#e2edf7", "#1d3347"),
    "second box": ("#fbeedc", "#42311d"),
    "third box": ("#ede9f5", "#332c47"),
}
INK, MUTED, GRID, AXIS, FIRST, SECOND, THIRD, ALARM, PALE, BOX, FIRST_BOX, SECOND_BOX, THIRD_BOX = (light for light, _ in PALETTE.values())


@noun
class Chart(Noun):
    """Hold a Vega-Lite specification without title and style, the title as a sentence of what is seen, and the alt text."""

    spec: dict[str, Any]
    title: str
    description: str

    def _repr_html_(self) -> str:
        return svg(self)


@views("chart")
def chart(noun: Chart) -> View:
    """Show the title and the description."""
    return View(title=noun.title, notes=(noun.description,))


def styled(chart: Chart, *, titled: bool) -> dict[str, Any]:
    """Return the complete specification: the chart's own, the style, and the title where one is wanted."""
    spec = {"$schema": SCHEMA, "width": WIDTH, "autosize": {"type": "fit", "contains": "padding"}, **chart.spec, "config": config()}
    spec["background"] = "white" if titled else None
    if titled:
        lines = textwrap.wrap(chart.title, TITLE_LETTERS)
        spec["title"] = {"text": lines, "anchor": "start", "frame": "bounds"}
        spec["height"] += TITLE_LINE * len(lines) + TITLE_GAP
    return spec


def config() -> dict[str, Any]:
    """Return the style that every chart shares."""
    words = {"labelFontSize": FONT_SIZE, "titleFontSize": FONT_SIZE, "labelColor": INK, "titleColor": MUTED, "titleFontWeight": "normal"}
    axis = {
        "labelLimit": 0,
        "domainColor": AXIS,
        "tickColor": AXIS,
        "gridColor": GRID,
        "titlePadding": 10,
        "tickSize": 4,
        "labelPadding": 5,
        "labelFlush": False,
    }
    return {
        "aria": False,
        "font": MEASURED,
        "view": {"stroke": None},
        "axis": {**words, **axis},
        "legend": {
            **words,
            "orient": "top",
            "title": None,
            "symbolStrokeWidth": 2,
            "symbolSize": 75,
            "columnPadding": 24,
            "labelLimit": 0,
            "offset": 10,
        },
        "text": {"color": INK, "fontSize": FONT_SIZE},
        "title": {"fontSize": 15, "fontWeight": 600, "color": INK, "lineHeight": TITLE_LINE, "offset": TITLE_GAP},
    }


def svg(chart: Chart, *, titled: bool = True) -> str:
    """Render a chart as one SVG element; ids in it are unique to the chart, so that many fit on one page."""
    import vl_convert

    text = str(vl_convert.vegalite_to_svg(styled(chart, titled=titled)))
    return own_ids(text.replace(f'font-family="{MEASURED}"', f'font-family="{FONT}"'))


def own_ids(text: str) -> str:
    """Put a digest of the drawing before every id that it defines."""
    prefix = "c" + hashlib.blake2b(text.encode(), digest_size=5).hexdigest()
    text = re.sub(r'(?<=\sid=")([^"]+)(?=")', rf"{prefix}-\1", text)
    return re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", text)


def with_title(chart: Chart, title: str) -> Chart:
    """Return the chart under another title."""
    return dataclasses.replace(chart, title=title)


def unique(labels: list[str]) -> list[str]:
    """Tell equal labels apart by a running number, because a scale has one place for each label."""
    seen: dict[str, int] = {}
    found = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        found.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return found


def margin(labels: Iterable[str]) -> int:
    """Return the pixels to keep free beside labels, because fonts are up to a fifth wider than the one measured with."""
    return 4 + round(0.1 * FONT_SIZE * max((len(label) for label in labels), default=0))


def shortened(text: str, most: int = 34) -> str:
    """Cut a long label in the middle, where names differ least.

    >>> shortened("income_of_the_household_before_taxes_in_1974", 20)
    'income_of_…s_in_1974'
    """
    if len(text) <= most:
        return text
    left = most // 2
    return f"{text[:left]}…{text[len(text) - (most - left - 1) :]}"

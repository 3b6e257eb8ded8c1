"""Draw an order: its mask with queries as rows and keys as columns, coloured by height, and the same in characters."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np

from aitia.reporting.chart import AXIS, FIRST, FIRST_BOX, INK, MUTED
from aitia.reporting.graph_picture import Drawing
from aitia.reporting.templates import filled
from aitia.sequence.order.intervals import Segment
from aitia.sequence.order.relation import Relation
from aitia.sequence.order.schedule import Schedule

MOST_CELLS = 48
SHADES = "·░▒▓█"
SIDE = 480.0
MARGIN = 46.0
FINE = 96
HEADING = 68  # characters of a heading for which there is room


@dataclasses.dataclass(frozen=True, slots=True)
class Patch:
    """Hold one coloured patch of the mask."""

    points: str
    fill: str
    says: str


def mask_lines(relation: Relation) -> tuple[str, ...]:
    """Write the mask in characters, at most 48 a side; larger ones show how much of each cell is read.

    >>> from aitia.sequence.order import causal
    >>> mask_lines(causal(3))
    ('█··', '██·', '███')
    """
    cells = min(relation.n, MOST_CELLS)
    edges = np.linspace(0, relation.n, cells + 1).round().astype(int)
    lines = []
    for top, bottom in itertools.pairwise(edges):
        rows = relation.dense(slice(top, bottom))
        shares = np.add.reduceat(rows.sum(axis=0), edges[:-1]) / ((bottom - top) * np.diff(edges))
        lines.append("".join(SHADES[0 if share == 0 else max(1, int(share * (len(SHADES) - 1)))] for share in shares))
    return tuple(lines)


def order_drawing(relation: Relation, plan: Schedule, title: str) -> Drawing:
    """Draw the mask as SVG: one patch for each run of queries and interval of keys, darker the higher it stands."""
    scale = SIDE / relation.n
    patches = [patch for segment in relation.segments for patch in patches_of(segment, relation.n, plan, scale)]
    lines = levels(plan, scale)
    description = (
        f"{relation.n} nodes, {int(plan.block.max()) + 1} blocks, depth {plan.depth}, {100 * relation.density:.3g} % of the pairs, "
        f"cache of {plan.peak_live} nodes"
    )
    svg = filled(
        "order.svg",
        title=title,
        heading=title if len(title) <= HEADING else f"{title[: HEADING - 1]}…",
        description=description,
        patches=patches,
        lines=lines,
        side=SIDE,
        margin=MARGIN,
        ink=INK,
        muted=MUTED,
        axis=AXIS,
    )
    return Drawing(svg=svg, title=title, description=description)


def patches_of(segment: Segment, n: int, plan: Schedule, scale: float) -> list[Patch]:
    """Return the patches of one segment, in strips of rows of one shade each: single rows where there are few."""
    step = max(1, n // FINE)
    runs = [(q, min(q + step, segment.stop)) for q in range(segment.start, segment.stop, step)]
    found = []
    for start, stop in runs:
        level = float(plan.height[start:stop].mean()) / max(plan.depth - 1, 1)
        for item in segment.parts:
            (a, b), (c, d) = item.at(start), item.at(stop - 1)
            corners = ((a, start), (b, start), (d, stop), (c, stop))
            points = " ".join(f"{MARGIN + x * scale:.2f},{MARGIN + y * scale:.2f}" for x, y in corners)
            says = f"{named(start, stop)} read {named(min(a, c), max(b, d))}"
            found.append(Patch(points, blended(FIRST_BOX, FIRST, 0.15 + 0.85 * level), says))
    return found


def named(start: int, stop: int) -> str:
    """Write a run of nodes."""
    return str(start) if stop - start == 1 else f"{start} … {stop - 1}"


def blended(light: str, dark: str, share: float) -> str:
    """Mix two colours given as #rrggbb."""
    pairs = [(int(light[i : i + 2], 16), int(dark[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def levels(plan: Schedule, scale: float) -> list[tuple[float, str]]:
    """Return where the height of nodes jumps along the rows, with the height that begins there, as far as there is room."""
    height = plan.height
    jumps = [0, *(np.flatnonzero(np.abs(np.diff(height)) > 1) + 1).tolist()] if len(np.unique(height)) > 24 else changes(height)
    found: list[tuple[float, str]] = []
    for node in jumps:
        place = MARGIN + node * scale
        if not found or place - found[-1][0] >= 12:
            found.append((round(place, 1), str(int(height[node]))))
    return found


def changes(height: np.ndarray) -> list[int]:
    """Return the nodes at which the height changes."""
    return [0, *(np.flatnonzero(np.diff(height)) + 1).tolist()]

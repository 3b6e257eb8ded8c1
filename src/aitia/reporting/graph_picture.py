"""Draw a graph: boxes for nodes, edges with the mark at each end, colours for the roles in a question."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from aitia.core.graph import Graph, Mark
from aitia.core.noun import Noun, noun
from aitia.core.show import View, views
from aitia.graphs.layout import Box, Piece, Point, Route, layout, text_width
from aitia.reporting.chart import AXIS, BOX, FIRST, FIRST_BOX, INK, MUTED, SECOND, SECOND_BOX, THIRD, THIRD_BOX, shortened
from aitia.reporting.templates import filled
from aitia.reporting.words import counted, listed, number

LONGEST = 30
HEAD, HALF = 9.0, 4.2
RADIUS = 4.0
LEGEND_ROW = 34.0
SWATCH = 14.0
MARGIN = 16.0


@dataclasses.dataclass(frozen=True, slots=True)
class Role:
    """Hold how the nodes of one role look: its name, class, fill, border and whether the border is dashed."""

    name: str
    key: str
    fill: str
    line: str
    width: float = 1.0
    dashed: bool = False


TREATMENT = Role("treatment", "treatment", FIRST_BOX, FIRST, 2.0)
OUTCOME = Role("outcome", "outcome", SECOND_BOX, SECOND, 2.0)
ADJUSTED = Role("adjusted for", "adjustment", THIRD_BOX, THIRD, 1.5)
LATENT = Role("not measured", "latent", "none", MUTED, 1.2, True)
OTHER = Role("other", "other", BOX, AXIS)


@noun
class Drawing(Noun):
    """Hold a drawing as SVG text, with its title and the description for those who do not see it."""

    svg: str
    title: str
    description: str

    def _repr_html_(self) -> str:
        return self.svg


@views("drawing")
def drawing(noun: Drawing) -> View:
    """Show the title and the description."""
    return View(title=noun.title, notes=(noun.description,))


@dataclasses.dataclass(frozen=True, slots=True)
class Node:
    """Hold one box with its label and role."""

    box: Box
    label: str
    role: Role


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """Hold one edge as drawn: its path, arrow heads and circles, the text beside it and what it says."""

    path: str
    arrows: tuple[str, ...]
    circles: tuple[Point, ...]
    says: str
    dashed: bool
    text: str
    middle: Point


@dataclasses.dataclass(frozen=True, slots=True)
class Swatch:
    """Hold one entry of the legend and where it stands."""

    role: Role
    x: float


def graph_drawing(graph: Graph, *, treatment: str | None = None, outcome: str | None = None, adjustment: Sequence[str] = ()) -> Drawing:
    """Draw a graph; nodes that are not measured are dashed, the nodes of the question are coloured."""
    place = layout(graph, label_width=lambda node: text_width(shortened(node, LONGEST)))
    roles = {node: role_of(node, graph, treatment, outcome, adjustment) for node in graph.nodes}
    nodes = [Node(box, shortened(box.node, LONGEST), roles[box.node]) for box in place.boxes]
    swatches, width = legend([role for role in (TREATMENT, OUTCOME, ADJUSTED, LATENT) if role in roles.values()])
    wide = max(place.width, width)
    title = f"A graph of {counted(len(graph.nodes), 'node')} and {counted(len(graph.edges), 'edge')}"
    text = filled(
        "graph.svg",
        title=title,
        description=describe(graph),
        nodes=nodes,
        lines=[line_of(route) for route in place.routes],
        swatches=swatches,
        width=wide,
        height=place.height + (LEGEND_ROW if swatches else 0),
        graph_height=place.height,
        shift=(wide - place.width) / 2,
        legend_shift=(wide - width) / 2,
        swatch=SWATCH,
        radius=RADIUS,
        ink=INK,
        muted=MUTED,
        line=MUTED,
    )
    return Drawing(svg=text, title=title, description=describe(graph))


def graph_svg(graph: Graph, *, treatment: str | None = None, outcome: str | None = None, adjustment: Sequence[str] = ()) -> str:
    """Draw a graph as the text of one SVG element."""
    return graph_drawing(graph, treatment=treatment, outcome=outcome, adjustment=adjustment).svg


def role_of(node: str, graph: Graph, treatment: str | None, outcome: str | None, adjustment: Sequence[str]) -> Role:
    """Return the role of a node in the question."""
    roles = ((node == treatment, TREATMENT), (node == outcome, OUTCOME), (node in graph.latent, LATENT), (node in adjustment, ADJUSTED))
    return next((role for holds, role in roles if holds), OTHER)


def line_of(route: Route) -> Line:
    """Return an edge as drawn."""
    edge = route.edge
    first, last = route.pieces[0], route.pieces[-1]
    ends = ((edge.at_source, first[0], toward(first[::-1])), (edge.at_target, last[-1], toward(last)))
    notes = [f"lag {edge.lag}"] if edge.lag else []
    notes += [number(edge.support, 2)] if edge.support is not None else []
    return Line(
        path=route.path,
        arrows=tuple(head(tip, way) for mark, tip, way in ends if is_arrow(mark)),
        circles=tuple(
            (round(tip[0] - RADIUS * way[0], 2), round(tip[1] - RADIUS * way[1], 2)) for mark, tip, way in ends if mark == "circle"
        ),
        says=f"{edge.source} {edge.symbol} {edge.target}",
        dashed=is_arrow(edge.at_source) and is_arrow(edge.at_target),
        text=", ".join(notes),
        middle=route.middle,
    )


def is_arrow(mark: Mark) -> bool:
    """Tell whether a mark is an arrow head."""
    return mark == "arrow"


def toward(piece: Piece) -> Point:
    """Return the direction (a unit vector) in which a piece arrives at its end."""
    (x0, y0), (x1, y1) = piece[-2], piece[-1]
    length = math.hypot(x1 - x0, y1 - y0) or 1.0
    return (x1 - x0) / length, (y1 - y0) / length


def head(tip: Point, way: Point) -> str:
    """Return the corners of an arrow head as the points of an SVG polygon."""
    (x, y), (dx, dy) = tip, way
    base = (x - HEAD * dx, y - HEAD * dy)
    corners = (tip, (base[0] - HALF * dy, base[1] + HALF * dx), (base[0] + HALF * dy, base[1] - HALF * dx))
    return " ".join(f"{a:.2f},{b:.2f}" for a, b in corners)


def legend(roles: Sequence[Role]) -> tuple[list[Swatch], float]:
    """Return the entries of the legend in one row, and its width."""
    found, x = [], MARGIN
    for role in roles:
        found.append(Swatch(role, x))
        x += SWATCH + 7 + text_width(role.name) + 18
    return found, x


def describe(graph: Graph) -> str:
    """Describe a graph in words: every edge, or how many there are when they are many."""
    if len(graph.edges) > 40:
        return f"{counted(len(graph.nodes), 'node')} joined by {counted(len(graph.edges), 'edge')}."
    edges = [f"{edge.source} {edge.symbol} {edge.target}" for edge in graph.edges]
    hidden = f" Not measured: {listed(graph.latent)}." if graph.latent else ""
    return (f"{'; '.join(edges)}." if edges else "No edges.") + hidden

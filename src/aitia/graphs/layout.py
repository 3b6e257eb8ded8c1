"""Lay a graph out for drawing: boxes that do not overlap and edges that pass through no other box. [sugiyama1981]"""

from __future__ import annotations

import dataclasses
import itertools
import unicodedata
from collections.abc import Callable, Mapping, Sequence

from aitia.core.graph import Edge, Graph
from aitia.graphs.layering import Chain, Place, Rows, aligned, chains, layers, rows_of

Point = tuple[float, float]
Piece = tuple[Point, ...]  # two points of a straight line, or four of a cubic Bézier curve

BOX_HEIGHT = 32.0
SIDE_ROOM = 12.0  # between a label and the border of its box
LEAST_WIDTH = 44.0
MARGIN = 16.0
BETWEEN = 30.0  # between boxes of one layer
BESIDE = 14.0  # between a box and an edge that passes it, and between two such edges
STUB = 9.0  # the straight end of an edge, with room for its head
FALL = 46.0  # the least height between two layers
LOOP = 26.0  # how far an edge from a node to itself stands out
CORNER = 5.0  # edges meet a box no nearer to its corner


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Hold the box of one node: its centre and size in pixels."""

    node: str
    x: float
    y: float
    width: float
    height: float


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Hold the way of one edge from the border of its source's box to that of its target's.

    `pieces` are straight lines (two points) and cubic Bézier curves (four points), each beginning where the last ended;
    `path` is the same as the `d` attribute of an SVG path. The last 9 pixels at each end are straight.
    """

    edge: Edge
    pieces: tuple[Piece, ...]

    @property
    def path(self) -> str:
        """The route as the `d` attribute of an SVG path."""
        parts = [f"M {self.pieces[0][0][0]:g} {self.pieces[0][0][1]:g}"]
        for piece in self.pieces:
            letter = "L" if len(piece) == 2 else "C"
            parts.append(" ".join([letter, *(f"{value:g}" for point in piece[1:] for value in point)]))
        return " ".join(parts)

    @property
    def middle(self) -> Point:
        """A point near the middle of the route, for a label."""
        piece = self.pieces[len(self.pieces) // 2]
        if len(piece) == 2:
            return (piece[0][0] + piece[1][0]) / 2, (piece[0][1] + piece[1][1]) / 2
        (a, b, c, d) = piece
        return (a[0] + 3 * b[0] + 3 * c[0] + d[0]) / 8, (a[1] + 3 * b[1] + 3 * c[1] + d[1]) / 8


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Hold where everything of a drawing is, in pixels from the top left, and how large the drawing is."""

    boxes: tuple[Box, ...]
    routes: tuple[Route, ...]
    width: float
    height: float

    def box(self, node: str) -> Box:
        """Return the box of a node."""
        return next(box for box in self.boxes if box.node == node)


def text_width(label: str) -> float:
    """Estimate the width of a label in a 13-pixel font, in pixels; wide characters count double.

    >>> text_width("age")
    23.4
    """
    return round(7.8 * sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in label), 2)


def layout(graph: Graph, *, label_width: Callable[[str], float] = text_width) -> Layout:
    """Lay a graph out from top to bottom, causes above effects; the same graph always gets the same drawing.

    >>> drawn = layout(Graph(nodes=("a", "b"), edges=(Edge(source="a", target="b"),)))
    >>> drawn.box("a").y < drawn.box("b").y, drawn.routes[0].path[0]
    (True, 'M')
    """
    if not graph.nodes:
        return Layout(boxes=(), routes=(), width=2 * MARGIN, height=2 * MARGIN)
    loops = {edge.source for edge in graph.edges if edge.source == edge.target}
    size = {node: max(LEAST_WIDTH, label_width(node) + 2 * SIDE_ROOM) for node in graph.nodes}
    layer = layers(graph, {node: size[node] + BETWEEN for node in graph.nodes})
    edges = chains(graph, layer)
    rows = rows_of(graph, layer, edges)
    links = [(a, b) for chain in edges for a, b in itertools.pairwise(chain.places)]
    # A box with a loop is given room for it on both sides, which keeps it in the middle of its room.
    room = {node: size[node] + (2 * LOOP if node in loops else 0) for node in graph.nodes}
    centre = aligned(rows, links, lambda place: room.get(place[0], 0.0), between)
    left = min(x - room.get(place[0], 0.0) / 2 for place, x in centre.items()) - MARGIN
    centre = {place: round(x - left, 1) for place, x in centre.items()}
    tops = row_tops(rows, edges, centre)
    boxes = tuple(
        Box(node=node, x=centre[(node, -1)], y=tops[layer[node]] + BOX_HEIGHT / 2, width=round(size[node], 1), height=BOX_HEIGHT)
        for node in graph.nodes
    )
    routes = routed(graph, edges, rows, centre, {box.node: box for box in boxes})
    right = max(x + room.get(place[0], 0.0) / 2 for place, x in centre.items())
    return Layout(boxes=boxes, routes=routes, width=round(right + MARGIN, 1), height=tops[-1] + BOX_HEIGHT + MARGIN)


def between(first: Place, second: Place) -> float:
    """Return the least distance between two neighbours of a layer."""
    return BETWEEN if first[0] and second[0] else BESIDE


def arcs_above(rows: Rows, edges: Sequence[Chain]) -> list[list[Chain]]:
    """Return for each layer the edges within it that must arch over other places."""
    at = {place: (i, k) for i, row in enumerate(rows) for k, place in enumerate(row)}
    found: list[list[Chain]] = [[] for _ in rows]
    taken: set[frozenset[Place]] = set()
    for chain in edges:
        ends = frozenset({(chain.edge.source, -1), (chain.edge.target, -1)})
        if chain.level:
            (row, first), (_, second) = (at[end] for end in sorted(ends))
            if abs(first - second) > 1 or ends in taken:
                found[row].append(chain)
            else:
                taken.add(ends)
    return found


def arc_heights(arcs: Sequence[Chain], row: Sequence[Place]) -> dict[Chain, float]:
    """Return how high each arc rises above its layer: the more places it passes over, the higher."""
    at = {place: i for i, place in enumerate(row)}
    return {chain: 14.0 + 9.0 * abs(at[(chain.edge.source, -1)] - at[(chain.edge.target, -1)]) for chain in arcs}


def row_tops(rows: Rows, edges: Sequence[Chain], centre: Mapping[Place, float]) -> list[float]:
    """Return the upper border of every layer: edges that run far sideways get more room to fall."""
    arcs = arcs_above(rows, edges)
    run = [0.0] * len(rows)
    at = {place: i for i, row in enumerate(rows) for place in row}
    for chain in edges:
        for a, b in itertools.pairwise(chain.places):
            run[at[b]] = max(run[at[b]], abs(centre[a] - centre[b]))
    tops: list[float] = []
    for i, own in enumerate(arcs):
        rise = max(arc_heights(own, rows[i]).values(), default=0.0) + (2 * STUB if own else 0.0)
        room = max(rise, MARGIN) if i == 0 else max(FALL + min(48.0, run[i] / 8), rise + STUB)
        tops.append(round((tops[-1] + BOX_HEIGHT if tops else 0.0) + room, 1))
    return tops


def routed(graph: Graph, edges: Sequence[Chain], rows: Rows, centre: Mapping[Place, float], boxes: Mapping[str, Box]) -> tuple[Route, ...]:
    """Return the way of every edge, in the order of the graph."""
    arcs = arcs_above(rows, edges)
    height = {chain: rise for own, row in zip(arcs, rows, strict=True) for chain, rise in arc_heights(own, row).items()}
    port = ports(edges, height, centre, boxes)
    found: dict[int, Route] = {}
    for number, chain in enumerate(edges):
        if not chain.level:
            pieces = falling(chain, (port[number, True], port[number, False]), centre, boxes)
        elif chain in height:
            pieces = arched(chain, (port[number, True], port[number, False]), height[chain], boxes)
        else:
            pieces = beside(boxes[chain.edge.source], boxes[chain.edge.target])
        found[number] = Route(edge=chain.edge, pieces=pieces)
    ways = iter(found[number] for number in range(len(edges)))
    return tuple(Route(edge=edge, pieces=looped(boxes[edge.source])) if edge.source == edge.target else next(ways) for edge in graph.edges)


def ports(
    edges: Sequence[Chain], height: Mapping[Chain, float], centre: Mapping[Place, float], boxes: Mapping[str, Box]
) -> dict[tuple[int, bool], float]:
    """Return where on a box each edge begins (True) and ends (False), spread along the border by where it leads."""
    waiting: dict[tuple[str, bool], list[tuple[float, int, bool]]] = {}
    for number, chain in enumerate(edges):
        if chain in height:
            source, target = chain.edge.source, chain.edge.target
            waiting.setdefault((source, True), []).append((boxes[target].x, number, True))
            waiting.setdefault((target, True), []).append((boxes[source].x, number, False))
        elif not chain.level:
            upper, lower = chain.places[0], chain.places[-1]
            waiting.setdefault((upper[0], False), []).append((centre[chain.places[1]], number, True))
            waiting.setdefault((lower[0], True), []).append((centre[chain.places[-2]], number, False))
    found = {}
    for (node, _), ends in waiting.items():
        box = boxes[node]
        step = min(14.0, (box.width - 2 * CORNER) / max(1, len(ends) - 1))
        for k, (_, number, begin) in enumerate(sorted(ends)):
            found[number, begin] = round(box.x + (k - (len(ends) - 1) / 2) * step, 1)
    return found


def falling(chain: Chain, at: tuple[float, float], centre: Mapping[Place, float], boxes: Mapping[str, Box]) -> tuple[Piece, ...]:
    """Lead an edge from layer to layer: curves between layers, straight lines past the boxes of a layer."""
    upper, lower = boxes[chain.places[0][0]], boxes[chain.places[-1][0]]
    rows = row_levels(upper.y, lower.y, boxes)
    xs = [at[0], *(centre[place] for place in chain.places[1:-1]), at[1]]
    stops: list[Point] = [(xs[0], upper.y + BOX_HEIGHT / 2), (xs[0], upper.y + BOX_HEIGHT / 2 + STUB)]
    for x, y in zip(xs[1:-1], rows[1:-1], strict=True):
        stops += [(x, y - BOX_HEIGHT / 2 - STUB), (x, y + BOX_HEIGHT / 2 + STUB)]
    stops += [(xs[-1], lower.y - BOX_HEIGHT / 2 - STUB), (xs[-1], lower.y - BOX_HEIGHT / 2)]
    pieces = tuple(bent(a, b) for a, b in itertools.pairwise(stops))
    return pieces if chain.downward else backwards(pieces)


def row_levels(first: float, last: float, boxes: Mapping[str, Box]) -> list[float]:
    """Return the heights of the layers between two, both included."""
    return sorted({box.y for box in boxes.values() if first <= box.y <= last})


def bent(a: Point, b: Point) -> Piece:
    """Join two points: straight down where one lies under the other, else by a curve that leaves and arrives upright."""
    if a[0] == b[0]:
        return a, b
    middle = round((a[1] + b[1]) / 2, 1)
    return a, (a[0], middle), (b[0], middle), b


def arched(chain: Chain, at: tuple[float, float], rise: float, boxes: Mapping[str, Box]) -> tuple[Piece, ...]:
    """Lead an edge within a layer in an arc above it."""
    border = boxes[chain.edge.source].y - BOX_HEIGHT / 2
    low, high = border - STUB, border - STUB - rise
    (begin, end) = at
    return ((begin, border), (begin, low)), ((begin, low), (begin, high), (end, high), (end, low)), ((end, low), (end, border))


def beside(first: Box, second: Box) -> tuple[Piece, ...]:
    """Join two neighbours of a layer by a straight line."""
    side = 1 if first.x < second.x else -1
    return (((first.x + side * first.width / 2, first.y), (second.x - side * second.width / 2, second.y)),)


def looped(box: Box) -> tuple[Piece, ...]:
    """Lead an edge from a node to itself at the right of its box."""
    border, above, below = box.x + box.width / 2, box.y - 8, box.y + 8
    out = border + STUB
    far = border + LOOP
    return ((border, above), (out, above)), ((out, above), (far, above), (far, below), (out, below)), ((out, below), (border, below))


def backwards(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """Return the same way walked from its end."""
    return tuple(piece[::-1] for piece in reversed(pieces))

"""Drawings are readable: no box on another, no edge through a box, nothing outside; judged on the SVG path itself."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.core.graph import Edge, Graph
from aitia.graphs.formats.text import parse
from aitia.graphs.layout import Box, Layout, layout

CLEAR = 4.0


def sampled(path: str, most: float = 2.0) -> np.ndarray:
    """Points along an SVG path of M, L and C commands, no further apart than `most` pixels."""
    tokens = re.findall(r"[MLC]|-?\d+(?:\.\d+)?(?:e-?\d+)?", path)
    assert "".join(tokens) == path.replace(" ", ""), path
    points: list[np.ndarray] = []
    here = np.zeros(2)
    place = 0
    while place < len(tokens):
        letter = tokens[place]
        count = {"M": 1, "L": 1, "C": 3}[letter]
        ends = np.array(tokens[place + 1 : place + 1 + 2 * count], float).reshape(count, 2)
        place += 1 + 2 * count
        hull = np.vstack([here, ends])
        steps = max(2, int(np.abs(np.diff(hull, axis=0)).sum() / most) + 1)
        t = np.linspace(0, 1, steps)[:, None]
        if letter == "L":
            points.append((1 - t) * here + t * ends[0])
        elif letter == "C":
            points.append((1 - t) ** 3 * here + 3 * (1 - t) ** 2 * t * ends[0] + 3 * (1 - t) * t**2 * ends[1] + t**3 * ends[2])
        here = ends[-1]
    return np.vstack(points)


def away(boxes: tuple[Box, ...], points: np.ndarray) -> np.ndarray:
    """Horizontal and vertical distance of points to the borders of boxes, negative inside: (boxes, points, 2)."""
    centre = np.array([[box.x, box.y] for box in boxes])[:, None]
    half = np.array([[box.width / 2, box.height / 2] for box in boxes])[:, None]
    return np.abs(points[None] - centre) - half


def on_border(box: Box, point: np.ndarray) -> bool:
    return bool(abs(away((box,), point[None]).max()) < 0.11)


def judge(graph: Graph, drawn: Layout) -> None:
    assert [box.node for box in drawn.boxes] == list(graph.nodes)
    assert [route.edge for route in drawn.routes] == list(graph.edges)
    for box in drawn.boxes:
        assert box.x - box.width / 2 >= 0 and box.x + box.width / 2 <= drawn.width
        assert box.y - box.height / 2 >= 0 and box.y + box.height / 2 <= drawn.height
    for a, b in itertools.combinations(drawn.boxes, 2):
        apart = max(abs(a.x - b.x) - (a.width + b.width) / 2, abs(a.y - b.y) - (a.height + b.height) / 2)
        assert apart >= CLEAR, (graph, a, b)
    for route in drawn.routes:
        points = sampled(route.path)
        assert points.min() >= 0 and points[:, 0].max() <= drawn.width and points[:, 1].max() <= drawn.height, (graph, route.edge)
        gaps = away(drawn.boxes, points)
        distance = np.hypot(*np.moveaxis(np.maximum(gaps, 0), 2, 0)).min(axis=1)
        inside = gaps.max(axis=2).min(axis=1)
        for box, far, deep in zip(drawn.boxes, distance, inside, strict=True):
            if box.node in (route.edge.source, route.edge.target):
                assert deep > -0.11, (graph, route.edge, box)
            else:
                assert far >= CLEAR, (graph, route.edge, box, far)
        assert on_border(drawn.box(route.edge.source), points[0]), route
        assert on_border(drawn.box(route.edge.target), points[-1]), route
    paths = [route.path for route in drawn.routes]
    assert len(set(paths)) == len(paths), "two edges are drawn on top of each other"


def random_drawing(rng: np.random.Generator, n: int) -> Graph:
    names: list[str] = []
    while len(names) < n:
        length = int(rng.choice([1, 3, 8, 30]))
        name = "".join(rng.choice(list("abcdefgh_ 因É"), length)).strip() or "x"
        if name not in names:
            names.append(name)
    directed, bidirected = rng.choice([0.1, 0.3, 0.6, 1.0]), rng.choice([0.0, 0.0, 0.1, 0.4])
    edges = [Edge(source=a, target=b) for a, b in itertools.combinations(names, 2) if rng.random() < directed]
    edges += [Edge(source=b, target=a, at_source="arrow") for a, b in itertools.combinations(names, 2) if rng.random() < bidirected]
    order = rng.permutation(n)
    mixed = rng.permutation(len(edges))
    return Graph(nodes=tuple(names[i] for i in order), edges=tuple(edges[i] for i in mixed))


def test_320_random_graphs_are_readable() -> None:
    rng = np.random.default_rng(99)
    for _ in range(320):
        graph = random_drawing(rng, int(rng.integers(2, 16)))
        judge(graph, layout(graph))


def pair_and_lag(edge: tuple[str, str, str, str, int]) -> tuple[str, str, int]:
    first, second = sorted(edge[:2])
    return first, second, edge[4]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_marks_lags_loops_and_cycles_are_readable(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 8))
    names = data.draw(st.lists(st.text("abcxyz ", min_size=1, max_size=30), min_size=n, max_size=n, unique=True))
    mark = st.sampled_from(["tail", "arrow", "circle"])
    end = st.sampled_from(names)
    drawn = data.draw(st.lists(st.tuples(end, end, mark, mark, st.integers(0, 2)), max_size=12, unique_by=pair_and_lag))
    edges = tuple(Edge(source=a, target=b, at_source=p, at_target=q, lag=lag) for a, b, p, q, lag in drawn if a != b or lag == 1)
    graph = Graph(nodes=tuple(names), edges=edges)
    judge(graph, layout(graph))


def test_the_same_graph_gets_the_same_drawing() -> None:
    graph = random_drawing(np.random.default_rng(4), 12)
    assert layout(graph) == layout(graph)


def test_causes_stand_above_effects() -> None:
    rng = np.random.default_rng(6)
    for _ in range(50):
        graph = random_drawing(rng, 9)
        drawn = layout(graph)
        for edge in graph.edges:
            if edge.directed:
                assert drawn.box(edge.source).y < drawn.box(edge.target).y


def test_small_graphs_are_compact_and_symmetric() -> None:
    drawn = layout(parse("z->t; z->y; t->y"))
    assert drawn.width < 200
    assert drawn.height < 320
    fork = layout(parse("a->y; b->y"))
    a, b, y = (fork.box(node) for node in "aby")
    assert a.y == b.y
    assert y.x == pytest.approx((a.x + b.x) / 2, abs=0.2)
    assert layout(Graph(nodes=())).boxes == ()


def test_the_densest_graph_of_15_is_readable() -> None:
    names = [f"variable number {i}" for i in range(15)]
    edges = [Edge(source=a, target=b) for a, b in itertools.combinations(names, 2)]
    edges += [Edge(source=a, target=b, at_source="arrow") for a, b in itertools.combinations(names, 2)]
    graph = Graph(nodes=tuple(names), edges=tuple(edges))
    judge(graph, layout(graph))

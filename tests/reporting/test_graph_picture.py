"""A drawn graph holds every node and edge, its marks and roles, and no label wider than its box."""

from __future__ import annotations

import re

import pytest

from aitia.core.graph import Edge, Graph
from aitia.graphs.formats.read import read_graph
from aitia.graphs.layout import text_width
from aitia.reporting.graph_picture import graph_drawing, graph_svg
from tests.reporting import studies
from tests.reporting.page import Element, parsed


def groups(drawing: str, name: str) -> list[Element]:
    return [g for g in parsed(drawing).all("g") if name in (g.attributes.get("class") or "").split()]


def test_roles_colours_and_legend() -> None:
    drawing = graph_svg(studies.weight_graph(), treatment="quit_smoking", outcome="weight_gain", adjustment=("age", "sex"))
    roles = {g.all("title")[0].text: (g.attributes["class"] or "").split()[1] for g in groups(drawing, "node")}
    assert roles == {
        "age": "adjustment",
        "sex": "adjustment",
        "quit_smoking": "treatment",
        "weight_gain": "outcome",
        "years_smoked": "other",
        "exercise": "other",
        "stress": "latent",
    }
    legend = groups(drawing, "legend")[0].text.split()
    assert " ".join(legend) == "treatment outcome adjusted for not measured"
    dashed = [g.all("title")[0].text for g in groups(drawing, "node") if g.all("rect")[0].attributes.get("stroke-dasharray")]
    assert dashed == ["stress"]


@pytest.mark.parametrize(
    ("text", "arrows", "circles"),
    [("a->b", 1, 0), ("a<->b", 2, 0), ("a--b", 0, 0), ("a o-> b", 1, 1), ("a o-o b", 0, 2), ("x[-1]->x", 1, 0)],
)
def test_each_end_carries_its_mark(text: str, arrows: int, circles: int) -> None:
    edges = groups(graph_svg(read_graph(text)), "edge")
    assert len(edges) == 1
    assert (len(edges[0].all("polygon")), len(edges[0].all("circle"))) == (arrows, circles)


def test_an_arrow_head_points_at_the_border_of_its_target() -> None:
    drawing = graph_svg(read_graph("a->b"))
    tip = groups(drawing, "edge")[0].all("polygon")[0].attributes["points"].split()[0]
    x, y = map(float, tip.split(","))
    box = next(g for g in groups(drawing, "node") if g.all("title")[0].text == "b").all("rect")[0].attributes
    assert y == pytest.approx(float(box["y"]))
    assert float(box["x"]) < x < float(box["x"]) + float(box["width"])


def test_support_and_lag_are_written_beside_the_edge() -> None:
    graph = Graph(nodes=("a", "b"), edges=(Edge(source="a", target="b", support=0.934, lag=2),))
    assert "lag 2, 0.93" in graph_svg(graph)


def test_no_label_is_wider_than_its_box_and_no_box_leaves_the_drawing() -> None:
    drawing = graph_svg(studies.nasty()[1].graph)
    width = float(re.search(r'viewBox="0 0 ([\d.]+)', drawing)[1])
    shift = float(re.search(r"translate\(([\d.]+),0\)", drawing)[1])
    nodes = groups(drawing, "node")
    assert len(nodes) == 15
    for node in nodes:
        box = node.all("rect")[0].attributes
        assert text_width(node.all("text")[0].text) <= float(box["width"])
        assert 0 <= float(box["x"]) + shift <= width - float(box["width"])


def test_the_description_names_every_edge_of_a_small_graph() -> None:
    drawing = graph_drawing(read_graph("a->b; b<->c"))
    assert drawing.description == "a -> b; b <-> c."
    assert "2 edges" in drawing.title
    assert "a -&gt; b" in drawing.svg
    assert graph_svg(Graph(nodes=()))

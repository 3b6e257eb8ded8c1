"""Draw graphs of every class, with lags, supports, latent nodes and awkward names, for hypothesis."""

from __future__ import annotations

import itertools

from hypothesis import strategies as st

from aitia.core.graph import Edge, Graph, GraphClass
from aitia.graphs.classes import classified
from aitia.graphs.equivalence import completed

AWKWARD = [
    *["o", "a b", '"', "\\", "x[-1]", "->", "#", "Größe", "収入", ";", "a.b", "_", "dag {", "\n", "a,b", " x", "x ", "\t", "\r", "0", "1"],
    *[
        "graph",
        "node",
        "edge",
        "digraph",
        "subgraph",
        "strict",
        "from",
        "to",
        "(u)",
        "x_lag1",
        "&amp;",
        "&#228;",
        "\x80",
        "//",
        "/*",
        "'",
        "-",
    ],
    *["@", "<b>", "{", "}", "1. a --> b", "nan", "-1", "3.5", "a-b", "a:b", "=", "[", "]", "\\n", '\\"', "latent", "\ufeff", "o-o", "+"],
]
NAMES = st.text(min_size=1, max_size=6) | st.sampled_from(AWKWARD)
PLAIN = st.sampled_from(["a", "b", "c", "x1", "y_2", "Zed"])
ARROW, SPOUSE, LINE = ("tail", "arrow"), ("arrow", "arrow"), ("tail", "tail")
CIRCLES = [("circle", "arrow"), ("circle", "circle"), ("tail", "circle")]
MARKS: dict[GraphClass, list[tuple[str, str]]] = {
    "dag": [ARROW],
    "admg": [ARROW, SPOUSE],
    "cpdag": [ARROW],
    "mpdag": [ARROW, LINE],
    "mag": [ARROW, SPOUSE, LINE],
    "pag": [ARROW, SPOUSE, LINE, *CIRCLES],
    "unknown": [ARROW, SPOUSE, LINE, *CIRCLES],
}


@st.composite
def graphs(draw: st.DrawFn, kind: GraphClass) -> Graph:
    """A graph that claims a class, whose arrows go along one order of the nodes."""
    names = draw(st.sampled_from([NAMES, PLAIN]))
    nodes = tuple(draw(st.lists(names, min_size=1, max_size=5, unique=True)))
    order = draw(st.permutations(nodes))
    most = 2 if kind in ("admg", "unknown") else 1
    edges: list[Edge] = []
    for source, target in itertools.combinations(order, 2):
        for marks in draw(st.lists(st.sampled_from(MARKS[kind]), max_size=most, unique=True)):
            edges.append(Edge(source=source, target=target, at_source=marks[0], at_target=marks[1], support=draw(supports)))
    if kind == "cpdag":
        edges = completed_edges(edges)
    if kind in ("dag", "admg", "unknown") and draw(st.booleans()):
        edges += draw(lagged(nodes))
    found = Graph(nodes=nodes, edges=tuple(draw(st.permutations(edges))), graph_class=kind)
    return classified(found.with_latent(tuple(draw(st.lists(st.sampled_from(nodes), max_size=2)))))


supports = st.none() | st.sampled_from([0.0, 1.0, 0.93, 1 / 3])


def completed_edges(edges: list[Edge]) -> list[Edge]:
    """The edges of the graph of all DAGs equivalent to this one."""
    arrows, lines = completed({(edge.source, edge.target) for edge in edges})
    return [Edge(source=a, target=b) for a, b in sorted(arrows)] + [Edge(source=a, target=b, at_target="tail") for a, b in sorted(lines)]


@st.composite
def lagged(draw: st.DrawFn, nodes: tuple[str, ...]) -> list[Edge]:
    """Some edges with a lag, at most one for each pair and lag."""
    ends = st.tuples(st.sampled_from(nodes), st.sampled_from(nodes), st.integers(1, 3))
    return [Edge(source=a, target=b, lag=lag) for a, b, lag in draw(st.lists(ends, max_size=3, unique=True))]

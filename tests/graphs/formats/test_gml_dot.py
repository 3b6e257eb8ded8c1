"""GML and DOT are read as the programs write them that use them, and written so that these read them."""

from __future__ import annotations

import io

import networkx
import pytest
from hypothesis import given, settings

from aitia.core.errors import BadGraph
from aitia.core.graph import Edge, Graph
from aitia.graphs.formats.read import read_graph
from aitia.graphs.formats.write import write_graph
from tests.graphs.any_graphs import graphs

MIXED = Graph(
    nodes=("a b", "Größe", "u"),
    edges=(
        Edge(source="a b", target="Größe", at_source="circle", support=0.5),
        Edge(source="u", target="Größe", at_source="arrow"),
        Edge(source="u", target="a b", at_target="tail"),
    ),
    latent=("u",),
    graph_class="pag",
)


IGRAPH = """Creator "igraph version 0.10"
Version 1
graph
[
  directed 1
  node
  [
    id 0
    name "x"
  ]
  node [ id 1 name "y" ]
  edge [ source 1 target 0 ]
]"""


def symbols(text: str) -> list[str]:
    return [f"{edge.source} {edge.symbol} {edge.target}" for edge in read_graph(text).edges]


@settings(deadline=None)
@given(graphs("admg"))
def test_networkx_reads_the_gml_that_we_write(graph: Graph) -> None:
    peer = networkx.parse_gml(write_graph(graph, "gml"))
    assert list(peer.nodes) == list(graph.nodes)
    assert sorted((a, b) for a, b, *_ in peer.edges) == sorted((edge.source, edge.target) for edge in graph.edges)
    assert read_graph(peer).with_edges(()) == graph.with_edges(())


@settings(deadline=None)
@given(graphs("dag"))
def test_we_read_the_gml_that_networkx_writes(graph: Graph) -> None:
    arrows = [edge for edge in graph.edges if not edge.lag]
    peer = networkx.DiGraph([(edge.source, edge.target) for edge in arrows])
    peer.add_nodes_from(graph.nodes)
    file = io.BytesIO()
    networkx.write_gml(peer, file)
    found = read_graph(file.getvalue().decode("ascii"))
    assert set(found.nodes) == set(graph.nodes)
    assert {(edge.source, edge.target) for edge in found.edges} == {(edge.source, edge.target) for edge in arrows}


@pytest.mark.parametrize(
    ("text", "edges"),
    [
        (IGRAPH, ["y -> x"]),
        ('graph[directed 1 node[id "X" label "X"] node[id "U" label "U"] edge[source "U" target "X"]]', ["U -> X"]),  # DoWhy
        ("graph [ node [ id 1 ] node [ id 2 ] edge [ source 1 target 2 weight 0.5 graphics [ fill \"#fff\" ] ] ]", ["1 -- 2"]),
        ('# a comment\ngraph [ directed 1 node [ id 1 label "&lt;5&gt; &#228;" ] ]', []),
    ],
)  # fmt: skip
def test_gml_of_other_programs(text: str, edges: list[str]) -> None:
    assert symbols(text) == edges


def test_entities_are_what_they_stand_for() -> None:
    assert read_graph('graph [ directed 1 node [ id 1 label "&lt;5&gt; &#228; &nonsense; &#99999999;" ] ]').nodes == (
        "<5> ä &nonsense; &#99999999;",
    )


@pytest.mark.parametrize("format", ["gml", "dot", "json"])
def test_marks_latent_nodes_support_and_class_are_held(format: str) -> None:
    assert read_graph(write_graph(MIXED, format)) == MIXED


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("graph [ directed 1 node [ id 1 ] edge [ source 1 target 2 ] ]", "has the target '2'"),
        ("graph [ directed 1 node [ id 1 ] node [ id 1 ] ]", "'1'|id 1 is there twice"),
        ("graph [ directed 1 node [ id 1 ] node [ id 2 ] edge [ source 1 target 2 lag x ] ]", "no number"),
        ("graph [ directed 1 node [ id 1 ] node [ id 2 ] edge [ source 1 target 2 at_to x ] ]", "no mark 'x'"),
        ("graph [ directed 1 node [ id 1", "there is the end"),
        ("graph [\n directed 1\n node ] ]", "In line 3"),
    ],
)
def test_wrong_gml_is_named(text: str, named: str) -> None:
    with pytest.raises(BadGraph, match=named):
        read_graph(text)


@pytest.mark.parametrize(
    ("text", "edges"),
    [
        ("digraph{a;b;a->b->c}", ["a -> b", "b -> c"]),
        ("strict digraph \"my graph\" { rankdir=LR; node [shape=box]; a -> b [label=\"0.5\"]; }", ["a -> b"]),
        ("graph { a -- b -- c }", ["a -- b", "b -- c"]),
        ("digraph { {a; b} -> {c d} }", ["a -> c", "a -> d", "b -> c", "b -> d"]),
        ("digraph { subgraph cluster_0 { label=x; a -> b } b -> c }", ["a -> b", "b -> c"]),
        ("digraph { edge [dir=none]; a -> b; edge [dir=both]; b -> c }", ["a -- b", "b <-> c"]),
        ("digraph { a -> b [dir=both, arrowtail=odot, arrowhead=odot] }", ["a o-o b"]),
        ("digraph { a -> b [arrowhead=none]; b -> c [dir=back] }", ["a -- b", "c -> b"]),
        ("digraph { a -> b [arrowtail=none, dir=both, arrowhead=normal]; } ", ["a -> b"]),  # causal-learn
        ('digraph { "a b":port:n -> b:s; /* c -> d */ \n# e -> f\n// g -> h\n}', ["a b -> b"]),
        ('digraph { "a" + "b" -> c; d -> e [label=<a <b>bold</b> word>] }', ["ab -> c", "d -> e"]),
        ("digraph {\n0 ;\n1 ;\n0 -> 1 [key=0, style=solid];\n1 -> 2.5}", ["0 -> 1", "1 -> 2.5"]),  # pydot
        ("DIGRAPH { A -> B; } ", ["A -> B"]),
    ],
)  # fmt: skip
def test_dot_of_other_programs(text: str, edges: list[str]) -> None:
    assert symbols(text) == edges


def test_latent_nodes_in_dot() -> None:
    text = 'digraph {U[label="Unobserved Confounders", observed="no"]; X; Y; U->X; U->Y; X->Y; V [latent=true]; W [latent=false]}'
    found = read_graph(text)
    assert found.latent == ("U", "V")
    assert found.nodes == ("U", "X", "Y", "V", "W")


def test_an_attribute_of_the_graph_is_no_node() -> None:
    assert read_graph("digraph { rankdir=LR; class = circle; a -> b }").nodes == ("a", "b")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("digraph { a -> }", "there is '}'"),
        ("digraph { a -> b", "there is the end"),
        ("digraph { a -> b } digraph { }", "one graph a text"),
        ("digraph { a -> b [lag=soon] }", "no number"),
        ("digraph { a [color }", "'}'"),
        ("digraph { a -> b; b -> a }", "cycle"),
    ],
)
def test_wrong_dot_is_named(text: str, named: str) -> None:
    with pytest.raises(BadGraph, match=named):
        read_graph(text)

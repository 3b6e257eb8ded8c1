"""The languages of DAGitty and Tetrad are read as these programs write them."""

from __future__ import annotations

import pathlib

import pytest

from aitia.core.errors import BadGraph
from aitia.core.graph import Edge, Graph
from aitia.graphs.formats.read import read_graph
from aitia.graphs.formats.write import write_graph
from tests.shared import shared

# nodes, edges and latent nodes, counted in the files by grep
MODELS = {
    "Didelez_2010": (7, 11, ()),
    "Kampen_2014": (12, 24, ()),
    "M-bias": (3, 3, ()),
    "Shrier_2008": (13, 19, ()),
    "Thoemmes_2013": (13, 14, ("e0", "e1", "e3", "e4")),
    "confounding": (5, 7, ()),
    "mediator": (4, 5, ()),
    "paths": (17, 19, ()),
}


def symbols(text: str) -> list[str]:
    return [f"{edge.source} {edge.symbol} {edge.target}" for edge in read_graph(text).edges]


@pytest.mark.parametrize("name", MODELS)
def test_published_models_are_read(name: str) -> None:
    path: pathlib.Path = shared(f"dagitty_models/{name}.txt")
    graph = read_graph(path)
    assert (len(graph.nodes), len(graph.edges), graph.latent) == MODELS[name]
    assert graph.graph_class == ("admg" if name == "M-bias" else "dag")
    assert read_graph(write_graph(graph, "dagitty")) == graph


def test_a_published_model_edge_by_edge() -> None:
    text = (
        'dag {\nbb="-3,-0.5,2,1.2"\nD [outcome,pos="1.000,1.000"]\nE [exposure,pos="-2.000,1.000"]\nZ [pos="-0.500,0.500"]\n'
        'D <-> Z [pos="1.000,-1.000"]\nE -> D\nE <-> Z [pos="-2.000,-1.000"]\n}\n'
    )
    assert symbols(text) == ["D <-> Z", "E -> D", "E <-> Z"]
    assert read_graph(text).nodes == ("D", "E", "Z")


@pytest.mark.parametrize(
    ("text", "edges", "kind"),
    [
        ("dag{x->y<-z}", ["x -> y", "z -> y"], "dag"),
        ("dag { x -> { y z } -> w ; y <- { u1 u2 } }", ["x -> y", "x -> z", "y -> w", "z -> w", "u1 -> y", "u2 -> y"], "dag"),
        ("dag G { x [exposure] y [outcome,l] x <- y }", ["y -> x"], "dag"),
        ('dag { "x 1" -> "y-2" [beta=".5"] ; y.3 ; a -> b [beta=-0.3] }', ["x 1 -> y-2", "a -> b"], "dag"),
        ("pdag { a -- b ; b -- c }", ["a -- b", "b -- c"], "cpdag"),
        ("pdag { a -> b -- c }", ["a -> b", "b -- c"], "mpdag"),
        ("pag { a @-> b ; b <-> c ; c @-@ d ; e --@ d }", ["a o-> b", "b <-> c", "c o-o d", "e --o d"], "pag"),
        ("pag { a <-@ b ; c @-- d }", ["b o-> a", "d --o c"], "pag"),
        ("mag { a -> b <-> c }", ["a -> b", "b <-> c"], "mag"),
        ("# comment\ndag { // another\n a -> b /* a -> c */ }", ["a -> b"], "dag"),
    ],
)
def test_dagitty_as_it_is_written(text: str, edges: list[str], kind: str) -> None:
    assert symbols(text) == edges
    assert read_graph(text).graph_class == kind


def test_latent_nodes_by_every_word() -> None:
    text = 'dag { a [latent]; b [u]; c [unobserved,pos="1,2"]; d [l] ; e [exposure]; a -> e }'
    assert read_graph(text).latent == ("a", "b", "c", "d")


def test_the_kind_of_text_is_that_of_the_graph() -> None:
    for text in ("dag { a -> b }", "pdag { a -- b }", "pag { a @-@ b }", "mag { a <-> b }"):
        assert write_graph(read_graph(text), "dagitty").startswith(text.split()[0] + " {")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("dag { a -> }", "there is '}'"),
        ("dag { a -> b", "there is the end"),
        ("dag { a - b }", "there is '-'"),
        ("dag { a [exposure }", "an option or ']'"),
        ("dag { a -> b } more", "one graph a text"),
        ("dag { a -> b; b -> a }", "cycle"),
    ],
)
def test_wrong_dagitty_is_named(text: str, named: str) -> None:
    with pytest.raises(BadGraph, match=named):
        read_graph(text)


# What str() of a causal-learn 0.1.4.8 GeneralGraph gives, recorded 2026-11-24
CAUSAL_LEARN = "Graph Nodes:\nX0;X1;X2;X3\n\nGraph Edges:\n1. X0 --> X1\n2. X1 o-> X2\n3. X2 --o X3\n"


def test_the_print_of_causal_learn_is_read() -> None:
    assert symbols(CAUSAL_LEARN) == ["X0 -> X1", "X1 o-> X2", "X2 --o X3"]
    assert read_graph(CAUSAL_LEARN).nodes == ("X0", "X1", "X2", "X3")


def test_the_print_of_tetrad_is_read_with_what_it_adds() -> None:
    text = (
        "Graph Nodes:\nX;Y;(L);Z\n\nGraph Edges:\n1. L --> X dd nl\n2. X <-> Y [no edge]:0.1;[X <-> Y]:0.9;\n3. Y <-o Z\n4. X --- Z\n\n"
        "Graph Attributes:\nScore: -3.2\n\nGraph Node Attributes:\nScore: [X: 1;Y: 2]\n"
    )
    assert symbols(text) == ["L -> X", "X <-> Y", "Z o-> Y", "X -- Z"]
    assert read_graph(text).latent == ("L",)
    assert read_graph("1. a --> b\n2. b --> c").nodes == ("a", "b", "c")


def test_names_that_tetrad_cannot_read_are_changed_and_stay_different() -> None:
    graph = Graph(nodes=("a b", "a_b", "a;b"), edges=(Edge(source="a b", target="a_b"),))
    back = read_graph(write_graph(graph, "tetrad"))
    assert back.nodes == ("a_b_", "a_b", "a_b__")
    assert symbols(write_graph(graph, "tetrad")) == ["a_b_ -> a_b"]


@pytest.mark.parametrize(
    "text", ["Graph Nodes:\na;b\n\nGraph Edges:\n1. a ==> b", "Graph Nodes:\n\nGraph Edges:\n", "Graph Edges:\n1. a -->"]
)
def test_wrong_tetrad_text_is_named(text: str) -> None:
    with pytest.raises(BadGraph, match="Tetrad text"):
        read_graph(text)

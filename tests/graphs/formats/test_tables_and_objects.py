"""Lists of edges, matrices, frames and objects of other libraries are read as what they mean."""

from __future__ import annotations

import dataclasses
from typing import Any

import networkx
import numpy as np
import pandas
import polars
import pytest
from hypothesis import given, settings

from aitia.core.errors import BadGraph, BadOption
from aitia.core.graph import Edge, Graph
from aitia.graphs.formats.matrix import read_matrix, to_matrix
from aitia.graphs.formats.networkx import to_networkx
from aitia.graphs.formats.read import read_graph
from aitia.graphs.formats.write import write_graph
from tests.graphs.any_graphs import graphs


def symbols(source: Any) -> list[str]:
    return [f"{edge.source} {edge.symbol} {edge.target}" for edge in read_graph(source).edges]


def test_a_list_of_edges_with_everything() -> None:
    text = "from,to,at_from,at_to,lag,support\nx,y,,,1,0.9\nx,y,arrow,arrow,,\nlonely,\n"
    found = read_graph(text)
    assert found.edges == (Edge(source="x", target="y", lag=1, support=0.9), Edge(source="x", target="y", at_source="arrow"))
    assert found.nodes == ("x", "y", "lonely")


@pytest.mark.parametrize(
    "text",
    [
        "from,to\na,b\nb,c",
        "From;To\na;b\nb;c",
        "source\ttarget\na\tb\nb\tc",
        "to, from\r\nb, a\r\nc, b",
        '\ufefffrom,to\n"a","b"\nb,c',
        ",from,to\n0,a,b\n1,b,c",
    ],
)
def test_lists_of_edges_from_any_spreadsheet(text: str) -> None:
    assert symbols(text) == ["a -> b", "b -> c"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("from,to,weight\na,b,3", "no column 'weight'"),
        ("from,to,from\na,b,c", "no second column 'from'"),
        ("from,to\na,b,c", "3 cells under 2 columns"),
        ("from,to\n,b", "Line 2"),
        ("from,to,lag\na,,1", "does not name both ends"),
        ("from,to,lag\na,b,soon", "no number"),
        ("from,to,at_to\na,b,head", "no mark 'head'"),
        ("from,to\na,a", "joins a node to itself"),
        (",a,b\na,0,1\nc,0,0", "not named as its columns"),
        (",a,b\na,0,2\nb,0,0", "holds 0 and 1, not 2|can be meant as|hold 2 and 0"),
        (",a,b\na,1,0\nb,0,0", "joins 'a' to itself"),
        (",a,b\na,0,0.7\nb,0,0", "Turn weights into 1"),
    ],
)
def test_wrong_tables_are_named(text: str, named: str) -> None:
    with pytest.raises(BadGraph, match=named):
        read_graph(text)


def test_a_one_in_row_i_and_column_j_is_i_to_j() -> None:
    assert symbols(np.array([[0, 1, 0], [0, 0, 1], [0, 1, 0]])) == ["x0 -> x1", "x1 -- x2"]
    assert symbols(",a,b\na,0,0\nb,1,0") == ["b -> a"]
    assert symbols("a,b\n0,0\n1,0") == ["b -> a"]
    assert symbols(np.array([[False, True], [False, False]])) == ["x0 -> x1"]
    assert symbols(np.array([[0, np.nan], [1.0, 0]])) == ["x1 -> x0"]


def test_nodes_called_from_and_to_are_no_list_of_edges() -> None:
    assert symbols(",from,to\nfrom,0,1\nto,0,0") == ["from -> to"]
    assert symbols("from,to\n0,1\n1,2") == ["0 -> 1", "1 -> 2"]


def test_codes_of_other_programs_are_told_by_their_values() -> None:
    """pcalg's manual of amat: [a, b] = 2 and [b, a] = 3 is a -> b. causal-learn's: [j, i] = 1 and [i, j] = -1 is i -> j."""
    pcalg = np.array([[0, 2, 0], [3, 0, 1], [0, 2, 0]])
    learned = np.array([[0, -1, 0, 0], [1, 0, 2, 0], [0, 1, 0, -1], [0, 0, 2, 0]])  # recorded from causal-learn 0.1.4.8
    signs = np.array([["", ">", ""], ["-", "", "o"], ["", ">", ""]])
    assert symbols(pcalg) == ["x0 -> x1", "x2 o-> x1"]
    assert symbols(signs) == ["x0 -> x1", "x2 o-> x1"]
    assert symbols(learned) == ["x0 -> x1", "x1 o-> x2", "x2 --o x3"]


def test_a_matrix_that_two_programs_read_differently_is_refused_unless_the_code_is_said() -> None:
    doubtful = np.array([[0, 2], [2, 0]])
    with pytest.raises(BadGraph, match="pcalg or causal-learn"):
        read_matrix(doubtful)
    assert read_matrix(doubtful, code="pcalg").edges[0].symbol == "<->"
    assert read_matrix(doubtful, code="causal-learn").edges[0].symbol == "o-o"
    with pytest.raises(BadOption, match="no code 'tetrad'"):
        read_matrix(doubtful, code="tetrad")  # type: ignore[arg-type]


@settings(deadline=None, max_examples=60)
@given(graphs("pag"))
def test_every_code_gives_a_pag_back(graph: Graph) -> None:
    edges = [dataclasses.replace(edge, support=None) for edge in graph.edges]
    plain = Graph(nodes=graph.nodes, edges=tuple(edges))
    for code in ("signs", "pcalg", "causal-learn"):
        back = read_graph(read_matrix(to_matrix(plain, code=code), graph.nodes, code=code))
        assert write_graph(back, "matrix") == write_graph(plain, "matrix")


def test_what_a_matrix_cannot_hold_is_refused() -> None:
    for text, named in (("a->b; a<->b", "place for one edge"), ("a[-1]->b", "place for one edge"), ("a<->b", "Choose a code")):
        with pytest.raises(BadGraph, match=named):
            to_matrix(read_graph(text))


def test_a_matrix_of_a_thousand_nodes_is_read() -> None:
    matrix = np.triu(np.random.default_rng(0).random((1000, 1000)) < 0.004, 1)
    found = read_graph(matrix.astype(np.int8))
    assert np.array_equal(to_matrix(found), matrix)


@pytest.mark.parametrize(("shape", "names"), [((2, 3), None), ((2,), None), ((2, 2), ["a"])])
def test_shapes_that_do_not_fit(shape: tuple[int, ...], names: list[str] | None) -> None:
    with pytest.raises(BadGraph, match=r"square|do not fit"):
        read_matrix(np.zeros(shape), names)


def test_frames_are_lists_of_edges_or_matrices() -> None:
    columns = {"from": ["x", "x", "z"], "to": ["y", "z", None], "lag": [1, None, None]}
    for frame in (pandas.DataFrame(columns), polars.DataFrame(columns)):
        assert read_graph(frame).edges == (Edge(source="x", target="y", lag=1), Edge(source="x", target="z"))
    cells = {"a": [0, 0], "b": [1, 0]}
    for frame in (pandas.DataFrame(cells, index=["a", "b"]), pandas.DataFrame(cells), polars.DataFrame(cells)):
        assert symbols(frame) == ["a -> b"]
    with pytest.raises(BadGraph, match="not named as its columns"):
        read_graph(pandas.DataFrame(cells, index=["b", "a"]))
    whole = read_graph("a->b; b<->c")
    assert read_graph(whole.to_frame()) == whole


def test_graphs_of_networkx() -> None:
    assert symbols(networkx.DiGraph([("a", "b"), (1, "b")])) == ["a -> b", "1 -> b"]
    assert symbols(networkx.Graph([("a", "b")])) == ["a -- b"]
    twice = networkx.MultiDiGraph()
    twice.add_edge("a", "b")
    twice.add_edge("a", "b", at_from="arrow", support=0.5)
    assert symbols(twice) == ["a -> b", "a <-> b"]
    both = networkx.DiGraph([(1, 2), ("1", 2)])
    with pytest.raises(BadGraph, match="same name"):
        read_graph(both)
    with pytest.raises(BadGraph, match="cycle"):
        read_graph(networkx.DiGraph([("a", "b"), ("b", "a")]))


def test_what_networkx_computes_on_our_graph_is_about_our_graph() -> None:
    graph = read_graph("a->b->c; d->c")
    assert networkx.descendants(to_networkx(graph), "a") == {"b", "c"}


class Peer(networkx.DiGraph):
    """Stands for pgmpy 1.1.2: PDAG keeps each undirected edge twice and lists it, DAG lists its latent nodes."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.undirected_edges = {("b", "c")}
        self.latents = {"a"}


def test_graphs_of_pgmpy() -> None:
    found = read_graph(Peer([("a", "b"), ("b", "c"), ("c", "b")]))
    assert [edge.symbol for edge in found.edges] == ["->", "--"]
    assert found.latent == ("a",)
    marked = networkx.Graph()
    marked.add_edge("a", "b", marks={"a": "o", "b": ">"})
    assert symbols(marked) == ["a o-> b"]
    admg = networkx.MultiDiGraph()
    admg.add_edge("a", "b", type="directed")
    for ends in (("a", "b"), ("b", "a")):
        admg.add_edge(*ends, type="bidirected")
    assert symbols(admg) == ["a -> b", "a <-> b"]


class Node:
    """Stands for a GraphNode of causal-learn 0.1.4.8."""

    def __init__(self, name: str, kind: str) -> None:
        self.name, self.kind = name, kind

    def get_name(self) -> str:
        return self.name

    def get_node_type(self) -> Any:
        return type("NodeType", (), {"name": self.kind})


class Learned:
    """Stands for a GeneralGraph of causal-learn 0.1.4.8."""

    graph = np.array([[0, -1], [1, 0]])

    def get_nodes(self) -> list[Node]:
        return [Node("u", "LATENT"), Node("x", "MEASURED")]


def test_graphs_of_causal_learn() -> None:
    found = read_graph(Learned())
    assert symbols(found) == ["u -> x"]
    assert found.latent == ("u",)
    assert read_graph(type("CausalGraph", (), {"G": Learned()})()) == found

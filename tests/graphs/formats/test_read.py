"""Graphs come as nouns, text, JSON and files; what cannot be read is said."""

from __future__ import annotations

import dataclasses
import gzip
import json
import pathlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.core import codec
from aitia.core.discovery_result import Discovery
from aitia.core.errors import BadGraph, InputError, Unreadable
from aitia.core.graph import Edge, Graph
from aitia.graphs.formats.bif import read_network
from aitia.graphs.formats.format import Format
from aitia.graphs.formats.read import read_graph
from aitia.graphs.formats.registry import TEXTS
from aitia.graphs.formats.write import losses, write_graph
from tests.graphs.any_graphs import graphs

TEXT = "z->t; z->y; t->y"
DATA = {"nodes": ["z", "t", "y"], "edges": [{"from": "z", "to": "t"}, {"from": "z", "to": "y"}, {"from": "t", "to": "y"}]}


def test_every_source_gives_the_same_graph(tmp_path: pathlib.Path) -> None:
    graph = read_graph(TEXT)
    assert graph.graph_class == "dag"
    (tmp_path / "g.json").write_text(json.dumps(DATA))
    (tmp_path / "g.txt").write_text(TEXT)
    (tmp_path / "told by content").write_text(codec.dumps(graph))
    (tmp_path / "bom.txt").write_text("\ufeff" + TEXT, encoding="utf8")
    sources: list[Any] = [graph, DATA, json.dumps(DATA), codec.dumps(graph), *tmp_path.iterdir(), *map(str, tmp_path.iterdir())]
    for source in sources:
        assert read_graph(source) == graph, source


def test_missing_keys_take_their_defaults() -> None:
    assert read_graph({"edges": [{"from": "a", "to": "b"}]}).nodes == ("a", "b")
    assert read_graph({"nodes": ["a"]}).edges == ()
    found = read_graph({"edges": [{"from": "a", "to": "b", "at_from": "arrow", "at_to": "tail", "support": 0.5}], "latent": ["a"]})
    assert found == Graph(nodes=("a", "b"), edges=(Edge(source="b", target="a", support=0.5),), latent=("a",), graph_class="dag")


def test_a_claim_of_a_pag_is_kept_and_a_wrong_claim_is_not() -> None:
    assert read_graph({**DATA, "class": "pag"}).graph_class == "pag"
    assert read_graph({**DATA, "class": "cpdag"}).graph_class == "dag"
    assert read_graph(dataclasses.replace(read_graph("a->b--c"), graph_class="cpdag")).graph_class == "unknown"


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ({"nodes": ["age", "y"], "edges": [{"from": "agee", "to": "y"}]}, "'agee', which is not a node"),
        ({"nodes": ["a", "a"]}, "listed twice"),
        ({"nodes": "ab"}, "is a list"),
        ({"nodes": [1, 2]}, "not the name of a node"),
        ({"nodes": ["a"], "latent": ["b"]}, "'b'"),
        ({"edges": [{"from": "a"}]}, "is not an edge"),
        ({"edges": [{"from": "a", "to": "b", "at_to": "head"}]}, "no mark 'head'"),
        ({"edges": [{"from": "a", "to": "b", "lag": -1}]}, "lag"),
        ({"edges": [{"from": "a", "to": "b", "weight": 2}]}, "no 'weight'"),
        ({"edges": [{"from": "a", "to": "b", "support": 0.1}, {"from": "a", "to": "b", "support": 0.2}]}, "twice"),
        ({"edges": [{"from": "a", "to": "a"}]}, "joins a node to itself"),
        ({"nodes": ["a"], "class": "tree"}, "'tree'"),
        ({"nodez": ["a"]}, "no 'nodez'"),
        ({"kind": "belief", "nodes": ["a"]}, "'belief'"),
        ("a->b; b->a", "cycle"),
        ("[1, 2]", "not a graph"),
        (3, "int is not a graph"),
        ("graph [ directed 1 node [ label 1 ] ]", "has no id"),
        ("digraph G { a -> ; }", "there is ';'"),
        ("dag { a => b }", "the value of the attribute"),
        ("network unknown { }", "a variable"),
        ("asia.xml", "XML"),
        ("asia.xdsl.gz", "GeNIe"),
        ("<?xml version='1.0'?><BIF></BIF>", "XML is not read"),
    ],
)
def test_wrong_graphs_are_named(source: Any, named: str) -> None:
    with pytest.raises(BadGraph) as error:
        read_graph(source)
    assert named in str(error.value)


def test_near_names_are_said() -> None:
    with pytest.raises(BadGraph, match="Did you mean age"):
        read_graph({"nodes": ["age", "y"], "edges": [{"from": "agee", "to": "y"}]})


def test_what_is_no_graph_is_told_what_can_be_read() -> None:
    with pytest.raises(BadGraph, match="float is not a graph") as error:
        read_graph(3.5)
    assert "dagitty" in error.value.next


SAME = {
    "g.gml": 'graph [ directed 1 node [ id 0 label "z" ] node [ id 1 label "t" ] node [ id 2 label "y" ]'
    " edge [ source 0 target 1 ] edge [ source 0 target 2 ] edge [ source 1 target 2 ] ]",
    "g.dot": "digraph { z -> {t y}; t -> y }",
    "g.txt": "dag { z -> t ; z -> y ; t -> y }",
    "g.dagitty": "dag { z -> { t y } t -> y }",
    "g.csv": "from,to\nz,t\nz,y\nt,y",
    "m.csv": ",z,t,y\nz,0,1,1\nt,0,0,1\ny,0,0,0",
    "g": "Graph Nodes:\nz;t;y\n\nGraph Edges:\n1. z --> t\n2. z --> y\n3. t --> y\n",
}


@pytest.mark.parametrize("name", SAME)
def test_files_in_every_format_are_told_by_what_is_in_them(name: str, tmp_path: pathlib.Path) -> None:
    for written in (name, f"{name}.gz", "told by content.json"):
        raw = SAME[name].encode()
        (tmp_path / written).write_bytes(gzip.compress(raw) if written.endswith("gz") else raw)
        assert read_graph(tmp_path / written) == read_graph(TEXT)


def test_the_suffix_counts_where_the_content_says_nothing(tmp_path: pathlib.Path) -> None:
    (tmp_path / "g.gml").write_text("nothing of the kind")
    with pytest.raises(BadGraph, match="GML text"):
        read_graph(tmp_path / "g.gml")
    (tmp_path / "g.csv").write_text("cause,effect\na,b")
    with pytest.raises(BadGraph, match="does not name the columns from and to"):
        read_graph(tmp_path / "g.csv")


def test_a_graph_without_nodes_or_with_one_named_like_a_file_is_not_misread() -> None:
    one = Graph(nodes=("graph.json",), graph_class="dag")
    empty = Graph(nodes=(), graph_class="dag")
    for form in TEXTS:
        if form.write:
            assert read_graph(write_graph(one, form.name)) == one
            try:
                assert read_graph(write_graph(empty, form.name)) == empty
            except BadGraph as error:
                assert "no nodes" in error.what


def test_a_network_and_a_discovery_hold_a_graph() -> None:
    text = "variable a { type discrete [1] {x}; } probability (a) { table 1; }"
    assert read_graph(read_network(text)) == read_graph(text) == Graph(nodes=("a",), graph_class="dag")
    assert read_graph(Discovery(graph=read_graph(TEXT))) == read_graph(TEXT)


@settings(deadline=None, max_examples=300)
@given(graphs("unknown"), st.sampled_from([form for form in TEXTS if form.write]), st.data())
def test_a_damaged_text_is_read_or_refused_in_words(graph: Graph, form: Format, data: st.DataObject) -> None:
    if "parallel" in losses(graph, form.name):
        return
    text = write_graph(graph, form.name)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        text = (
            text[:at] + data.draw(st.sampled_from(["", "[", "]", "{", '"', ",", "\n", "x", "-", ">", ";", "=", "1", "\\"])) + text[at + 1 :]
        )
    try:
        found = read_graph(text)
    except InputError as error:
        assert error.what
    else:
        assert isinstance(found, Graph)


@pytest.mark.parametrize("path", ["no/such/graph", "graph.json", "graph.txt"])
def test_files_that_are_not_there(path: str) -> None:
    with pytest.raises(Unreadable, match="cannot be read"):
        read_graph(path)
    with pytest.raises(Unreadable):
        read_graph(pathlib.Path(path))


def test_broken_files(tmp_path: pathlib.Path) -> None:
    (tmp_path / "g.json").write_text("{broken")
    (tmp_path / "g.txt").write_bytes(b"\xff\xfe\x00\xd8")
    for name in ("g.json", "g.txt"):
        with pytest.raises(Unreadable):
            read_graph(tmp_path / name)
    with pytest.raises(Unreadable):
        read_graph(tmp_path)

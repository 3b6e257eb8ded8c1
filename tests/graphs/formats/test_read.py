"""Graphs come as nouns, text, JSON and files; what cannot be read is said."""

from __future__ import annotations

import dataclasses
import json
import pathlib
from typing import Any

import pytest

from aitia.core import codec
from aitia.core.errors import BadGraph, Unreadable
from aitia.core.graph import Edge, Graph
from aitia.graphs.formats.read import read_graph

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
        ("model.gml", "GML"),
        ("model.dot", "DOT"),
        ("alarm.bif", "BIF"),
        ("dag { a -> b }", "dagitty"),
        ("digraph G { a -> b; }", "DOT"),
        ("graph [\n directed 1\n node [ id 1 ] ]", "GML"),
        ("network unknown {\n}", "BIF"),
    ],
)
def test_wrong_graphs_are_named(source: Any, named: str) -> None:
    with pytest.raises(BadGraph) as error:
        read_graph(source)
    assert named in str(error.value)


def test_near_names_and_formats_that_are_not_read_yet_are_said() -> None:
    with pytest.raises(BadGraph, match="Did you mean age"):
        read_graph({"nodes": ["age", "y"], "edges": [{"from": "agee", "to": "y"}]})
    with pytest.raises(BadGraph, match="not read yet") as error:
        read_graph("dag { a -> b }")
    assert "JSON" in error.value.next


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

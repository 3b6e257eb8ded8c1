"""Bayesian networks are read as they were published, written back to the same bits, and what is wrong in one is said."""

from __future__ import annotations

import gzip
import pathlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import aitia
from aitia.core.errors import BadGraph, Unreadable
from aitia.core.graph import Edge, Graph
from aitia.graphs.formats.bif import Network, read_network, write_network
from tests.shared import shared

NETWORKS = pathlib.Path(aitia.__file__).parent / "data" / "examples" / "networks"
# nodes and edges as in SOURCES.md of the shared data and on the repository's page
SIZES = {
    "alarm": (37, 46),
    "asia": (8, 8),
    "cancer": (5, 4),
    "child": (20, 25),
    "earthquake": (5, 4),
    "insurance": (27, 52),
    "sachs": (11, 17),
    "survey": (6, 6),
}
LETTERS = st.text(min_size=1, max_size=6) | st.sampled_from(["<5", "Y/N", "a b", '"', "\\", "}", "0-3_days", "table", "//", "/* x"])


def same(one: Network, other: Network) -> bool:
    plain = (one.graph, one.levels, one.parents) == (other.graph, other.levels, other.parents)
    return plain and all(np.array_equal(one.tables[node], other.tables[node]) for node in one.levels)


@pytest.mark.parametrize("name", SIZES)
def test_a_published_network_has_its_size_and_survives_writing(name: str) -> None:
    network = read_network(NETWORKS / f"{name}.bif.gz")
    assert (len(network.graph.nodes), len(network.graph.edges)) == SIZES[name]
    assert network.graph.graph_class == "dag"
    assert tuple(network.levels) == tuple(network.parents) == tuple(network.tables) == network.graph.nodes
    for node, table in network.tables.items():
        assert table.shape == tuple(len(network.levels[name]) for name in (*network.parents[node], node))
        assert np.abs(table.sum(axis=-1) - 1).max() <= 1e-6
        assert network.graph.parents(node) == network.parents[node]
    assert same(read_network(write_network(network)), network)


@pytest.mark.parametrize("name", SIZES)
def test_the_packaged_network_is_the_published_one(name: str) -> None:
    assert gzip.decompress((NETWORKS / f"{name}.bif.gz").read_bytes()) == shared(f"bif/{name}.bif").read_bytes()


def test_tables_of_asia_lie_with_the_parents_first() -> None:
    asia = read_network(NETWORKS / "asia.bif.gz")
    assert asia.parents["dysp"] == ("bronc", "either")
    assert asia.tables["dysp"].tolist() == [[[0.9, 0.1], [0.8, 0.2]], [[0.7, 0.3], [0.1, 0.9]]]


def test_a_whole_table_runs_over_the_parents_first() -> None:
    """From the dog problem of the format's own description: .6 = P(on | out), .05 = P(on | not out)."""
    network = read_network(
        """network Dog_Problem { property version 1.1; property author Nobody; } // comment
        variable light-on { type discrete[2] { true false }; property position = (218, 195); }
        variable "family out" { type discrete[2] { true false }; }
        probability ( light-on "family out" ) { // 2 variables and 4 values
            table 0.6 0.05 0.4 0.95; }
        probability ( "family out" ) { table 0.15 0.85; }"""
    )
    assert network.tables["light-on"].tolist() == [[0.6, 0.4], [0.05, 0.95]]
    assert network.graph.edges == (Edge(source="family out", target="light-on"),)


def block(node: str, levels: str, entries: str, given: str = "") -> str:
    count = len(levels.split())
    return (
        f"variable {node} {{ type discrete [{count}] {{ {', '.join(levels.split())} }}; }} probability ( {node} {given}) {{ {entries} }}\n"
    )


def test_a_default_fills_the_rows_that_are_not_named_wherever_it_stands() -> None:
    text = block("a", "x y z", "table 0.2 0.3 0.5;") + block("b", "n y", "default 0.5, 0.5; (z) 0.1, 0.9;", "| a ")
    assert read_network(text).tables["b"].tolist() == [[0.5, 0.5], [0.5, 0.5], [0.1, 0.9]]


def test_rounded_rows_are_divided_by_their_sum_and_exact_ones_kept() -> None:
    rounded = read_network(block("a", "x y z", "table 0.33 0.33 0.33;")).tables["a"]
    assert rounded == pytest.approx([1 / 3] * 3, abs=1e-15)
    kept = [0.3333333, 0.3333333, 0.3333333]  # off by 1e-7, as in the ALARM file
    assert read_network(block("a", "x y z", f"table {kept[0]} {kept[1]} {kept[2]};")).tables["a"].tolist() == kept


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (block("a", "x y", "table 0.2 0.7;"), "sum to 0.9"),
        (block("a", "x y", "table 0.200 0.803;"), "sum to 1.003"),
        (block("a", "x y", "table 1 1;"), "sum to 2"),
        (block("a", "x y", "table 0 0;"), "sum to 0"),
        (block("a", "x y", "table 0.2 0.3 0.5;"), "needs 2 numbers and holds 3"),
        (block("a", "x y", "table 1.2 -0.2;"), "numbers from 0"),
        (block("a", "x y", "table 0.5 nan;"), "numbers from 0"),
        (block("a", "x x", "table 0.5 0.5;"), "names 2: x, x"),
        (block("a", "x y", "table 0.5 0.5;", "| a"), "its own parent"),
        (block("a", "x y", "table 0.5 0.5;", "| q"), "'q', which is not a variable"),
        (block("a", "x y", "table 0.5 0.5;") * 2, "'a' is there twice"),
        (block("a", "x y", "table 0.5 0.5;") + block("b", "n y", "(x) 1 0;", "| a "), "no row for a = y"),
        (block("a", "x y", "table 0.5 0.5;") + block("b", "n y", "(x) 1 0; (x) 0 1;", "| a "), "there twice"),
        (block("a", "x y", "table 0.5 0.5;") + block("b", "n y", "(q) 1 0;", "| a "), "level 'q' of 'a'"),
        (block("a", "x y", "table 0.5 0.5;") + block("b", "n y", "(x, y) 1 0;", "| a "), "2 levels for 1 parents"),
        ("variable a { type discrete [2] { x, y }; }", "no probability block"),
        ("variable a { type continuous; }", "discrete"),
        ("variable a { }", "the type of 'a'"),
        ("network x { } banana", "'banana'"),
        ("network x { }", "a variable"),
        ("network x {", "there is the end"),
    ],
)
def test_what_is_wrong_is_said(text: str, named: str) -> None:
    with pytest.raises(BadGraph) as error:
        read_network(text)
    assert named in str(error.value)


def test_a_place_is_a_line_and_a_character() -> None:
    with pytest.raises(BadGraph, match="In line 2 of the BIF text, at character 12, there is"):
        read_network("network n { }\nvariable a [ type")


def test_a_cycle_is_refused() -> None:
    halves = "(x) 0.5 0.5; (y) 0.5 0.5;"
    declared = "variable a { type discrete [2] {x, y}; } variable b { type discrete [2] {x, y}; }"
    with pytest.raises(BadGraph, match="cycle"):
        read_network(f"{declared} probability ( a | b ) {{ {halves} }} probability ( b | a ) {{ {halves} }}")


def test_a_missing_file_is_unreadable(tmp_path: pathlib.Path) -> None:
    with pytest.raises(Unreadable, match="cannot be read"):
        read_network(tmp_path / "no.bif")
    (tmp_path / "broken.bif.gz").write_bytes(b"\x1f\x8bnonsense")
    with pytest.raises(Unreadable, match="cannot be read"):
        read_network(tmp_path / "broken.bif.gz")


@st.composite
def networks(draw: st.DrawFn) -> Network:
    nodes = tuple(draw(st.lists(LETTERS, min_size=1, max_size=4, unique=True)))
    levels = {node: tuple(draw(st.lists(LETTERS, min_size=1, max_size=3, unique=True))) for node in nodes}
    parents = {
        node: tuple(draw(st.lists(st.sampled_from(nodes[:i]), max_size=2, unique=True))) if i else () for i, node in enumerate(nodes)
    }
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    tables = {node: rng.dirichlet(np.ones(len(levels[node])), size=[len(levels[name]) for name in parents[node]]) for node in nodes}
    edges = tuple(Edge(source=parent, target=node) for node in nodes for parent in parents[node])
    return Network(graph=Graph(nodes=nodes, edges=edges, graph_class="dag"), levels=levels, parents=parents, tables=tables)


@settings(deadline=None)
@given(networks())
def test_any_network_is_read_back_as_it_was_written(network: Network) -> None:
    assert same(read_network(write_network(network)), network)

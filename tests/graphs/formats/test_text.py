"""Graphs as text: what is written is read back, and what is wrong is said with its place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.core.errors import BadGraph
from aitia.core.graph import Edge, Graph
from aitia.graphs.formats.text import parse, write

MARKS = [("tail", "arrow"), ("arrow", "arrow"), ("tail", "tail"), ("circle", "arrow"), ("circle", "circle"), ("tail", "circle")]
NAMES = st.text(min_size=1, max_size=8) | st.sampled_from(
    ["o", "a b", '"', "\\", "x[-1]", "->", "#", "Größe", "収入", ";", "a.b", "_", "dag {", "\n"]
)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    nodes = tuple(draw(st.lists(NAMES, min_size=1, max_size=6, unique=True)))
    pairs = draw(
        st.lists(
            st.tuples(st.sampled_from(nodes), st.sampled_from(nodes), st.sampled_from(MARKS), st.integers(0, 3)),
            max_size=8,
            unique_by=one_edge,
        )
    )
    edges = tuple(Edge(source=a, target=b, at_source=marks[0], at_target=marks[1], lag=lag) for a, b, marks, lag in pairs if a != b or lag)
    return Graph(nodes=nodes, edges=edges)


def one_edge(item: tuple[str, str, tuple[str, str], int]) -> tuple[object, ...]:
    a, b, marks, lag = item
    ends = ((a, marks[0]), (b, marks[1]))
    return (lag, ends if lag else tuple(sorted(ends)))


@settings(deadline=None)
@given(graphs())
def test_what_is_written_is_read_back(graph: Graph) -> None:
    assert parse(write(graph)) == graph


@settings(deadline=None)
@given(st.text('ab o<->-;,\n#"[]1x=|', max_size=25))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    try:
        found = parse(text)
    except BadGraph as error:
        assert error.what.endswith(".")
        assert error.why
        assert error.next
    else:
        assert parse(write(found)) == found


@pytest.mark.parametrize(
    ("text", "edges"),
    [
        ("a->b", ["a -> b"]),
        ("a<-b", ["b -> a"]),
        ("a <-> b", ["a <-> b"]),
        ("a--b", ["a -- b"]),
        ("d o-> e", ["d o-> e"]),
        ("d <-o e", ["e o-> d"]),
        ("d o-o e", ["d o-o e"]),
        ("d o- e", ["e --o d"]),
        ("d -o e", ["d --o e"]),
        ("a --> b <-- c", ["a -> b", "c -> b"]),
        ("a → b ↔ c ← d", ["a -> b", "b <-> c", "d -> c"]),
        ("a->b->c<->d", ["a -> b", "b -> c", "c <-> d"]),
        ("a->b, b->c\nc->d;; e", ["a -> b", "b -> c", "c -> d"]),
        ("# all of it\na->b # the effect\n\n", ["a -> b"]),
        ('"two words"->y', ["two words -> y"]),
        ('"say \\"hi\\""->y', ['say "hi" -> y']),
        ("größe->収入", ["größe -> 収入"]),
        ("do->on", ["do -> on"]),
        ("a->o", ["a -> o"]),
        ("o->a", ["o -> a"]),
        ("a<-o", ["o -> a"]),
        ("a->b; a->b", ["a -> b"]),
        ("b<-a; a->b", ["a -> b"]),
        ("a<->b; b<->a", ["a <-> b"]),
        ("a->b; a<->b", ["a -> b", "a <-> b"]),
        ("a->b; b->a", ["a -> b", "b -> a"]),
    ],
)
def test_edges(text: str, edges: list[str]) -> None:
    assert [f"{e.source} {e.symbol} {e.target}" for e in parse(text).edges] == edges


def test_lags_and_lonely_nodes() -> None:
    found = parse("lonely; x[-1]->y; y<-x[-2]; x[-1]->x; z")
    assert found.nodes == ("lonely", "x", "y", "z")
    assert [(e.source, e.target, e.lag) for e in found.edges] == [("x", "y", 1), ("x", "y", 2), ("x", "x", 1)]


@pytest.mark.parametrize(
    ("text", "what", "why"),
    [
        ("", "no nodes", "no statement"),
        ("a->b; c=>d", "In 'c=>d', at character 8 of the text, there is '=>d'", "an edge (->"),
        ("a->b; ->c", "there is '->c'", "the name of a node"),
        ("a->", "there is the end", "the name of a node"),
        ("a b", "there is 'b'", "an edge"),
        ("heart-rate->y", "there is '-rate->y'", "an edge"),
        ('"open->y', "there is '\"open->y'", "the name of a node"),
        ("a->a", "In 'a->a'", "two different nodes"),
        ("x[-1]", "In 'x[-1]'", "after a node with a lag"),
        ("x->y[-1]", "In 'x->y[-1]'", "an effect cannot come before its cause"),
        ("x[-1]->y[-1]", "In 'x[-1]->y[-1]'", "a lag at one end only"),
        ("{a b}->y", "there is '{a'", "the name of a node"),
    ],
)
def test_mistakes_are_named_with_their_place(text: str, what: str, why: str) -> None:
    with pytest.raises(BadGraph) as error:
        parse(text)
    assert what in error.value.what
    assert why in error.value.why
    assert error.value.next

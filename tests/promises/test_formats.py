"""Every format gives a graph back as it was, or names what it loses: over graphs of every class."""

from __future__ import annotations

import dataclasses
import pathlib
import tempfile
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.core.errors import BadGraph, BadOption
from aitia.core.graph import Edge, Graph, GraphClass
from aitia.graphs.formats.format import LOSSES, Format, Loss, renamed, unrolled
from aitia.graphs.formats.networkx import from_networkx, to_networkx
from aitia.graphs.formats.read import read_graph
from aitia.graphs.formats.registry import TEXTS, format_of
from aitia.graphs.formats.write import losses, told, write_graph
from tests.graphs.any_graphs import graphs

WRITTEN = [form for form in TEXTS if form.write is not None]
KINDS = list(get_args(GraphClass))


def without(graph: Graph, lost: tuple[Loss, ...]) -> Graph:
    """The graph with everything gone that a format says it loses."""
    found = unrolled(graph) if "lag" in lost else graph
    if "support" in lost:
        found = dataclasses.replace(found, edges=tuple(dataclasses.replace(edge, support=None) for edge in found.edges))
    if "latent" in lost:
        found = found.with_latent(())
    if "order" in lost:
        found = dataclasses.replace(found, edges=tuple(sorted(map(named_first, found.edges), key=str)))
    if "class" in lost or "lag" in lost:
        found = dataclasses.replace(found, graph_class="unknown")
    return found


def named_first(edge: Edge) -> Edge:
    """The edge with the earlier name first, if both ends have the same mark."""
    even = edge.at_source == edge.at_target and not edge.lag and edge.source > edge.target
    return dataclasses.replace(edge, source=edge.target, target=edge.source) if even else edge


def aligned(back: Graph, graph: Graph) -> Graph:
    """The graph read back, with the names that its nodes had, place by place."""
    return renamed(back, dict(zip(back.nodes, graph.nodes, strict=True)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", WRITTEN, ids=lambda form: form.name)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_what_is_written_is_read_back_or_named_as_lost(form: Format, kind: GraphClass, data: st.DataObject) -> None:
    graph = data.draw(graphs(kind))
    lost = losses(graph, form.name)
    if "parallel" in lost:
        with pytest.raises(BadGraph, match="has two"):
            write_graph(graph, form.name)
        return
    text = write_graph(graph, form.name)
    assert format_of(text) is form
    back = read_graph(text)
    expected = without(graph, lost)
    found = without(aligned(back, expected) if "names" in lost else back, lost)
    assert found == expected


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_networkx_gives_everything_back(kind: GraphClass, data: st.DataObject) -> None:
    graph = data.draw(graphs(kind))
    back = read_graph(to_networkx(graph))
    assert without(back, ("order",)) == without(graph, ("order",))
    assert set(from_networkx(to_networkx(graph)).nodes) == set(graph.nodes)


@pytest.mark.parametrize("form", WRITTEN, ids=lambda form: form.name)
@settings(deadline=None, max_examples=25)
@given(graph=graphs("admg"))
def test_a_file_says_the_same_as_its_text_whatever_its_name(form: Format, graph: Graph) -> None:
    if "parallel" in losses(graph, form.name):
        return
    text = write_graph(graph, form.name)
    with tempfile.TemporaryDirectory() as folder:
        for name in (f"graph{form.suffixes[0] if form.suffixes else ''}", "graph"):
            path = pathlib.Path(folder) / name
            path.write_text(text, encoding="utf8", newline="")
            assert read_graph(path) == read_graph(str(path)) == read_graph(text)


@pytest.mark.parametrize("form", WRITTEN, ids=lambda form: form.name)
def test_each_loss_a_format_names_does_occur(form: Format) -> None:
    """A format that names a loss which never happens would refuse or warn for nothing."""
    shown: dict[Loss, Graph] = {
        "class": dataclasses.replace(read_graph("a->b"), graph_class="pag"),
        "lag": read_graph("x[-1]->y"),
        "latent": read_graph("a->b").with_latent(("a",)),
        "parallel": read_graph("a->b; a<->b"),
        "support": read_graph({"edges": [{"from": "a", "to": "b", "support": 0.5}]}),
    }
    for loss, graph in shown.items():
        assert (loss in losses(graph, form.name)) == (loss in form.cannot), loss
        if loss in form.cannot and loss != "parallel":
            assert read_graph(write_graph(graph, form.name)) != graph


def test_losses_are_told_in_words() -> None:
    assert told(read_graph("x[-1]->y"), "dagitty") == (f"The format dagitty does not hold {LOSSES['lag']}.",)
    assert set(LOSSES) == set(get_args(Loss))


def test_formats_have_names_of_their_own_and_no_suffix_twice() -> None:
    assert len({form.name for form in TEXTS}) == len(TEXTS)
    suffixes = [suffix for form in TEXTS for suffix in form.suffixes]
    assert len(set(suffixes)) == len(suffixes)


def test_a_format_that_is_not_there_and_one_that_is_only_read_are_said() -> None:
    graph = read_graph("a->b")
    with pytest.raises(BadOption, match="Did you mean dagitty"):
        write_graph(graph, "daggity")
    with pytest.raises(BadOption, match="also holds probability tables"):
        write_graph(graph, "bif")

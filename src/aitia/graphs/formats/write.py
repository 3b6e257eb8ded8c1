"""Write a graph in a named format, and say beforehand what it would lose there."""

from __future__ import annotations

from aitia.core.errors import BadGraph, BadOption
from aitia.core.graph import Graph
from aitia.graphs.classes import classified
from aitia.graphs.formats.checked import checked
from aitia.graphs.formats.format import LOSSES, Loss, lost
from aitia.graphs.formats.registry import TEXTS, format_named


def write_graph(graph: Graph, format: str = "text") -> str:
    """Return a graph as text in a format: text, json, gml, dot, dagitty, tetrad, edges or matrix.

    `losses(graph, format)` says what `read_graph` will not find again. Raises `BadOption` for a format that is not there or
    only read, `BadGraph` for two edges between the same nodes where a matrix has place for one.

    >>> from aitia.graphs.formats.read import read_graph
    >>> write_graph(read_graph("dag { a; b <- a }"))
    'a->b'
    """
    form = format_named(format)
    if form.write is None:
        raise BadOption(
            f"A graph alone cannot be written as {format}.",
            why="That format also holds probability tables.",
            next=f"Call write_network, or write it as {', '.join(other.name for other in TEXTS if other.write)}.",
        )
    whole = classified(checked(graph))
    if "parallel" in lost(form, whole):
        raise BadGraph(
            f"The format {format} has place for one edge between two nodes, and this graph has two.",
            next="Write it as json, gml, dot, dagitty or a list of edges.",
        )
    return form.write(whole)


def losses(graph: Graph, format: str) -> tuple[Loss, ...]:
    """Return the names of what a graph loses in a format; `LOSSES` says each in words.

    >>> from aitia.graphs.formats.read import read_graph
    >>> losses(read_graph({"edges": [{"from": "a", "to": "b", "support": 0.9}]}), "dot"), losses(read_graph("x[-1]->y"), "dagitty")
    ((), ('lag',))
    """
    return lost(format_named(format), classified(checked(graph)))


def told(graph: Graph, format: str) -> tuple[str, ...]:
    """Return what a graph loses in a format as sentences.

    >>> from aitia.graphs.formats.read import read_graph
    >>> told(read_graph("x[-1]->y"), "dagitty")
    ('The format dagitty does not hold lags: a cause some steps before becomes a node of its own, such as x_lag1.',)
    """
    return tuple(f"The format {format} does not hold {LOSSES[loss]}." for loss in losses(graph, format))

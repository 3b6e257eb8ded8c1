"""Read a graph from whatever the caller has: a graph, text, JSON or a file, told by content."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
from typing import Any, cast, get_args

from aitia.core import codec
from aitia.core.discovery_result import Discovery
from aitia.core.errors import BadGraph, Unreadable, near
from aitia.core.graph import Edge, Graph, GraphClass, Mark
from aitia.graphs.classes import classified
from aitia.graphs.formats.text import merged, parse
from aitia.graphs.neighbours import turned

# Formats that are planned and not read yet, by file suffix and by how their text begins.
LATER = {
    "GML": (".gml", r"\s*(Creator\b.*\s+)?graph\s*\[\s"),
    "DOT": (".dot", r"\s*(strict\s+)?(di)?graph\b[^{};>]*\{"),
    "BIF": (".bif", r"\s*network\b[^{};>]*\{"),
    "XML": (".xml", r"\s*<\?xml\b"),
    "dagitty": (".dagitty", r"\s*(dag|pdag|mag|pag)\b[^{};>]*\{"),
}
SUFFIXES = (".json", ".txt", ".graph", ".aitia")
ARROW = re.compile(r"->|<-|--|o-|-o|[→←↔;\n]")
CERTAIN_ARROW = re.compile(r"->|<-|[→←↔;\n{]")  # a path may hold o- or --
READ_NOW = 'Read now are text such as "z->t; z->y; t->y" and JSON with nodes and edges, each also as a file.'


def read_graph(source: Graph | str | os.PathLike[str] | dict[str, Any]) -> Graph:
    """Read a graph and set its class; raises `BadGraph` for a graph that is wrong and `Unreadable` for a file that is not there.

    >>> read_graph("z->t; z->y; t->y").graph_class
    'dag'
    """
    if isinstance(source, Graph):
        return classified(checked(source))
    if isinstance(source, dict):
        return classified(from_dict(source))
    if not isinstance(source, str | os.PathLike):
        raise BadGraph(f"A {type(source).__name__} is not a graph.", next=READ_NOW)
    if isinstance(source, os.PathLike) or is_file(source) or is_path(source):
        return from_file(pathlib.Path(source))
    return from_text(source)


def is_file(text: str) -> bool:
    """Tell whether a text names an existing file."""
    try:
        return pathlib.Path(text).is_file()
    except (OSError, ValueError):
        return False


def is_path(text: str) -> bool:
    """Tell whether a text can only be meant as a file."""
    suffixed = text.strip().lower().endswith((*SUFFIXES, *(suffix for suffix, _ in LATER.values())))
    if suffixed and not CERTAIN_ARROW.search(text):
        return True
    return not ARROW.search(text) and "{" not in text and ("/" in text or "\\" in text)


def from_file(path: pathlib.Path) -> Graph:
    """Read a graph from a file."""
    for name, (suffix, _) in LATER.items():
        if path.suffix.lower() == suffix:
            raise not_yet(name, str(path))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise Unreadable(f"The graph file {path} cannot be read.", why=f"{why}.", next=READ_NOW) from error
    return from_text(text)


def from_text(text: str) -> Graph:
    """Read a graph from text, JSON or not."""
    for name, (_, begins) in LATER.items():
        if re.match(begins, text):
            raise not_yet(name, "this text")
    if not text.lstrip().startswith(("{", "[")):
        return classified(parse(text))
    data = codec.loads(text, dict)
    data = data.graph if isinstance(data, Discovery) else data
    if isinstance(data, Graph):
        return classified(checked(data))
    if not isinstance(data, dict):
        raise BadGraph("This JSON is not a graph.", why="A graph is an object with nodes and edges.", next=READ_NOW)
    return classified(from_dict(data))


def not_yet(name: str, what: str) -> BadGraph:
    """Build the error for a format that is planned and not built."""
    return BadGraph(f"The format {name} of {what} is not read yet.", next=READ_NOW)


def from_dict(data: dict[str, Any]) -> Graph:
    """Read a graph from the keys of its JSON; nodes that are not listed are taken from the edges when no list is given."""
    strange = set(data) - {"kind", "version", "nodes", "edges", "latent", "class"}
    if strange or data.get("kind", Graph.noun_kind) != Graph.noun_kind:
        name = sorted(strange)[0] if strange else data["kind"]
        raise BadGraph(
            f"A graph has no {name!r}.", next=f"Its keys are nodes, edges, latent and class; {READ_NOW[0].lower()}{READ_NOW[1:]}"
        )
    edges = tuple(edge_from(item) for item in list_of(data, "edges"))
    named = tuple(dict.fromkeys(name for edge in edges for name in (edge.source, edge.target)))
    nodes = tuple(list_of(data, "nodes")) if data.get("nodes") is not None else named
    graph_class = data.get("class") or "unknown"
    if graph_class not in get_args(GraphClass):
        raise BadGraph(f"There is no graph class {graph_class!r}.", next=near(str(graph_class), get_args(GraphClass)))
    return checked(Graph(nodes=nodes, edges=edges, latent=tuple(list_of(data, "latent")), graph_class=cast(GraphClass, graph_class)))


def list_of(data: dict[str, Any], key: str) -> list[Any]:
    """Return a list of the JSON object, empty where there is none."""
    found = data.get(key)
    if found is None:
        return []
    if not isinstance(found, list | tuple):
        raise BadGraph(f"{key} of a graph is a list, not {type(found).__name__}.")
    return list(found)


def edge_from(item: Any) -> Edge:
    """Read one edge from the keys of its JSON."""
    known = ("from", "to", "at_from", "at_to", "lag", "support")
    if isinstance(item, Edge):
        return item
    if not isinstance(item, dict) or not {"from", "to"} <= set(item):
        raise BadGraph(f"{item!r} is not an edge.", next='An edge is {"from": "a", "to": "b"}, with at_from, at_to, lag and support.')
    strange = set(item) - {*known, "kind", "version"}
    if strange:
        raise BadGraph(f"An edge has no {sorted(strange)[0]!r}.", next=near(sorted(strange)[0], known))
    given = {key: item[key] for key in known if item.get(key) is not None}
    names = {"from": "source", "to": "target", "at_from": "at_source", "at_to": "at_target"}
    return Edge(**{names.get(key, key): value for key, value in given.items()})


def check_edge(edge: Edge) -> None:
    """Raise `BadGraph` where a field of an edge holds what it cannot."""
    for mark in (edge.at_source, edge.at_target):
        if mark not in get_args(Mark):
            raise BadGraph(f"There is no mark {mark!r}.", next=near(str(mark), get_args(Mark)))
    if not isinstance(edge.lag, int) or isinstance(edge.lag, bool) or edge.lag < 0:
        raise BadGraph(f"The lag of an edge is a whole number of steps from 0, not {edge.lag!r}.")
    if edge.support is not None and (not isinstance(edge.support, int | float) or not 0 <= edge.support <= 1):
        raise BadGraph(f"The support of an edge lies between 0 and 1, not {edge.support!r}.")
    if edge.source == edge.target and not edge.lag:
        raise BadGraph(f"The edge {edge.source} {edge.symbol} {edge.target} joins a node to itself.", next="Give it a lag, or drop it.")
    if edge.lag and edge.at_source == "arrow" and edge.at_target == "tail":
        raise BadGraph(f"The edge {edge.source}[-{edge.lag}] <- {edge.target} has its effect before its cause.")


def checked(graph: Graph) -> Graph:
    """Return the graph with its edges the usual way round; raises `BadGraph` where names and edges do not fit together."""
    for name in (*graph.nodes, *graph.latent):
        if not isinstance(name, str) or not name:
            raise BadGraph(f"{name!r} is not the name of a node.", next="Names are text with at least one character.")
    if len(set(graph.nodes)) < len(graph.nodes):
        twice = next(name for name in graph.nodes if graph.nodes.count(name) > 1)
        raise BadGraph(f"The node {twice!r} is listed twice.", next="List every node once.")
    known = set(graph.nodes)
    for name in (*graph.latent, *(name for edge in graph.edges for name in (edge.source, edge.target))):
        if name not in known:
            raise BadGraph(f"An edge or the list of latent nodes names {name!r}, which is not a node.", next=near(str(name), graph.nodes))
    for edge in graph.edges:
        check_edge(edge)
    return dataclasses.replace(graph, edges=merged([turned(edge) for edge in graph.edges]))

"""Read and write a graph as JSON: the project's own form, which holds everything."""

from __future__ import annotations

from typing import Any, cast, get_args

from aitia.core import codec
from aitia.core.discovery_result import Discovery
from aitia.core.errors import BadGraph, near
from aitia.core.graph import Edge, Graph, GraphClass
from aitia.graphs.formats.checked import checked
from aitia.graphs.formats.format import Format

EXAMPLE = 'JSON of a graph reads like {"nodes": ["a", "b"], "edges": [{"from": "a", "to": "b"}]}.'


def read_json(text: str) -> Graph:
    """Read a graph, or the graph of a discovery result; raises `Unreadable` for what is not JSON."""
    data = codec.loads(text, dict)
    data = data.graph if isinstance(data, Discovery) else data
    if isinstance(data, Graph):
        return data
    if not isinstance(data, dict):
        raise BadGraph("This JSON is not a graph.", why="A graph is an object with nodes and edges.", next=EXAMPLE)
    return from_dict(data)


def from_dict(data: dict[str, Any]) -> Graph:
    """Read a graph from the keys of its JSON; nodes that are not listed are taken from the edges when no list is given."""
    strange = set(data) - {"kind", "version", "nodes", "edges", "latent", "class"}
    if strange or data.get("kind", Graph.noun_kind) != Graph.noun_kind:
        name = sorted(strange)[0] if strange else data["kind"]
        raise BadGraph(f"A graph has no {name!r}.", next=f"Its keys are nodes, edges, latent and class. {EXAMPLE}")
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
        raise BadGraph(f"{key} of a graph is a list, not {type(found).__name__}.", next=EXAMPLE)
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


FORMAT = Format(
    name="json",
    says="JSON with nodes and edges: the project's own form",
    suffixes=(".json",),
    recognises=lambda text: text.lstrip().startswith(("{", "[")),
    read=read_json,
    write=codec.dumps,
)

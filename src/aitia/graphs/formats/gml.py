"""Read and write a graph in the graph modelling language, as Gephi, igraph, Cytoscape and networkx do. [himsolt1997]"""

from __future__ import annotations

import html.entities
import re
from collections.abc import Iterator
from typing import Any, get_args

from aitia.core.errors import BadGraph, near
from aitia.core.graph import Edge, Graph, GraphClass
from aitia.graphs.formats.format import Format
from aitia.graphs.formats.tokens import Grammar, Tokens

GRAMMAR = Grammar(
    name="GML",
    pieces=re.compile(r'(?P<skip>\s+|#[^\n]*)|(?P<quoted>"[^"]*")|(?P<word>[^\s\[\]"]+)|(?P<sign>[\[\]])'),
    example='graph [ directed 1 node [ id 0 label "a" ] node [ id 1 label "b" ] edge [ source 0 target 1 ] ]',
    unquoted=lambda text: re.sub(r"&(#x?[0-9a-fA-F]+|\w+);", entity, text),
)
BEGINS = re.compile(r"(?:\s|#[^\n]*)*(?:(?!graph\b)[A-Za-z]\w*\s+(?:\"[^\"]*\"|[^\s\[\]\"]+)\s+)*graph\s*\[")
Pairs = list[tuple[str, Any]]
KNOWN_NO = ("0", "no", "false", "")


def read_gml(text: str) -> Graph:
    """Read a graph; an edge is `->`, or `--` where the graph says `directed 0`, unless `at_from` and `at_to` say otherwise.

    A node is named by its `label`, its `name` or its `id`.

    >>> read_gml('graph [ directed 1 node [ id 1 label "a" ] node [ id 2 ] edge [ source 1 target 2 ] ]').edges[0].target
    '2'
    """
    tokens = Tokens(text, GRAMMAR)
    pairs = list(read_pairs(tokens, ""))
    body = next((value for key, value in pairs if key == "graph" and isinstance(value, list)), None)
    if body is None:
        raise tokens.wrong("graph [ … ]")
    names = names_of([dict(value) for key, value in body if key == "node" and isinstance(value, list)])
    head = {key: value for key, value in body if key not in ("node", "edge")}
    undirected = str(head.get("directed", "0")) in KNOWN_NO
    edges = tuple(edge_of(dict(value), names, undirected) for key, value in body if key == "edge" and isinstance(value, list))
    latent = tuple(names[id] for id, is_latent in latent_of(body) if is_latent)
    claim = head.get("class") if head.get("class") in get_args(GraphClass) else "unknown"
    return Graph(nodes=tuple(names.values()), edges=edges, graph_class=claim).with_latent(latent)  # type: ignore[arg-type]


def read_pairs(tokens: Tokens, closing: str) -> Iterator[tuple[str, Any]]:
    """Yield keys and values up to a closing sign; a value in brackets is a list of pairs."""
    while not tokens.accept(closing) if closing else tokens.kind != "end":
        if tokens.kind != "word":
            raise tokens.wrong("a key" + (f" or {closing!r}" if closing else ""))
        key = tokens.step()
        if tokens.accept("["):
            yield key, list(read_pairs(tokens, "]"))
        elif tokens.kind in ("word", "quoted"):
            yield key, tokens.step()
        else:
            raise tokens.wrong(f"a number, a text in quotes or '[' as the value of {key}")


def names_of(nodes: list[dict[str, Any]]) -> dict[str, str]:
    """Return the name of every node by its id."""
    names: dict[str, str] = {}
    for node in nodes:
        if "id" not in node:
            raise BadGraph("A node of this GML text has no id.", next=GRAMMAR.example)
        if node["id"] in names:
            raise BadGraph(f"The node id {node['id']} is there twice in this GML text.", next="Give every node an id of its own.")
        named = [node[key] for key in ("label", "name") if isinstance(node.get(key), str) and node[key]]
        names[node["id"]] = named[0] if named else node["id"]
    return names


def latent_of(body: Pairs) -> Iterator[tuple[str, bool]]:
    """Yield the id of every node and whether it is not measured."""
    for key, value in body:
        if key == "node" and isinstance(value, list):
            node = dict(value)
            yield node["id"], str(node.get("latent", 0)) not in KNOWN_NO or node.get("observed") in ("0", "no", "false")


def edge_of(data: dict[str, Any], names: dict[str, str], undirected: bool) -> Edge:
    """Read one edge from its keys."""
    for end in ("source", "target"):
        if data.get(end) not in names:
            raise BadGraph(f"An edge of this GML text has the {end} {data.get(end)!r}.", next=near(str(data.get(end)), names))
    try:
        return Edge(
            source=names[data["source"]],
            target=names[data["target"]],
            at_source=data.get("at_from", "tail"),
            at_target=data.get("at_to", "tail" if undirected else "arrow"),
            lag=int(data.get("lag", 0)),
            support=float(data["support"]) if "support" in data else None,
        )
    except (TypeError, ValueError) as error:
        raise BadGraph(
            f"An edge from {names[data['source']]!r} has a lag or support that is no number.", why=f"{error}.", next=GRAMMAR.example
        ) from error


def write_gml(graph: Graph) -> str:
    """Write a graph; marks other than `->`, lag and support are attributes of edges, `latent` of nodes, `class` of the graph.

    >>> print(write_gml(Graph(nodes=("a", "b"), edges=(Edge(source="a", target="b"),))), end="")
    graph [
      directed 1
      node [ id 0 label "a" ]
      node [ id 1 label "b" ]
      edge [ source 0 target 1 ]
    ]
    """
    place = {node: i for i, node in enumerate(graph.nodes)}
    latent = set(graph.latent)
    pairs = [(edge.source, edge.target) for edge in graph.edges]
    head = ["directed 1"]
    head += ["multigraph 1"] if len(set(pairs)) < len(pairs) else []
    head += [f'class "{graph.graph_class}"'] if graph.graph_class != "unknown" else []
    nodes = [f'node [ id {i} label "{escaped(node)}"{" latent 1" if node in latent else ""} ]' for node, i in place.items()]
    edges = [f"edge [ source {place[edge.source]} target {place[edge.target]}{attributes(edge)} ]" for edge in graph.edges]
    return "\n".join(["graph [", *(f"  {line}" for line in (*head, *nodes, *edges)), "]", ""])


def attributes(edge: Edge) -> str:
    """Write what an edge holds beyond an arrow."""
    found = "" if edge.directed else f' at_from "{edge.at_source}" at_to "{edge.at_target}"'
    found += f" lag {edge.lag}" if edge.lag else ""
    return found + ("" if edge.support is None else f" support {float(edge.support)!r}")


def escaped(name: str) -> str:
    """Write a name in ASCII, other signs by their numbers.

    >>> escaped('Größe "x"')
    'Gr&#246;&#223;e &#34;x&#34;'
    """
    return re.sub(r'[^ -~]|[&"]', lambda match: f"&#{ord(match.group())};", name)


def entity(match: re.Match[str]) -> str:
    """Return the sign that an entity stands for, or the entity where there is no such."""
    name = match.group(1)
    if not name.startswith("#"):
        return html.entities.html5.get(f"{name};", match.group())
    number = int(name[2:], 16) if name[1:2] in "xX" else int(name[1:])
    return chr(number) if number <= 0x10FFFF else match.group()


FORMAT = Format(
    name="gml",
    says="graph modelling language, as networkx, igraph, Gephi and Cytoscape read it",
    suffixes=(".gml",),
    recognises=lambda text: BEGINS.match(text) is not None,
    read=read_gml,
    write=write_gml,
)

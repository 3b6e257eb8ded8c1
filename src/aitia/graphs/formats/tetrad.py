"""Read and write a graph as Tetrad and causal-learn print it: `Graph Nodes:`, `Graph Edges:`, `1. x --> y`. [ramsey2018]"""

from __future__ import annotations

import re
from collections.abc import Iterable

from aitia.core.errors import BadGraph
from aitia.core.graph import Edge, Graph, Mark
from aitia.graphs.formats.format import Format, Loss, free_name, renamed, unrolled

EXAMPLE = 'Tetrad text reads like "Graph Nodes:", a line "a;b", "Graph Edges:", and lines such as "1. a --> b".'
BEGINS = re.compile(r"\s*Graph Nodes:|\s*Graph Edges:|\s*1\.[ \t]+\S+[ \t]+[<o\-]-[>o\-][ \t]+\S+")
EDGE = re.compile(r"\s*\d+\.\s+(\S+)\s+([<o\-])-([>o\-])\s+(\S+)(?:\s.*)?")
HEADING = re.compile(r"\s*Graph\s+(\w[\w ]*):\s*")
NAME = re.compile(r"[^\s;,()]+")
MARKS: dict[str, Mark] = {"<": "arrow", ">": "arrow", "o": "circle", "-": "tail"}
LEFT: dict[Mark, str] = {"arrow": "<", "circle": "o", "tail": "-"}
RIGHT: dict[Mark, str] = {"arrow": ">", "circle": "o", "tail": "-"}


def read_tetrad(text: str) -> Graph:
    """Read a graph; a node in parentheses is latent, what follows an edge on its line is left out.

    Raises `BadGraph` with the line that is no edge.

    >>> read_tetrad("Graph Nodes:\\nx;(u);y\\n\\nGraph Edges:\\n1. u --> x\\n2. u --> y").latent
    ('u',)
    """
    names: dict[str, bool] = {}
    edges = []
    heading = ""
    for number, line in enumerate(text.splitlines(), start=1):
        match = HEADING.fullmatch(line)
        if match is not None:
            heading = match.group(1).lower()
        elif line.strip() and heading in ("", "edges"):
            edges.append(edge_of(line, number))
        elif line.strip() and heading == "nodes":
            names.update(map(node_of, (part for part in re.split(r"[;,]", line) if part.strip())))
    names = {**names, **{end: False for edge in edges for end in (edge.source, edge.target) if end not in names}}
    if not names:
        raise BadGraph("This Tetrad text has no nodes.", next=EXAMPLE)
    return Graph(nodes=tuple(names), edges=tuple(edges)).with_latent(tuple(name for name, latent in names.items() if latent))


def node_of(part: str) -> tuple[str, bool]:
    """Return the name of a node and whether it is latent, which parentheses say."""
    name = part.strip()
    inner = name[1:-1].strip()
    return (inner, True) if name.startswith("(") and name.endswith(")") and inner else (name, False)


def edge_of(line: str, number: int) -> Edge:
    """Read one numbered edge."""
    match = EDGE.fullmatch(line)
    if match is None:
        raise BadGraph(f"Line {number} of the Tetrad text is no edge: {line.strip()!r}.", next=EXAMPLE)
    source, left, right, target = match.groups()
    return Edge(source=source, target=target, at_source=MARKS[left], at_target=MARKS[right])


def write_tetrad(graph: Graph) -> str:
    """Write a graph; support and lags are left out, and signs that Tetrad cannot read in a name become _.

    >>> print(write_tetrad(Graph(nodes=("a", "b"), edges=(Edge(source="a", target="b"),))), end="")
    Graph Nodes:
    a;b
    <BLANKLINE>
    Graph Edges:
    1. a --> b
    """
    flat = plainly_named(unrolled(graph))
    latent = set(flat.latent)
    nodes = ";".join(f"({node})" if node in latent else node for node in flat.nodes)
    edges = [
        f"{i}. {edge.source} {LEFT[edge.at_source]}-{RIGHT[edge.at_target]} {edge.target}" for i, edge in enumerate(flat.edges, start=1)
    ]
    return "\n".join(["Graph Nodes:", nodes, "", "Graph Edges:", *edges, ""])


def plainly_named(graph: Graph) -> Graph:
    """Return the graph with names that Tetrad can read."""
    taken = {node for node in graph.nodes if NAME.fullmatch(node)}
    names = {node: node if node in taken else "" for node in graph.nodes}
    for node in graph.nodes:
        names[node] = names[node] or free_name(re.sub(r"[\s;,()]", "_", node), taken)
    return renamed(graph, names)


def also(graph: Graph) -> Iterable[Loss]:
    """Return `names` where one has a sign that Tetrad cannot read."""
    return () if all(map(NAME.fullmatch, graph.nodes)) else ("names",)


FORMAT = Format(
    name="tetrad",
    says="the text that Tetrad and causal-learn print: 1. x --> y",
    suffixes=(),
    recognises=lambda text: BEGINS.match(text) is not None,
    read=read_tetrad,
    write=write_tetrad,
    cannot=("class", "lag", "support"),
    also=also,
)

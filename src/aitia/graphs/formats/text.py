"""Read and write a graph as one line of text: `a->b; b<->c; c--d; d o-> e; lonely; x[-1]->y`."""

from __future__ import annotations

import dataclasses

from aitia.core.errors import BadGraph
from aitia.core.graph import Edge, Graph, Mark, quoted
from aitia.graphs.formats.format import Format
from aitia.graphs.formats.scanner import Scanner
from aitia.graphs.formats.tokens import quoted_text
from aitia.graphs.neighbours import turned

EDGES = "->, <-, <->, --, o->, <-o, o-o, o- or -o"
SEPARATORS = ";,\n"


@dataclasses.dataclass(frozen=True, slots=True)
class End:
    """Hold one end of an edge as it was typed."""

    name: str
    lag: int


def parse(text: str) -> Graph:
    """Read a graph; statements are separated by `;`, `,` or new lines, `#` begins a comment, names with spaces are quoted.

    The class stays unknown. Raises `BadGraph` naming the statement, the place and what was expected.

    >>> [edge.symbol for edge in parse("a -> b <-> c").edges]
    ['->', '<->']
    """
    scanner = Scanner(text, SEPARATORS)
    names: dict[str, None] = {}
    edges: list[Edge] = []
    scanner.separator()
    while not scanner.at_end():
        read_statement(scanner, names, edges)
        if not scanner.separator() and not scanner.at_end():
            raise wrong(scanner, f"an edge ({EDGES}) or the end of the statement (; or , or a new line)")
    if not names:
        raise BadGraph("This graph has no nodes.", why="The text holds no statement.", next='Write for example "z->t; z->y; t->y".')
    return Graph(nodes=tuple(names), edges=merged(edges))


def read_statement(scanner: Scanner, names: dict[str, None], edges: list[Edge]) -> None:
    """Read a node, or a chain of nodes joined by edges."""
    before = read_end(scanner)
    names.setdefault(before.name)
    alone = True
    while (marks := scanner.edge()) is not None:
        after = read_end(scanner)
        names.setdefault(after.name)
        edges.append(joined(scanner, before, after, marks))
        before, alone = after, False
    if alone and before.lag:
        raise wrong(scanner, f"an edge ({EDGES}) after a node with a lag")


def read_end(scanner: Scanner) -> End:
    """Read a node with its lag."""
    name = scanner.name()
    if name is None:
        raise wrong(scanner, 'the name of a node ("…" around a name that holds spaces or signs)')
    return End(name, scanner.lag())


def joined(scanner: Scanner, before: End, after: End, marks: tuple[Mark, Mark]) -> Edge:
    """Return the edge between two ends, the earlier one as its source."""
    if before.lag and after.lag:
        raise wrong(scanner, "a lag at one end only: y is now, x[-1] is one step before")
    first, second, (at_first, at_second) = (after, before, marks[::-1]) if after.lag else (before, after, marks)
    edge = turned(
        Edge(source=first.name, target=second.name, at_source=at_first, at_target=at_second, lag=first.lag)  # type: ignore[arg-type]
    )
    if edge.lag and (edge.at_source, edge.at_target) == ("arrow", "tail"):
        raise wrong(scanner, f"an arrow out of {first.name}[-{edge.lag}], since an effect cannot come before its cause")
    if not edge.lag and first.name == second.name:
        raise wrong(scanner, f"two different nodes, or a lag: {quoted(first.name)}[-1]->{quoted(first.name)}")
    return edge


def wrong(scanner: Scanner, expected: str) -> BadGraph:
    """Build the error for what stands where something else was expected."""
    return BadGraph(f"{scanner.here()}.", why=f"Expected: {expected}.", next='A graph reads like "z->t; z->y; t->y; t<->y".')


def merged(edges: list[Edge]) -> tuple[Edge, ...]:
    """Keep one of edges that say the same; raises `BadGraph` where their supports differ."""
    kept: dict[tuple[object, ...], Edge] = {}
    for edge in edges:
        ends = ((edge.source, edge.at_source), (edge.target, edge.at_target))
        key = (edge.lag, ends if edge.lag else frozenset(ends))
        if kept.setdefault(key, edge).support != edge.support:
            raise BadGraph(
                f"The edge {edge.source} {edge.symbol} {edge.target} is there twice, with different support.", next="Keep one of them."
            )
    return tuple(kept.values())


def write(graph: Graph) -> str:
    """Write a graph as text that `parse` reads back; the support of edges and which nodes are latent are not in it.

    >>> write(parse("x[-1] -> y; \\"two words\\" <-> y"))
    'x[-1]->y; "two words"<->y'
    """
    if len(graph.nodes) == 1 and not graph.edges and "." in graph.nodes[0]:
        return quoted_text(graph.nodes[0])  # bare it could be taken for a file
    statements = [written(edge) for edge in graph.edges]
    mentioned = tuple(dict.fromkeys(name for edge in graph.edges for name in (edge.source, edge.target)))
    lonely = [node for node in graph.nodes if node not in mentioned]
    if (*mentioned, *lonely) != graph.nodes:  # the order of the nodes is part of the graph: state it first
        return "; ".join([*map(quoted, graph.nodes), *statements])
    return "; ".join([*statements, *map(quoted, lonely)])


def written(edge: Edge) -> str:
    """Write one edge; circles stand apart, so that they are not read as part of a name."""
    gap = " " if "circle" in (edge.at_source, edge.at_target) else ""
    lag = f"[-{edge.lag}]" if edge.lag else ""
    return f"{quoted(edge.source)}{lag}{gap}{edge.symbol}{gap}{quoted(edge.target)}"


FORMAT = Format(
    name="text",
    says="one line of text: a->b; b<->c; c--d; d o-> e; lonely; x[-1]->y",
    suffixes=(".txt", ".graph", ".aitia"),
    recognises=lambda text: True,  # what no other format recognises is read as text, which says what is wrong with it
    read=parse,
    write=write,
    cannot=("class", "latent", "support"),
)

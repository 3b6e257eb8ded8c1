"""Read and write a graph as a list of edges, one a line: `from,to` and, where wanted, at_from, at_to, lag and support."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aitia.core.errors import BadGraph, near
from aitia.core.graph import Edge, Graph
from aitia.graphs.formats.format import Format
from aitia.graphs.formats.tables import cells_of, line_of

COLUMNS = ("from", "to", "at_from", "at_to", "lag", "support")
ALIASES = {"source": "from", "target": "to", "at_source": "at_from", "at_target": "at_to"}
EXAMPLE = 'A list of edges has the columns from and to, and may have at_from, at_to, lag and support; a row without "to" is a lonely node.'


def column(name: str) -> str:
    """Return the name of a column as it is known here.

    >>> column(" Source")
    'from'
    """
    plain = name.strip().lower()
    return ALIASES.get(plain, plain)


def has_edges(header: Iterable[Any]) -> bool:
    """Tell whether a header is that of a list of edges."""
    return {"from", "to"} <= {column(str(name)) for name in header}


def is_edge_list(text: str) -> bool:
    """Tell whether a text is a list of edges: its header has `from` and `to`, and lines follow or it has all the other columns."""
    rows = cells_of(text)
    return rows is not None and has_edges(rows[0]) and (len(rows) > 1 or tuple(rows[0]) == COLUMNS)


def read_edge_list(text: str) -> Graph:
    """Read a graph; nodes come in the order in which they are named.

    >>> read_edge_list("from,to\\na,b\\nc,").nodes
    ('a', 'b', 'c')
    """
    rows = cells_of(text)
    if rows is None or not has_edges(rows[0]):
        raise BadGraph("This is no list of edges: its first line does not name the columns from and to.", next=EXAMPLE)
    return from_rows(rows[0], rows[1:])


def from_rows(header: list[str], rows: Iterable[list[Any]]) -> Graph:
    """Read a graph from the rows of a table with named columns."""
    unnamed = not str(header[0]).strip()  # the running number that pandas writes first
    names = [column(name) for name in header][unnamed:]
    strange = [name for name in names if name not in COLUMNS]
    if strange or len(set(names)) < len(names):
        what = strange[0] if strange else next(name for name in names if names.count(name) > 1)
        raise BadGraph(f"A list of edges has no {'second ' if not strange else ''}column {what!r}.", next=near(what, COLUMNS))
    nodes: dict[str, None] = {}
    edges = []
    for number, row in enumerate((row[unnamed:] for row in rows), start=2):
        if len(row) > len(names):
            raise BadGraph(f"Line {number} of the list of edges has {len(row)} cells under {len(names)} columns.", next=EXAMPLE)
        cells = {name: cell for name, cell in zip(names, row, strict=False) if not is_missing(cell)}
        ends = [str(cells[end]) for end in ("from", "to") if end in cells]
        if "from" not in cells or (len(ends) == 1 and len(cells) > 1):
            raise BadGraph(f"Line {number} of the list of edges does not name both ends.", next=EXAMPLE)
        nodes.update(dict.fromkeys(ends))
        edges += [edge_of(cells, number)] if len(ends) == 2 else []
    return Graph(nodes=tuple(nodes), edges=tuple(edges))


def is_missing(cell: Any) -> bool:
    """Tell whether a cell holds nothing."""
    return cell is None or cell == "" or cell != cell


def edge_of(cells: dict[str, Any], number: int) -> Edge:
    """Read one edge from its cells."""
    marks = {f"at_{end}": str(cells[f"at_{key}"]).strip() for end, key in (("source", "from"), ("target", "to")) if f"at_{key}" in cells}
    try:
        lag = int(cells.get("lag", 0))
        support = float(cells["support"]) if "support" in cells else None
    except ValueError as error:
        raise BadGraph(f"Line {number} of the list of edges has a lag or support that is no number.", why=f"{error}.") from error
    return Edge(source=str(cells["from"]), target=str(cells["to"]), lag=lag, support=support, **marks)  # type: ignore[arg-type]


def write_edge_list(graph: Graph) -> str:
    """Write a graph; nodes are listed first where their order is not that of the edges, lonely ones always.

    >>> print(write_edge_list(Graph(nodes=("a", "b"), edges=(Edge(source="a", target="b"),))), end="")
    from,to,at_from,at_to,lag,support
    a,b,tail,arrow,0,
    """
    named = tuple(dict.fromkeys(end for edge in graph.edges for end in (edge.source, edge.target)))
    lonely = [node for node in graph.nodes if node not in set(named)]
    begins = [[node, ""] for node in graph.nodes] if (*named, *lonely) != graph.nodes else []
    ends = [] if begins else [[node, ""] for node in lonely]
    rows = [cells_for(edge) for edge in graph.edges]
    return "\n".join([",".join(COLUMNS), *map(line_of, [*begins, *rows, *ends]), ""])


def cells_for(edge: Edge) -> list[str]:
    """Return the cells of one edge."""
    support = "" if edge.support is None else repr(float(edge.support))
    return [edge.source, edge.target, edge.at_source, edge.at_target, str(edge.lag), support]


FORMAT = Format(
    name="edges",
    says="a list of edges as CSV: from,to and, where wanted, at_from, at_to, lag, support",
    suffixes=(".csv", ".tsv"),
    recognises=is_edge_list,
    read=read_edge_list,
    write=write_edge_list,
    cannot=("class", "latent"),
)

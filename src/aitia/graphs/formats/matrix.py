"""Read and write a graph as a matrix with a row and a column for each node: text, arrays and data frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np

from aitia.core.errors import BadGraph, BadOption, near
from aitia.core.graph import Edge, Graph, Mark
from aitia.graphs.formats.edge_list import from_rows, has_edges
from aitia.graphs.formats.format import Format, Loss, ObjectFormat, parallel, unrolled
from aitia.graphs.formats.tables import cells_of, line_of

Code = Literal["adjacency", "signs", "pcalg", "causal-learn"]
# What a cell says. Of pcalg and of signs [i, j] is the mark at j, of causal-learn it is the mark at i.
MARKS: dict[Code, dict[Any, Mark]] = {
    "signs": {">": "arrow", "-": "tail", "o": "circle"},
    "pcalg": {1: "circle", 2: "arrow", 3: "tail"},
    "causal-learn": {-1: "tail", 1: "arrow", 2: "circle"},
}
CODES: tuple[Code, ...] = ("adjacency", "signs", "pcalg", "causal-learn")
EMPTY = ("", "0", "0.0", "None", "nan")
EXAMPLE = "A[i, j] = 1 means i -> j, and a 1 in both directions i -- j."


def read_matrix(values: Any, names: Sequence[str] | None = None, *, code: Code | None = None) -> Graph:
    """Read a graph from a square array (p, p); nodes without names are x0, x1, …

    Codes: `adjacency` (1 at [i, j] is i -> j, at both [i, j] and [j, i] i -- j), `signs` (">", "-" or "o" at [i, j] is the
    mark at j, as pgmpy has it), `pcalg` (1 circle, 2 arrow, 3 tail at j) and `causal-learn` (-1 tail, 1 arrow, 2 circle at i).
    Without one it is told by the values; raises `BadGraph` where they fit several.

    >>> read_matrix([[0, 1], [0, 0]], ["a", "b"]).edges[0].symbol
    '->'
    """
    cells = np.asarray(values.toarray() if hasattr(values, "toarray") else values)
    if cells.ndim != 2 or cells.shape[0] != cells.shape[1]:
        raise BadGraph(f"A graph's matrix is square, not {' × '.join(map(str, cells.shape))}.", next=EXAMPLE)
    nodes = tuple(f"x{i}" for i in range(len(cells))) if names is None else tuple(map(str, names))
    if len(nodes) != len(cells):
        raise BadGraph(f"{len(nodes)} names do not fit a matrix of {len(cells)} rows.")
    if code is not None and code not in CODES:
        raise BadOption(f"There is no code {code!r} of matrices.", next=near(code, CODES))
    found = filled(cells)
    used = code or code_of(set(found.values()))
    pairs = sorted({(min(i, j), max(i, j)) for i, j in found})
    edges = tuple(edge_of(nodes, i, j, found.get((i, j), 0), found.get((j, i), 0), used) for i, j in pairs)
    return Graph(nodes=nodes, edges=edges)


def filled(cells: np.ndarray) -> dict[tuple[int, int], Any]:
    """Return the cells that hold something, by row and column."""
    if cells.dtype.kind in "biuf":
        cells = np.nan_to_num(cells.astype(float))
        places: Iterable[tuple[int, int]] = zip(*(axis.tolist() for axis in np.nonzero(cells)), strict=True)
    else:
        places = ((i, j) for i in range(len(cells)) for j in range(len(cells)))
    found = {(i, j): number_of(cells[i, j]) for i, j in places}
    return {place: value for place, value in found.items() if value != 0}


def number_of(cell: Any) -> Any:
    """Return a cell as a whole number or a sign; nothing is 0.

    >>> number_of(" 1.0"), number_of(">"), number_of(None), number_of(True)
    (1, '>', 0, 1)
    """
    text = str(cell).strip()
    if text in EMPTY:
        return 0
    try:
        number = float(cell)
    except (TypeError, ValueError):
        return text
    return int(number) if number.is_integer() else number


def code_of(found: set[Any]) -> Code:
    """Return the code that these values other than 0 belong to."""
    if found <= {1}:
        return "adjacency"
    if found <= set(MARKS["signs"]):
        return "signs"
    fitting: list[Code] = [code for code in ("pcalg", "causal-learn") if found <= set(MARKS[code])]
    if len(fitting) == 1:
        return fitting[0]
    listed = ", ".join(sorted(map(str, found))[:6])
    if fitting:
        raise BadGraph(
            f"A matrix of {listed} can be meant as pcalg or causal-learn write it, which is not the same graph.",
            next='Call read_matrix(matrix, names, code="pcalg") or code="causal-learn".',
        )
    raise BadGraph(f"A graph's matrix holds 0 and 1, not {listed}.", next=f"{EXAMPLE} Turn weights into 1 first.")


def edge_of(nodes: tuple[str, ...], i: int, j: int, there: Any, back: Any, code: Code) -> Edge:
    """Return the edge that the cells [i, j] and [j, i] describe."""
    first, second = nodes[i], nodes[j]
    if i == j:
        raise BadGraph(f"The matrix joins {first!r} to itself.", next="Put 0 on the diagonal.")
    if code == "adjacency":
        if not {there, back} <= {0, 1}:
            raise BadGraph(f"The cells of {first!r} and {second!r} hold {there} and {back}.", next=EXAMPLE)
        if there and back:
            return Edge(source=first, target=second, at_target="tail")
        return Edge(source=first, target=second) if there else Edge(source=second, target=first)
    marks = MARKS[code]
    if there not in marks or back not in marks:
        raise BadGraph(
            f"The cells of {first!r} and {second!r} hold {there} and {back}.", next=f"In the code {code} each is one of {list(marks)}."
        )
    at_second, at_first = (marks[there], marks[back]) if code != "causal-learn" else (marks[back], marks[there])
    return Edge(source=first, target=second, at_source=at_first, at_target=at_second)


def to_matrix(graph: Graph, *, code: Code = "adjacency") -> np.ndarray:
    """Return the matrix (p, p) of a graph, rows and columns in the order of its nodes.

    Raises `BadGraph` for two edges between the same nodes, for lags, and for marks that the code cannot hold.

    >>> to_matrix(read_matrix([[0, 1], [0, 0]])).tolist()
    [[0, 1], [0, 0]]
    """
    place = {node: i for i, node in enumerate(graph.nodes)}
    cells = np.full((len(place), len(place)), "", dtype=object) if code == "signs" else np.zeros((len(place), len(place)), dtype=int)
    if parallel(graph) or any(edge.lag for edge in graph.edges):
        raise BadGraph(
            "A matrix has place for one edge without lag between two nodes, and this graph has more.",
            next="Write it as json, gml, dot or a list of edges.",
        )
    cell = {mark: value for value, mark in MARKS[code].items()} if code != "adjacency" else {"tail": 0, "arrow": 1}
    for edge in graph.edges:
        i, j = place[edge.source], place[edge.target]
        ends = (edge.at_target, edge.at_source) if code != "causal-learn" else (edge.at_source, edge.at_target)
        if code == "adjacency":
            if "circle" in ends or ends == ("arrow", "arrow"):
                raise BadGraph(
                    f"0 and 1 cannot say {edge.source} {edge.symbol} {edge.target}.", next=f"Choose a code: {', '.join(CODES[1:])}."
                )
            ends = ("arrow", "arrow") if ends == ("tail", "tail") else ends
        cells[i, j], cells[j, i] = cell[ends[0]], cell[ends[1]]
    return cells


def is_matrix(text: str) -> bool:
    """Tell whether a text is a square table: names in the first line, then a line for each with a cell for each."""
    rows = cells_of(text)
    if rows is None or len(rows) < 2:
        return False
    names, body = rows[0], rows[1:]
    labelled = len(body[0]) == len(names) and not names[0].strip()
    cells = [row[1:] if labelled else row for row in body]
    size = len(names) - labelled
    if has_edges(names) and [row[0] for row in body] != names[1:]:
        return False
    values = {cell.strip() for row in cells for cell in row}
    return len(cells) == size and all(len(row) == size for row in cells) and all(map(is_cell, values))


def is_cell(text: str) -> bool:
    """Tell whether a text can be the cell of a matrix."""
    return text in MARKS["signs"] or isinstance(number_of(text), int | float)


def read_matrix_text(text: str) -> Graph:
    """Read a matrix with names in the first line and, where its first cell is empty, in the first column."""
    rows = cells_of(text)
    if rows is None or len(rows) < 2:
        raise BadGraph("This is no matrix of a graph: it has no line of names with a line for each.", next=EXAMPLE)
    names, body = rows[0], rows[1:]
    if names[0].strip():
        return read_matrix(ragged(body, len(names)), names)
    labels = [row[0] for row in body]
    if labels != names[1:]:
        raise BadGraph("The rows of this matrix are not named as its columns.", why=f"Rows: {', '.join(labels)}.", next=EXAMPLE)
    return read_matrix(ragged([row[1:] for row in body], len(names) - 1), names[1:])


def ragged(rows: list[list[str]], size: int) -> np.ndarray:
    """Return the rows as an array if all are equally long."""
    short = next((row for row in rows if len(row) != size), None)
    if short is not None:
        raise BadGraph(f"A row of this matrix has {len(short)} cells, not {size}.", next=EXAMPLE)
    return np.array(rows, dtype=object).reshape(len(rows), size)


def write_matrix(graph: Graph) -> str:
    """Write a matrix with names: 0 and 1 where all edges are `->` or `--`, else the sign of the mark at the column's node.

    >>> print(write_matrix(Graph(nodes=("a", "b"), edges=(Edge(source="a", target="b"),))), end="")
    ,a,b
    a,0,1
    b,0,0
    """
    flat = unrolled(graph)
    plain = all(edge.at_source == "tail" and edge.at_target != "circle" for edge in flat.edges)
    cells = to_matrix(flat, code="adjacency" if plain else "signs").tolist()
    rows = [line_of([node, *map(str, row)]) for node, row in zip(flat.nodes, cells, strict=True)]
    return "\n".join([line_of(["", *flat.nodes]), *rows, ""])


def also(graph: Graph) -> Iterable[Loss]:
    """Return `order` where the edges do not come row by row, or one with equal marks does not begin at the earlier node."""
    flat = unrolled(graph)
    place = {node: i for i, node in enumerate(flat.nodes)}
    ends = [(place[edge.source], place[edge.target], edge.at_source == edge.at_target) for edge in flat.edges]
    keys = [sorted((source, target)) for source, target, _ in ends]
    turned_round = any(even and source > target for source, target, even in ends)
    return ("order",) if keys != sorted(keys) or turned_round else ()


def is_frame(source: Any) -> bool:
    """Tell whether an object is a data frame, of whatever library."""
    return hasattr(source, "columns") and hasattr(source, "to_numpy") and hasattr(source, "shape")


def read_frame(frame: Any) -> Graph:
    """Read a data frame: a list of edges if it has the columns `from` and `to`, else a matrix with a column for each node."""
    names = [str(name) for name in frame.columns]
    values = np.asarray(frame.to_numpy(), dtype=object)
    if has_edges(names):
        return from_rows(names, values.tolist())
    labels = [str(label) for label in getattr(frame, "index", ())]
    if labels and labels != [str(i) for i in range(len(names))] and labels != names:
        raise BadGraph("The rows of this frame are not named as its columns.", why=f"Rows: {', '.join(labels[:8])}.", next=EXAMPLE)
    return read_matrix(values, names)


FORMAT = Format(
    name="matrix",
    says="a matrix with names as CSV: 1 in row i and column j is i -> j",
    suffixes=(),
    recognises=is_matrix,
    read=read_matrix_text,
    write=write_matrix,
    cannot=("class", "lag", "latent", "parallel", "support"),
    also=also,
)
FRAME = ObjectFormat(
    name="data frame",
    says="pandas or Polars: a list of edges, or a matrix with a column for each node",
    recognises=is_frame,
    read=read_frame,
)
ARRAY = ObjectFormat(
    name="array",
    says="NumPy or sparse array: A[i, j] = 1 means i -> j; names come by read_matrix(array, names)",
    recognises=lambda source: hasattr(source, "shape") and (hasattr(source, "__array__") or hasattr(source, "toarray")),
    read=read_matrix,
)

"""Name the usual layouts: each is one line about who reads whom."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from aitia.core.errors import BadOption
from aitia.core.graph import Graph
from aitia.graphs.formats.text import parse
from aitia.graphs.neighbours import neighbours
from aitia.sequence.order.columns import Columns, Segments, edges_of, still_columns
from aitia.sequence.order.intervals import Part, part
from aitia.sequence.order.relation import Endless, Relation, relation

SO_FAR = part(0, 1, high_moves=True)
Path: TypeAlias = "int | tuple[int, Sequence[Path], Path]"
Read = tuple[int, int | None]  # from a node up to and without another, or to the query itself


def need(value: int, least: int, name: str) -> int:
    """Return a size; raises `BadOption` below the least one that makes sense."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise BadOption(f"{name} is a whole number from {least}, not {value!r}.")
    return int(value)


def causal(n: int) -> Relation:
    """Read every node so far, itself included."""
    return relation(need(n, 1, "n"), [(0, n, [SO_FAR])])


def full(n: int) -> Relation:
    """Read every node."""
    return relation(need(n, 1, "n"), [(0, n, [part(0, n)])])


def window(n: int, width: int, sink: int = 0) -> Relation:
    """Read the last `width` nodes, itself included, and of what lies before the first `sink` nodes."""
    need(width, 1, "width")
    recent = part(1 - width, 1, low_moves=True, high_moves=True)
    sunk = (relation(n, [(0, need(n, 1, "n"), [part(0, need(sink, 0, "sink"))])]) & causal(n)) if sink else None
    found = relation(n, [(0, n, [recent])])
    return found if sunk is None else found | sunk


def prefix(n: int, length: int) -> Relation:
    """Read the first `length` nodes, whoever asks; `causal(n) | prefix(n, length)` is a text behind a prompt read whole."""
    need(length, 0, "length")
    return relation(need(n, 1, "n"), [(0, n, [part(0, min(length, n))])])


def blocks(sizes: Sequence[int], window: int | None = None, sink: int = 0) -> Relation:
    """Read the own block whole and the blocks before it: all of them, or the last `window` (own one counted) and the first `sink`."""
    edges = np.array(ends_of(sizes))
    place = np.arange(len(edges) - 1)
    first = np.zeros_like(place) if window is None else np.maximum(0, place + 1 - need(window, 1, "window"))
    sunk = np.minimum(need(sink, 0, "sink"), first)
    low = np.column_stack([np.zeros_like(place), np.where(sunk == first, 0, edges[first])])
    high = np.column_stack([edges[sunk], edges[1:]])
    two = (sunk > 0) & (sunk < first)
    used = np.column_stack([two, np.ones_like(two)])
    return Relation(n=int(edges[-1]), segments=Segments(still_columns(edges, place, two + 1, low[used], high[used])))


def scales(sizes: Sequence[int]) -> Relation:
    """Read the own scale whole and every coarser one, coarse scales first."""
    return blocks(sizes)


def block_diffusion(n: int, block: int) -> Relation:
    """Read the own block whole and every block before; the last block may be shorter."""
    need(block, 1, "block")
    return blocks([min(block, need(n, 1, "n") - start) for start in range(0, n, block)])


def ends_of(sizes: Sequence[int]) -> list[int]:
    """Return where the blocks of these sizes begin and end."""
    if not len(sizes):
        raise BadOption("There are no sizes.", next="Give the size of each block, for example (1, 4, 16).")
    return [0, *itertools.accumulate(need(size, 1, "a size") for size in sizes)]


def rings(height: int, width: int) -> Relation:
    """Read the own ring of a grid in raster order whole and every ring outside it. [xing2024]

    The ring of a cell is its least distance to the border; odd grids end in a line or a single cell.
    """
    need(height, 1, "height")
    need(width, 1, "width")
    row, column = (np.minimum(np.arange(size), np.arange(size)[::-1]) for size in (height, width))
    ring = np.minimum(row[:, None], column).ravel()
    edges = np.append(np.flatnonzero(np.append(True, ring[1:] != ring[:-1])), height * width)
    counts, low, high = rings_read(height, width)
    return Relation(n=height * width, segments=Segments(still_columns(edges, ring[edges[:-1]], counts, low, high)))


def rings_read(height: int, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return how many intervals each ring of a grid reads and their ends: all but the rows of what lies inside it."""
    ring = np.arange((min(height, width) + 1) // 2)
    rows, columns = np.maximum(0, height - 2 * (ring + 1)), np.maximum(0, width - 2 * (ring + 1))
    counts = np.where(columns > 0, rows, 0) + 1
    own, edge = np.repeat(ring, counts), edges_of(counts)
    inner = (own + 1 + np.arange(len(own)) - edge[own]) * width + own + 1  # where what lies inside begins in the row behind
    low, high = inner - width + columns[own], inner
    low[edge[:-1]], high[edge[1:] - 1] = 0, height * width
    return counts, low, high


def runs_of(chosen: np.ndarray) -> tuple[Part, ...]:
    """Return the runs of True as parts."""
    edges = np.flatnonzero(np.diff(np.r_[False, chosen, False].astype(np.int8)))
    return tuple(part(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True))


def fork_join(before: int, paths: Sequence[Path], after: Path) -> Relation:
    """Read everything so far, except that the paths between a fork and its join do not read each other. [yang2025]

    A path is a number of nodes, or a fork of its own: `fork_join(8, (5, (2, (3, 4), 2)), 6)`. So is what follows a join:
    `fork_join(8, (5, 4), (2, (3, 4), 6))` has two forks in a row. What stands between two paths of a text, such as a
    tag or an empty line, belongs to one of them.

    >>> fork_join(1, (2, (1, (1, 2), 1)), 1).schedule().height.tolist()
    [0, 1, 2, 1, 2, 2, 3, 4, 5]
    """
    runs = path_runs(0, (), 0, (before, paths, after))
    same = [(own, max(stop for stop, _ in found)) for own, found in itertools.groupby(runs, key=lambda run: run[1])]
    edges = np.array([0, *(stop for _, stop in same)])
    reads = [read for own, _ in same for read in own]
    low = np.array([start for start, _ in reads])
    high = np.array([1 if stop is None else stop for _, stop in reads])
    moves = np.array([stop is None for _, stop in reads])
    counts = edges_of([len(own) for own, _ in same])
    columns = Columns(edges[:-1], edges[1:], np.arange(len(same)), counts, low, high, np.zeros_like(moves), moves)
    return Relation(n=int(edges[-1]), segments=Segments(columns))


def path_runs(start: int, seen: tuple[Read, ...], low: int, path: Path) -> Iterator[tuple[int, tuple[Read, ...]]]:
    """Yield where the runs of a path that begins at a node end, and what each reads: what was seen, and every node so far from `low` on."""
    reads = (*seen, (low, None))
    least = 1
    while isinstance(path, Sequence):
        before, paths, path = forked(path)
        least = 0  # nothing need follow a join
        start = fork = start + before
        if before:
            yield fork, reads
        apart = (*seen, (low, fork)) if low < fork else seen
        for i, below in enumerate(paths):  # to the first path, what stands before the fork and its own nodes are one run
            for run in path_runs(start, apart, start, below) if i else path_runs(fork, seen, low, below):
                yield run
                start = run[0]
    if need(path, least, "a path"):
        yield start + path, reads


def forked(path: Sequence[Any]) -> tuple[int, Sequence[Path], Path]:
    """Return what comes before a fork, its paths, and what follows their join."""
    if len(path) != 3 or not isinstance(path[1], Sequence | np.ndarray) or not len(path[1]):
        raise BadOption(
            f"{path!r} is no path.", next="Give a number of nodes, or a fork: (before, paths, after), for example (2, (3, 4), 1)."
        )
    return need(path[0], 0, "before"), list(path[1]), path[2]


def mutual(image: int, question: int, answer: int) -> Relation:
    """Read everything so far; the image reads the question behind it too, never the answer. [wang2025]"""
    need(image, 0, "image")
    need(question, 0, "question")
    start, stop = image, image + question
    n = stop + need(answer, 0, "answer")
    return relation(n, [(0, image, [SO_FAR, part(start, stop)]), (image, n, [SO_FAR])])


def queries(context: int, count: int) -> Relation:
    """Read the context whole, and the queries behind it so far; the context reads itself only."""
    need(context, 0, "context")
    n = context + need(count, 0, "count")
    return relation(n, [(0, context, [part(0, context)]), (context, n, [SO_FAR])])


def chunks(first: int, size: int, left: int | None = None, right: int = 0, n: int | None = None) -> Any:
    """Read the own chunk of a stream, the chunks before it (all, or the last `left`) and the `right` next ones.

    The first chunk has `first` nodes, every later one `size`, the last what is left. A stream has no length: without
    `n` the layout takes the length of the relation that it is combined with.
    """
    need(first, 1, "first")
    need(size, 1, "size")
    if n is None:
        return Endless(lambda length: chunks(first, size, left, right, length))
    edges = np.array([0, *range(first, need(n, 1, "n"), size), n] if first < n else [0, n])
    place = np.arange(len(edges) - 1)
    low = edges[np.zeros_like(place) if left is None else np.maximum(0, place - need(left, 0, "left"))]
    high = edges[np.minimum(len(place), place + 1 + need(right, 0, "right"))]
    return Relation(n=n, segments=Segments(still_columns(edges, place, np.ones_like(place), low, high)))


def by_graph(graph: Graph | str, sizes: Mapping[str, int] | int = 1) -> Relation:
    """Read the own node of a graph whole and its parents; `sizes` says how many tokens each node has, in the graph's order."""
    known = parse(graph) if isinstance(graph, str) else graph
    counts = [need(sizes if isinstance(sizes, int) else sizes.get(node, 1), 1, "a size") for node in known.nodes]
    edges = ends_of(counts)
    place = {node: (edges[i], edges[i + 1]) for i, node in enumerate(known.nodes)}
    parents = neighbours(known, lagged=False).parents
    rows = [(*place[node], [part(*place[other]) for other in (node, *parents[node])]) for node in known.nodes]
    return relation(edges[-1], rows)

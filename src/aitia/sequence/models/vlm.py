"""Lay images and text out in one sequence: images that read the question behind them, and images read ring by ring.

`mutual_turns` is the order of [wang2025], for any number of images and turns; `concentric` that of [xing2024], whose
positions are the heights of the order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np

from aitia.core.errors import BadOption, near
from aitia.sequence.order.columns import Columns, Segments, columns_of, edges_of
from aitia.sequence.order.intervals import Part, part
from aitia.sequence.order.layouts import SO_FAR, causal, need, rings
from aitia.sequence.order.relation import Relation, relation

Kind = Literal["text", "image", "question", "answer"]
KINDS = get_args(Kind)
Grid = tuple[int, int]
ENDS = ("low", "high", "low_moves", "high_moves")


def mutual_turns(turns: Sequence[tuple[Kind, int]]) -> Relation:
    """Read everything so far; an image also reads the questions behind it in its own turn, which ends with its answer.

    `turns` names the segments in order with their lengths. What was answered is never read ahead. A length may be 0.

    >>> mutual_turns([("text", 1), ("image", 2), ("question", 2), ("answer", 1)]).reads(1)
    [(0, 2), (3, 5)]
    """
    if strange := [kind for kind, _ in turns if kind not in KINDS]:
        raise BadOption(f"There is no segment {strange[0]!r}.", next=near(str(strange[0]), KINDS))
    rows: list[tuple[int, int, list[Part]]] = []
    ahead: list[list[Part]] = []  # of the images in the turn at hand
    start = 0
    for kind, length in turns:
        stop = start + need(length, 0, "a length")
        reads = [SO_FAR]
        if kind == "image":
            ahead.append(reads)
        elif kind == "question" and length:
            for image in ahead:
                image.append(part(start, stop))
        elif kind == "answer":
            ahead = []
        rows.append((start, stop, reads))
        start = stop
    return relation(start, rows)


def concentric(parts: Sequence[int | Grid]) -> Relation:
    """Read text so far, and images ring by ring from their border inwards; `parts` are text lengths and (height, width) of grids.

    A cell reads what lies before its image, and of its image the own ring and those outside it. The heights are the
    published positions: ring r of an image lies r behind its border, and what follows the image ceil(least side / 2).

    >>> concentric([2, (3, 4), 1]).schedule().positions.tolist()
    [0, 1, 2, 2, 2, 2, 2, 3, 3, 2, 2, 2, 2, 2, 4]
    """
    runs = settled_parts(parts)
    if not runs:
        raise BadOption("There is neither text nor an image.", next="Give a length of text or the height and width of a grid.")
    text = columns_of(causal(1).segments)
    of_grid = {item: columns_of(rings(*item).segments) for item in dict.fromkeys(runs) if not isinstance(item, int)}
    at = edges_of([item if isinstance(item, int) else item[0] * item[1] for item in runs])
    found = side_by_side([text if isinstance(item, int) else of_grid[item] for item in runs], at)
    return Relation(n=int(at[-1]), segments=Segments(found))


def settled_parts(parts: Sequence[int | Grid]) -> list[int | Grid]:
    """Return the parts with texts that follow each other as one; an image of one cell reads as a word of text does."""
    found: list[int | Grid] = []
    for item in parts:
        length = need(item, 0, "a length") if isinstance(item, int) else int(item == (1, 1))
        if length and found and isinstance(found[-1], int):
            found[-1] += length
        elif length:
            found.append(length)
        elif not isinstance(item, int):
            found.append(item)
    return found


def side_by_side(found: Sequence[Columns], at: np.ndarray) -> Columns:
    """Return the segments of texts and images laid between edges `at` (k + 1,); the first cell of an image reads what is before it."""
    sets = np.array([len(columns.edge) - 1 for columns in found])
    low, high, low_moves, high_moves = (np.concatenate([getattr(c, name) for c in found]) for name in ENDS)
    further = np.repeat(at[:-1], [len(columns.low) for columns in found])
    edge = edges_of(np.concatenate([np.diff(columns.edge) for columns in found]))
    low, high = low + further * ~low_moves, high + further * ~high_moves
    low[edge[:-1]] = 0
    lengths = [len(columns.start) for columns in found]
    start = np.concatenate([columns.start for columns in found]) + np.repeat(at[:-1], lengths)
    reads = np.concatenate([columns.reads for columns in found]) + np.repeat(edges_of(sets)[:-1], lengths)
    return Columns(start, np.append(start[1:], at[-1]), reads, edge, low, high, low_moves, high_moves)

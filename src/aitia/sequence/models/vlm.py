"""Lay images and text out in one sequence: images that read the question behind them, and images read ring by ring.

`mutual_turns` is the order of [wang2025], for any number of images and turns; `concentric` that of [xing2024], whose
positions are the heights of the order.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Literal, get_args

from aitia.core.errors import BadOption, near
from aitia.sequence.order.columns import Columns, Segments, columns_of, side_by_side
from aitia.sequence.order.intervals import Segment, joined, part
from aitia.sequence.order.layouts import SO_FAR, causal, need, rings
from aitia.sequence.order.relation import Relation

Kind = Literal["text", "image", "question", "answer"]
KINDS = get_args(Kind)
Grid = tuple[int, int]
Turn = tuple[Kind, int]


def mutual_turns(turns: Sequence[Turn]) -> Relation:
    """Read everything so far; an image also reads the questions behind it in its own turn, which ends with its answer.

    `turns` names the segments in order with their lengths. What was answered is never read ahead. A length may be 0.

    >>> mutual_turns([("text", 1), ("image", 2), ("question", 2), ("answer", 1)]).reads(1)
    [(0, 2), (3, 5)]
    """
    turns = [(kind, length) for kind, length in turns]
    for kind, length in dict.fromkeys(turns):
        if kind not in KINDS:
            raise BadOption(f"There is no segment {kind!r}.", next=near(str(kind), KINDS))
        need(length, 0, "a length")
    units = units_of(turns)
    if not units:
        raise BadOption("All lengths together are 0.", next="Give a segment a length of 1 or more.")
    of_unit = {unit: columns_of(unit_segments(unit)) for unit in dict.fromkeys(units)}
    return behind_each_other([of_unit[unit] for unit in units])


def units_of(turns: Sequence[Turn]) -> list[tuple[Turn, ...]]:
    """Return the segments that are not empty in units that begin with an image that reads a question; other images are text."""
    found: list[list[Turn]] = [[]]
    halves: dict[tuple[Turn, ...], tuple[list[Turn], list[Turn]]] = {}
    start = 0
    for stop in [*(i + 1 for i, (kind, _) in enumerate(turns) if kind == "answer"), len(turns)]:
        turn = tuple(turns[start:stop])
        start = stop
        if turn not in halves:
            halves[turn] = halves_of(turn)
        before, behind = halves[turn]
        found[-1] += before
        if behind:
            found.append([*behind])
    return [tuple(unit) for unit in found if any(length for _, length in unit)]


def halves_of(turn: Sequence[Turn]) -> tuple[list[Turn], list[Turn]]:
    """Return the segments of a turn before and from the first image that reads a question; an empty answer still ends the turn."""
    last = max((i for i, (kind, length) in enumerate(turn) if kind == "question" and length), default=-1)
    first = next((i for i, (kind, length) in enumerate(turn[: max(last, 0)]) if kind == "image" and length), len(turn))
    named: list[Turn] = [("text" if kind == "image" and not first <= i < last else kind, length) for i, (kind, length) in enumerate(turn)]
    before, behind = ([item for item in half if item[1] or item[0] == "answer"] for half in (named[:first], named[first:]))
    return before, behind


def unit_segments(unit: Sequence[Turn]) -> tuple[Segment, ...]:
    """Return the segments of a unit as if nothing stood before it."""
    runs: list[tuple[int, int, list[tuple[int, int]]]] = []  # with the questions that an image reads
    ahead: list[list[tuple[int, int]]] = []  # of the images in the turn at hand
    start = 0
    for kind, length in unit:
        stop = start + length
        read: list[tuple[int, int]] = []
        if kind == "image":
            ahead.append(read)
        elif kind == "question":
            for questions in ahead:
                questions.append((start, stop))
        elif kind == "answer":
            ahead = []
        runs.append((start, stop, read))
        start = stop
    return joined(segment for begin, end, read in runs for segment in turn_segments(begin, end, read))


def turn_segments(start: int, stop: int, questions: Sequence[tuple[int, int]]) -> Iterator[Segment]:
    """Yield a run of nodes that read everything so far and some questions behind them; what touches is one interval."""
    apart: list[tuple[int, int]] = []
    for low, high in questions:
        apart = [*apart[:-1], (apart[-1][0], high)] if apart and apart[-1][1] == low else [*apart, (low, high)]
    last = stop - 1 if apart and apart[0][0] == stop else stop  # from the last node on, the question goes on from what is so far
    behind = tuple(part(low, high) for low, high in apart)
    if start < last:
        yield Segment(start, last, (SO_FAR, *behind))
    if last < stop:
        yield Segment(last, stop, (part(0, apart[0][1]), *behind[1:]))


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
    of_item = {item: causal(item) if isinstance(item, int) else rings(*item) for item in dict.fromkeys(runs)}
    return behind_each_other([columns_of(of_item[item].segments) for item in runs])


def behind_each_other(parts: Sequence[Columns]) -> Relation:
    """Return orders one behind the other, whose first intervals begin at node 0, as one in which what is before joins these."""
    found = side_by_side(parts)
    low = found.low.copy()
    low[found.edge[:-1]] = 0
    return Relation(n=found.n, segments=Segments(dataclasses.replace(found, low=low)))


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

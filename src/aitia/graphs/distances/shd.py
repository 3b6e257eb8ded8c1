"""Count the pairs of nodes that two graphs do not join alike: the structural Hamming distance. [tsamardinos2006]"""

from __future__ import annotations

import itertools
from typing import Literal

from aitia.core.graph import Graph, Mark
from aitia.graphs.distances.comparison import GraphComparison, Pair, aligned, distance, joins, possible_pairs


def shd(truth: Graph, guess: Graph, *, each: Literal["pair", "mark"] = "pair") -> GraphComparison:
    """Return the distance of two graphs of any class over the same nodes; it is symmetric.

    A missing edge, one too many, a turned one and one with another mark at either end each count 1, so that a turned
    arrow is one mistake and not two. With `each="mark"` every end whose marks differ counts 1: a missing edge 2, a turned
    arrow 2, `o->` for `->` 1. The share is that of all pairs (of all ends, twice as many).

    >>> from aitia.graphs.formats.text import parse
    >>> shd(parse("a->b; b->c; a; d"), parse("b->a; b->c; c->d; a")).count
    2
    """
    guess = aligned(truth, guess)
    one, other = joins(truth), joins(guess)
    pairs = one.keys() | other.keys()
    possible = possible_pairs(truth, guess)
    none: frozenset[tuple[Mark, Mark]] = frozenset()
    if each == "mark":
        ends = itertools.product(pairs, range(2))
        return distance("shd of marks", sum(at(one, pair, end) != at(other, pair, end) for pair, end in ends), 2 * possible)
    return distance("shd", sum(one.get(pair, none) != other.get(pair, none) for pair in pairs), possible)


def at(found: dict[Pair, frozenset[tuple[Mark, Mark]]], pair: Pair, end: int) -> frozenset[Mark]:
    """Return the marks at one end of a pair."""
    return frozenset(marks[end] for marks in found.get(pair, ()))

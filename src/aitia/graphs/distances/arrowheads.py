"""Compare where two graphs have arrowheads: precision, recall and F1 of arrowheads."""

from __future__ import annotations

from aitia.core.graph import Graph
from aitia.graphs.distances.comparison import GraphComparison, Pair, aligned, joins, overlap


def arrowheads(truth: Graph, guess: Graph, *, shared: bool = False) -> GraphComparison:
    """Return how many of the guessed arrowheads are true (precision) and how many of the true ones are guessed (recall).

    An arrowhead at b on an edge from a is right where the true graph has one at b on an edge of a and b. `a <-> b` has two.
    With `shared` only pairs that both graphs join are looked at, which asks about directions alone.

    >>> from aitia.graphs.formats.text import parse
    >>> truth, guess = parse("a->c<-b; c->d"), parse("a->c--b; c->d; a->d")
    >>> found = arrowheads(truth, guess)
    >>> found.count, found.of, arrowheads(truth, guess, shared=True).precision
    (2, 4, 1.0)
    """
    guess = aligned(truth, guess)
    one, other = heads(truth), heads(guess)
    if shared:
        both = joins(truth).keys() & joins(guess).keys()
        one, other = ({head for head in found if head[0] in both} for found in (one, other))
    return overlap("arrowhead F1" + (" where both join" if shared else ""), one, other)


def heads(graph: Graph) -> set[tuple[Pair, int]]:
    """Return every arrowhead as a pair and the end at which it is."""
    return {(pair, end) for pair, edges in joins(graph).items() for marks in edges for end in (0, 1) if marks[end] == "arrow"}

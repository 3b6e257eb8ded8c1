"""Compare which nodes two graphs join, whatever the marks: precision, recall and F1 of adjacencies."""

from __future__ import annotations

from aitia.core.graph import Graph
from aitia.graphs.distances.comparison import GraphComparison, aligned, joins, overlap


def adjacency(truth: Graph, guess: Graph) -> GraphComparison:
    """Return how many of the guessed joins are true (precision) and how many of the true ones are guessed (recall).

    >>> from aitia.graphs.formats.text import parse
    >>> found = adjacency(parse("a->b->c"), parse("a<-b; a->c"))
    >>> found.precision, found.recall, found.value
    (0.5, 0.5, 0.5)
    """
    guess = aligned(truth, guess)
    return overlap("adjacency F1", joins(truth).keys(), joins(guess).keys())

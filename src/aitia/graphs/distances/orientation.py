"""Compare the marks of the edges that two graphs share: the accuracy of orientation."""

from __future__ import annotations

from aitia.core.graph import Graph
from aitia.graphs.distances.comparison import GraphComparison, aligned, joins, share


def orientation(truth: Graph, guess: Graph) -> GraphComparison:
    """Return the share of pairs joined in both graphs whose edges have the same marks at both ends; None where none is.

    >>> from aitia.graphs.formats.text import parse
    >>> orientation(parse("a->b->c"), parse("a->b<-c")).value
    0.5
    """
    one, other = joins(truth), joins(aligned(truth, guess))
    both = one.keys() & other.keys()
    right = sum(one[pair] == other[pair] for pair in both)
    return GraphComparison(metric="orientation accuracy", value=share(right, len(both)), better="higher", count=right, of=len(both))

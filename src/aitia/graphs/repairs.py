"""Ask whether an adjustment set survives joins that the graph left out and the data call for. [perkovic2018]"""

from __future__ import annotations

from collections.abc import Iterable

from aitia.core.graph import Edge, Graph
from aitia.graphs.adjustment import is_adjustment_set
from aitia.graphs.reachability import topological_order

Pair = tuple[str, str]


def survives(graph: Graph, treatment: str, outcome: str, given: Iterable[str], pairs: Iterable[Pair]) -> bool:
    """Tell whether an adjustment set stays valid when pairs inside it are joined, by `<->` or by arrows along the order.

    A join of two nodes that are both held fixed can open a path only through a node where two arrowheads meet, which
    `<->` on every pair makes most of. False for a pair with an end outside the set: its join may confound.

    >>> from aitia.graphs.formats.text import parse
    >>> star = parse("a->t; a->y; b->t; b->y; t->y")
    >>> survives(star, "t", "y", ["a", "b"], [("a", "b")]), survives(star, "t", "y", ["a", "b"], [("a", "c")])
    (True, False)
    """
    held, joined = frozenset(given), list(pairs)
    if not all({first, second} <= held for first, second in joined):
        return False
    place = {node: i for i, node in enumerate(topological_order(graph))}
    along = [sorted(pair, key=place.__getitem__) for pair in joined]
    shared = [Edge(source=first, target=second, at_source="arrow") for first, second in joined]
    arrows = [Edge(source=first, target=second) for first, second in along]
    return all(is_adjustment_set(graph.with_edges((*graph.edges, *more)), treatment, outcome, held) for more in (shared, arrows))

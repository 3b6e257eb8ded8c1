"""Ask whether an adjustment set survives joins that the graph left out and the data call for. [perkovic2018]"""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from aitia.core.graph import Edge, Graph
from aitia.graphs.adjustment import is_adjustment_set
from aitia.graphs.classes import is_acyclic
from aitia.graphs.reachability import topological_order

Pair = tuple[str, str]
MOST_OUTSIDE = 5


def survives(graph: Graph, treatment: str, outcome: str, given: Iterable[str], pairs: Iterable[Pair]) -> bool:
    """Tell whether an adjustment set stays valid however these pairs are joined, by an arrow either way or by `<->`.

    Pairs inside the set are joined by `<->`, which opens the most colliders there, and by arrows along the order; the
    others in every way, of which more than five pairs have too many: then the answer is False.

    >>> from aitia.graphs.formats.text import parse
    >>> star = parse("a->t; a->y; b->t; b->y; c->y; t->y")
    >>> survives(star, "t", "y", ["a", "b"], [("a", "b")]), survives(star, "t", "y", ["a", "b"], [("t", "c")])
    (True, False)
    """
    held, joined = frozenset(given), list(pairs)
    inside = [pair for pair in joined if set(pair) <= held]
    outside = [pair for pair in joined if not set(pair) <= held]
    if len(outside) > MOST_OUTSIDE:
        return False
    place = {node: i for i, node in enumerate(topological_order(graph))}
    shared = [Edge(source=first, target=second, at_source="arrow") for first, second in inside]
    along = [sorted(pair, key=place.__getitem__) for pair in inside]
    arrows = [Edge(source=first, target=second) for first, second in along]
    return all(
        valid(graph.with_edges((*graph.edges, *more, *ways)), treatment, outcome, held)
        for more in ((shared, arrows) if inside else ((),))
        for ways in itertools.product(*map(every_way, outside))
    )


def every_way(pair: Pair) -> tuple[Edge, ...]:
    """Return the three edges that can join two nodes."""
    first, second = pair
    return Edge(source=first, target=second), Edge(source=second, target=first), Edge(source=first, target=second, at_source="arrow")


def valid(graph: Graph, treatment: str, outcome: str, given: frozenset[str]) -> bool:
    """Tell whether a set adjusts for confounding; joins that would make a cycle are no way to join."""
    return not is_acyclic(graph) or is_adjustment_set(graph, treatment, outcome, given)

"""Check ancestral graphs, find what all equivalent ones share, and direct what they leave open. [richardson2002] [zhang2008]"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aitia.graphs.chordal import cardinality_order, components
from aitia.graphs.equivalence import causal_order
from aitia.graphs.inducing import Masks, above, bits, induced_pairs
from aitia.graphs.marked import ARROW, CIRCLE, TAIL, Marked, blank
from aitia.graphs.orientation import orient, unshielded_colliders


def masks(state: Marked) -> tuple[Masks, Masks]:
    """Return the parents and the spouses of every node as bits."""
    n = len(state)
    parents = [sum(1 << other for other in state.parents(node)) for node in range(n)]
    spouses = [sum(1 << other for other in state.spouses(node)) for node in range(n)]
    return parents, spouses


def ancestor_masks(parents: Masks) -> Masks | None:
    """Return the ancestors of every node as bits, itself included, or None where there is a directed cycle."""
    order = causal_order([set(bits(own)) for own in parents])
    return above(parents, order) if len(order) == len(parents) else None


def mag_fault(state: Marked, names: Sequence[str]) -> str | None:
    """Say why a graph is not a maximal ancestral graph, or None where it is one."""
    for first, second, at_first, at_second in state.edges():
        if CIRCLE in (at_first, at_second):
            return f"The edge of {names[first]} and {names[second]} leaves a mark open."
    parents, spouses = masks(state)
    for node, others in enumerate(state.ends):
        if any(mark == TAIL == state.ends[a][node] for a, mark in others.items()) and (parents[node] or spouses[node]):
            return (
                f"An undirected edge says that {names[node]} leads to a selected node, and an arrowhead at {names[node]} that it does not."
            )
    ancestors = ancestor_masks(parents)
    if ancestors is None:
        return "Its arrows lead round in a cycle."
    for node, own in enumerate(spouses):
        for cause in bits(own & ancestors[node]):
            joined = f"{names[cause]} <-> {names[node]}"
            return f"{joined} says that neither causes the other, and arrows lead from {names[cause]} to {names[node]}."
    for first, second in induced_pairs(parents, spouses, ancestors):
        return f"It is not maximal: {names[first]} and {names[second]} are not joined, and no set separates them."
    return None


def mag_between(parents: Masks, spouses: Masks, nodes: Sequence[int], selected: int = 0) -> Marked:
    """Return the maximal ancestral graph over some nodes of an ADMG whose other nodes are selected; numbers count within `nodes`."""
    ancestors = ancestor_masks(parents)
    assert ancestors is not None
    place = {node: i for i, node in enumerate(nodes)}
    leads_to_selected = 0
    for node in bits(selected):
        leads_to_selected |= ancestors[node]
    found = blank(len(nodes))
    for first, second in (*direct_pairs(parents, spouses), *induced_pairs(parents, spouses, ancestors, selected)):
        if first in place and second in place:
            at_first = TAIL if (ancestors[second] | leads_to_selected) >> first & 1 else ARROW
            at_second = TAIL if (ancestors[first] | leads_to_selected) >> second & 1 else ARROW
            found.join(place[first], place[second], at_first, at_second)
    return found


def direct_pairs(parents: Masks, spouses: Masks) -> Iterator[tuple[int, int]]:
    """Yield every pair that some edge joins, some more than once."""
    for node, own in enumerate(parents):
        for other in bits(own | spouses[node]):
            yield other, node


def pag_of(mag: Marked) -> Marked:
    """Return the marks that all maximal ancestral graphs with the same separations share, circles elsewhere.

    Where a rule asks whether a node lies in a separating set, the marks of the graph itself tell: on a discriminating path
    it does exactly where it is no collider.
    """
    found = blank(len(mag), ((first, second) for first, second, _, _ in mag.edges()))
    for a, b, c in unshielded_colliders(mag):
        found.ends[a][b] = found.ends[c][b] = ARROW
    orient(found, lambda _, a, b, c: mag.ends[a][b] == ARROW == mag.ends[c][b])
    return found


def member(pag: Marked) -> Marked:
    """Return a graph that a PAG stands for: tails for circles opposite other marks, and no new collider among the `o-o` edges."""
    found = pag.copy()
    circles: list[set[int]] = [set() for _ in pag.ends]
    for first, second, at_first, at_second in pag.edges():
        if at_first == CIRCLE == at_second:
            circles[first].add(second)
            circles[second].add(first)
        else:
            found.join(first, second, *(TAIL if mark == CIRCLE else mark for mark in (at_first, at_second)))
    for part in components(circles, range(len(pag))):
        place = {node: i for i, node in enumerate(cardinality_order(circles, part))}
        for node in part:
            for other in circles[node]:
                if place[node] < place[other]:
                    found.join(node, other, TAIL, ARROW)
    return found


def pag_fault(state: Marked, names: Sequence[str]) -> str | None:
    """Say why a graph is not the PAG of a maximal ancestral graph, or None where it is one."""
    chosen = member(state)
    why = mag_fault(chosen, names)
    if why is not None:
        return f"Directing what it leaves open gives no maximal ancestral graph. {why}"
    whole = pag_of(chosen)
    for first, second, *ends in state.edges():
        proper = [whole.ends[second][first], whole.ends[first][second]]
        if proper != ends:
            wrong = names[first] if proper[0] != ends[0] else names[second]
            return f"The mark at {wrong} on the edge of {names[first]} and {names[second]} is not what all equivalent graphs share."
    return None

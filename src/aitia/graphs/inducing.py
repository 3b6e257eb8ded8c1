"""Find inducing paths: what keeps two nodes dependent whatever else that is measured is given. [richardson2002]"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from aitia.core.graph import Graph
from aitia.graphs.neighbours import Neighbours, closure, name_set, neighbours

Masks = list[int]  # bit j of the i-th number tells whether i stands in the relation to j
State = tuple[str, bool]  # a node, and whether the walk came in by an arrowhead


def inducing_path(graph: Graph, first: str, second: str, selection: str | Iterable[str] = ()) -> tuple[str, ...] | None:
    """Return the nodes of a path between two nodes that no set of measured nodes blocks, given the selected ones; None where none is.

    Between its ends every collider is an ancestor of an end or of a selected node, and every other node is latent. Edges
    other than `->` and `<->` are not walked.

    >>> from aitia.graphs.formats.text import parse
    >>> inducing_path(parse("a->b<->c; b->d; c->d").with_latent(("b",)), "a", "c"), inducing_path(parse("a->b<->c; b->c"), "a", "c")
    (None, ('a', 'b', 'c'))
    """
    index = neighbours(graph, lagged=False)
    opened = closure(name_set(graph, (first, second)) | name_set(graph, selection), index.parents)
    before: dict[State, State | None] = {(first, False): None}
    waiting = deque(before)
    while waiting:
        state = waiting.popleft()
        if state[0] == second:
            return without_loops(before, state)
        for after in onward(index, state, state[0] == first, state[0] in graph.latent, opened):
            if after not in before and after[0] != first:
                before[after] = state
                waiting.append(after)
    return None


def onward(index: Neighbours, state: State, begins: bool, latent: bool, opened: frozenset[str]) -> Iterator[State]:
    """Yield the states one edge further on an inducing path."""
    node, into = state
    free = begins or latent
    if free:
        yield from ((child, True) for child in index.children[node])
    if begins or (node in opened if into else latent):
        yield from ((parent, False) for parent in index.parents[node])
        yield from ((spouse, True) for spouse in index.spouses[node])


def without_loops(before: dict[State, State | None], last: State) -> tuple[str, ...]:
    """Return the nodes of a walk without what lies between two visits of a node; an inducing walk stays inducing."""
    walk, state = [last[0]], before[last]
    while state is not None:
        if state[0] in walk:
            del walk[walk.index(state[0]) + 1 :]
        else:
            walk.append(state[0])
        state = before[state]
    return tuple(reversed(walk))


def bits(mask: int) -> Iterator[int]:
    """Yield the places of the bits of a number, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def reachable(start: int, within: int, links: Masks) -> int:
    """Return the bits of `within` that chains of links reach from those of `start`, the start included."""
    found = waiting = start & within
    while waiting:
        low = waiting & -waiting
        new = links[low.bit_length() - 1] & within & ~found
        found |= new
        waiting = (waiting ^ low) | new
    return found


def above(parents: Masks, order: Iterable[int]) -> Masks:
    """Return the ancestors of every node, itself included, from parents and an order in which causes come first."""
    found = [0] * len(parents)
    for node in order:
        found[node] = 1 << node
        for parent in bits(parents[node]):
            found[node] |= found[parent]
    return found


def induced_pairs(parents: Masks, spouses: Masks, ancestors: Masks, selected: int = 0) -> Iterator[tuple[int, int]]:
    """Yield every pair, lower first and once, that is not joined by an edge and has an inducing path without latent nodes.

    Between the ends of such a path are nodes of one district, so that pairs around each district are all that is looked at.
    """
    n = len(parents)
    chosen = 0
    for node in bits(selected):
        chosen |= ancestors[node]
    touching = spouses_and_children(parents, spouses)
    seen: set[tuple[int, int]] = set()
    left = (1 << n) - 1
    while left:
        district = reachable(left & -left, left, spouses)
        left &= ~district
        if not district & (district - 1) and not district & chosen:
            continue  # one node alone is a collider that nothing opens
        around = district
        for node in bits(district):
            around |= parents[node]
        ends = [node for node in bits(around & ~selected) if touching[node] & district]
        for i, first in enumerate(ends):
            for second in ends[i + 1 :]:
                if (first, second) in seen or touching[first] >> second & 1 or touching[second] >> first & 1:
                    continue
                opened = district & (ancestors[first] | ancestors[second] | chosen) & ~(1 << first | 1 << second)
                if reachable(touching[first], opened, spouses) & touching[second]:
                    seen.add((first, second))
                    yield first, second


def spouses_and_children(parents: Masks, spouses: Masks) -> Masks:
    """Return the nodes that each node has an edge with an arrowhead into."""
    found = list(spouses)
    for node, own in enumerate(parents):
        for parent in bits(own):
            found[parent] |= 1 << node
    return found

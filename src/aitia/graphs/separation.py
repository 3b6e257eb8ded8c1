"""Tell which nodes a set separates, and find such sets. [zander2019]"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable

from aitia.core.graph import Graph
from aitia.graphs.classes import as_admg
from aitia.graphs.moral import closest, moral, starts
from aitia.graphs.neighbours import Neighbours, closure, name_set, neighbours

State = tuple[str, bool]  # a node, and whether the walk came in by an arrowhead


def separated(graph: Graph, first: str | Iterable[str], second: str | Iterable[str], given: str | Iterable[str] = ()) -> bool:
    """Tell whether `given` m-separates two sets of nodes in a DAG or ADMG, in time linear in the edges.

    >>> from aitia.graphs.formats.text import parse
    >>> chain = parse("a->b->c")
    >>> separated(chain, "a", "c"), separated(chain, "a", "c", "b")
    (False, True)
    """
    index = neighbours(as_admg(graph))
    walls = name_set(graph, given)
    ends = name_set(graph, second) - walls
    reached = walk(index, name_set(graph, first) - walls, walls, closure(walls, index.parents))
    return not any((end, into) in reached for end in ends for into in (True, False))


def walk(index: Neighbours, begins: Collection[str], walls: frozenset[str], opened: frozenset[str]) -> dict[State, State | None]:
    """Return every state that an open walk reaches, each with the state before it; shortest walks first.

    A walk goes through a collider only in `opened` and through any other node only outside `walls`.
    """
    found: dict[State, State | None] = {(node, False): None for node in sorted(begins)}
    waiting = deque(found)
    while waiting:
        state = waiting.popleft()
        for after in steps(index, state, found[state] is None, walls, opened):
            if after not in found:
                found[after] = state
                waiting.append(after)
    return found


def steps(index: Neighbours, state: State, begins: bool, walls: frozenset[str], opened: frozenset[str]) -> Iterable[State]:
    """Yield the states one edge further."""
    node, into = state
    free = begins or node not in walls
    if free:
        yield from ((child, True) for child in index.children[node])
    if (into and node in opened) or (free and not into):
        yield from ((parent, False) for parent in index.parents[node])
        yield from ((spouse, True) for spouse in index.spouses[node])


def separator(
    graph: Graph, first: str | Iterable[str], second: str | Iterable[str], allowed: str | Iterable[str]
) -> tuple[str, ...] | None:
    """Return a minimal set within `allowed` that m-separates two sets of nodes, in graph order; None where there is none.

    >>> from aitia.graphs.formats.text import parse
    >>> separator(parse("a->b->c; d->a; d->c"), "a", "c", ["b", "d"])
    ('b', 'd')
    """
    index = neighbours(as_admg(graph))
    one, two = name_set(graph, first), name_set(graph, second)
    shape = moral(index, graph.nodes, closure(one | two, index.parents))
    cuttable = frozenset(shape.place[node] for node in name_set(graph, allowed) - one - two if node in shape.place)
    if one & two:
        return None
    found = closest(shape, starts(shape, one), starts(shape, two), cuttable, frozenset())
    return None if found is None else tuple(shape.nodes[i] for i in sorted(found))

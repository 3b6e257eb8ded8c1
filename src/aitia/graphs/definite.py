"""Tell whether a set separates in all graphs, in none, or not decidedly, where some marks are open. [zhang2008]"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from aitia.core.errors import BadGraph
from aitia.core.graph import Graph, Mark
from aitia.graphs.classes import late
from aitia.graphs.neighbours import name_set
from aitia.graphs.reachability import topological_order
from aitia.graphs.separation import Names, prepare

Step = tuple[str, Mark, Mark]  # the other node, the mark here and the mark there
Steps = dict[str, list[Step]]
Passes = Callable[[str, Mark, Mark], bool]  # a node, and the marks at it of the edges by which a walk comes and goes


def all_separate(graph: Graph, first: Names, second: Names, given: Names = ()) -> bool | None:
    """Tell whether `given` separates two sets in every graph that the marks allow: True in all, False in none, None undecided.

    The graphs of a CPDAG, MPDAG or PAG have the same separations, so the answer is never None for these. Any other graph
    stands for every graph that has a tail or an arrowhead in place of each circle, and in place of each tail of a `--` that
    meets an arrowhead: True where no walk could be open, False where one walk is open whatever the open marks are.
    Raises `BadGraph` for lags and directed cycles.

    >>> from aitia.graphs.formats.text import parse
    >>> open_ended = parse("a<->b--c; b->d")
    >>> [all_separate(open_ended, "a", *ends) for ends in (("c", "b"), ("d", "b"), ("d", "c"))]
    [None, True, False]
    """
    try:
        return prepare(graph).separated(first, second, given)
    except BadGraph:
        wrong = late(graph)
        if wrong is not None:
            raise wrong from None
        topological_order(graph)
    steps = opened_steps(graph)
    walls = name_set(graph, given)
    begins, ends = name_set(graph, first) - walls, name_set(graph, second) - walls
    surely, perhaps = above(steps, walls, is_arrow_in), above(steps, walls, may_be_arrow_in)
    if leads(steps, begins, ends, lambda node, came, goes: surely_open(node, came, goes, walls, surely)):
        return False
    return None if leads(steps, begins, ends, lambda node, came, goes: perhaps_open(node, came, goes, walls, perhaps)) else True


def opened_steps(graph: Graph) -> Steps:
    """Return the edges of every node as walked from it; a `--` that meets an arrowhead has circles."""
    headed = {
        end for edge in graph.edges for end, mark in ((edge.source, edge.at_source), (edge.target, edge.at_target)) if mark == "arrow"
    }
    steps: Steps = {node: [] for node in graph.nodes}
    for edge in graph.edges:
        at_source, at_target = edge.at_source, edge.at_target
        if at_source == at_target == "tail" and headed & {edge.source, edge.target}:
            at_source = at_target = "circle"
        steps[edge.source].append((edge.target, at_source, at_target))
        steps[edge.target].append((edge.source, at_target, at_source))
    return steps


def is_arrow_in(here: Mark, there: Mark) -> bool:
    """Tell whether the edge is an arrow from there into here."""
    return here == "arrow" and there == "tail"


def may_be_arrow_in(here: Mark, there: Mark) -> bool:
    """Tell whether the edge may be an arrow from there into here."""
    return here != "tail" and there != "arrow"


def above(steps: Steps, nodes: Collection[str], counts: Callable[[Mark, Mark], bool]) -> set[str]:
    """Return some nodes and all their ancestors along edges that count as arrows."""
    found, waiting = set(nodes), list(nodes)
    while waiting:
        for other, here, there in steps[waiting.pop()]:
            if other not in found and counts(here, there):
                found.add(other)
                waiting.append(other)
    return found


def surely_open(node: str, came: Mark, goes: Mark, walls: Collection[str], above_walls: Collection[str]) -> bool:
    """Tell whether a walk passes a node whatever the open marks are."""
    if "tail" in (came, goes):
        return node not in walls
    return came == goes == "arrow" and node in above_walls


def perhaps_open(node: str, came: Mark, goes: Mark, walls: Collection[str], above_walls: Collection[str]) -> bool:
    """Tell whether a walk passes a node for some choice of the open marks."""
    may_collide = "tail" not in (came, goes) and node in above_walls
    return may_collide or (not came == goes == "arrow" and node not in walls)


def leads(steps: Steps, begins: Collection[str], ends: Collection[str], passes: Passes) -> bool:
    """Tell whether a walk that passes every node between leads from one set to another."""
    if set(begins) & set(ends):
        return True
    waiting = list(dict.fromkeys((other, there) for node in sorted(begins) for other, _, there in steps[node]))
    seen = set(waiting)
    while waiting:
        node, came = waiting.pop()
        if node in ends:
            return True
        for state in onward(steps, node, came, passes):
            if state not in seen:
                seen.add(state)
                waiting.append(state)
    return False


def onward(steps: Steps, node: str, came: Mark, passes: Passes) -> Iterator[tuple[str, Mark]]:
    """Yield where a walk can go on to, and the mark there."""
    return ((other, there) for other, here, there in steps[node] if passes(node, came, here))

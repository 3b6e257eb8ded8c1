"""Name single paths of a graph in words: the shortest ones, what blocks them, and one that nothing measured blocks."""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from aitia.graphs.adjustment import Adjusting
from aitia.graphs.neighbours import Neighbours, closure
from aitia.graphs.separation import State, walk

Step = tuple[str, str]  # the sign of an edge as walked, and the node it leads to
Path = tuple[Step, ...]
MOST_LOOKED_AT = 5000


def steps(index: Neighbours, node: str) -> Iterator[Step]:
    """Yield every edge out of a node as walked from it."""
    yield from (("->", child) for child in index.children[node])
    yield from (("<-", parent) for parent in index.parents[node])
    yield from (("<->", spouse) for spouse in index.spouses[node])


def arrows(problem: Adjusting, node: str) -> Iterator[Step]:
    """Yield every edge out of a node that a directed path to the outcome can take."""
    yield from (("->", child) for child in problem.whole.children[node] if child in problem.causal)


def distances(end: str, back: Callable[[str], Iterable[str]]) -> dict[str, int]:
    """Return the number of edges from every node to `end`, given the nodes one edge before a node."""
    found = {end: 0}
    waiting = deque([end])
    while waiting:
        node = waiting.popleft()
        for other in back(node):
            if other not in found:
                found[other] = found[node] + 1
                waiting.append(other)
    return found


def shortest(
    begins: Iterable[Path], onward: Callable[[str], Iterable[Step]], left: dict[str, int], most: int
) -> tuple[tuple[Path, ...], bool]:
    """Return the shortest simple paths to where `left` is 0, and whether these are all.

    Looks at no more than a fixed number of beginnings, nearest first, so that dense graphs cost no more.
    """
    waiting = [(1 + left[path[0][1]], count, path) for count, path in enumerate(begins) if path[0][1] in left]
    heapq.heapify(waiting)
    found: list[Path] = []
    count = len(waiting)
    for _ in range(MOST_LOOKED_AT):
        if not waiting or len(found) > most:
            break
        _, _, path = heapq.heappop(waiting)
        if not left[path[-1][1]]:
            found.append(path)
            continue
        seen = {node for _, node in path}
        for step in onward(path[-1][1]):
            if step[1] not in seen and step[1] in left:
                count += 1
                heapq.heappush(waiting, (len(path) + 1 + left[step[1]], count, (*path, step)))
    return tuple(found[:most]), not waiting and len(found) <= most


def back_door_paths(problem: Adjusting, most: int) -> tuple[tuple[Path, ...], bool]:
    """Return the shortest paths into the treatment that reach the outcome, and whether these are all."""
    index, begin = problem.index, problem.treatment
    left = distances(problem.outcome, lambda node: (other for _, other in steps(index, node)))
    left.pop(begin, None)
    begins = [(step,) for step in steps(index, begin) if step[0] != "->"]
    return shortest(begins, lambda node: steps(index, node), left, most)


def causal_paths(problem: Adjusting, most: int) -> tuple[tuple[Path, ...], bool]:
    """Return the shortest directed paths from treatment to outcome, and whether these are all."""
    left = distances(problem.outcome, lambda node: problem.whole.parents[node])
    begins = [(step,) for step in arrows(problem, problem.treatment)]
    return shortest(begins, lambda node: arrows(problem, node), left, most)


def blocker(problem: Adjusting, path: Path, given: frozenset[str]) -> str:
    """Say which node blocks a path: a member of the set that is no collider, else a collider that the set leaves closed."""
    opened = closure(given, problem.index.parents)
    colliders = []
    for (sign, node), (onward, _) in itertools.pairwise(path):
        if sign.endswith(">") and onward.startswith("<"):
            colliders += [node] if node not in opened else []
        elif node in given:
            return f"blocked by adjusting for {node}"
    return f"closed at {colliders[0]}, where two arrows meet" if colliders else "open"


def written(begin: str, path: Path) -> str:
    """Write a path, such as `t <- z -> y`."""
    return " ".join([begin, *(f"{sign} {node}" for sign, node in path)])


def stubborn_path(problem: Adjusting, include: frozenset[str]) -> Path | None:
    """Return a shortest path that no measured set blocks, or None where some set separates.

    On such a path every collider is an ancestor of treatment, outcome or `include`, and nothing else on it may be
    adjusted for: between its ends no set separates. [richardson2002]
    """
    opened = closure({problem.treatment, problem.outcome} | include, problem.index.parents)
    found = walk(problem.index, {problem.treatment}, problem.allowed | include, opened)
    ends = [state for state in found if state[0] == problem.outcome]
    if not ends:
        return None
    states = [ends[0]]
    while (before := found[states[-1]]) is not None:
        states.append(before)
    states.reverse()
    return tuple((sign(problem, a, b, include), b[0]) for a, b in itertools.pairwise(states))


def sign(problem: Adjusting, before: State, after: State, include: frozenset[str]) -> str:
    """Return the edge that the walk took between two states; only a node that is not adjusted for is left by a tail."""
    if not after[1]:
        return "<-"
    free = before[0] == problem.treatment or before[0] not in problem.allowed | include
    return "->" if free and after[0] in problem.index.children[before[0]] else "<->"

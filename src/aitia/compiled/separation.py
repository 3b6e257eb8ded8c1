"""Answer many questions of separation on one graph by walks over (node, came in by an arrowhead). [shachter1998]

Neighbours lie in `bounds` and `others` as in `graphs.indexed`: those of node v and kind k (0 parent, 1 spouse, 2 child,
3 line) are others[bounds[4 v + k] : bounds[4 v + k + 1]].
"""

from __future__ import annotations

import numpy as np

PARENT, SPOUSE, CHILD, LINE = range(4)


def separated(bounds: np.ndarray, others: np.ndarray, members: np.ndarray, limits: np.ndarray, out: np.ndarray) -> None:
    """Fill `out` (q,) with 1 where the third set of a question separates the first two, else 0.

    The three sets of question i are members[limits[3 i] : limits[3 i + 1]] and the two slices after it; nodes of the
    first two that are in the third are left out.
    """
    edges, near, cuts = bounds.tolist(), others.tolist(), limits.tolist()
    nodes = members.tolist()
    for i in range(len(out)):
        first, second, given = (nodes[cuts[3 * i + k] : cuts[3 * i + k + 1]] for k in range(3))
        walls = set(given)
        out[i] = not reaches(edges, near, set(first) - walls, set(second) - walls, walls)


def reaches(edges: list[int], near: list[int], begins: set[int], ends: set[int], walls: set[int]) -> bool:
    """Tell whether an open walk leads from one set to another."""
    opened = upward(edges, near, walls)
    waiting = [(node, False) for node in begins]
    seen = set(waiting)
    while waiting:
        node, into = waiting.pop()
        if node in ends:
            return True
        free = node not in walls
        through = free and not into
        collides = through or (into and node in opened)
        kinds = ((PARENT, collides), (SPOUSE, collides), (CHILD, free), (LINE, free))
        for kind, passes in kinds:
            if passes:
                begin, end = edges[4 * node + kind], edges[4 * node + kind + 1]
                for state in ((other, kind in (SPOUSE, CHILD)) for other in near[begin:end]):
                    if state not in seen:
                        seen.add(state)
                        waiting.append(state)
    return False


def upward(edges: list[int], near: list[int], start: set[int]) -> set[int]:
    """Return some nodes and all their ancestors."""
    found, waiting = set(start), list(start)
    while waiting:
        node = waiting.pop()
        for parent in near[edges[4 * node] : edges[4 * node + 1]]:
            if parent not in found:
                found.add(parent)
                waiting.append(parent)
    return found


def ordered(bounds: np.ndarray, others: np.ndarray, out: np.ndarray) -> int:
    """Fill `out` (n,) with the nodes that no cycle of arrows holds back, causes first; return how many there are."""
    edges, near = bounds.tolist(), others.tolist()
    missing = [edges[4 * node + 1] - edges[4 * node] for node in range(len(out))]
    order = [node for node, count in enumerate(missing) if not count]
    for node in order:  # grows while it is walked
        for child in near[edges[4 * node + CHILD] : edges[4 * node + CHILD + 1]]:
            missing[child] -= 1
            if not missing[child]:
                order.append(child)
    out[: len(order)] = order
    return len(order)

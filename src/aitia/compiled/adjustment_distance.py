"""Judge by one graph what another says of every effect: which adjustment formulas are wrong. [henckel2024]

Neighbours lie in `bounds` and `others` as in `graphs.indexed`: those of node v and kind k (0 parent, 1 spouse, 2 child,
3 line) are others[bounds[4 v + k] : bounds[4 v + k + 1]]. Both graphs are DAGs or CPDAGs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np

PARENTS, ANCESTORS, OPTIMAL = range(3)
PARENT, CHILD, LINE = 0, 2, 3
CAUSAL, BLOCKED, OTHER = range(3)  # a walk that may be directed and is open, one that is blocked, an open one that is not causal


@dataclasses.dataclass(frozen=True, slots=True)
class Near:
    """Hold the parents, children and lines of every node as lists."""

    parents: list[list[int]]
    children: list[list[int]]
    lines: list[list[int]]


def near(bounds: np.ndarray, others: np.ndarray) -> Near:
    """Read the arrays of one graph into lists."""
    cuts, ends = bounds.tolist(), others.tolist()

    def kind(k: int) -> list[list[int]]:
        return [ends[cuts[4 * v + k] : cuts[4 * v + k + 1]] for v in range(len(cuts) // 4)]

    return Near(kind(PARENT), kind(CHILD), kind(LINE))


def wrong_effects(
    truth_bounds: np.ndarray,
    truth_others: np.ndarray,
    guess_bounds: np.ndarray,
    guess_others: np.ndarray,
    strategy: int,
    begin: int,
    out: np.ndarray,
) -> None:
    """Fill `out` (treatments, n) with 1 where the guess is wrong about the effect of treatment begin + row on a node, else 0.

    The guess claims no effect, or an effect found by adjusting for its own parents (strategy 0), ancestors (1) or optimal
    set (2) of the treatment, or that adjustment cannot find it; the truth tells whether that is so.
    """
    truth, guess = near(truth_bounds, truth_others), near(guess_bounds, guess_others)
    for row in range(len(out)):
        out[row] = 0
        for node in wrong(truth, guess, strategy, begin + row):
            out[row, node] = 1


def wrong(truth: Near, guess: Near, strategy: int, treatment: int) -> Iterable[int]:
    """Yield the nodes for which the guess is wrong about the effect of one treatment."""
    parents = set(guess.parents[treatment])
    open_guess, open_truth = not_amenable(guess, treatment), not_amenable(truth, treatment)
    below_truth = open_truth | reached(truth, truth.children[treatment], treatment)
    below_guess = open_guess | reached(guess, guess.children[treatment], treatment)
    claimed = set(range(len(truth.parents))) - parents if strategy == PARENTS else below_guess
    given = parents if strategy == PARENTS else above(guess, treatment)
    invalid = set() if strategy == OPTIMAL else invalidly_adjusted(truth, treatment, given)
    for node in range(len(truth.parents)):
        if node == treatment:
            continue
        if node not in claimed:
            mistaken = node in below_truth
        elif (node in open_guess) != (node in open_truth):
            mistaken = True
        elif node in open_truth:
            mistaken = False
        elif strategy == OPTIMAL:
            mistaken = node in invalidly_adjusted(truth, treatment, optimal(guess, treatment, node))
        else:
            mistaken = node in invalid
        if mistaken:
            yield node


def reached(graph: Near, starts: Iterable[int], treatment: int) -> set[int]:
    """Return what walks over arrows and lines that do not come back to the treatment lead to, the starts included."""
    found = set(starts)
    waiting = list(found)
    while waiting:
        node = waiting.pop()
        for other in (*graph.children[node], *graph.lines[node]):
            if other != treatment and other not in found:
                found.add(other)
                waiting.append(other)
    return found


def not_amenable(graph: Near, treatment: int) -> set[int]:
    """Return the nodes that a walk which may be directed and begins with a line leads to: no adjustment finds those effects."""
    return reached(graph, graph.lines[treatment], treatment)


def above(graph: Near, treatment: int) -> set[int]:
    """Return the ancestors of the treatment without itself."""
    found = set(graph.parents[treatment])
    waiting = list(found)
    while waiting:
        for parent in graph.parents[waiting.pop()]:
            if parent not in found:
                found.add(parent)
                waiting.append(parent)
    return found


def optimal(graph: Near, treatment: int, outcome: int) -> set[int]:
    """Return the parents of what lies on directed paths from treatment to outcome, without effects of the treatment."""
    below = {treatment}
    waiting = [treatment]
    while waiting:
        for child in graph.children[waiting.pop()]:
            if child not in below:
                below.add(child)
                waiting.append(child)
    causal = {outcome} & below
    waiting = list(causal)
    while waiting:
        for parent in graph.parents[waiting.pop()]:
            if parent != treatment and parent in below and parent not in causal:
                causal.add(parent)
                waiting.append(parent)
    return {parent for node in causal for parent in graph.parents[node]} - below


def invalidly_adjusted(graph: Near, treatment: int, given: set[int]) -> set[int]:
    """Return the nodes that an open walk which is not causal reaches, or a causal walk that the set blocks, and the set itself.

    A walk is open where each node met between two arrowheads is given and no other one is; it never comes back to the
    treatment. States are a node, the kind of neighbour that the walk came from, and the kind of walk.
    """
    waiting = [(child, PARENT, CAUSAL) for child in graph.children[treatment]]
    waiting += [(other, LINE, CAUSAL) for other in graph.lines[treatment]]
    waiting += [(parent, CHILD, OTHER) for parent in graph.parents[treatment]]
    seen = set(waiting)
    while waiting:
        node, came, walk = waiting.pop()
        held = node in given
        following = []
        if walk != BLOCKED and ((came == PARENT and held) or (came == CHILD and not held)):
            following += [(parent, CHILD, OTHER) for parent in graph.parents[node]]
        onward = walk if not held else None if walk == OTHER else BLOCKED
        if onward is not None:
            following += [(child, PARENT, onward) for child in graph.children[node]]
            following += [(other, LINE, onward) for other in graph.lines[node]]
        for state in following:
            if state[0] != treatment and state not in seen:
                seen.add(state)
                waiting.append(state)
    return given | {node for node, _, walk in seen if walk != CAUSAL}

"""Hold how a graph compares with the true one, and line two graphs up by the names of their nodes."""

from __future__ import annotations

import dataclasses
from collections.abc import Set
from typing import Literal

from aitia.core.errors import BadGraph, near
from aitia.core.graph import Graph, Mark
from aitia.core.noun import Noun, noun
from aitia.graphs.neighbours import turned

Pair = tuple[str, str, int]  # two nodes, the earlier name first where there is no lag, and the lag
Joins = dict[Pair, frozenset[tuple[Mark, Mark]]]


@noun
class GraphComparison(Noun):
    """State one measure of a guessed graph against the true one.

    `count` of `of` things are wrong where `better` is lower, right where it is higher; `value` is the share, or F1 where
    there are precision and recall. None where nothing could be counted.
    """

    metric: str
    value: float | None
    better: Literal["lower", "higher"]
    count: int
    of: int
    precision: float | None = None
    recall: float | None = None


def share(count: int, of: int) -> float | None:
    """Return count / of, or None of nothing."""
    return count / of if of else None


def distance(metric: str, count: int, of: int) -> GraphComparison:
    """State how many of some things are wrong."""
    return GraphComparison(metric=metric, value=share(count, of), better="lower", count=count, of=of)


def overlap(metric: str, truth: Set[object], guess: Set[object]) -> GraphComparison:
    """State how many of the things that either graph claims both claim, with precision, recall and F1."""
    both = len(truth & guess)
    return GraphComparison(
        metric=metric,
        value=share(2 * both, len(truth) + len(guess)),
        better="higher",
        count=both,
        of=len(truth | guess),
        precision=share(both, len(guess)),
        recall=share(both, len(truth)),
    )


def aligned(truth: Graph, guess: Graph) -> Graph:
    """Return the guess with its nodes in the order of the truth; raises `BadGraph` where the graphs have other nodes."""
    known, named = set(truth.nodes), set(guess.nodes)
    if known != named:
        name = sorted(known ^ named)[0]
        where, other = ("true", guess) if name in known else ("guessed", truth)
        raise BadGraph(
            f"Only the {where} graph has the node {name!r}.",
            why="Graphs are compared over the same nodes.",
            next=near(name, other.nodes),
        )
    return dataclasses.replace(guess, nodes=truth.nodes)


def joins(graph: Graph) -> Joins:
    """Return the edges between each two joined nodes, each as the marks at its ends in the order of the pair."""
    found: dict[Pair, set[tuple[Mark, Mark]]] = {}
    for edge in map(turned, graph.edges):
        first, second, marks = edge.source, edge.target, (edge.at_source, edge.at_target)
        if not edge.lag and first > second:
            first, second, marks = second, first, marks[::-1]  # type: ignore[assignment]
        found.setdefault((first, second, edge.lag), set()).add(marks)
    return {pair: frozenset(marks) for pair, marks in found.items()}


def possible_pairs(truth: Graph, guess: Graph) -> int:
    """Return how many pairs could be joined: each two nodes once, and for each lag that either graph has each two in order."""
    n = len(truth.nodes)
    lags = {edge.lag for edge in (*truth.edges, *guess.edges) if edge.lag}
    return n * (n - 1) // 2 + len(lags) * n * n

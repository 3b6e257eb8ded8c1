"""Add what is known beforehand to a class of DAGs, and say which statements contradict it or each other. [meek1995]"""

from __future__ import annotations

from collections.abc import Sequence

from aitia.core.graph import Graph
from aitia.core.knowledge import Knowledge
from aitia.core.noun import Noun, noun
from aitia.graphs.classes import as_mpdag, classified, insisted, twice
from aitia.graphs.meek import assign, close
from aitia.graphs.neighbours import turned
from aitia.graphs.pdag import PDAG, drawn, pdag
from aitia.graphs.statements import Ask, Conflict, asked_of, circling, conflict, opposed


@noun
class Oriented(Noun):
    """Hold a graph that was directed as asked, and the conflicts among what was asked for and could not be had."""

    graph: Graph
    conflicts: tuple[Conflict, ...] = ()


def to_mpdag(graph: Graph, knowledge: Knowledge | None = None) -> Oriented:
    """Return the MPDAG of the DAGs of a CPDAG or MPDAG that agree with what is known, and the conflicts.

    Of statements that contradict each other none is used, whichever came first: their edges stay as the rest leaves them,
    and a `Conflict` names them. So the graph is always an MPDAG of the class that was given, and the order of statements
    does not matter but for which of several ways to be in conflict together is named.

    >>> from aitia.core.knowledge import Constraint
    >>> from aitia.graphs.formats.text import parse
    >>> found = to_mpdag(parse("a--b--c"), Knowledge(required=(Constraint(source="a", target="b"),)))
    >>> [(edge.source, edge.symbol, edge.target) for edge in found.graph.edges], found.conflicts
    ([('a', '->', 'b'), ('b', '->', 'c')], ())
    >>> ask = Knowledge(required=(Constraint(source="a", target="b"), Constraint(source="c", target="b")))
    >>> [(conflict.about, conflict.arrows) for conflict in to_mpdag(parse("a--b--c"), ask).conflicts]
    [('together', (('a', 'b'), ('c', 'b')))]
    """
    graph = as_mpdag(closed(graph))
    state = pdag(graph)
    if knowledge is None:
        return Oriented(graph=graph)
    asks, conflicts = asked_of(graph, knowledge)
    for step in (against_each_other, against_graph, round_in_cycles):
        asks, found = step(graph, state, asks)
        conflicts += found
    asks = list({ask.arrow: ask for ask in reversed(asks)}.values())[::-1]
    while group := applied(state, asks):
        conflicts.append(conflict("together", graph, group, "together they make a cycle or a collider that the separations exclude"))
        dropped = {ask.arrow for ask in group}
        asks = [ask for ask in asks if ask.arrow not in dropped]
    found_class = classified(drawn(graph, state, "unknown")).graph_class
    return Oriented(graph=drawn(graph, state, found_class), conflicts=tuple(conflicts))


def closed(graph: Graph) -> Graph:
    """Return a graph of `->` and `--` edges with all that Meek's rules add; raises `BadGraph` where no DAG has its colliders."""
    plain = insisted(graph, graph.graph_class, None, "", twice)
    if any(edge.at_source != "tail" or edge.at_target == "circle" for edge in map(turned, plain.edges)):
        return plain
    state = pdag(plain)
    return drawn(plain, state, "unknown") if close(state) else plain


def against_each_other(graph: Graph, _: PDAG, asks: list[Ask]) -> tuple[list[Ask], list[Conflict]]:
    """Set aside statements that ask for both directions of an edge."""
    groups = opposed(asks)
    dropped = {ask for group in groups for ask in group}
    return [ask for ask in asks if ask not in dropped], [
        conflict("both ways", graph, group, "they ask for opposite directions of one edge") for group in groups
    ]


def against_graph(graph: Graph, state: PDAG, asks: list[Ask]) -> tuple[list[Ask], list[Conflict]]:
    """Set aside statements that ask for the opposite of an arrow, and those that ask for an arrow that is there."""
    wrong = [ask for ask in asks if ask.target in state.parents[ask.source]]
    left = [ask for ask in asks if ask.target in state.lines[ask.source]]
    return left, [
        conflict("decided", graph, [ask], f"the graph has {graph.nodes[ask.target]} -> {graph.nodes[ask.source]} already") for ask in wrong
    ]


def round_in_cycles(graph: Graph, state: PDAG, asks: list[Ask]) -> tuple[list[Ask], list[Conflict]]:
    """Set aside statements that lead round, with each other and the arrows there are."""
    children = list(map(set, state.children))
    for ask in asks:
        children[ask.source].add(ask.target)
    parts = circling(children, len(state))
    groups = [[ask for ask in asks if ask.source in part and ask.target in part] for part in parts]
    dropped = {ask for group in groups for ask in group}
    return [ask for ask in asks if ask not in dropped], [
        conflict("cycle", graph, group, "these arrows lead round in a cycle") for group in groups
    ]


def applied(state: PDAG, asks: Sequence[Ask]) -> list[Ask]:
    """Direct lines as asked, with what follows, and return nothing; or change nothing and return a smallest group in conflict."""
    trial = state.copy()
    for i, ask in enumerate(asks):
        if not follow(trial, ask):
            return smallest(state, asks[:i], ask)
    state.parents, state.children, state.lines = trial.parents, trial.children, trial.lines
    return []


def follow(state: PDAG, ask: Ask) -> bool:
    """Direct one line as asked, with what follows; False where it is directed the other way."""
    if ask.target in state.lines[ask.source]:
        assign(state, *ask.arrow)
    return ask.target in state.children[ask.source]


def smallest(state: PDAG, others: Sequence[Ask], last: Ask) -> list[Ask]:
    """Return statements in conflict with the last one of which none can be left out."""
    kept = list(others)
    for ask in others:
        rest = [other for other in kept if other is not ask]
        if contradicts(state, rest, last):
            kept = rest
    return [*kept, last]


def contradicts(state: PDAG, asks: Sequence[Ask], last: Ask) -> bool:
    """Tell whether statements, or some of them, exclude the last one."""
    trial = state.copy()
    return not all(follow(trial, ask) for ask in asks) or not follow(trial, last)

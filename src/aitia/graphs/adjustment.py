"""Find the sets of measured nodes that adjust for confounding: the complete criterion. [shpitser2010] [perkovic2018] [zander2019]"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator

from aitia.core.graph import Graph
from aitia.graphs.classes import as_admg
from aitia.graphs.least_cut import least_cut
from aitia.graphs.moral import Cut, Moral, closest, minimal_cuts, moral, starts
from aitia.graphs.neighbours import Neighbours, closure, name_set, neighbours
from aitia.graphs.separation import walk

Sets = tuple[tuple[str, ...], ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Adjusting:
    """Hold one treatment and outcome on a graph: what may not be adjusted for, and the graph without the causal first arrows.

    `causal` are the nodes on directed paths from treatment to outcome, the treatment left out; `index` is the proper
    back-door graph; `allowed` the measured nodes that may be adjusted for.
    """

    graph: Graph
    treatment: str
    outcome: str
    causal: frozenset[str]
    forbidden: frozenset[str]
    allowed: frozenset[str]
    whole: Neighbours
    index: Neighbours


def adjusting(graph: Graph, treatment: str, outcome: str) -> Adjusting:
    """Prepare the question on a DAG or ADMG without lags; raises `BadGraph` for another, `UnknownName` for a missing node."""
    graph = as_admg(graph)
    whole = neighbours(graph)
    below = closure(name_set(graph, treatment), whole.children)
    causal = (below & closure(name_set(graph, outcome), whole.parents)) - {treatment}
    forbidden = closure(causal, whole.children) | {treatment, outcome}
    cut = tuple(edge for edge in graph.edges if not (edge.directed and edge.source == treatment and edge.target in causal))
    return Adjusting(
        graph=graph,
        treatment=treatment,
        outcome=outcome,
        causal=causal,
        forbidden=forbidden,
        allowed=frozenset(graph.observed) - forbidden,
        whole=whole,
        index=neighbours(dataclasses.replace(graph, edges=cut)),
    )


def forbidden(graph: Graph, treatment: str, outcome: str) -> frozenset[str]:
    """Return the nodes no adjustment set may hold: treatment, outcome, every node on a directed path between, and their effects."""
    return adjusting(graph, treatment, outcome).forbidden


def is_adjustment_set(graph: Graph, treatment: str, outcome: str, given_set: Iterable[str]) -> bool:
    """Tell whether Σ P(outcome | treatment, set) P(set) is the effect in every model of the graph; latent nodes never qualify."""
    problem = adjusting(graph, treatment, outcome)
    return adjusts(problem, name_set(graph, given_set))


def adjusts(problem: Adjusting, given: frozenset[str]) -> bool:
    """Tell whether a set is allowed and separates treatment from outcome in the proper back-door graph."""
    if not given <= problem.allowed:
        return False
    reached = walk(problem.index, {problem.treatment}, given, closure(given, problem.index.parents))
    return (problem.outcome, True) not in reached and (problem.outcome, False) not in reached


def cutting(problem: Adjusting, include: frozenset[str]) -> tuple[Moral, Cut, Cut, Cut]:
    """Return the undirected graph whose cuts, with `include`, are the adjustment sets; its two ends; and what may be cut.

    The nodes of `include` are taken out, since they are always adjusted for.
    """
    ends = {problem.treatment, problem.outcome}
    shape = moral(problem.index, problem.graph.nodes, closure(ends | include, problem.index.parents))
    taken = starts(shape, include)
    links = tuple(() if i in taken else tuple(j for j in row if j not in taken) for i, row in enumerate(shape.links))
    shape = dataclasses.replace(shape, links=links)
    cuttable = starts(shape, problem.allowed - include)
    return shape, starts(shape, {problem.treatment}), starts(shape, {problem.outcome}), cuttable


def minimal_sets(graph: Graph, treatment: str, outcome: str, *, include: Iterable[str] = (), limit: int = 100) -> tuple[Sets, bool]:
    """Return the minimal adjustment sets that hold `include`, small ones first, and whether these are all.

    >>> from aitia.graphs.formats.text import parse
    >>> minimal_sets(parse("z->w; z->t; w->y; t->y"), "t", "y")
    ((('z',), ('w',)), True)
    """
    problem = adjusting(graph, treatment, outcome)
    must = name_set(graph, include)
    return listed(problem, minimal(problem, must), limit)


def minimal(problem: Adjusting, include: frozenset[str]) -> Iterator[frozenset[str]]:
    """Yield the minimal adjustment sets that hold `include`."""
    if include <= problem.allowed:
        shape, begin, end, cuttable = cutting(problem, include)
        for cut in minimal_cuts(shape, begin, end, cuttable):
            yield include | {shape.nodes[i] for i in cut}


def listed(problem: Adjusting, sets: Iterator[frozenset[str]], limit: int) -> tuple[Sets, bool]:
    """Take up to `limit` sets, sorted by size and by place in the graph, and say whether that was all."""
    place = {node: i for i, node in enumerate(problem.graph.nodes)}
    found = [tuple(sorted(given, key=place.__getitem__)) for given in itertools.islice(sets, limit)]
    found.sort(key=lambda names: (len(names), [place[name] for name in names]))
    return tuple(found), next(sets, None) is None


def all_sets(graph: Graph, treatment: str, outcome: str, *, include: Iterable[str] = (), limit: int = 1000) -> tuple[Sets, bool]:
    """Return adjustment sets that hold `include`, minimal or not, and whether these are all; each takes polynomial time."""
    problem = adjusting(graph, treatment, outcome)
    must = name_set(graph, include)
    order = tuple(node for node in problem.graph.nodes if node in problem.allowed - must)
    return listed(problem, between(problem, must, order), limit)


def between(problem: Adjusting, chosen: frozenset[str], open_nodes: tuple[str, ...]) -> Iterator[frozenset[str]]:
    """Yield the adjustment sets that hold `chosen` and otherwise only open nodes; looks only where there is one."""
    waiting = [(chosen, open_nodes)]
    while waiting:
        have, rest = waiting.pop()
        ends = closure({problem.treatment, problem.outcome} | have, problem.index.parents)
        if not adjusts(problem, have | (ends & frozenset(rest))):
            continue
        if rest:
            waiting += [(have | {rest[0]}, rest[1:]), (have, rest[1:])]
        else:
            yield have


def optimal_set(graph: Graph, treatment: str, outcome: str) -> tuple[str, ...] | None:
    """Return the set with the least asymptotic variance, in graph order. [henckel2022]

    It is the parents of the nodes on directed paths, without what may not be adjusted for. None where the treatment
    has no directed path to the outcome, or where one of those parents is not measured (a `<->` stands for one).
    """
    return optimal(adjusting(graph, treatment, outcome))


def optimal(problem: Adjusting) -> tuple[str, ...] | None:
    """Return the optimal set of a prepared question, or None."""
    parents = {parent for node in problem.causal for parent in problem.whole.parents[node]}
    best = parents - problem.forbidden
    if not problem.causal or any(problem.whole.spouses[node] for node in problem.causal) or not best <= problem.allowed:
        return None
    return tuple(node for node in problem.graph.nodes if node in best)


def preferred_set(problem: Adjusting, include: frozenset[str]) -> tuple[str, ...] | None:
    """Return the adjustment set to use: fewest nodes, then most shared with the optimal set, then earliest in the graph.

    The one best set is found by one least cut, so it does not hang on how many sets there are; None where there is none.
    """
    if not include <= problem.allowed:
        return None
    shape, begin, end, cuttable = cutting(problem, include)
    if closest(shape, begin, end, cuttable, frozenset()) is None:
        return None
    best = set(optimal(problem) or ())
    count = len(cuttable)
    # One number orders by size, then by nodes outside the optimal set, then by place: the lower digits never carry.
    weight = {
        node: ((count + 1 + (shape.nodes[node] not in best)) << count) - (1 << (count - 1 - rank))
        for rank, node in enumerate(sorted(cuttable))
    }
    chosen = include | {shape.nodes[node] for node in least_cut(shape, begin, end, weight)}
    return tuple(node for node in problem.graph.nodes if node in chosen)

"""Draw the graph that stated knowledge alone warrants, and say where a graph contradicts it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from aitia.core.errors import BadOption
from aitia.core.finding import Finding
from aitia.core.graph import Edge, Graph
from aitia.core.knowledge import Knowledge
from aitia.graphs.classes import classified
from aitia.graphs.neighbours import turned


def from_knowledge(knowledge: Knowledge, treatment: str, outcome: str, covariates: Iterable[str] = ()) -> Graph | None:
    """Return the graph that knowledge warrants, or None where it says too little to answer the question.

    - Tiers that hold treatment and outcome in this order: every variable of an earlier tier -> every one of a later
      tier; within a tier every pair is joined by `<->`: they may share causes and do not act on each other.
    - No tiers that hold both, and covariates to adjust for: covariates -> treatment, covariates -> outcome,
      treatment -> outcome, and covariates joined by `<->`.
    - A randomised treatment and nothing else: treatment -> outcome.

    A required edge takes the place of whatever was assumed of its pair, a forbidden one is left out, and nothing points
    into a randomised variable. Required edges alone give None: they say what is there, not what is absent, so a hidden
    cause of treatment and outcome stays possible. Raises `BadOption` where the outcome's tier comes first.
    """
    covariates = tuple(dict.fromkeys(name for name in covariates if name not in (treatment, outcome)))
    first, last = knowledge.tier_of(treatment), knowledge.tier_of(outcome)
    if first is not None and last is not None and first > last:
        raise BadOption(
            f"{outcome} is in an earlier tier than {treatment}.",
            why=f"By the order you stated, {treatment} cannot affect {outcome}.",
            next="Correct the tiers, or swap treatment and outcome.",
        )
    if first is not None and last is not None and first < last:
        edges = tier_edges(knowledge)
    elif first is not None and first == last:
        return None
    elif covariates:
        edges = covariate_edges(treatment, outcome, covariates)
    elif knowledge.randomised(treatment):
        edges = [Edge(source=treatment, target=outcome)]
    else:
        return None
    kept = with_statements(edges, knowledge)
    named = (name for edge in (*edges, *kept) for name in (edge.source, edge.target))
    return classified(Graph(nodes=tuple(dict.fromkeys((*covariates, *named, treatment, outcome))), edges=kept))


def tier_edges(knowledge: Knowledge) -> list[Edge]:
    """Return the edges that an order of tiers allows."""
    within = [pair for tier in knowledge.tiers for pair in itertools.combinations(tier.names, 2)]
    across = [(a, b) for early, late in itertools.combinations(knowledge.tiers, 2) for a in early.names for b in late.names]
    return [Edge(source=a, target=b) for a, b in across] + [Edge(source=a, target=b, at_source="arrow") for a, b in within]


def covariate_edges(treatment: str, outcome: str, covariates: tuple[str, ...]) -> list[Edge]:
    """Return the edges of chosen covariates: each a common cause, and free to depend on each other."""
    causes = [Edge(source=name, target=target) for name in covariates for target in (treatment, outcome)]
    shared = [Edge(source=a, target=b, at_source="arrow") for a, b in itertools.combinations(covariates, 2)]
    return [*causes, Edge(source=treatment, target=outcome), *shared]


def with_statements(edges: list[Edge], knowledge: Knowledge) -> tuple[Edge, ...]:
    """Apply required, forbidden and randomised statements to assumed edges."""
    required = [Edge(source=c.source, target=c.target) for c in knowledge.required]
    stated = {frozenset((edge.source, edge.target)) for edge in required}
    forbidden = {(c.source, c.target) for c in knowledge.forbidden}
    assumed = [
        edge
        for edge in edges
        if frozenset((edge.source, edge.target)) not in stated
        and not (edge.directed and (edge.source, edge.target) in forbidden)
        and not any(knowledge.randomised(name) for name in arrowheads(edge))
    ]
    return (*assumed, *required)


def arrowheads(edge: Edge) -> tuple[str, ...]:
    """Return the nodes that the edge points into."""
    ends = ((edge.source, edge.at_source), (edge.target, edge.at_target))
    return tuple(name for name, mark in ends if mark == "arrow")


def conflicts(graph: Graph, knowledge: Knowledge) -> tuple[Finding, ...]:
    """Return one failed finding per statement that the graph contradicts, or one passed finding; none without knowledge."""
    if not knowledge.names:
        return ()
    edges = tuple(map(turned, graph.edges))
    failed = [*against_required(edges, knowledge), *against_forbidden(edges, knowledge), *against_order(edges, knowledge)]
    failed += against_random(edges, knowledge)
    if failed:
        return tuple(failed)
    return (Finding(check="knowledge", passed=True, value=0.0, says="The graph agrees with everything you stated.", bears_on="graph"),)


def failure(says: str, next: str, count: int = 1) -> Finding:
    """Build the finding for one contradicted statement."""
    return Finding(check="knowledge", passed=False, value=float(count), threshold=0.0, says=says, next=next, bears_on="graph")


def may_be(edge: Edge, source: str, target: str) -> bool:
    """Tell whether an edge is source -> target or leaves that open."""
    turned_round = (edge.target, edge.source, edge.at_target, edge.at_source)
    for first, second, at_first, at_second in ((edge.source, edge.target, edge.at_source, edge.at_target), turned_round):
        if (first, second) == (source, target) and at_first != "arrow":
            return at_second != "tail" or at_first == "tail"
    return False


def against_required(edges: tuple[Edge, ...], knowledge: Knowledge) -> list[Finding]:
    """Find required edges that are absent."""
    return [
        failure(
            f"You required {c.source} -> {c.target}, and the graph has no such edge.",
            f"Add {c.source} -> {c.target} to the graph, or drop the statement.",
        )
        for c in knowledge.required
        if not any(may_be(edge, c.source, c.target) for edge in edges)
    ]


def against_forbidden(edges: tuple[Edge, ...], knowledge: Knowledge) -> list[Finding]:
    """Find forbidden edges that are present."""
    return [
        failure(
            f"You forbade {c.source} -> {c.target}, and the graph has this edge.",
            f"Take {c.source} -> {c.target} out of the graph, or drop the statement.",
        )
        for c in knowledge.forbidden
        if any(edge.directed and (edge.source, edge.target) == (c.source, c.target) for edge in edges)
    ]


def against_order(edges: tuple[Edge, ...], knowledge: Knowledge) -> list[Finding]:
    """Find arrows from a later tier to an earlier one; edges with a lag go forward in time anyway."""
    tier = {name: i for i, group in enumerate(knowledge.tiers) for name in group.names}
    back = [
        f"{edge.source} -> {edge.target}"
        for edge in edges
        if edge.directed and not edge.lag and tier.get(edge.source, -1) > tier.get(edge.target, len(knowledge.tiers))
    ]
    if not back:
        return []
    shown = ", ".join(back[:3]) + (f" and {len(back) - 3} more" if len(back) > 3 else "")
    return [
        failure(f"The graph has arrows from a later tier to an earlier one: {shown}.", "Correct the tiers or turn the arrows.", len(back))
    ]


def against_random(edges: tuple[Edge, ...], knowledge: Knowledge) -> list[Finding]:
    """Find arrows into randomised variables."""
    found = []
    for role in knowledge.roles:
        into = [f"{edge.source} {edge.symbol} {edge.target}" for edge in edges if role.name in arrowheads(edge)]
        if into and knowledge.randomised(role.name):
            says = f"You stated that {role.name} was randomised, and the graph has arrows into it: {', '.join(into[:3])}."
            found.append(failure(says, f"Take these arrows out, or do not call {role.name} randomised.", len(into)))
    return found

"""Test what the graph claims: two columns it does not join are independent given those that separate them. [verma1988, holm1979]"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from aitia.core.card import Card
from aitia.core.design import Design
from aitia.core.finding import Finding
from aitia.core.graph import Graph
from aitia.core.independence import Test
from aitia.core.run import Run
from aitia.core.shelf import checks
from aitia.core.show import number
from aitia.core.study import Study
from aitia.core.table import Table
from aitia.graphs.classes import as_admg, is_admg, is_dag, is_lagged
from aitia.graphs.reachability import descendants
from aitia.graphs.repairs import survives
from aitia.graphs.separation import separator
from aitia.measures.choice import cheapest_test, run_tests
from aitia.measures.tails import LEVEL, chi_square_power

NAME = "graph-fit"
CARD = Card(
    says="Tests the independences that the graph claims among measured columns.",
    gives="test",
    needed=True,
    uses=("independence",),
    cost="rows",
    cites=("verma1988", "holm1979"),
)
FAULT = 0.2  # partial correlation
MOST_NAMED = 3


@dataclasses.dataclass(frozen=True)
class Claim:
    """Hold one claimed independence and the answer of its test."""

    first: str
    second: str
    given: tuple[str, ...]
    test: Test | None = None


@checks.add(NAME, CARD)
def graph_fit(study: Study, design: Design, run: Run) -> Finding | tuple[Finding, ...]:
    """Test every claimed independence, judged together by Holm; power is for one dependence of partial correlation .2.

    The value is the number of claims that the data contradict. Contradictions that leave the adjustment set valid, in
    whichever way their pairs are joined, do not count: they are told in a second finding, which informs.
    """
    graph = study.latest(Graph)
    if graph is None:
        return cannot("No graph was given, so there are no arrows to test.", "Give a graph to have its claims tested.")
    if graph.graph_class in ("mag", "pag") or not is_admg(graph) or is_lagged(graph):
        return cannot(
            f"The claims of a graph of class {graph.graph_class} cannot be tested yet.", "Give a graph of -> and <-> edges without lags."
        )
    table = run.table(study.request.fingerprint)
    listed = claims(as_admg(graph), table, run)
    if not listed:
        says = "This graph claims no independence among measured columns, so the data cannot contradict it."
        return Finding(check=NAME, passed=None, value=0.0, says=says, next="Leave out arrows you do not believe in.", bears_on="graph")
    tested = answers(table, listed, run)
    if not tested:
        return cannot(
            "No test fits the columns that the graph claims to be independent, or there are too few rows.",
            "Bring more rows, or say what kind the columns are.",
        )
    return weighed(as_admg(graph), design, tested, len(listed) - len(tested))


def weighed(graph: Graph, design: Design, tested: Sequence[Claim], untested: int) -> Finding | tuple[Finding, ...]:
    """Judge the claims on which the answer rests, and tell apart those whose failure leaves the adjustment set valid."""
    query = design.query

    def harmless(claims: Sequence[Claim]) -> bool:
        return survives(graph, query.treatment, query.outcome, design.adjustment, [(c.first, c.second) for c in claims])

    failed = contradicted(tested)
    if failed and not harmless(failed):
        return judged(tested, failed, len(tested), untested)
    held = frozenset(design.adjustment)
    resting = [claim for claim in tested if claim not in failed and not {claim.first, claim.second} <= held]
    main = judged(resting, (), len(tested), untested) if resting else unconcerned(len(tested) - len(failed))
    return (main, elsewhere(len(tested), failed)) if failed else main


def unconcerned(count: int) -> Finding:
    """Return the finding that no claim of the graph bears on the answer."""
    says = f"The graph's {count} claimed independences lie between covariates that are held fixed, and this answer does not rest on them."
    return Finding(check=NAME, passed=None, value=0.0, says=says, bears_on="graph")


def elsewhere(count: int, failed: Sequence[Claim]) -> Finding:
    """Return the finding that claims fail on which the answer does not rest."""
    held = "However these pairs are joined, the adjustment set stays valid, so this answer does not rest on them"
    says = f"The data contradict {len(failed)} of the {count} independences that the graph claims ({named(failed)}). {held}."
    pairs = "; ".join(f"{claim.first} <-> {claim.second}" for claim in failed[:MOST_NAMED])
    return Finding(check=NAME, passed=None, value=float(len(failed)), says=says, next=f"Join them in the graph: {pairs}.", bears_on="graph")


def contradicted(tested: Sequence[Claim]) -> list[Claim]:
    """Return the claims that fail when judged together by Holm, the worst first."""
    ps = np.array([claim.test.p if claim.test else 1.0 for claim in tested])
    order = np.argsort(ps, kind="stable")
    rejected = np.cumprod(ps[order] * (len(ps) - np.arange(len(ps))) <= LEVEL).astype(bool)
    return [tested[i] for i in order[rejected]]


def cannot(says: str, next: str) -> Finding:
    """Return the finding that the graph cannot be tested, with the reason."""
    return Finding(check=NAME, passed=None, says=says, next=next, bears_on="graph")


def claims(graph: Graph, table: Table, run: Run) -> list[Claim]:
    """Return one claim for every pair of measured nodes that measured nodes separate."""
    known = frozenset(table.names)
    measured = [node for node in graph.observed if node in known]
    joined = {frozenset((edge.source, edge.target)) for edge in graph.edges}
    parental = screens(graph, measured) if is_dag(graph) else {}
    found = []
    for first, second in itertools.combinations(measured, 2):
        if frozenset((first, second)) not in joined:
            run.check()
            own = [parental[node][0] for node, other in ((first, second), (second, first)) if other in parental.get(node, ((), ()))[1]]
            given = min(own, key=len) if own else separator(graph, first, second, measured)
            found += [] if given is None else [Claim(first, second, given)]
    return found


def screens(graph: Graph, measured: Sequence[str]) -> dict[str, tuple[tuple[str, ...], frozenset[str]]]:
    """Return for each measured node of a DAG whose parents all are measured: the parents, and what they separate it from.

    That is every node that does not descend from it: the local Markov property, which needs no search.
    """
    everyone, known = frozenset(graph.nodes), frozenset(measured)
    parents = {node: graph.parents(node) for node in measured}
    return {node: (own, everyone - descendants(graph, [node])) for node, own in parents.items() if known.issuperset(own)}


def answers(table: Table, listed: Sequence[Claim], run: Run) -> list[Claim]:
    """Test the claims, those with one method together; claims that no method fits stay out."""
    chosen = [cheapest_test(table, (claim.first, claim.second, *claim.given)) for claim in listed]
    found: dict[int, Claim] = {}
    with run.stage(NAME, len(listed)) as step:
        for method in dict.fromkeys(m for m in chosen if m is not None):
            own = [i for i, m in enumerate(chosen) if m is method]
            triples = [(listed[i].first, listed[i].second, listed[i].given) for i in own]
            tests = run_tests(method, table, triples, run)
            found.update({i: dataclasses.replace(listed[i], test=test) for i, test in zip(own, tests, strict=True)})
            step(f"{len(own)} tests by {method.name}")
    return [found[i] for i in sorted(found)]


def judged(shown: Sequence[Claim], worst: Sequence[Claim], count: int, untested: int) -> Finding:
    """Return the finding on some of `count` claims that were judged together by Holm; `worst` are those that fail."""
    p = min(1.0, count * min(claim.test.p for claim in shown if claim.test))
    passed = not worst
    power = min(chance(claim.test, LEVEL / count) for claim in shown if claim.test)
    return Finding(
        check=NAME,
        passed=passed,
        value=float(len(worst)),
        threshold=0.0,
        power=power,
        says=sentence(len(shown), worst, untested),
        next=None if passed else f"Join {worst[0].first} and {worst[0].second}, or draw the hidden cause they share, and analyse again.",
        bears_on="graph",
        p=p,
    )


def chance(test: Test, level: float) -> float:
    """Return the chance that a test finds a partial correlation of .2 at a level."""
    distance = max(test.n_used - 3, 0) * FAULT**2
    return chi_square_power(distance, max(test.degrees or 1, 1), level)


def sentence(count: int, worst: Sequence[Claim], untested: int) -> str:
    """Say how many claims hold and which fail."""
    rest = f" ({untested} more could not be tested)" if untested else ""
    held = f"the {count} independences it claims" if count > 1 else "the one independence it claims"
    if not worst:
        return f"The data agree with the graph: none of {held} is contradicted{rest}."
    return f"The data contradict the graph in {len(worst)} of {held}{rest}: {named(worst)}."


def named(worst: Sequence[Claim]) -> str:
    """Describe the worst claims and count the rest."""
    more = f"; and {len(worst) - MOST_NAMED} more" if len(worst) > MOST_NAMED else ""
    return "; ".join(described(claim) for claim in worst[:MOST_NAMED]) + more


def described(claim: Claim) -> str:
    """Say what was claimed and what was found."""
    given = f" given {', '.join(claim.given)}" if claim.given else ""
    test: Any = claim.test
    strength = {None: "strength", 1: "partial correlation"}.get(test.degrees, "Cramér's V")
    found = f"p {'< .001' if test.p < 0.001 else '= ' + number(test.p, 2)}, {strength} {number(test.effect, 2)}"
    note = f" ({test.note})" if test.note else ""
    return f"{claim.first} should be independent of {claim.second}{given}, but {found}{note}"

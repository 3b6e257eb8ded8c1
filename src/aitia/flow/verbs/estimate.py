"""Estimate an effect once: by a graph, by knowledge, or by the covariates the caller chose."""

from __future__ import annotations

import dataclasses
from typing import Any

from aitia.core.analysis import Answer
from aitia.core.errors import BadOption
from aitia.core.estimand import Bounds, Estimand, Unidentified
from aitia.core.estimate import Estimate
from aitia.core.finding import Finding
from aitia.core.graph import Edge, Graph
from aitia.core.request import Plan, Reading
from aitia.core.run import Run
from aitia.flow.effect import designed, estimates, identified, reason_of
from aitia.flow.ending import ending
from aitia.flow.session import Asked, Session, asked_query, begin, parsed, read_in
from aitia.graphs.classes import classified

ASSOCIATION = "an association: an effect only if nothing outside the adjustment set confounds"


def estimate(
    data: Any = None,
    treatment: str | None = None,
    outcome: str | None = None,
    effect: str | None = None,
    given: Any = (),
    graph: Any = None,
    knowledge: Any = None,
    *,
    reading: Reading = Reading(),  # noqa: B008
    plan: Plan = Plan(),  # noqa: B008
    run: Run | None = None,
) -> Answer:
    """Estimate one effect without checking it; an effect that is not identified gives no number but the reason.

    With neither graph nor knowledge nor covariates the answer is an association, and says so.
    """
    plan = dataclasses.replace(plan, skip=(*plan.skip, "alternatives", "checks"))
    asked = parsed(Asked("estimate", data, treatment, outcome, effect, given, graph, knowledge, reading, plan, run or Run()))
    if asked_query(asked) is None:
        raise BadOption("An effect needs a treatment and an outcome.", next="Give --treatment and --outcome.")
    journal, query = begin(asked)
    with ending(journal):
        found = once(read_in(asked, journal, query))
    return Answer(estimate=found, findings=journal.study.findings())


def once(session: Session) -> Estimate | None:
    """Identify where there is a graph, then estimate; None with the reason among the findings."""
    query = session.query
    assert query is not None
    means = None
    if session.graph is None:
        bare = Graph(nodes=(query.treatment, query.outcome), edges=(Edge(source=query.treatment, target=query.outcome),))
        session, means = dataclasses.replace(session, graph=classified(bare)), ASSOCIATION
    estimand = identified(session)
    if not isinstance(estimand, Estimand) or estimand.adjustment is None:
        session.journal.note("identify", unidentified(estimand))
        return None
    built = designed(session, estimand.adjustment)
    found = estimates(session, built.design, estimand.strategy) if built else []
    return dataclasses.replace(found[0], means=means or found[0].means) if found else None


def unidentified(found: Estimand | Unidentified | Bounds) -> Finding:
    """Return the finding that says why there is no estimate."""
    if isinstance(found, Estimand):
        return Finding(
            check="identification",
            passed=None,
            value=0.0,
            says="By the graph the effect is zero: no directed path leads from treatment to outcome.",
            bears_on="graph",
        )
    return Finding(
        check="identification",
        passed=False,
        says=f"The effect is not identified: {reason_of(found)}",
        next="Measure a confounder, or bring an instrument.",
        bears_on="graph",
    )

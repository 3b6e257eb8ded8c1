"""Identify and estimate: from a graph and a question to estimates, or to the reason why there is none."""

from __future__ import annotations

import dataclasses

from aitia.core import codec
from aitia.core.card import AUTO, Method
from aitia.core.design import Design
from aitia.core.errors import CannotEstimate, UnusableColumn
from aitia.core.estimand import Attempt, Bounds, Estimand, Unidentified
from aitia.core.estimate import Estimate
from aitia.core.finding import Finding
from aitia.core.graph import Graph
from aitia.core.missing import Pooled
from aitia.core.query import Query
from aitia.core.record import Trial
from aitia.core.run import Run
from aitia.core.shelf import not_built
from aitia.core.show import number
from aitia.core.views import interval
from aitia.flow.missing import built_for, built_in_group, filling, pooled_over, tell_filled, tell_missing
from aitia.flow.plan import choose_estimators, choose_strategies, settings_of
from aitia.flow.session import Session
from aitia.nuisance.design import Built


def identify_on(graph: Graph, query: Query, run: Run, strategies: list[Method]) -> Estimand | Unidentified | Bounds:
    """Try each strategy in order; return the first estimand, or one refusal that lists every attempt."""
    attempts: list[Attempt] = []
    for method in strategies:
        found = run.use(method, graph, query)
        if not isinstance(found, Unidentified):
            return found  # type: ignore[no-any-return]
        attempts += found.tried
        if len(strategies) == 1:
            return found
    missing = not_built("identification")
    reason = f"no built strategy answers this question (not built yet: {', '.join(missing)})"
    return Unidentified(reason=reason, tried=tuple(attempts), not_built=missing)


def identified(session: Session) -> Estimand | Unidentified | Bounds:
    """Choose strategies, try them and record both."""
    graph, query = session.graph, session.query
    assert graph is not None and query is not None
    strategies, choice = choose_strategies(query, graph.graph_class)
    session.journal.step("plan", lambda: choice, inputs=(codec.digest_of(choice),))
    with session.run.stage("identify", 1) as step:
        found: Estimand | Unidentified | Bounds = session.journal.step(
            "identify",
            lambda: identify_on(graph, query, session.run, strategies),
            method=choice.method,
            inputs=(codec.digest_of(graph), codec.digest_of(query)),
        )
        step("identified" if isinstance(found, Estimand) else "not identified")
    return found


def reason_of(found: Estimand | Unidentified | Bounds) -> str:
    """Say why identification leads to no estimate."""
    if isinstance(found, Unidentified):
        return found.reason
    return "only bounds are identified" if isinstance(found, Bounds) else "zero by the graph, for no directed path leads there"


def designed(session: Session, adjustment: tuple[str, ...]) -> Built | None:
    """Build the design and record what was left out; None, with the reason recorded, when there can be no estimate."""
    tell_missing(session, adjustment)
    try:
        built = built_for(session, adjustment)
    except CannotEstimate as error:
        session.journal.note("design", refusal(error))
        return None
    session.journal.note("design", *built.findings)
    return built


def refusal(error: CannotEstimate) -> Finding:
    """Return the finding that says why there is no estimate."""
    says = f"{error.what} {error.why}".strip()
    return Finding(check="estimation", passed=False, says=says, next=error.next or None, bears_on="overlap")


def estimates(session: Session, design: Design, strategy: str) -> list[Estimate]:
    """Estimate by the primary method, then by the others that fit, then in each subgroup; record everything."""
    query = design.query
    order, choice = choose_estimators(query, design, strategy, session.plan, session.run, session.asked.reading.cluster)
    session.journal.step("plan", lambda: choice, inputs=(codec.digest_of(choice),))
    if not order:
        reasons = "; ".join(f"{r.method}: {r.why}" for r in choice.refused)
        session.journal.note("estimate", Finding(check="estimation", passed=None, says=f"No built estimator fits. {reasons}."))
        return []
    candidates = order if session.plan.method == AUTO else order[:1]
    tries = ((method, one(session, design, method, "primary")) for method in candidates)
    method, primary = next((pair for pair in tries if pair[1] is not None), (order[0], None))
    if primary is None:
        return []
    session.run.tell(f"effect of {query.treatment} on {query.outcome}: {interval(primary)}", stage="estimate", result=True)
    others = [] if "alternatives" in session.plan.skip else order[order.index(method) + 1 :]
    found = [one(session, design, other, "alternative") for other in others]
    return [primary, *(estimate for estimate in [*found, *subgroups(session, method)] if estimate is not None)]


def one(session: Session, design: Design, method: Method, part: str, population: str | None = None) -> Estimate | None:
    """Estimate by one method and record it; None when the data do not allow it.

    Where missing values were filled in, the estimates on all completed tables are pooled, and how they were is recorded too.
    """
    options = settings_of(session.plan, method)
    designs = session.filled.of(design)

    def produce() -> Estimate | Finding | tuple[Estimate | Pooled, ...]:
        try:
            if len(designs) > 1:
                pooled, parts = pooled_over(session, designs, method, options)
                shown = joined(pooled.population, population)
                return (dataclasses.replace(pooled, part=part, population=shown), *parts)  # type: ignore[arg-type]
            estimate = session.run.use(method, design, **options)
        except CannotEstimate as error:
            return dataclasses.replace(refusal(error), passed=None, says=f"{method.name}: {error.what} {error.why}".strip())
        return dataclasses.replace(estimate, part=part, population=joined(estimate.population, population))

    with session.run.stage("estimate", 1) as step:
        found = session.journal.step(
            "estimate",
            produce,
            method=method.name,
            options=options,
            inputs=(*(codec.digest_of(made) for made in designs), part, population or ""),
        )
        session.journal.tried(Trial(question=design.query.sentence, method=method.name, adjustment=design.adjustment))
        estimate, pooled = (found[0], found[1:]) if isinstance(found, tuple) else (found, ())
        step(f"{method.name}: {number(estimate.value)}")
    if part == "primary" and isinstance(estimate, Estimate):
        tell_filled(session, design, pooled[0] if pooled else None)
    return estimate if isinstance(estimate, Estimate) else None


def joined(population: str, group: str | None) -> str:
    """Say of whom a subgroup's effect speaks."""
    return population if group is None else group if population == "everyone" else f"{population} with {group}"


def subgroups(session: Session, method: Method) -> list[Estimate | None]:
    """Estimate in each level of the column asked for with `by`, where the effect within levels is identified."""
    query = session.query
    assert query is not None
    if query.by is None:
        return []
    adjustment = within(session, query.by)
    if adjustment is None:
        return []
    column = session.table.column(query.by)
    if column.missing and not filling(session):
        told(session, f"{column.missing} rows in which {query.by} is missing are in no subgroup.")
    found: list[Estimate | None] = []
    for code, level in enumerate(column.levels):
        try:
            design = built_in_group(session, adjustment, query.by, code)
        except (CannotEstimate, UnusableColumn) as error:
            told(session, f"No effect where {query.by} is {level}: {error.what} {error.why}".strip())
            continue
        found.append(one(session, design, method, "subgroup", f"{query.by} = {level}"))
    return found


def within(session: Session, by: str) -> tuple[str, ...] | None:
    """Return what to adjust for within levels of a column; None, with the reason told, where the effect there is not identified."""
    graph, query, estimand = session.graph, session.query, session.journal.study.latest(Estimand)
    assert query is not None
    used = (estimand.adjustment or ()) if estimand is not None else ()
    if graph is None or by not in graph.nodes or by in used:
        if graph is not None and by not in graph.nodes:
            told(session, f"{by} is not in the graph: its subgroups are right only if {query.treatment} does not affect it.")
        return used
    asked = dataclasses.replace(query, given=(*query.given, by), by=None)
    found = identify_on(graph, asked, session.run, choose_strategies(asked, graph.graph_class)[0])
    if not isinstance(found, Estimand) or found.adjustment is None:
        told(session, f"The effect within levels of {by}: {reason_of(found)}.")
        return None
    return found.adjustment


def told(session: Session, says: str) -> None:
    """Record what has to be known about the subgroups."""
    session.journal.note("estimate", Finding(check="subgroup", passed=None, says=says))

"""Answer a causal question from a table: read, plan, identify, estimate, check, judge, report."""

from __future__ import annotations

from typing import Any

from aitia.core import codec
from aitia.core.analysis import Analysis, Verdict
from aitia.core.design import Design
from aitia.core.estimand import Estimand
from aitia.core.request import Plan, Reading
from aitia.core.run import Run
from aitia.flow.answer import analysis_of
from aitia.flow.battery import conclude, record_verdict, run_checks
from aitia.flow.document import with_report
from aitia.flow.effect import designed, estimates, identified, reason_of
from aitia.flow.ending import ending
from aitia.flow.missing import rows_told
from aitia.flow.protocol import protocol
from aitia.flow.session import Asked, Session, begin, parsed, read_in


def analyze(
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
) -> Analysis:
    """Answer a causal question from data: the effect, its checks, what it rests on and one verdict.

    Nothing is written unless `plan.out` names a folder. A deadline or Ctrl-C raises `Stopped`, whose `answer` holds
    what was done.

    >>> aitia.analyze(frame, "train", "re78", knowledge="randomised train").verdict  # doctest: +SKIP
    'supported'
    """
    asked = parsed(Asked("analyze", data, treatment, outcome, effect, given, graph, knowledge, reading, plan, run or Run()))
    journal, query = begin(asked)
    with ending(journal):
        carry_out(read_in(asked, journal, query))
    return analysis_of(journal.study, journal.path) if "report" in plan.skip else with_report(journal)


def carry_out(session: Session) -> None:
    """Go from the open session to the recorded verdict."""
    if session.query is None or session.graph is None:
        record_verdict(session, descriptive(session))
        return
    estimand = identified(session)
    if not isinstance(estimand, Estimand):
        record_verdict(session, Verdict(verdict="not identified", because=(reason_of(estimand),)))
        return
    if estimand.adjustment is None:
        path = f"no directed path leads from {session.query.treatment} to {session.query.outcome}"
        because = f"In this graph {path}: by the graph the effect is zero, and nothing was estimated."
        record_verdict(session, Verdict(verdict="descriptive", because=(because,)))
        return
    built = designed(session, estimand.adjustment)
    found = estimates(session, built.design, estimand.strategy) if built else []
    if built is None or not found:
        says = [f.says for f in session.journal.study.findings() if f.check == "estimation"]
        because = "The effect is identified, but these data do not allow an estimate."
        record_verdict(session, Verdict(verdict="not identified", because=(because, *says)))
        return
    defend(session, built.design, estimand)


def descriptive(session: Session) -> Verdict:
    """Say why no causal question could be formed, and what would make one."""
    if session.query is None:
        unasked = ("No treatment and outcome were named, so there is no causal question yet.", "Give --treatment and --outcome.")
        return Verdict(verdict="descriptive", because=unasked)
    because = (
        "Nothing says which columns confound: no graph, no order in time and no covariates were given.",
        "No method that finds a graph is built yet.",
        'Give --graph "z->t; z->y; t->y", or --knowledge "tier z | t | y", or --terms "z", or --knowledge "randomised t".',
    )
    return Verdict(verdict="descriptive", because=because)


def defend(session: Session, design: Design, estimand: Estimand) -> None:
    """Run the checks, judge them together, and record protocol, ledger and verdict."""
    run_checks(session, design)
    study = session.journal.study
    primary = study.primary()
    assert primary is not None and session.query is not None
    written = protocol(session.table, design, session.query, session.knowledge, session.asked.reading, primary)
    written = rows_told(session, design, written)
    session.journal.step("protocol", lambda: written, inputs=(codec.digest_of(written),))
    verdict = conclude(session)
    session.run.tell(f"verdict: {verdict.verdict}" + (f", {verdict.condition}" if verdict.condition else ""), stage="judge", result=True)

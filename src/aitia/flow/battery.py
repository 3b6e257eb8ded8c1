"""Run every check that fits, judge them together, and weigh them into one verdict."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

from aitia.core import codec
from aitia.core.analysis import Verdict
from aitia.core.card import Method
from aitia.core.design import Design
from aitia.core.errors import AitiaError, BadOption, Stopped
from aitia.core.estimand import Estimand
from aitia.core.finding import Finding, Strengths
from aitia.core.graph import Graph
from aitia.core.record import Choice, Refusal
from aitia.core.shelf import SHELVES
from aitia.flow.answer import analysis_of
from aitia.flow.ledger import ledger
from aitia.flow.missing import built_for, study_for_checks
from aitia.flow.missing_words import rests_on
from aitia.flow.plan import listed, settings_of
from aitia.flow.question import CONDITIONS
from aitia.flow.session import Session
from aitia.flow.verdict import judge

NOT_ASKED = "not asked for"
NOTHING_TO_CHECK = "This study has no effect to check."


def fitting(design: Design, names: Sequence[str] | None, skip: Sequence[str]) -> tuple[list[Method], Choice]:
    """Return the checks to run, and the choice with each refusal's reason."""
    chosen, refused = [], []
    for method in SHELVES["checks"]:
        card = method.card
        if names is not None and method.name not in names:
            refused.append(Refusal(method=method.name, why=NOT_ASKED))
        elif method.name in skip or "checks" in skip:
            refused.append(Refusal(method=method.name, why="you left it out"))
        elif card.kinds and design.outcome_kind not in card.kinds:
            refused.append(Refusal(method=method.name, why=f"it takes outcomes that are {listed(card.kinds)}"))
        elif card.treatments and design.treatment_kind not in card.treatments:
            refused.append(Refusal(method=method.name, why=f"it takes treatments that are {listed(card.treatments)}"))
        else:
            chosen.append(method)
    why = f"every check that fits: {listed(m.name for m in chosen)}"
    return chosen, Choice(step="check", method=None, why=why, refused=tuple(refused))


def run_checks(session: Session, design: Design, names: Sequence[str] | None = None) -> tuple[Finding, ...]:
    """Run the checks and record each; a check that cannot judge says so."""
    chosen, choice = fitting(design, names, session.plan.skip)
    session.journal.step("plan", lambda: choice, inputs=(codec.digest_of(choice),))
    study = session.journal.study
    primary, graph = study.primary(), study.latest(Graph)
    request = study.request
    said = codec.digest_of([request.fingerprint, request.knowledge, request.reading, request.plan.terms])
    inputs = (codec.digest_of(design), codec.digest_of(primary), codec.digest_of(graph), said)
    found: list[Finding] = []
    with session.run.stage("check", len(chosen)) as step:
        for method in chosen:
            step(method.name)
            options = settings_of(session.plan, method)
            output = session.journal.step(
                "check",
                functools.partial(one_check, session, design, method, options),
                method=method.name,
                options=options,
                inputs=inputs,
            )
            found += output
    return tuple(found)


def one_check(session: Session, design: Design, method: Method, options: dict[str, object]) -> tuple[Finding, ...]:
    """Run one check; misuse of its options is an error, data it cannot judge are a finding."""
    try:
        found = session.run.use(method, study_for_checks(session, design), design, **options)
    except Stopped:
        raise
    except AitiaError as error:
        if error.exit_code == 2:
            raise
        return (
            Finding(check=method.name, passed=None, says=f"Could not judge: {error.what} {error.why}".strip(), next=error.next or None),
        )
    return found if isinstance(found, tuple) else (found,)


def record_verdict(session: Session, verdict: Verdict) -> Verdict:
    """Record the verdict."""
    return session.journal.step("judge", lambda: verdict, inputs=(codec.digest_of(verdict),))  # type: ignore[no-any-return]


def condition(session: Session, findings: Sequence[Finding]) -> str | None:
    """Say what the answer is conditional on; None when a design that randomised the treatment carries it all."""
    resting = rests_on(findings)
    if session.randomised:
        return resting
    parts = [CONDITIONS[session.origin] or "given the graph", *([resting] if resting else [])]
    strengths = next((f.picture for f in findings if isinstance(f.picture, Strengths)), None)
    if strengths is not None and strengths.benchmarks:
        parts.append(f"if no hidden cause is stronger than {strengths.benchmarks[0].name}")
    return " and ".join(parts)


def conclude(session: Session) -> Verdict:
    """Enter the assumptions in the ledger, judge everything found so far, and record both."""
    answer = analysis_of(session.journal.study)
    if answer.estimand is None or answer.estimate is None:
        raise BadOption(NOTHING_TO_CHECK, why="It did not get as far as an estimate.", next="Run analyze first.")
    assumed = SHELVES["estimation"][answer.estimate.method].card.assumes
    entries = ledger(answer.estimand, answer.estimate, assumed, answer.findings, randomised=session.randomised)
    session.journal.step("ledger", lambda: entries, inputs=(codec.digest_of(list(entries)),))
    verdict = judge(answer.findings, answer.estimates, session.plan.skip, condition(session, answer.findings))
    return record_verdict(session, verdict)


def recheck(session: Session, names: Sequence[str] | None) -> frozenset[str]:
    """Build the study's design again, run checks on it and judge anew; returns the names of the checks that ran."""
    estimand, query = session.journal.study.latest(Estimand), session.query
    if estimand is None or estimand.adjustment is None or query is None or session.journal.study.primary() is None:
        raise BadOption(NOTHING_TO_CHECK, why="It did not get as far as an estimate.", next="Run analyze first.")
    before = dataclasses.replace(session, asked=dataclasses.replace(session.asked, plan=session.journal.study.request.plan))
    built = built_for(before, estimand.adjustment)
    findings = run_checks(session, built.design, names)
    conclude(session)
    return frozenset(f.check for f in findings)

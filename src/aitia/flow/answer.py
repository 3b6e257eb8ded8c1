"""Put an analysis together from its study: the study is the only memory."""

from __future__ import annotations

import dataclasses
import pathlib

from aitia.core.analysis import Analysis, Verdict
from aitia.core.assumption import Assumption
from aitia.core.belief import Belief
from aitia.core.estimand import Estimand, Unidentified
from aitia.core.estimate import Estimate
from aitia.core.finding import Finding
from aitia.core.graph import Graph
from aitia.core.query import Protocol
from aitia.core.record import Choice
from aitia.core.study import Study
from aitia.flow.verdict import holm


def analysis_of(study: Study, path: pathlib.Path | None = None, report: str | None = None) -> Analysis:
    """Return the answer that a study holds, whether it was finished or stopped."""
    primary = study.primary()
    verdict = study.latest(Verdict)
    estimates = study.all(Estimate)
    return Analysis(
        query=primary.query if primary else study.request.query,
        protocol=study.latest(Protocol),
        graph=study.latest(Graph),
        belief=study.latest(Belief),
        estimand=study.latest(Estimand),
        unidentified=study.latest(Unidentified),
        estimates=((primary,) if primary else ()) + tuple(e for e in estimates if e.part != "primary"),
        findings=holm(latest_of_each(study)),
        assumptions=latest_ledger(study),
        verdict=verdict.verdict if verdict else None,
        condition=verdict.condition if verdict else None,
        because=verdict.because if verdict else (),
        plan=tuple({choice.step: choice for choice in study.all(Choice)}.values()),
        tried=len(study.tried),
        report=report,
        study=str(path) if path else None,
        stopped=study.state == "stopped",
        seconds=sum(record.seconds for record in study.records),
    )


def latest_ledger(study: Study) -> tuple[Assumption, ...]:
    """Return the newest entries of the ledger."""
    outputs = [record.output for record in study.records if isinstance(record.output, tuple)]
    entered = [tuple(item for item in output if isinstance(item, Assumption)) for output in outputs]
    return next((entries for entries in reversed(entered) if entries), ())


def latest_of_each(study: Study) -> tuple[Finding, ...]:
    """Return the findings of a study; where a step was done again, only its newest findings."""
    newest = {(record.step, record.method): i for i, record in enumerate(study.records) if record.method}
    kept = [r for i, r in enumerate(study.records) if not r.method or newest[(r.step, r.method)] == i or not is_findings(r.output)]
    return dataclasses.replace(study, records=tuple(kept)).findings()


def is_findings(output: object) -> bool:
    """Tell whether a record's output is nothing but findings."""
    return isinstance(output, tuple) and all(isinstance(item, Finding) for item in output)

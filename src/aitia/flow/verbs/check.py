"""Check a study again, with the checks and options the caller chooses, and judge anew."""

from __future__ import annotations

import dataclasses
from typing import Any

from aitia.core.analysis import Battery
from aitia.core.errors import BadOption, near
from aitia.core.graph import Graph
from aitia.core.run import Run
from aitia.core.shelf import SHELVES
from aitia.core.study import Study
from aitia.data.read import read
from aitia.flow.answer import analysis_of
from aitia.flow.battery import recheck
from aitia.flow.document import REPORT, with_report
from aitia.flow.journal import Journal
from aitia.flow.plan import check_plan
from aitia.flow.question import graph_of, names_used
from aitia.flow.session import Asked, Session, as_tuple, load_study, study_path


def check(
    study: Any,
    check: Any = (),
    set: dict[str, Any] | None = None,
    *,
    data: Any = None,
    run: Run | None = None,
) -> Battery:
    """Run checks on a study's effect; all of them, or those named in `check`, with `set` options STEP.option.

    The findings are appended to the study's file and its report is written again. Raises `InputError` when the study
    has no effect to check or the data have changed.
    """
    before = load_study(study)
    names = as_tuple(check)
    for name in names:
        if name not in SHELVES["checks"]:
            raise BadOption(f"There is no check {name!r}.", next=near(name, SHELVES["checks"].names()))
    plan = dataclasses.replace(before.request.plan, set={**before.request.plan.set, **(set or {})})
    check_plan(plan)
    run = run or Run()
    if run.seed == Run().seed:
        run = dataclasses.replace(run, seed=before.request.seed)
    session = reopened(before, plan, data, run, None if isinstance(study, Study) else study)
    ran = recheck(session, names or None)
    session.journal.save()
    path = session.journal.path
    answer = with_report(session.journal) if path and path.with_name(REPORT).is_file() else analysis_of(session.journal.study, path)
    return Battery(
        findings=tuple(f for f in answer.findings if f.check in ran),
        verdict=answer.verdict or "descriptive",
        condition=answer.condition,
        because=answer.because,
    )


def reopened(before: Study, plan: Any, data: Any, run: Run, path: Any) -> Session:
    """Open a session on a study that is there, with its data read again."""
    request = before.request
    source = data if data is not None else request.data
    table = read(source, request.reading, named=names_used(request.query, plan, request.reading))
    if run.keep(table) != request.fingerprint:
        raise BadOption(
            "The data have changed since this study.", why="Their fingerprint differs.", next="Run analyze again on the new data."
        )
    journal = Journal(study=before, run=run, path=None if path is None else study_path(path))
    asked = Asked(request.verb, source, reading=request.reading, plan=plan, run=run, graph=request.graph, knowledge=request.knowledge)
    origin = graph_of(request.graph, request.knowledge, request.query, request.plan)[1] if request.query else "none"
    return Session(
        asked=asked,
        journal=journal,
        knowledge=request.knowledge,
        query=request.query,
        table=table,
        graph=before.latest(Graph),
        origin=origin,
    )

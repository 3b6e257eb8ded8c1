"""Run a study again and say whether every output is identical."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from aitia.core.analysis import Replay
from aitia.core.errors import Unreadable
from aitia.core.record import Choice, Record
from aitia.core.request import Verb
from aitia.core.run import Run
from aitia.core.study import Study
from aitia.flow.battery import NOT_ASKED, recheck
from aitia.flow.compare import differences
from aitia.flow.session import Asked, Session, begin, load_study, parsed, read_in
from aitia.flow.verbs.analyze import carry_out
from aitia.flow.verbs.estimate import once

WORK: dict[Verb, Callable[[Session], Any]] = {"analyze": carry_out, "estimate": once}


def replay(study: Any, data: Any = None, *, run: Run | None = None) -> Replay:
    """Run a study again from its request, with its seed, and compare every output bit for bit.

    On data with another fingerprint, or with other versions, it says so and gives the largest difference.
    """
    before = load_study(study)
    return Replay(identical=not (found := differences(before, again(before, data, run))), differences=found)


def again(before: Study, data: Any, run: Run | None) -> Study:
    """Do the work of a study once more, in memory."""
    request = before.request
    source = data if data is not None else request.data
    if source == "in memory":
        raise Unreadable("This study was made from data in memory.", next="Give the data: --data FILE, or replay(study, data=frame).")
    plan = dataclasses.replace(request.plan, out=None, resume=None, from_study=None, query=None)
    fresh = Run(
        seed=request.seed, workers=run.workers if run else 1, deadline=run.deadline if run else None, listener=run.listener if run else None
    )
    asked = Asked(
        request.verb,
        source,
        graph=request.graph,
        knowledge=request.knowledge,
        reading=request.reading,
        plan=plan,
        run=fresh,
        before=request.query,
    )
    asked = parsed(asked)
    journal, query = begin(asked)
    session = read_in(asked, journal, query)
    WORK[request.verb](session)
    for names, settings in later_checks(before):
        changed = dataclasses.replace(asked, plan=dataclasses.replace(plan, set={**plan.set, **settings}))
        recheck(dataclasses.replace(session, asked=changed), names)
    return journal.study


def later_checks(study: Study) -> list[tuple[tuple[str, ...] | None, dict[str, Any]]]:
    """Return what `check` ran after the analysis had ended: each time the checks' names and their options."""
    groups: list[list[Record]] = [[]]
    for record in study.records:
        groups[-1].append(record)
        if record.step == "judge":
            groups.append([])
    found = []
    for group in groups[1:]:
        own = [record for record in group if record.step == "check" and record.method]
        settings = {f"{record.method}.{name}": value for record in own for name, value in record.options.items()}
        choices = [record.output for record in group if isinstance(record.output, Choice)]
        everything = not any(refusal.why == NOT_ASKED for choice in choices for refusal in choice.refused)
        found += [(None if everything else tuple(str(record.method) for record in own), settings)] if own else []
    return found

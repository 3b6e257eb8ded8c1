"""Estimate again, by the method and options of the reported effect, on a changed design."""

from __future__ import annotations

from collections.abc import Callable

from aitia.core.design import Design
from aitia.core.errors import InputError
from aitia.core.estimate import Estimate
from aitia.core.run import Run
from aitia.core.shelf import estimation
from aitia.core.study import Study


def reported(study: Study) -> Estimate:
    """Return the study's primary estimate; raises `InputError` when there is none."""
    primary = study.primary()
    if primary is None:
        raise InputError("This study has no effect to check.", why="It did not get as far as an estimate.", next="Run analyze first.")
    return primary


def refit(study: Study, design: Design, run: Run) -> Estimate:
    """Estimate on another design as the reported effect was estimated."""
    record = study.record_of(reported(study))
    if record.method is None:
        raise InputError("The study does not say by which method its effect was estimated.", next="Run analyze again.")
    return run.use(estimation[record.method], design, **record.options)


def refits(study: Study, changed: Callable[[int, Run], Design], draws: int, run: Run, name: str) -> list[Estimate]:
    """Estimate on `changed(draw, run)` for each draw; `changed` must be picklable, so that draws can go to processes."""
    return run.map(Redo(study, changed), range(draws), name=name)


class Redo:
    """Do one draw; an object rather than a closure, so that it can go to another process."""

    def __init__(self, study: Study, changed: Callable[[int, Run], Design]) -> None:
        self.study, self.changed = study, changed

    def __call__(self, draw: int, run: Run) -> Estimate:
        """Estimate on the design of one draw."""
        return refit(self.study, self.changed(draw, run), run)

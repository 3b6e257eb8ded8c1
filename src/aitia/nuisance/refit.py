"""Estimate again, by the method and options of the reported effect, on a changed design."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

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
    return redone(*recipe(study), design, run)


def recipe(study: Study) -> tuple[str, dict[str, Any]]:
    """Return the method and options of the reported effect."""
    record = study.record_of(reported(study))
    if record.method is None:
        raise InputError("The study does not say by which method its effect was estimated.", next="Run analyze again.")
    return record.method, record.options


def redone(method: str, options: dict[str, Any], design: Design, run: Run) -> Estimate:
    """Estimate on a design by a method and options."""
    return run.use(estimation[method], design, **options)


def refits(study: Study, changed: Callable[[int, Run], Design], draws: int, run: Run, name: str) -> list[Estimate]:
    """Estimate on `changed(draw, run)` for each draw; `changed` must be picklable, so that draws can go to processes."""
    method, options = recipe(study)
    return run.map(functools.partial(one_draw, method, options, changed), range(draws), name=name)


def one_draw(method: str, options: dict[str, Any], changed: Callable[[int, Run], Design], draw: int, run: Run) -> Estimate:
    """Estimate on the design of one draw."""
    return redone(method, options, changed(draw, run), run)

"""Compute the true effects of a model: exactly along linear paths, else by setting the treatment in fresh rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from aitia.core.query import EffectKind
from aitia.core.run import Run
from aitia.core.scm import SCM
from aitia.core.simulation import TrueEffect
from aitia.core.table import Column
from aitia.graphs.reachability import descendants
from aitia.simulation.interventions import Rows, imagined, noise_for
from aitia.simulation.linear_model import path_effect, path_effects

DRAWS_NAMED, DRAWS_ALL = 40_000, 5_000
SAME = 1e-12  # differences smaller than this, relative to their mean, are rounding
MEANS = frozenset({"continuous", "count", "binary"})  # kinds of outcome that have a mean


@dataclasses.dataclass(frozen=True, slots=True)
class Arms:
    """Hold two values to which a treatment is set, as codes or numbers and as they are shown; None is one unit more."""

    arm: float
    versus: float
    shown: tuple[Any, Any] = (None, None)


def effects_of(
    scm: SCM,
    columns: Mapping[str, Column],
    run: Run,
    *,
    named: tuple[str, str] | None = None,
    among: tuple[str, ...] = (),
    every: bool = True,
    drawn: Rows | None = None,
) -> tuple[TrueEffect, ...]:
    """Return the effect of the `named` treatment in full, on those treated too, then of each node of `among` on those it causes.

    Where `every` is False, effects without an exact value are left out unless they are named. `drawn` is the noise of
    the simulated rows, for the effect among them.
    """
    found = list(full(scm, columns, run, named, drawn)) if named else []
    for treatment in among:
        targets = [name for name in outcomes(scm, columns, treatment) if (treatment, name) != named]
        found += effects_on(scm, columns, run, treatment, targets, every)
    return tuple(found)


def outcomes(scm: SCM, columns: Mapping[str, Column], treatment: str) -> list[str]:
    """Return the measured nodes with a mean that a treatment can move."""
    moved = descendants(scm.graph, treatment) - {treatment}
    return [name for name, column in columns.items() if name in moved and column.kind in MEANS]


def effects_on(scm: SCM, columns: Mapping[str, Column], run: Run, treatment: str, targets: list[str], every: bool) -> Iterable[TrueEffect]:
    """Yield the effects of one treatment on some outcomes, exact ones first."""
    paths = [(pair, path_effects(scm, treatment, pair.arm, pair.versus)) for pair in unit_arms(columns[treatment])]
    rest = [target for target in targets if any(moved[target] is None for _, moved in paths)]
    for target in targets:
        if target not in rest:
            yield from (made(treatment, target, pair, float(moved[target] or 0.0)) for pair, moved in paths)
    if rest and every:
        run.check()
        world = World(scm, run, DRAWS_ALL, treatment)
        for pair in arms_of(columns[treatment], world.rows[treatment]):
            for target, (value, error) in world.contrast(pair, rest).items():
                yield made(treatment, target, pair, value, error)


def full(scm: SCM, columns: Mapping[str, Column], run: Run, named: tuple[str, str], drawn: Rows | None) -> Iterable[TrueEffect]:
    """Yield the effect of the named treatment on the named outcome, over everyone and, for two arms, the treated and the untreated."""
    treatment, outcome = named
    world = World(scm, run, DRAWS_NAMED, treatment)
    for pair in unit_arms(columns[treatment]):
        value = path_effect(scm, treatment, outcome, pair.arm, pair.versus)
        if value is None:
            break
        kinds: tuple[EffectKind, ...] = ("ate", "att", "atc") if columns[treatment].coded else ("ate",)
        yield from (made(treatment, outcome, pair, value, effect=kind, sample=value) for kind in kinds)
    else:
        return
    own = None if drawn is None else World(scm, run, 0, treatment, drawn)
    for pair in arms_of(columns[treatment], world.rows[treatment]):
        groups: list[tuple[EffectKind, float | None]] = [("ate", None)]
        groups += [("att", pair.arm), ("atc", pair.versus)] if columns[treatment].coded else []
        for kind, level in groups:
            value, error = world.contrast(pair, [outcome], level)[outcome]
            sample = None if own is None else own.contrast(pair, [outcome], level)[outcome][0]
            yield made(treatment, outcome, pair, value, error, kind, sample)


def made(
    treatment: str,
    outcome: str,
    pair: Arms,
    value: float,
    error: float | None = None,
    effect: EffectKind = "ate",
    sample: float | None = None,
) -> TrueEffect:
    """Return one true effect; with a Monte-Carlo error it is a sampled one."""
    return TrueEffect(
        treatment=treatment,
        outcome=outcome,
        effect=effect,
        arm=pair.shown[0],
        versus=pair.shown[1],
        value=value,
        error=error or 0.0,
        how="path coefficients" if error is None else "interventional sampling",
        sample=None if sample is None or np.isnan(sample) else sample,
    )


class World:
    """Hold rows of a model with their noise, in which a treatment can be set."""

    def __init__(self, scm: SCM, run: Run, n: int, treatment: str, noise: Rows | None = None) -> None:
        self.scm, self.treatment = scm, treatment
        self.noise = noise_for(scm, n, lambda node: run.rng("simulate effects", node)) if noise is None else noise
        self.rows = scm.predict(dict(self.noise))

    def contrast(self, pair: Arms, targets: list[str], level: float | None = None) -> dict[str, tuple[float, float]]:
        """Return each outcome's mean difference between the arms with its standard error, among the rows that had one level."""
        high, low = (imagined(self.scm, self.rows, self.noise, {self.treatment: value}) for value in (pair.arm, pair.versus))
        kept = slice(None) if level is None else self.rows[self.treatment] == level
        found = {}
        for target in targets:
            found[target] = mean_and_error((high[target] - low[target])[kept])
        return found


def mean_and_error(differences: np.ndarray) -> tuple[float, float]:
    """Return the mean of row effects (n,) and its standard error, 0 where all are the same; NaN without rows."""
    if not len(differences):
        return float("nan"), 0.0
    value, error = float(differences.mean()), float(differences.std() / np.sqrt(len(differences)))
    return value, error if error > SAME * abs(value) else 0.0


def unit_arms(column: Column) -> list[Arms]:
    """Return the contrasts of exact effects: each level against the first, or one unit more."""
    return level_arms(column) if column.coded else [Arms(1.0, 0.0)]


def arms_of(column: Column, values: np.ndarray) -> list[Arms]:
    """Return the contrasts of sampled effects: each level against the first, one more for a count, one standard deviation."""
    if column.coded:
        return level_arms(column)
    middle, spread = float(values.mean()), float(values.std())
    if column.kind == "count":
        low = float(np.floor(middle))
        return [Arms(low + 1, low, (low + 1, low))]
    low, high = (float(f"{middle + side * spread / 2:.3g}") for side in (-1, 1))
    return [Arms(high, low, (high, low))]


def level_arms(column: Column) -> list[Arms]:
    """Return each level against the first."""
    return [Arms(float(i), 0.0, (column.levels[i], column.levels[0])) for i in range(1, len(column.levels))]

"""Compute the true effects between series: by path coefficients where they are linear, else by setting one step in many runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from aitia.core.run import Run
from aitia.core.simulation import TrueEffect
from aitia.simulation.effects import mean_and_error
from aitia.simulation.index_columns import TIME
from aitia.simulation.process import Process, Setting, lag_matrices, noise_for_steps, responses, run_process

REPLICATES, WARM = 2000, 50
SMALL = 1e-12


def series_effects(process: Process, names: tuple[str, ...], run: Run) -> tuple[TrueEffect, ...]:
    """Return the effect of setting each measured series at one step on each other one, at every lag up to the process's own."""
    found = lag_matrices(process)
    if found is None:
        world = World(process, run)
        return tuple(effect for name in names for effect in sampled(world, name, names, run))
    nodes, weights = found
    moved = responses(weights, process.lags)
    place = {node: i for i, node in enumerate(nodes)}
    return tuple(
        TrueEffect(treatment=a, outcome=b, lag=lag, value=float(moved[lag, place[a], place[b]]))
        for a in names
        for b in names
        for lag in range(process.lags + 1)
        if a != b and abs(moved[lag, place[a], place[b]]) > SMALL
    )


class World:
    """Hold many runs of a process up to a step, and the noise of the steps after it."""

    def __init__(self, process: Process, run: Run) -> None:
        self.process, self.steps = process, process.lags + 1
        noise = noise_for_steps(process, WARM + self.steps, REPLICATES, lambda node: run.rng("simulate effects", node))
        self.past = run_process(process, {node: column[:WARM] for node, column in noise.items()}, clock(WARM))
        self.noise = {node: column[WARM:] for node, column in noise.items()}
        self.plain = self.set(None)

    def set(self, setting: Setting | None) -> dict[str, np.ndarray]:
        """Return the steps (steps, runs) that follow when a node is set at the first of them."""
        return run_process(self.process, self.noise, clock(self.steps), setting=setting, past=self.past)


def clock(steps: int) -> Mapping[str, np.ndarray]:
    """Hold time still, so that a trend does not enter."""
    return {TIME: np.zeros(steps)}


def sampled(world: World, treatment: str, names: tuple[str, ...], run: Run) -> Iterable[TrueEffect]:
    """Yield the effects of one series, from runs with the same noise that differ in one step only."""
    run.check()
    now = world.plain[treatment][0]
    low, high = (float(f"{float(now.mean()) + side * float(now.std()) / 2:.3g}") for side in (-1, 1))
    above, below = (world.set({(treatment, 0): value}) for value in (high, low))
    for outcome in names:
        for lag in range(world.steps):
            difference = above[outcome][lag] - below[outcome][lag]
            if outcome != treatment and np.abs(difference).max() > SMALL:
                value, error = mean_and_error(difference)
                yield TrueEffect(
                    treatment=treatment,
                    outcome=outcome,
                    lag=lag,
                    arm=high,
                    versus=low,
                    value=value,
                    error=error,
                    how="interventional sampling",
                )

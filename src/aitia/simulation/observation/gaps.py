"""Lose stretches of series, each series on its own."""

from __future__ import annotations

import numpy as np

from aitia.core.errors import BadOption
from aitia.simulation.observation.sample import Sample

STRETCH = 8  # average length of a gap in time steps


def gaps(sample: Sample, rng: np.random.Generator, *, rate: float) -> Sample:
    """Return the sample with about the share `rate` of each series missing, in stretches of about eight steps."""
    if not 0 <= rate < 1:
        raise BadOption(f"{rate:g} of a series cannot be missing.", next="Give a share from 0 to below 1.")
    rows = {name: np.where(in_gap(sample.n, rate, rng), np.nan, sample.rows[name]) for name in sample.names()}
    return sample.changed(rows, f"{rate:.0%} of each series missing in stretches" if rate else "")


def in_gap(n: int, rate: float, rng: np.random.Generator) -> np.ndarray:
    """Return whether each step (n,) lies in a gap: gaps and the time between them have random lengths."""
    found = np.zeros(n, dtype=bool)
    if rate == 0:
        return found
    between = STRETCH * (1 - rate) / rate
    at, inside = 0, rng.random() < rate
    while at < n:
        length = 1 + int(rng.exponential(STRETCH if inside else between))
        found[at : at + length] = inside
        at, inside = at + length, not inside
    return found

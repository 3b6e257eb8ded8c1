"""Add measurement error: to numbers until a stated reliability is left, to levels by giving some rows another one."""

from __future__ import annotations

import numpy as np

from aitia.core.errors import BadOption
from aitia.simulation.observation.sample import Sample, picked, share


def measurement_error(sample: Sample, rng: np.random.Generator, *, reliability: float, portion: float = 1.0) -> Sample:
    """Return the sample with error in a share of its columns.

    Of a number's variance the share `reliability` stays its own, the error being normal (counts are rounded back to
    counts); a level stays right with that chance.
    """
    if not 0 < reliability <= 1:
        raise BadOption(f"A reliability of {reliability:g} is not between 0 and 1.", next="Write 0.8 for a fifth of error.")
    chosen = picked(sample.names(), share(portion, "noisy"), rng)
    rows = {name: noisy(sample, name, reliability, rng) for name in chosen}
    return sample.changed(rows, f"measurement error in {', '.join(chosen)}: reliability {reliability:g}" if chosen else "")


def noisy(sample: Sample, name: str, reliability: float, rng: np.random.Generator) -> np.ndarray:
    """Return one column with error."""
    values, column = sample.rows[name], sample.column(name)
    if column.coded:
        other = (values + rng.integers(1, len(column.levels), size=len(values))) % len(column.levels)
        return np.where(rng.random(len(values)) < reliability, values, other)
    found = values + rng.normal(size=len(values)) * values.std() * np.sqrt(1 / reliability - 1)
    return np.maximum(np.round(found), 0.0) if column.kind == "count" else found

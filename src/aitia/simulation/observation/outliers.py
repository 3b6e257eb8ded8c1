"""Move some numbers far away."""

from __future__ import annotations

import numpy as np

from aitia.core.errors import BadOption
from aitia.simulation.observation.sample import Sample, share


def outliers(sample: Sample, rng: np.random.Generator, *, rate: float, size: float = 6.0) -> Sample:
    """Return the sample with a share of its numbers moved by `size` standard deviations or more, up or down; counts only up."""
    share(rate, "outliers")
    if not size > 0:
        raise BadOption(f"Outliers of size {size:g} are none.", next="Give a number of standard deviations above 0.")
    rows = {}
    for name in sample.names("continuous", "count"):
        values = sample.rows[name]
        far = values.std() * size * (1 + rng.exponential(0.3, sample.n))
        is_count = sample.column(name).kind == "count"
        far = np.round(far) if is_count else far * np.where(rng.random(sample.n) < 0.5, -1.0, 1.0)
        rows[name] = np.where(rng.random(sample.n) < rate, values + far, values)
    return sample.changed(rows, f"{rate:.1%} outliers of {size:g} or more standard deviations" if rows and rate else "")

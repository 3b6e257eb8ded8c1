"""Cut some continuous columns into levels of about equal size."""

from __future__ import annotations

import numpy as np

from aitia.core.errors import BadOption
from aitia.core.table import Column
from aitia.simulation.observation.sample import Sample, picked, share

MOST_BINS = 50


def discretise(sample: Sample, rng: np.random.Generator, *, portion: float, bins: int = 4) -> Sample:
    """Return the sample with a share of its continuous columns cut at their quantiles: two levels are binary, more ordinal."""
    share(portion, "discretise")
    if not 2 <= bins <= MOST_BINS:
        raise BadOption(f"A column cannot be cut into {bins} levels.", next=f"Give 2 to {MOST_BINS}.")
    chosen = picked(sample.names("continuous"), portion, rng)
    rows, columns = {}, []
    for name in chosen:
        cuts = np.quantile(sample.rows[name], np.arange(1, bins) / bins)
        rows[name] = np.searchsorted(cuts, sample.rows[name], side="right").astype(float)
        levels: tuple[int, ...] = (0, 1) if bins == 2 else tuple(range(1, bins + 1))
        columns.append(Column(name=name, kind="binary" if bins == 2 else "ordinal", why="cut at quantiles", levels=levels))
    return sample.changed(rows, f"{', '.join(chosen)} cut into {bins} levels" if chosen else "", columns)

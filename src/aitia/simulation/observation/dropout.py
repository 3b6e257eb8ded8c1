"""Turn some numbers into zeros as single-cell sequencing does, by six mechanisms. [dai2024]"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from aitia.simulation.logistic import below
from aitia.simulation.observation.sample import Sample, score
from aitia.simulation.spec import DropoutName

Chances = Callable[[Sample, str, np.random.Generator], np.ndarray]
START, SLOPE = -0.5, -1.5  # chance of dropout of a value z standard deviations from the mean: logistic(-0.5 - 1.5 z)


def at_random(sample: Sample, name: str, rng: np.random.Generator) -> np.ndarray:
    """Give every value of a column one chance between 0.4 and 0.7."""
    return np.full(sample.n, rng.uniform(0.4, 0.7))


def truncated(sample: Sample, name: str, rng: np.random.Generator) -> np.ndarray:
    """Lose the lowest 20 to 50 percent."""
    values = sample.rows[name]
    return (values < np.quantile(values, rng.uniform(0.2, 0.5))).astype(float)


def by_value(sample: Sample, name: str, rng: np.random.Generator) -> np.ndarray:
    """Lose low values more often, by a logistic curve."""
    return below(START + SLOPE * standard(sample.rows[name]))


def by_probit(sample: Sample, name: str, rng: np.random.Generator) -> np.ndarray:
    """Lose low values more often, by a normal curve."""
    from scipy import special

    return special.ndtr(START + SLOPE * standard(sample.rows[name]))


def by_mean(sample: Sample, name: str, rng: np.random.Generator) -> np.ndarray:
    """Give every value of a column one chance, lower for columns with a higher mean."""
    means = np.array([sample.rows[other].mean() for other in sample.names("continuous", "count")])
    place = (sample.rows[name].mean() - means.mean()) / (means.std() or 1.0)
    return np.full(sample.n, 0.2 + 0.6 * below(np.array(-place)))


def by_parents(sample: Sample, name: str, rng: np.random.Generator) -> np.ndarray:
    """Let a column's measured causes decide, so that its zeros are not its own affair; columns without causes lose 30 percent."""
    causes = [p for p in sample.graph.parents(name) if p in sample.rows]
    if not causes:
        return np.full(sample.n, 0.3)
    return below(START + sum((rng.choice([-1.5, 1.5]) * score(sample, cause, rng) for cause in causes), np.zeros(sample.n)))


CHANCE: Mapping[DropoutName, Chances] = {
    "car": at_random,
    "truncated": truncated,
    "logistic": by_value,
    "probit": by_probit,
    "by-mean": by_mean,
    "by-parents": by_parents,
}


def dropout(sample: Sample, rng: np.random.Generator, *, mechanism: DropoutName) -> Sample:
    """Return the sample with zeros in its numeric columns; the zeros depend on the values before dropout."""
    names = sample.names("continuous", "count")
    lost = {name: rng.random(sample.n) < CHANCE[mechanism](sample, name, rng) for name in names}
    rows = {name: np.where(lost[name], 0.0, sample.rows[name]) for name in names}
    rate = np.mean([mask.mean() for mask in lost.values()]) if lost else 0.0
    return sample.changed(rows, f"{rate:.0%} of the numbers dropped to zero ({mechanism})" if names else "")


def standard(values: np.ndarray) -> np.ndarray:
    """Return values centred and scaled."""
    return (values - values.mean()) / (values.std() or 1.0)

"""Draw a smooth function of all parents together from a Gaussian process by random Fourier features. [rahimi2007]

The features make it a function once and for all: it can be evaluated at the values that an intervention sets.
"""

from __future__ import annotations

import math

import numpy as np

from aitia.core.noun import Noun, holder
from aitia.simulation.functions.function import joined
from aitia.simulation.inputs import Input, Values, expanded, width

FEATURES = 128


@holder
class GaussianProcess(Noun):
    """Hold rates (features, width), phases (features,) and sizes (features,) of a sum of cosines."""

    inputs: tuple[Input, ...]
    rates: np.ndarray
    phases: np.ndarray
    sizes: np.ndarray

    def __call__(self, values: Values) -> np.ndarray:
        """Return the drawn function (n,); its prior variance is one."""
        if not self.inputs:
            return np.zeros(1)
        return np.cos(expanded(self.inputs, values) @ self.rates.T + self.phases) @ self.sizes

    def words(self) -> str:
        """Say that it is a smooth function."""
        return f"smooth({joined(self.inputs)})"


def draw_gaussian_process(inputs: tuple[Input, ...], rng: np.random.Generator, length: float = 1.0) -> GaussianProcess:
    """Draw from the process with covariance exp(-|z - z'|² / (2 length²)); inputs count in their own standard deviations."""
    rates = rng.normal(size=(FEATURES, width(inputs))) / length
    phases = rng.uniform(0, 2 * math.pi, FEATURES)
    return GaussianProcess(inputs=inputs, rates=rates, phases=phases, sizes=rng.normal(size=FEATURES) * math.sqrt(2 / FEATURES))

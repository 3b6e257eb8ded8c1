"""Draw a network with one hidden layer of logistic units over all parents, as in the NOTEARS simulations. [zheng2020]"""

from __future__ import annotations

import numpy as np

from aitia.core.noun import Noun, holder
from aitia.simulation.functions.function import joined
from aitia.simulation.inputs import Input, Values, expanded, width

UNITS = 100


@holder
class MLP(Noun):
    """Hold the weights into the hidden units (width, units) and out of them (units,)."""

    inputs: tuple[Input, ...]
    hidden: np.ndarray
    out: np.ndarray

    def __call__(self, values: Values) -> np.ndarray:
        """Return 2 Σ out · logistic(inputs @ hidden), up to a constant (n,)."""
        if not self.inputs:
            return np.zeros(1)
        return np.tanh(expanded(self.inputs, values) @ self.hidden / 2) @ self.out  # twice the logistic function, less one

    def words(self) -> str:
        """Say that it is a network."""
        return f"network({joined(self.inputs)})"


def draw_mlp(inputs: tuple[Input, ...], rng: np.random.Generator, low: float = 0.5, high: float = 2.0) -> MLP:
    """Draw all weights with a random sign and a size in [low, high]."""
    return MLP(inputs=inputs, hidden=either_sign((width(inputs), UNITS), rng, low, high), out=either_sign((UNITS,), rng, low, high))


def either_sign(shape: tuple[int, ...], rng: np.random.Generator, low: float, high: float) -> np.ndarray:
    """Draw numbers with a size in [low, high] and a random sign."""
    return rng.uniform(low, high, shape) * np.where(rng.random(shape) < 0.5, -1.0, 1.0)

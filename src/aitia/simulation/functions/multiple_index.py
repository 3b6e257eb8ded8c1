"""Add tanh, cosine and sine of three random directions of the parents, as in the NOTEARS simulations. [zheng2020]"""

from __future__ import annotations

import numpy as np

from aitia.core.noun import Noun, holder
from aitia.simulation.functions.function import joined
from aitia.simulation.functions.mlp import either_sign
from aitia.simulation.inputs import Input, Values, expanded, width


@holder
class MultipleIndex(Noun):
    """Hold three directions (3, width)."""

    inputs: tuple[Input, ...]
    directions: np.ndarray

    def __call__(self, values: Values) -> np.ndarray:
        """Return tanh(a·z) + cos(b·z) + sin(c·z) (n,)."""
        if not self.inputs:
            return np.zeros(1)
        first, second, third = (expanded(self.inputs, values) @ self.directions.T).T
        return np.tanh(first) + np.cos(second) + np.sin(third)

    def words(self) -> str:
        """Say that it is a sum over three directions."""
        return f"multiple-index({joined(self.inputs)})"


def draw_multiple_index(inputs: tuple[Input, ...], rng: np.random.Generator, low: float = 0.5, high: float = 2.0) -> MultipleIndex:
    """Draw the directions with a random sign and a size in [low, high]."""
    return MultipleIndex(inputs=inputs, directions=either_sign((3, width(inputs)), rng, low, high))

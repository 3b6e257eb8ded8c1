"""Add several functions."""

from __future__ import annotations

import numpy as np

from aitia.core.noun import Noun, noun
from aitia.simulation.functions.function import Function
from aitia.simulation.inputs import Input, Values


@noun
class Total(Noun):
    """Hold the sum of some functions."""

    functions: tuple[Function, ...]

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The inputs of all functions, each name once."""
        return tuple({item.name: item for function in self.functions for item in function.inputs}.values())

    def __call__(self, values: Values) -> np.ndarray:
        """Return the sum (n,)."""
        return sum((function(values) for function in self.functions), np.zeros(1))

    def words(self) -> str:
        """Write the sum."""
        return " + ".join(function.words() for function in self.functions if function.words() != "0")

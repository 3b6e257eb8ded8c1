"""Bend a function smoothly so that it stays within a limit."""

from __future__ import annotations

import numpy as np

from aitia.core.noun import Noun, noun
from aitia.simulation.functions.function import Function
from aitia.simulation.inputs import Input, Values


@noun
class Bounded(Noun):
    """Hold limit · tanh(function / limit)."""

    function: Function
    limit: float = 2.5

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The inputs of the function inside."""
        return self.function.inputs

    def __call__(self, values: Values) -> np.ndarray:
        """Return the bent function (n,)."""
        return self.limit * np.tanh(self.function(values) / self.limit)

    def words(self) -> str:
        """Write the function inside."""
        return f"bounded({self.function.words()})"

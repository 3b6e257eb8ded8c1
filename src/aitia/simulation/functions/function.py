"""Say what every function of a node's parents offers."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from aitia.core.show import number
from aitia.simulation.inputs import Input, Values


class Function(Protocol):
    """Map the values of parents to one number per row."""

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The parents and the form in which each enters."""

    def __call__(self, values: Values) -> np.ndarray:
        """Return one number per row (n,), or (1,) where there are no inputs."""

    def words(self) -> str:
        """Write the function as a reader would."""


def signed(value: float, first: bool) -> str:
    """Write a number with the sign that joins it to what stands before.

    >>> signed(-0.5, True), signed(-0.5, False), signed(2.0, False)
    ('-0.5', ' - 0.5', ' + 2')
    """
    if first:
        return number(value, 3)
    return f" {'-' if value < 0 else '+'} {number(abs(value), 3)}"


def joined(inputs: tuple[Input, ...]) -> str:
    """List the names of inputs."""
    return ", ".join(item.name for item in inputs)

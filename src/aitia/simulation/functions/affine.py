"""Shift and stretch a function, or express it in other units of its parents."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from aitia.core.noun import Noun, noun
from aitia.simulation.functions.bounded import Bounded
from aitia.simulation.functions.function import Function
from aitia.simulation.functions.linear import Linear
from aitia.simulation.functions.total import Total
from aitia.simulation.inputs import Input, Values

Units = Mapping[str, tuple[float, float]]  # node: (offset, gain), new value = offset + gain · old value


@noun
class Affine(Noun):
    """Hold offset + gain · function."""

    function: Function
    offset: float = 0.0
    gain: float = 1.0

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The inputs of the function inside."""
        return self.function.inputs

    def __call__(self, values: Values) -> np.ndarray:
        """Return offset + gain · function (n,)."""
        return self.offset + self.gain * self.function(values)

    def words(self) -> str:
        """Write the function inside with its gain."""
        return f"{self.gain:.3g} · {self.function.words()}"


def scaled(function: Function, offset: float, gain: float) -> Function:
    """Return offset + gain · function; a linear one stays linear."""
    if isinstance(function, Affine):
        return scaled(function.function, offset + gain * function.offset, gain * function.gain)
    if isinstance(function, Total):
        rest = tuple(scaled(part, 0.0, gain) for part in function.functions[1:])
        return Total(functions=(scaled(function.functions[0], offset, gain), *rest))
    if isinstance(function, Linear):
        weights = tuple(tuple(gain * w for w in weight) for weight in function.weights)
        return dataclasses.replace(function, weights=weights, intercept=offset + gain * function.intercept)
    return Affine(function=function, offset=offset, gain=gain)


def in_units(function: Function, units: Units) -> Function:
    """Return the same function of parents whose values were changed to offset + gain · value."""
    if isinstance(function, Affine | Bounded):
        return dataclasses.replace(function, function=in_units(function.function, units))
    if isinstance(function, Total):
        return Total(functions=tuple(in_units(part, units) for part in function.functions))
    anything: Any = function
    return dataclasses.replace(anything, inputs=tuple(changed(item, units) for item in function.inputs))


def changed(item: Input, units: Units) -> Input:
    """Return an input that undoes the change of units."""
    if item.levels or item.name not in units:
        return item
    offset, gain = units[item.name]
    return dataclasses.replace(item, centre=offset + gain * item.centre, scale=gain * item.scale)

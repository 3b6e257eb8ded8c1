"""Bend a function of the parents plus noise by an invertible outer function. [zhang2009]"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Literal, get_args

import numpy as np

from aitia.core.noun import noun
from aitia.core.show import number
from aitia.simulation.functions.function import Function
from aitia.simulation.functions.linear import Linear
from aitia.simulation.inputs import Values, names_of
from aitia.simulation.mechanisms.structural import Structural
from aitia.simulation.noise import Noise

OuterName = Literal["sinh", "arcsinh", "exp", "cube", "leaky"]
OUTERS: tuple[str, ...] = get_args(OuterName)
Shape = Callable[[np.ndarray], np.ndarray]
SLOPE = 0.3  # of leaky, below zero


def leaky(x: np.ndarray) -> np.ndarray:
    """Return x above zero and a flatter line below."""
    return np.where(x > 0, x, SLOPE * x)


# Each outer function, its inverse, and the log slope of the inverse.
OUTER: Mapping[str, tuple[Shape, Shape, Shape]] = {
    "sinh": (np.sinh, np.arcsinh, lambda v: -0.5 * np.log1p(v**2)),
    "arcsinh": (np.arcsinh, np.sinh, lambda v: np.log(np.cosh(v))),
    "exp": (np.exp, lambda v: np.log(np.maximum(v, 0.0)), lambda v: -np.log(np.maximum(v, 0.0))),
    "cube": (lambda x: x**3, np.cbrt, lambda v: -np.log(3.0) - 2.0 * np.log(np.abs(np.cbrt(v)))),
    "leaky": (leaky, lambda v: np.where(v > 0, v, v / SLOPE), lambda v: np.where(v > 0, 0.0, -np.log(SLOPE))),
}


@noun
class PostNonlinear(Structural):
    """Hold value = offset + gain · outer(function(parents) + scale · noise)."""

    node: str
    function: Function = Linear()
    noise: Noise = Noise()
    outer: OuterName = "sinh"
    offset: float = 0.0
    gain: float = 1.0

    @property
    def parents(self) -> tuple[str, ...]:
        """The inputs of the function."""
        return names_of(self.function.inputs)

    @property
    def law(self) -> Hashable:
        """The noise's distribution."""
        return self.noise.name, self.noise.degrees

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw noise of standard deviation one."""
        return self.noise.draw(n, rng)

    def predict(self, noise: np.ndarray, parents: Values) -> np.ndarray:
        """Return the bent sum of function and noise."""
        with np.errstate(over="ignore"):
            return self.offset + self.gain * OUTER[self.outer][0](self.function(parents) + self.noise.scale * noise)

    def inner(self, value: np.ndarray) -> np.ndarray:
        """Return what the outer function bent; infinite or NaN for a value that it never gives."""
        with np.errstate(divide="ignore"):
            return OUTER[self.outer][1]((value - self.offset) / self.gain)

    def abduct(self, value: np.ndarray, parents: Values, rng: np.random.Generator) -> np.ndarray:
        """Return the one noise that made each value."""
        return (self.inner(value) - self.function(parents)) / self.noise.scale

    def log_density(self, value: np.ndarray, parents: Values) -> np.ndarray:
        """Return the noise's log density times the slope of the inverse; minus infinity for values that never occur."""
        unit = self.abduct(value, parents, np.random.Generator(np.random.PCG64(0)))
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = OUTER[self.outer][2]((value - self.offset) / self.gain) - np.log(np.abs(self.gain))
            found = self.noise.log_density(unit) - np.log(self.noise.scale) + slope
        return np.where(np.isfinite(unit), found, -np.inf)

    def words(self) -> str:
        """Write the outer function around function plus noise."""
        inside = f"{self.function.words()} + {number(self.noise.scale, 3)} · {self.noise.name} noise"
        return f"{self.node} = {number(self.offset, 3)} + {number(self.gain, 3)} · {self.outer}({inside})"

"""Make a number from a function of the parents plus noise, whose spread may depend on the parents. [hoyer2009]"""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from aitia.core.noun import noun
from aitia.core.show import number
from aitia.simulation.functions.function import Function
from aitia.simulation.functions.linear import Linear
from aitia.simulation.inputs import Values, names_of
from aitia.simulation.mechanisms.structural import Structural
from aitia.simulation.noise import Noise

WIDEST = 1.5  # the log of the largest factor by which the spread of noise may differ from its middle


@noun
class AdditiveNoise(Structural):
    """Hold value = function(parents) + scale · exp(spread(parents)) · noise; without `spread` the noise is even."""

    node: str
    function: Function = Linear()
    noise: Noise = Noise()
    spread: Function | None = None

    @property
    def parents(self) -> tuple[str, ...]:
        """The inputs of the function and of the spread."""
        return tuple(dict.fromkeys((*names_of(self.function.inputs), *names_of(self.spread.inputs if self.spread else ()))))

    @property
    def law(self) -> Hashable:
        """The noise's distribution; its scale belongs to the mechanism."""
        return self.noise.name, self.noise.degrees

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw noise of standard deviation one."""
        return self.noise.draw(n, rng)

    def width(self, parents: Values) -> np.ndarray:
        """Return the standard deviation of the noise (n,) or (1,)."""
        if self.spread is None:
            return np.full(1, self.noise.scale)
        return self.noise.scale * np.exp(WIDEST * np.tanh(self.spread(parents) / WIDEST))

    def predict(self, noise: np.ndarray, parents: Values) -> np.ndarray:
        """Return function + width · noise."""
        return self.function(parents) + self.width(parents) * noise

    def abduct(self, value: np.ndarray, parents: Values, rng: np.random.Generator) -> np.ndarray:
        """Return the one noise that made each value."""
        return (value - self.function(parents)) / self.width(parents)

    def log_density(self, value: np.ndarray, parents: Values) -> np.ndarray:
        """Return the noise's log density on the value's scale (a log probability for poisson noise)."""
        width = self.width(parents)
        found = self.noise.log_density((value - self.function(parents)) / width)
        return found if self.noise.name == "poisson" else found - np.log(width)

    def words(self) -> str:
        """Write function plus noise."""
        spread = f" · spread({', '.join(names_of(self.spread.inputs))})" if self.spread else ""
        return f"{self.node} = {self.function.words()} + {number(self.noise.scale, 3)} · {self.noise.name} noise{spread}"

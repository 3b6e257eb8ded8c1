"""Make a binary or ordinal node by cutting a score with logistic noise: the (ordered) logistic model. [mccullagh1980]"""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from aitia.core.noun import noun
from aitia.core.show import number
from aitia.simulation import logistic
from aitia.simulation.functions.function import Function
from aitia.simulation.functions.linear import Linear
from aitia.simulation.inputs import Values, names_of
from aitia.simulation.mechanisms.structural import Structural


@noun
class Threshold(Structural):
    """Hold value = how many of the rising `cuts` lie below function(parents) + logistic noise: one cut makes a binary node."""

    node: str
    function: Function = Linear()
    cuts: tuple[float, ...] = (0.0,)

    @property
    def parents(self) -> tuple[str, ...]:
        """The inputs of the function."""
        return names_of(self.function.inputs)

    @property
    def law(self) -> Hashable:
        """The standard logistic distribution."""
        return "standard logistic"

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw standard logistic noise."""
        return logistic.draw(n, rng)

    def predict(self, noise: np.ndarray, parents: Values) -> np.ndarray:
        """Return the code, 0 to the number of cuts."""
        score = self.function(parents)
        return sum((noise > cut - score for cut in self.cuts), np.zeros(len(noise)))

    def bounds(self, value: np.ndarray, parents: Values) -> tuple[np.ndarray, np.ndarray]:
        """Return the interval (low, high] of the noise that makes each code."""
        edges = np.array([-np.inf, *self.cuts, np.inf])
        code = np.asarray(value).astype(np.intp)
        score = self.function(parents)
        return edges[code] - score, edges[code + 1] - score

    def abduct(self, value: np.ndarray, parents: Values, rng: np.random.Generator) -> np.ndarray:
        """Draw the noise from its posterior."""
        return logistic.draw_between(*self.bounds(value, parents), rng)

    def log_density(self, value: np.ndarray, parents: Values) -> np.ndarray:
        """Return the log probability of each code."""
        known = (value >= 0) & (value <= len(self.cuts)) & (value == np.floor(value))
        found = logistic.log_between(*self.bounds(np.where(known, value, 0), parents))
        return np.where(known, found, -np.inf)

    def words(self) -> str:
        """Write the odds of a binary node, or the score that is cut."""
        if len(self.cuts) == 1:
            return f"log odds of {self.node} = {self.function.words()} - {number(self.cuts[0], 3)}"
        return f"{self.node} = {self.function.words()} + logistic noise, cut at {', '.join(number(cut, 3) for cut in self.cuts)}"

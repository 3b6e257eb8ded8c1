"""Make a count from a Poisson law whose log rate is a function of the parents, by the inverse of its distribution."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from aitia.core.noun import noun
from aitia.simulation import logistic
from aitia.simulation.functions.function import Function
from aitia.simulation.functions.linear import Linear
from aitia.simulation.inputs import Values, names_of
from aitia.simulation.mechanisms.structural import Structural

LARGEST_LOG_RATE = 12.0


@noun
class Count(Structural):
    """Hold the log rate; the noise is a chance on the logistic scale, and the count is the quantile at that chance."""

    node: str
    function: Function = Linear()

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

    def rate(self, parents: Values, n: int) -> np.ndarray:
        """Return the expected count (n,), at most exp(12)."""
        return np.exp(np.minimum(np.broadcast_to(self.function(parents), (n,)), LARGEST_LOG_RATE))

    def predict(self, noise: np.ndarray, parents: Values) -> np.ndarray:
        """Return the smallest count whose chance of not being exceeded reaches that of the noise."""
        rate = self.rate(parents, len(noise))
        found = guess(noise, rate)
        while (high := (found > 0) & (reach(found - 1, rate) >= noise)).any():
            found = found - high
        while (low := reach(found, rate) < noise).any():
            found = found + low
        return found

    def abduct(self, value: np.ndarray, parents: Values, rng: np.random.Generator) -> np.ndarray:
        """Draw the noise from its posterior."""
        rate = self.rate(parents, len(value))
        return logistic.draw_between(reach(value - 1, rate), reach(value, rate), rng)

    def log_density(self, value: np.ndarray, parents: Values) -> np.ndarray:
        """Return the log probability of each count."""
        from scipy import special

        known = (value >= 0) & (value == np.floor(value))
        count, rate = np.where(known, value, 0), self.rate(parents, len(value))
        return np.where(known, special.xlogy(count, rate) - rate - special.gammaln(count + 1), -np.inf)

    def words(self) -> str:
        """Write the log rate."""
        return f"log rate of {self.node} = {self.function.words()}"


def reach(count: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Return the log odds (n,) that a Poisson count is at most `count`, with its digits in both tails."""
    from scipy import special

    with np.errstate(divide="ignore"):
        found = np.log(special.pdtr(count, rate)) - np.log(special.pdtrc(count, rate))
    return np.where(count < 0, -np.inf, found)


def guess(noise: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Return a count (n,) near the quantile, by the Cornish-Fisher expansion."""
    normal = logistic.normal_at(noise)
    return np.maximum(np.floor(rate + np.sqrt(rate) * normal + (normal**2 - 1) / 6), 0.0)

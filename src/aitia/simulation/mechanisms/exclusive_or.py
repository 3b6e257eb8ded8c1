"""Flip the product of binary parents with a chance of its own in each group, as in the causal de Finetti simulations. [guo2023]"""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from aitia.core.noun import noun
from aitia.simulation import logistic
from aitia.simulation.inputs import Values
from aitia.simulation.mechanisms.structural import Structural


@noun
class ExclusiveOr(Structural):
    """Hold value = Bernoulli(rate) XOR the product of `causes`; `rate` names the node that holds the chance."""

    node: str
    rate: str
    causes: tuple[str, ...] = ()

    @property
    def parents(self) -> tuple[str, ...]:
        """The rate, then the causes."""
        return (self.rate, *self.causes)

    @property
    def law(self) -> Hashable:
        """The standard logistic distribution."""
        return "standard logistic"

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw standard logistic noise."""
        return logistic.draw(n, rng)

    def product(self, parents: Values, n: int) -> np.ndarray:
        """Return whether all causes are one (n,); without causes it is 0."""
        return np.all([parents[name] == 1 for name in self.causes], axis=0) if self.causes else np.zeros(n, dtype=bool)

    def predict(self, noise: np.ndarray, parents: Values) -> np.ndarray:
        """Return 0 or 1."""
        own = noise > logistic.odds(1.0 - parents[self.rate])
        return (own ^ self.product(parents, len(noise))).astype(float)

    def abduct(self, value: np.ndarray, parents: Values, rng: np.random.Generator) -> np.ndarray:
        """Draw the noise from its posterior."""
        own = (value == 1) ^ self.product(parents, len(value))
        cut = logistic.odds(1.0 - parents[self.rate])
        return logistic.draw_between(np.where(own, cut, -np.inf), np.where(own, np.inf, cut), rng)

    def log_density(self, value: np.ndarray, parents: Values) -> np.ndarray:
        """Return the log probability of each value."""
        own = (value == 1) ^ self.product(parents, len(value))
        with np.errstate(divide="ignore"):
            found = np.where(own, np.log(parents[self.rate]), np.log1p(-parents[self.rate]))
        return np.where((value == 0) | (value == 1), found, -np.inf)

    def words(self) -> str:
        """Write the exclusive or."""
        return f"{self.node} = Bernoulli({self.rate}) XOR {' · '.join(self.causes) or '0'}"

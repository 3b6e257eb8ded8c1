"""Shift and stretch what a numeric mechanism makes: a soft intervention. [eberhardt2007]"""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from aitia.core.noun import noun
from aitia.core.show import number
from aitia.simulation.inputs import Values
from aitia.simulation.mechanisms.structural import Structural


@noun
class Altered(Structural):
    """Hold value = shift + stretch · (what the mechanism makes); it keeps its parents and its noise."""

    node: str
    mechanism: Structural
    shift: float = 0.0
    stretch: float = 1.0

    @property
    def parents(self) -> tuple[str, ...]:
        """The parents of the mechanism inside."""
        return self.mechanism.parents

    @property
    def law(self) -> Hashable:
        """The law of the mechanism inside."""
        return self.mechanism.law

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw the noise of the mechanism inside."""
        return self.mechanism.draw(n, rng)

    def predict(self, noise: np.ndarray, parents: Values) -> np.ndarray:
        """Return the shifted and stretched value."""
        return self.shift + self.stretch * self.mechanism.predict(noise, parents)

    def abduct(self, value: np.ndarray, parents: Values, rng: np.random.Generator) -> np.ndarray:
        """Return the noise behind the value before it was altered."""
        return self.mechanism.abduct((value - self.shift) / self.stretch, parents, rng)

    def log_density(self, value: np.ndarray, parents: Values) -> np.ndarray:
        """Return the log density on the altered scale."""
        return self.mechanism.log_density((value - self.shift) / self.stretch, parents) - np.log(abs(self.stretch))

    def words(self) -> str:
        """Say what is added to the mechanism inside."""
        stretch = f", stretched by {number(self.stretch, 3)}" if self.stretch != 1 else ""
        return f"{self.mechanism.words()}{stretch}{f', shifted by {number(self.shift, 3)}' if self.shift else ''}"

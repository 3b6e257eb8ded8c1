"""Number rows by their place: time, blocks of environments or regimes, groups of equal size."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Literal

import numpy as np

from aitia.core.noun import noun
from aitia.simulation.inputs import Values
from aitia.simulation.mechanisms.structural import Structural

Pattern = Literal["index", "blocks", "groups"]


@noun
class Numbering(Structural):
    """Hold how rows are numbered: "index" 0, 1, …; "blocks" by shares of all rows; "groups" of `size` rows. No noise."""

    node: str
    pattern: Pattern = "index"
    shares: tuple[float, ...] = ()
    size: int = 1

    @property
    def parents(self) -> tuple[str, ...]:
        """None."""
        return ()

    @property
    def law(self) -> Hashable:
        """There is no noise."""
        return "none"

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return zeros."""
        return np.zeros(n)

    def predict(self, noise: np.ndarray, parents: Values) -> np.ndarray:
        """Return the number of each row."""
        place = np.arange(len(noise), dtype=float)
        if self.pattern == "blocks":
            ends = np.round(np.cumsum(self.shares) / sum(self.shares) * len(noise))
            return np.minimum(np.searchsorted(ends, place, side="right"), len(self.shares) - 1).astype(float)
        return np.floor(place / self.size) if self.pattern == "groups" else place

    def abduct(self, value: np.ndarray, parents: Values, rng: np.random.Generator) -> np.ndarray:
        """Return zeros."""
        return np.zeros(len(value))

    def log_density(self, value: np.ndarray, parents: Values) -> np.ndarray:
        """Return 0 where the number is right, minus infinity elsewhere."""
        return np.where(value == self.predict(value, parents), 0.0, -np.inf)

    def words(self) -> str:
        """Say how rows are numbered."""
        what = {"index": "place of the row", "blocks": f"{len(self.shares)} blocks of rows", "groups": f"groups of {self.size} rows"}
        return f"{self.node} = {what[self.pattern]}"

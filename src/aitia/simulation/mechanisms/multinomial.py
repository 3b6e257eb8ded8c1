"""Make a categorical node, the level of highest score plus Gumbel noise: the multinomial logistic model. [mcfadden1974, oberst2019]"""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from aitia.core.noun import noun
from aitia.simulation.functions.function import Function
from aitia.simulation.inputs import Values, names_of
from aitia.simulation.mechanisms.gumbel import draw_given_highest, log_share
from aitia.simulation.mechanisms.structural import Structural


@noun
class Multinomial(Structural):
    """Hold one score function per level."""

    node: str
    functions: tuple[Function, ...]

    @property
    def parents(self) -> tuple[str, ...]:
        """The inputs of all scores."""
        return tuple(dict.fromkeys(name for function in self.functions for name in names_of(function.inputs)))

    @property
    def law(self) -> Hashable:
        """One Gumbel value per level."""
        return "gumbel", len(self.functions)

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw one Gumbel value per level (n, levels)."""
        return rng.gumbel(size=(n, len(self.functions)))

    def scores(self, parents: Values, n: int) -> np.ndarray:
        """Return the score of each level (n, levels)."""
        return np.column_stack([np.broadcast_to(function(parents), (n,)) for function in self.functions])

    def predict(self, noise: np.ndarray, parents: Values) -> np.ndarray:
        """Return the code of the highest sum of score and noise."""
        return np.argmax(self.scores(parents, len(noise)) + noise, axis=1).astype(float)

    def abduct(self, value: np.ndarray, parents: Values, rng: np.random.Generator) -> np.ndarray:
        """Draw the noise from its posterior."""
        return draw_given_highest(self.scores(parents, len(value)), np.asarray(value).astype(np.intp), rng)

    def log_density(self, value: np.ndarray, parents: Values) -> np.ndarray:
        """Return the log probability of each code."""
        return log_share(self.scores(parents, len(value)), value)

    def words(self) -> str:
        """Write one score per level."""
        return f"{self.node} = level of highest score among " + "; ".join(function.words() for function in self.functions)

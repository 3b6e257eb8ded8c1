"""Draw one value for all rows of a group: the hidden cause behind exchangeable data. [guo2023]"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Literal

import numpy as np

from aitia.core.noun import noun
from aitia.simulation import logistic
from aitia.simulation.inputs import Values
from aitia.simulation.mechanisms.structural import Structural

Law = Literal["gaussian", "uniform", "beta", "coin"]


@noun
class Shared(Structural):
    """Hold the law of one value per group: gaussian (mean, sd), uniform (low, high), beta (1, b) or coin (chance of 1).

    `by` is the node that numbers the groups. Only the noise of a group's first row matters.
    """

    node: str
    by: str
    law_name: Law = "gaussian"
    first: float = 0.0
    second: float = 1.0

    @property
    def parents(self) -> tuple[str, ...]:
        """The node that numbers the groups."""
        return (self.by,)

    @property
    def law(self) -> Hashable:
        """The standard logistic distribution."""
        return "standard logistic"

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw standard logistic noise for every row."""
        return logistic.draw(n, rng)

    def predict(self, noise: np.ndarray, parents: Values) -> np.ndarray:
        """Return the quantile at the noise of each group's first row."""
        first, group = firsts(parents[self.by])
        return QUANTILE[self.law_name](noise[first], self.first, self.second)[group]

    def abduct(self, value: np.ndarray, parents: Values, rng: np.random.Generator) -> np.ndarray:
        """Return the noise behind each group's value, in all its rows; a coin's is drawn from its posterior."""
        first, group = firsts(parents[self.by])
        low, high = BOUNDS[self.law_name](value[first], self.first, self.second)
        return (logistic.draw_between(low, high, rng) if self.law_name == "coin" else high)[group]

    def log_density(self, value: np.ndarray, parents: Values) -> np.ndarray:
        """Return the log density at each group's first row, 0 at the others, minus infinity where a group disagrees."""
        first, group = firsts(parents[self.by])
        found = np.where(value == value[first][group], 0.0, -np.inf)
        found[first] = LOG_DENSITY[self.law_name](value[first], self.first, self.second)
        return found

    def words(self) -> str:
        """Write the law."""
        return f"{self.node} = one {self.law_name}({self.first:g}, {self.second:g}) value per {self.by}"


def firsts(groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first row of each group, and each row's place among the groups."""
    _, first, place = np.unique(groups, return_index=True, return_inverse=True)
    return first, place


Quantile = Callable[[np.ndarray, float, float], np.ndarray]
QUANTILE: Mapping[str, Quantile] = {
    "gaussian": lambda u, a, b: a + b * logistic.normal_at(u),
    "uniform": lambda u, a, b: a + (b - a) * logistic.below(u),
    "beta": lambda u, a, b: -np.expm1(logistic.log_below(-u) / b),  # beta(1, b): 1 - (1 - chance)^(1/b)
    "coin": lambda u, a, b: (u > logistic.odds(np.asarray(1.0 - a))).astype(float),
}
BOUNDS: Mapping[str, Callable[[np.ndarray, float, float], tuple[np.ndarray, np.ndarray]]] = {
    "gaussian": lambda v, a, b: (v, logistic.odds_of_normal((v - a) / b)),
    "uniform": lambda v, a, b: (v, logistic.odds((v - a) / (b - a))),
    "beta": lambda v, a, b: (v, np.log(-np.expm1(b * np.log1p(-v))) - b * np.log1p(-v)),
    "coin": lambda v, a, b: (
        np.where(v > 0, logistic.odds(np.asarray(1.0 - a)), -np.inf),
        np.where(v > 0, np.inf, logistic.odds(np.asarray(1.0 - a))),
    ),
}
LOG_DENSITY: Mapping[str, Quantile] = {
    "gaussian": lambda v, a, b: -0.5 * ((v - a) / b) ** 2 - np.log(b) - 0.5 * np.log(2 * np.pi),
    "uniform": lambda v, a, b: np.where((v >= a) & (v <= b), -np.log(b - a), -np.inf),
    "beta": lambda v, a, b: np.where((v > 0) & (v < 1), np.log(b) + (b - 1) * np.log1p(-np.clip(v, 0, 1 - 1e-16)), -np.inf),
    "coin": lambda v, a, b: np.where(v == 1, np.log(a), np.where(v == 0, np.log1p(-a), -np.inf)),
}

"""Make a coded node from a table of conditional probabilities, with noise that defines its counterfactuals. [oberst2019]"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Literal

import numpy as np

from aitia.core.noun import holder
from aitia.simulation import logistic
from aitia.simulation.inputs import Input, Values, codes, names_of
from aitia.simulation.mechanisms.gumbel import draw_given_highest, log_share
from aitia.simulation.mechanisms.structural import Structural

Coupling = Literal["gumbel", "quantile"]


@holder
class ConditionalTable(Structural):
    """Hold P(level | parents' levels), an array (levels of each cause in turn, levels); each row sums to one.

    The table alone does not say what would have been. With "quantile" one noise value is the same quantile under all
    parents, which suits ordered levels; with "gumbel" there is one noise value per level, whatever their order.
    """

    node: str
    causes: tuple[Input, ...]
    table: np.ndarray
    coupling: Coupling = "gumbel"

    @property
    def parents(self) -> tuple[str, ...]:
        """The causes."""
        return names_of(self.causes)

    @property
    def levels(self) -> int:
        """The number of levels."""
        return self.table.shape[-1]

    @property
    def law(self) -> Hashable:
        """One logistic value, or one Gumbel value per level."""
        return "standard logistic" if self.coupling == "quantile" else ("gumbel", self.levels)

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw the noise (n,) or (n, levels)."""
        return logistic.draw(n, rng) if self.coupling == "quantile" else rng.gumbel(size=(n, self.levels))

    def rows(self, parents: Values, n: int) -> np.ndarray:
        """Return the probabilities (n, levels) of each row's parents."""
        if not self.causes:
            return np.broadcast_to(self.table, (n, self.levels))
        return self.table[tuple(codes(cause, parents) for cause in self.causes)]

    def scores(self, parents: Values, n: int) -> np.ndarray:
        """Return the log probabilities (n, levels)."""
        with np.errstate(divide="ignore"):
            return np.log(self.rows(parents, n))

    def edges(self, parents: Values, n: int) -> np.ndarray:
        """Return the log odds (n, levels + 1) below which each level ends, minus infinity first and infinity last."""
        rows = self.rows(parents, n)
        ends = np.zeros((n, 1))
        under = np.hstack([ends, np.cumsum(rows, axis=1)[:, :-1]])
        over = np.hstack([np.cumsum(rows[:, ::-1], axis=1)[:, ::-1], ends])
        with np.errstate(divide="ignore"):
            found = np.hstack([np.log(under) - np.log(over[:, :-1]), np.full((n, 1), np.inf)])
        return found

    def predict(self, noise: np.ndarray, parents: Values) -> np.ndarray:
        """Return the code at the noise's quantile, or of the highest score plus noise."""
        if self.coupling == "gumbel":
            return np.argmax(self.scores(parents, len(noise)) + noise, axis=1).astype(float)
        return (noise[:, None] > self.edges(parents, len(noise))[:, 1:]).sum(axis=1).astype(float)

    def abduct(self, value: np.ndarray, parents: Values, rng: np.random.Generator) -> np.ndarray:
        """Draw the noise from its posterior."""
        n, code = len(value), np.asarray(value).astype(np.intp)
        if self.coupling == "gumbel":
            return draw_given_highest(self.scores(parents, n), code, rng)
        edges, rows = self.edges(parents, n), np.arange(n)
        return logistic.draw_between(edges[rows, code], edges[rows, code + 1], rng)

    def log_density(self, value: np.ndarray, parents: Values) -> np.ndarray:
        """Return the log probability of each code."""
        return log_share(self.scores(parents, len(value)), value)

    def words(self) -> str:
        """Say how many rows the table has."""
        return f"P({self.node}{' | ' if self.causes else ''}{', '.join(self.parents)}) by a table of {self.table.size // self.levels} rows"


def draw_table(
    node: str, causes: tuple[Input, ...], levels: int, rng: np.random.Generator, concentration: float = 1.0, coupling: Coupling = "gumbel"
) -> ConditionalTable:
    """Draw each row of the table from a Dirichlet law; small concentrations give strong dependence, no chance is below 0.01."""
    shape = tuple(cause.levels for cause in causes)
    rows = rng.dirichlet(np.full(levels, concentration), size=shape)
    kept = 0.01 * levels
    return ConditionalTable(node=node, causes=causes, table=(1 - kept) * rows + kept / levels, coupling=coupling)

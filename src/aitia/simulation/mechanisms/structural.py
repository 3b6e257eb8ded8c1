"""Give every mechanism here its form: a value is a function of the parents and of noise that does not look at them."""

from __future__ import annotations

import abc
from collections.abc import Hashable
from typing import TYPE_CHECKING

import numpy as np

from aitia.core.noun import Noun
from aitia.core.scm import Mechanism
from aitia.simulation.inputs import Values


class Structural(Noun, abc.ABC):
    """Draw noise, then predict; noise drawn once gives the same row under every intervention."""

    __slots__ = ()
    if TYPE_CHECKING:  # a field of every mechanism; a default here would become its default there
        node: str

    @property
    @abc.abstractmethod
    def parents(self) -> tuple[str, ...]:
        """The nodes that it reads."""

    @property
    @abc.abstractmethod
    def law(self) -> Hashable:
        """The distribution of the noise: two mechanisms of one law can share their noise."""

    @abc.abstractmethod
    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw the noise of n rows (n,) or (n, width)."""

    @abc.abstractmethod
    def predict(self, noise: np.ndarray, parents: Values) -> np.ndarray:
        """Return the values (n,) that this noise makes."""

    @abc.abstractmethod
    def abduct(self, value: np.ndarray, parents: Values, rng: np.random.Generator) -> np.ndarray:
        """Return the noise that made these values, drawn from its posterior where several noises make them."""

    @abc.abstractmethod
    def log_density(self, value: np.ndarray, parents: Values) -> np.ndarray:
        """Return the log density (log probability of coded and counted values) of each value given its parents."""

    @abc.abstractmethod
    def words(self) -> str:
        """Write the mechanism as an equation."""

    def sample(self, parents: Values, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw n values given the parents' values."""
        return self.predict(self.draw(n, rng), parents)


def noise_of(mechanism: Mechanism, n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the noise of any mechanism; one that has none, such as a constant, gets zeros."""
    return mechanism.draw(n, rng) if isinstance(mechanism, Structural) else np.zeros(n)

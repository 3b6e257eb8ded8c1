"""Hold a structural causal model: a graph and one mechanism for each node."""

from __future__ import annotations

import dataclasses
from typing import Protocol

import numpy as np

from aitia.core.errors import BadGraph, unknown
from aitia.core.graph import Graph
from aitia.core.noun import Noun, holder, noun


class Mechanism(Protocol):
    """Say how one node follows from its parents and its own noise."""

    @property
    def node(self) -> str:
        """The node that it makes."""

    @property
    def parents(self) -> tuple[str, ...]:
        """The nodes that it reads."""

    def sample(self, parents: dict[str, np.ndarray], n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw n values given the parents' values."""

    def abduct(self, value: np.ndarray, parents: dict[str, np.ndarray], rng: np.random.Generator) -> np.ndarray:
        """Return (or draw) the noise that made these values."""

    def predict(self, noise: np.ndarray, parents: dict[str, np.ndarray]) -> np.ndarray:
        """Return the values that this noise makes."""

    def log_density(self, value: np.ndarray, parents: dict[str, np.ndarray]) -> np.ndarray:
        """Return the log density of each value given its parents."""


@noun
class Constant(Noun):
    """Set a node to a value whatever its parents: the mechanism of an intervention."""

    node: str
    value: float
    parents: tuple[str, ...] = ()

    def sample(self, parents: dict[str, np.ndarray], n: int, rng: np.random.Generator) -> np.ndarray:
        """Return the value n times."""
        return np.full(n, self.value)

    def abduct(self, value: np.ndarray, parents: dict[str, np.ndarray], rng: np.random.Generator) -> np.ndarray:
        """Return zeros: there is no noise."""
        return np.zeros(len(value))

    def predict(self, noise: np.ndarray, parents: dict[str, np.ndarray]) -> np.ndarray:
        """Return the value for every row."""
        return np.full(len(noise), self.value)

    def log_density(self, value: np.ndarray, parents: dict[str, np.ndarray]) -> np.ndarray:
        """Return 0 where the value is the constant, minus infinity elsewhere."""
        return np.where(value == self.value, 0.0, -np.inf)


@holder
class SCM(Noun):
    """Hold a graph and its mechanisms, listed so that every parent comes before its child."""

    graph: Graph
    mechanisms: tuple[Mechanism, ...]

    def mechanism(self, node: str) -> Mechanism:
        """Return the mechanism of one node."""
        for mechanism in self.mechanisms:
            if mechanism.node == node:
                return mechanism
        raise unknown("node", node, [m.node for m in self.mechanisms])

    def sample(self, n: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Draw n rows."""
        values: dict[str, np.ndarray] = {}
        for m in self.mechanisms:
            if missing := [p for p in m.parents if p not in values]:
                raise BadGraph(f"The mechanism of {m.node} comes before its parent {missing[0]}.", next="List parents first.")
            values[m.node] = m.sample({p: values[p] for p in m.parents}, n, rng)
        return values

    def do(self, values: dict[str, float]) -> SCM:
        """Return the model in which these nodes are set from outside."""
        for node in values:
            self.mechanism(node)
        mechanisms = tuple(Constant(node=m.node, value=values[m.node]) if m.node in values else m for m in self.mechanisms)
        edges = tuple(edge for edge in self.graph.edges if edge.target not in values or edge.at_target != "arrow")
        return dataclasses.replace(self, graph=self.graph.with_edges(edges), mechanisms=mechanisms)

    def abduct(self, rows: dict[str, np.ndarray], rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return the noise of every node for complete rows."""
        return {m.node: m.abduct(rows[m.node], {p: rows[p] for p in m.parents}, rng) for m in self.mechanisms}

    def predict(self, noise: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the rows that this noise makes; `do` first gives counterfactuals."""
        values: dict[str, np.ndarray] = {}
        for m in self.mechanisms:
            values[m.node] = m.predict(noise[m.node], {p: values[p] for p in m.parents})
        return values

    def log_density(self, rows: dict[str, np.ndarray]) -> np.ndarray:
        """Return the log density of each row."""
        return sum((m.log_density(rows[m.node], {p: rows[p] for p in m.parents}) for m in self.mechanisms), np.zeros(1))

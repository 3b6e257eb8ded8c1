"""Offer a discrete structural model as a structural causal model that draws, abducts and predicts row by row."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from aitia.core.errors import InputError
from aitia.core.noun import Noun, holder
from aitia.core.scm import SCM
from aitia.simulation.exact.models import Level, StructuralModel


@holder
class TabularMechanism(Noun):
    """Make a node from its parents and its noise by a table of codes.

    `scales` holds the value of each code of the parents and the node: its level where all levels are numbers, else the
    code itself. Noise is the code of the noise.
    """

    node: str
    parents: tuple[str, ...]
    scales: dict[str, np.ndarray]
    chances: np.ndarray
    function: np.ndarray

    def sample(self, parents: dict[str, np.ndarray], n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw n values given the parents' values."""
        return self.predict(rng.choice(len(self.chances), size=n, p=self.chances).astype(float), parents)

    def abduct(self, value: np.ndarray, parents: dict[str, np.ndarray], rng: np.random.Generator) -> np.ndarray:
        """Draw a noise that made each value, by its chance among all that could; raises `InputError` where none could."""
        weights = self.compatible(value, parents)
        total = weights.sum(axis=1)
        if not (total > 0).all():
            row = int(np.argmin(total > 0))
            raise InputError(f"The model cannot make {self.node} = {value[row]:g} in row {row}.", why="Its table gives it chance 0 there.")
        ranks = rng.random(len(weights)) * total
        chosen = (np.cumsum(weights, axis=1) <= ranks[:, None]).sum(axis=1)
        return np.minimum(chosen, weights.shape[1] - 1).astype(float)

    def predict(self, noise: np.ndarray, parents: dict[str, np.ndarray]) -> np.ndarray:
        """Return the values that this noise makes."""
        codes = self.function[(*self.codes(parents), noise.astype(np.int64))]
        return np.asarray(self.scales[self.node][codes])

    def log_density(self, value: np.ndarray, parents: dict[str, np.ndarray]) -> np.ndarray:
        """Return the log chance of each value given its parents."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.compatible(value, parents).sum(axis=1)))

    def compatible(self, value: np.ndarray, parents: dict[str, np.ndarray]) -> np.ndarray:
        """Return the chance of each noise (n, noises) where it makes the value, 0 where it does not."""
        made = self.function[tuple(self.codes(parents))]  # (n, noises), or (noises,) without parents
        hits = made == self.code(self.node, value)[:, None]
        return np.asarray(hits * self.chances)

    def codes(self, parents: dict[str, np.ndarray]) -> list[np.ndarray]:
        """Return the parents' codes in the order of the function's axes."""
        return [self.code(name, parents[name]) for name in self.parents]

    def code(self, name: str, values: np.ndarray) -> np.ndarray:
        """Return the code of each value; raises `InputError` for one that the node does not have."""
        scale = self.scales[name]
        hits = np.asarray(values, dtype=float)[:, None] == scale
        if not hits.any(axis=1).all():
            strange = np.asarray(values)[~hits.any(axis=1)][0]
            raise InputError(f"{name} cannot be {strange:g}.", why=f"Its values are {', '.join(f'{item:g}' for item in scale)}.")
        return hits.argmax(axis=1)


def as_scm(model: StructuralModel) -> SCM:
    """Return the model as an SCM over numbers: levels that are numbers stand for themselves, others for their place.

    >>> from aitia.graphs.formats.text import parse
    >>> from aitia.simulation.exact.models import structural_model
    >>> scm = as_scm(structural_model(parse("x->y"), {"x": [0, 1], "y": [1, 0]}, {"x": [0.5, 0.5]}))
    >>> scm.do({"x": 1}).sample(3, np.random.default_rng(0))["y"].tolist()
    [0.0, 0.0, 0.0]
    """
    tables = model.projection
    scales = {node: scale_of(levels) for node, levels in tables.levels.items()}
    mechanisms = tuple(
        TabularMechanism(
            node=node,
            parents=parents,
            scales={name: scales[name] for name in (*parents, node)},
            chances=model.noises[node].floating().values,
            function=model.functions[node],
        )
        for node, parents in tables.parents.items()
    )
    return SCM(graph=model.graph, mechanisms=mechanisms)


def scale_of(levels: tuple[Level, ...]) -> np.ndarray:
    """Return the value of each level: itself where all are numbers, else its place."""
    numbers = [float(level) for level in levels if isinstance(level, int | float | Fraction | np.integer | np.floating)]
    return np.array(numbers) if len(numbers) == len(levels) else np.arange(len(levels), dtype=float)

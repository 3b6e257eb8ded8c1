"""Add the parents with weights, a coded parent with one effect per level."""

from __future__ import annotations

import dataclasses

import numpy as np

from aitia.core.noun import Noun, noun
from aitia.simulation.functions.function import signed
from aitia.simulation.inputs import Input, Values, codes, standard

Weights = tuple[tuple[float, ...], ...]
MOST_LEVELS_SHOWN = 6


@noun
class Linear(Noun):
    """Hold an intercept and, for each input, one weight per unit or one effect per level."""

    inputs: tuple[Input, ...] = ()
    weights: Weights = ()
    intercept: float = 0.0

    def __call__(self, values: Values) -> np.ndarray:
        """Return intercept + Σ weight · input (n,)."""
        found = np.full(1, self.intercept)
        for item, weight in zip(self.inputs, self.weights, strict=True):
            found = found + (np.array(weight)[codes(item, values)] if item.levels else weight[0] * standard(item, values))
        return found

    def words(self) -> str:
        """Write intercept and terms in the units of the parents."""
        plain = natural(self)
        text = signed(plain.intercept, True) if plain.intercept or not plain.inputs else ""
        for item, weight in zip(plain.inputs, plain.weights, strict=True):
            if item.levels:
                shown = ", ".join(signed(w, True) for w in weight[:MOST_LEVELS_SHOWN])
                text += f"{' + ' if text else ''}({shown} by level of {item.name})"
            else:
                text += f"{signed(weight[0], not text)} {item.name}"
        return text


def natural(function: Linear) -> Linear:
    """Return the same function with its inputs neither centred nor scaled."""
    shift, weights, inputs = function.intercept, [], []
    for item, weight in zip(function.inputs, function.weights, strict=True):
        weights.append(weight if item.levels else (weight[0] / item.scale,))
        shift -= 0.0 if item.levels else weight[0] * item.centre / item.scale
        inputs.append(dataclasses.replace(item, centre=0.0, scale=1.0))
    return Linear(inputs=tuple(inputs), weights=tuple(weights), intercept=shift)


def draw_linear(inputs: tuple[Input, ...], rng: np.random.Generator, low: float = 0.5, high: float = 2.0) -> Linear:
    """Draw weights of either sign with a size in [low, high]; the effects of levels have mean zero and such a spread."""
    weights: list[tuple[float, ...]] = []
    for item in inputs:
        size = float(rng.uniform(low, high))
        if item.levels:
            weights.append(tuple((size * draw_effects(item.levels, rng)).tolist()))
        else:
            weights.append((size if rng.random() < 0.5 else -size,))
    return Linear(inputs=inputs, weights=tuple(weights))


def draw_effects(levels: int, rng: np.random.Generator) -> np.ndarray:
    """Draw one effect per level (levels,), of mean zero and standard deviation one, evenly spread and in random order."""
    even = np.arange(levels) - (levels - 1) / 2 + rng.uniform(-0.3, 0.3, levels)
    effects = rng.permutation(even - even.mean())
    return effects / effects.std()

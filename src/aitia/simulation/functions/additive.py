"""Add one smooth function of each parent; a coded parent has one effect per level."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np

from aitia.core.noun import Noun, noun
from aitia.simulation.functions.linear import draw_effects
from aitia.simulation.inputs import Input, Values, codes, standard

Shape = Literal["linear", "sine", "quadratic", "bowl", "tanh", "spline", "wave", "levels"]
SMOOTH: tuple[Shape, ...] = ("sine", "bowl", "tanh", "spline")
# The middle of 400 equally likely slices of a normal distribution: shapes are centred and scaled on it.
GRID = 400
KNOTS, REACH = 8, 3.0  # a spline has 8 knots from -3 to 3 and is flat beyond
WAVES = 24
RIM = 4.0  # where a bowl levels out, in standard deviations


@noun
class Part(Noun):
    """Hold the shape of one input's function, its numbers, and what centres and scales it."""

    shape: Shape
    numbers: tuple[float, ...] = ()
    shift: float = 0.0
    gain: float = 1.0


@noun
class Additive(Noun):
    """Hold one part for each input."""

    inputs: tuple[Input, ...] = ()
    parts: tuple[Part, ...] = ()
    intercept: float = 0.0

    def __call__(self, values: Values) -> np.ndarray:
        """Return intercept + Σ part(input) (n,)."""
        found = np.full(1, self.intercept)
        for item, part in zip(self.inputs, self.parts, strict=True):
            if item.levels:
                found = found + np.array(part.numbers)[codes(item, values)] * part.gain
            else:
                found = found + part.gain * (evaluated(part, standard(item, values)) - part.shift)
        return found

    def words(self) -> str:
        """Write one shape per parent."""
        return (
            " + ".join(f"{part.shape}({item.name})" for item, part in zip(self.inputs, self.parts, strict=True)) or f"{self.intercept:.3g}"
        )


def evaluated(part: Part, z: np.ndarray) -> np.ndarray:
    """Return a part's raw shape at z (n,)."""
    return EVALUATE[part.shape](z, part.numbers)


def spline(z: np.ndarray, numbers: tuple[float, ...]) -> np.ndarray:
    """Evaluate a uniform cubic B-spline whose first and last three coefficients are equal, so that it ends flat and smooth."""
    padded = np.array((numbers[0],) * 2 + numbers + (numbers[-1],) * 3)
    place = (np.clip(z, -REACH, REACH) + REACH) / (2 * REACH) * (len(padded) - 4)
    cell = np.minimum(place.astype(np.intp), len(padded) - 5)
    t = place - cell
    basis = ((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3)
    return sum((weight * padded[cell + i] for i, weight in enumerate(basis)), np.zeros_like(z)) / 6


def wave(z: np.ndarray, numbers: tuple[float, ...]) -> np.ndarray:
    """Evaluate a one-dimensional Gaussian process drawn by random Fourier features: sizes, rates and phases in turn."""
    size, rate, phase = np.array(numbers).reshape(3, WAVES)
    return np.cos(z[:, None] * rate + phase) @ size


EVALUATE: Mapping[str, Callable[[np.ndarray, tuple[float, ...]], np.ndarray]] = {
    "linear": lambda z, _: z,
    "sine": lambda z, numbers: np.sin(numbers[0] * z + numbers[1]),
    "quadratic": lambda z, numbers: z**2 + numbers[0] * z,
    "bowl": lambda z, numbers: EVALUATE["quadratic"](RIM * np.tanh(z / RIM), numbers),  # a square that does not explode in chains
    "tanh": lambda z, numbers: np.tanh(numbers[0] * (z - numbers[1])),
    "spline": spline,
    "wave": wave,
}
NUMBERS: Mapping[str, Callable[[np.random.Generator], np.ndarray]] = {
    "linear": lambda rng: np.zeros(0),
    "sine": lambda rng: np.array([rng.uniform(1.0, 2.0), rng.uniform(-np.pi, np.pi)]),
    "quadratic": lambda rng: np.array([rng.choice([-1.0, 1.0]) * rng.uniform(0.2, 1.0)]),
    "bowl": lambda rng: NUMBERS["quadratic"](rng),
    "tanh": lambda rng: np.array([rng.uniform(1.0, 3.0), rng.uniform(-0.7, 0.7)]),
    "spline": lambda rng: rng.normal(size=KNOTS),
    "wave": lambda rng: np.concatenate([rng.normal(size=WAVES), rng.normal(size=WAVES), rng.uniform(0, 2 * np.pi, WAVES)]),
}


def draw_additive(inputs: tuple[Input, ...], rng: np.random.Generator, shapes: tuple[Shape, ...] = SMOOTH) -> Additive:
    """Draw one part for each input, its shape among `shapes`, each of about equal weight."""
    parts = []
    for item in inputs:
        size = float(rng.uniform(0.6, 1.4)) * (1.0 if rng.random() < 0.5 else -1.0)
        if item.levels:
            parts.append(Part(shape="levels", numbers=tuple(draw_effects(item.levels, rng).tolist()), gain=size))
            continue
        shape = shapes[int(rng.integers(len(shapes)))]
        parts.append(unit(shape, tuple(NUMBERS[shape](rng).tolist()), size))
    return Additive(inputs=inputs, parts=tuple(parts))


def unit(shape: Shape, numbers: tuple[float, ...], size: float) -> Part:
    """Return the part whose mean is 0 and standard deviation |size| where its input is standard normal."""
    raw = EVALUATE[shape](normal_grid(), numbers)
    return Part(shape=shape, numbers=numbers, shift=float(raw.mean()), gain=size / max(float(raw.std()), 1e-6))


def normal_grid() -> np.ndarray:
    """Return the middles (GRID,) of equally likely slices of the standard normal distribution."""
    from scipy import special

    return special.ndtri((np.arange(GRID) + 0.5) / GRID)

"""Say how a parent enters a function: a number centred and scaled, or one column per level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from aitia.core.noun import Noun, noun

Values = Mapping[str, np.ndarray]


@noun
class Input(Noun):
    """Name a parent and its form: `levels` 0 for a number, which enters as (value - centre) / scale, else their count."""

    name: str
    levels: int = 0
    centre: float = 0.0
    scale: float = 1.0


def standard(item: Input, values: Values) -> np.ndarray:
    """Return a numeric input (n,), centred and scaled."""
    return (values[item.name] - item.centre) / item.scale


def codes(item: Input, values: Values) -> np.ndarray:
    """Return a coded input (n,) as whole numbers from 0."""
    return np.asarray(values[item.name]).astype(np.intp)


def expanded(inputs: Sequence[Input], values: Values) -> np.ndarray:
    """Return all inputs as columns (n, width): a number is one, a coded parent one indicator per level, of mean zero over levels."""
    columns = []
    for item in inputs:
        if item.levels:
            columns.append((codes(item, values)[:, None] == np.arange(item.levels)) - 1.0 / item.levels)
        else:
            columns.append(standard(item, values)[:, None])
    return np.hstack(columns) if columns else np.zeros((0, 0))


def width(inputs: Sequence[Input]) -> int:
    """Return the number of columns of `expanded`."""
    return sum(item.levels or 1 for item in inputs)


def names_of(inputs: Sequence[Input]) -> tuple[str, ...]:
    """Return the names of inputs."""
    return tuple(item.name for item in inputs)

"""Make tables in memory with columns of chosen kinds, and draws in which two columns are independent or not."""

from __future__ import annotations

import numpy as np

from aitia.core.memory import Memory
from aitia.core.table import Column, Table

NUMERIC = ("continuous", "count")


def table_of(kinds: dict[str, str], values: dict[str, np.ndarray]) -> Table:
    """A table of columns with these kinds; coded columns hold codes."""
    columns = []
    for name, kind in kinds.items():
        present = values[name][~np.isnan(values[name])]
        levels = () if kind in NUMERIC else tuple(f"level {i}" for i in range(int(present.max()) + 1))
        columns.append(Column(name=name, kind=kind, levels=levels, missing=len(values[name]) - len(present)))  # type: ignore[arg-type]
    return Table(
        columns=tuple(columns),
        source=Memory(columns=tuple(columns), values={name: np.asarray(values[name], dtype=float) for name in kinds}),
    )


def draw(kind: str, score: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One column of a kind whose law depends on a score (n,) of unit scale, through the link its regression assumes."""
    n = len(score)
    if kind == "continuous":
        return score + rng.normal(0, 1, n)
    if kind == "count":
        return rng.poisson(np.maximum(5 + 1.5 * score, 0.2)).astype(float)
    if kind == "binary":
        return (rng.random(n) < 1 / (1 + np.exp(-score))).astype(float)
    utilities = np.column_stack([0 * score, score - 0.3, -score, 0.5 * score - 0.8]) + rng.gumbel(size=(n, 4))
    return utilities.argmax(axis=1).astype(float)

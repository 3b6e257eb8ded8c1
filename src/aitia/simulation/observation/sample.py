"""Hold rows on their way from the model to the table."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from aitia.core.errors import BadOption, near
from aitia.core.graph import Graph
from aitia.core.noun import Noun, holder
from aitia.core.table import Column


@holder
class Sample(Noun):
    """Hold columns with their values, float64 arrays (n,) with NaN for missing; `steps` says what was done so far.

    `graph` is that of the model, over latent nodes too; `missingness` the one with a node for each column's gaps.
    """

    columns: tuple[Column, ...]
    rows: dict[str, np.ndarray]
    graph: Graph
    steps: tuple[str, ...] = ()
    missingness: Graph | None = None

    @property
    def n(self) -> int:
        """The number of rows."""
        return len(next(iter(self.rows.values())))

    def names(self, *kinds: str) -> list[str]:
        """Return the columns that stand for nodes of the graph, of some kinds or of any."""
        return [c.name for c in self.columns if c.name in self.graph.nodes and (not kinds or c.kind in kinds)]

    def column(self, name: str) -> Column:
        """Return one column."""
        return next(c for c in self.columns if c.name == name)

    def changed(self, rows: dict[str, np.ndarray], step: str, columns: Sequence[Column] = ()) -> Sample:
        """Return the sample with some rows and columns replaced and one more step told; a step without words is none."""
        new = {column.name: column for column in columns}
        kept = tuple(new.get(column.name, column) for column in self.columns)
        return dataclasses.replace(self, rows={**self.rows, **rows}, columns=kept, steps=(*self.steps, *([step] if step else [])))


def share(value: float, what: str) -> float:
    """Return a share; raises `BadOption` outside [0, 1]."""
    if not 0 <= value <= 1:
        raise BadOption(f"{what} is {value:g}, which is not a share between 0 and 1.", next="Write 0.2 for a fifth.")
    return value


def picked(names: Sequence[str], portion: float, rng: np.random.Generator) -> list[str]:
    """Return a share of some names, drawn at random and rounded, in their order; at least one for a share above 0."""
    count = max(round(portion * len(names)), 1 if portion > 0 and names else 0)
    chosen = {names[i] for i in rng.permutation(len(names))[:count]}
    return [name for name in names if name in chosen]


def known(names: Sequence[str], among: Sequence[str], what: str) -> list[str]:
    """Return names after checking that each is there; raises `BadOption` with near names."""
    for name in names:
        if name not in among:
            raise BadOption(f"There is no column {name!r} {what}.", next=near(name, among))
    return list(names)


def score(sample: Sample, name: str, rng: np.random.Generator) -> np.ndarray:
    """Return a column as a score (n,) of mean 0 and standard deviation 1; levels get random scores, never their codes."""
    values = sample.rows[name]
    column = sample.column(name)
    if column.coded:
        effects = rng.permutation(np.linspace(-1, 1, len(column.levels)))
        values = effects[values.astype(np.intp)]
    spread = values.std()
    return (values - values.mean()) / (spread if spread > 0 else 1.0)

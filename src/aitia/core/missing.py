"""Say why values are missing, what can be had in spite of it, and what filling them in did."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np

from aitia.core.graph import Graph
from aitia.core.noun import Noun, holder, noun
from aitia.core.table import Column, Counts, Moments, Table

MechanismWord = Literal["MCAR", "MAR", "MNAR"]
Means = Literal["complete rows", "available rows", "imputation", "weighting"]


@noun
class MissingnessGraph(Noun):
    """Join a graph of columns with a node for each column that has missing values, which says whether its value is there.

    `pairs` names each such column and its node. `found` are the columns whose causes of missingness come from data;
    those of every other one were stated with the graph.
    """

    graph: Graph
    pairs: tuple[tuple[str, str], ...]
    found: tuple[str, ...] = ()

    @property
    def indicators(self) -> dict[str, str]:
        """The node of each column with missing values."""
        return dict(self.pairs)

    @property
    def partly(self) -> tuple[str, ...]:
        """The columns with missing values."""
        return tuple(column for column, _ in self.pairs)

    @property
    def fully(self) -> tuple[str, ...]:
        """The measured columns without missing values, in the order of the graph."""
        other = {name for pair in self.pairs for name in pair}
        return tuple(node for node in self.graph.observed if node not in other)

    def signs(self, columns: Iterable[str]) -> tuple[str, ...]:
        """Return the indicators of those columns that have missing values, in the order of the pairs."""
        asked = set(columns)
        return tuple(node for column, node in self.pairs if column in asked)


@noun
class Missingness(Noun):
    """Name how values are missing: completely at random (MCAR), at random given what is measured (MAR), or neither (MNAR)."""

    mechanism: MechanismWord
    says: str
    because: tuple[str, ...] = ()


@noun
class Recovery(Noun):
    """Say whether something about all rows can be had from rows with gaps, by which means, and why.

    `recoverable` is None where none of the rules that are built decides. `means` are the ways that give it, simplest
    first; `columns` those needed besides the ones in the question; `expression` how it is put together.
    """

    what: str
    recoverable: bool | None
    means: tuple[Means, ...] = ()
    says: str
    because: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    expression: str | None = None
    next: str | None = None


@noun
class MissingCauses(Noun):
    """Name the columns that go with one column being missing, of the `tried` ones; `rows` are the fewest that a test had.

    `p` is the smallest p-value, times the number of columns tried.
    """

    column: str
    missing: int
    causes: tuple[str, ...] = ()
    tried: int = 0
    rows: int = 0
    p: float = 1.0


@noun
class LittleTest(Noun):
    """Hold Little's test that values are missing completely at random: the statistic, its degrees, patterns and rows."""

    p: float
    statistic: float
    degrees: int
    patterns: int
    n: int


@noun
class Imputation(Noun):
    """Describe how missing values were filled in: how many cells of each column, the columns that foretold
    them, draws and sweeps."""

    columns: tuple[str, ...]
    cells: tuple[int, ...]
    using: tuple[str, ...]
    rows: int
    draws: int
    sweeps: int


@noun
class Pooled(Noun):
    """Hold one effect pooled over completed tables: `missing` is the share of its variance due to missing values."""

    value: float
    se: float
    degrees: float
    missing: float
    error: float


@holder
class Arrays(Noun):
    """Answer for columns held as arrays (n,): as much as a table needs of a source, for tables made on the way."""

    values: dict[str, np.ndarray] = dataclasses.field(metadata={"skip": True})

    @property
    def n(self) -> int:
        """The number of rows."""
        return len(next(iter(self.values.values()))) if self.values else 0

    def rows(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        """Return the arrays of the named columns."""
        return {name: self.values[name] for name in names}

    def moments(self, names: Sequence[str]) -> Moments:
        """Return count, mean and covariance of the rows complete in `names`; NaN where there are too few rows."""
        joined = np.array([self.values[name] for name in names]).reshape(len(names), self.n)
        complete = joined[:, ~np.isnan(joined).any(axis=0)]
        n, width = complete.shape[1], len(names)
        if n < 2:
            return Moments(names=tuple(names), n=n, mean=np.full(width, np.nan), covariance=np.full((width, width), np.nan))
        mean = complete.mean(axis=1)
        centred = complete - mean[:, None]
        return Moments(names=tuple(names), n=n, mean=mean, covariance=centred @ centred.T / (n - 1))

    def counts(self, names: Sequence[str], levels: Sequence[tuple[Any, ...]]) -> Counts:
        """Return the contingency table of the named coded columns."""
        shape = tuple(len(found) for found in levels)
        codes = np.array([self.values[name] for name in names]).reshape(len(names), self.n)
        kept = ~np.isnan(codes).any(axis=0)
        cells = np.ravel_multi_index(tuple(codes[:, kept].astype(np.int64)), shape) if names else np.zeros(int(kept.sum()), dtype=np.int64)
        counted = np.bincount(cells, minlength=int(np.prod(shape))).reshape(shape)
        return Counts(names=tuple(names), levels=tuple(levels), counts=counted, missing=int((~kept).sum()))

    def sample(self, names: Sequence[str], n: int, seed: int) -> dict[str, np.ndarray]:
        """Return at most n rows drawn without replacement."""
        if n >= self.n:
            return self.rows(names)
        chosen = np.sort(np.random.Generator(np.random.Philox(key=seed)).permutation(self.n)[:n])
        return {name: self.values[name][chosen] for name in names}

    def digest(self) -> str:
        """Return a digest of names and values in their order."""
        hashed = hashlib.blake2b(digest_size=16)
        for name, values in self.values.items():
            hashed.update(name.encode())
            hashed.update(np.ascontiguousarray(values, dtype=np.float64).tobytes())
        return hashed.hexdigest()


def table_from(columns: Sequence[Column], values: dict[str, np.ndarray]) -> Table:
    """Return a table of described columns and their arrays (n,), with missing values counted anew."""
    counted = tuple(dataclasses.replace(c, missing=int(np.isnan(values[c.name]).sum())) for c in columns)
    return Table(columns=counted, source=Arrays(values={c.name: values[c.name] for c in columns}))


def with_indicators(table: Table, columns: Sequence[str]) -> tuple[Table, dict[str, str]]:
    """Return the table with a binary column for each of some columns, 1 where its value is missing, and their names."""
    values = dict(table.rows())
    added: list[Column] = []
    names: dict[str, str] = {}
    for column in columns:
        name = unused(f"R_{column}", (*table.names, *names.values()))
        names[column] = name
        added.append(Column(name=name, kind="binary", levels=(0, 1)))
        values[name] = np.isnan(values[column]).astype(float)
    return table_from((*table.columns, *added), values), names


def unused(name: str, taken: Sequence[str]) -> str:
    """Return a name, with strokes after it while it is taken.

    >>> unused("R_x", ["R_x", "x"])
    "R_x'"
    """
    while name in taken:
        name += "'"
    return name

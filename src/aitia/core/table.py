"""Name columns, say what kind each is, and point to the source that answers for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol, get_args

import numpy as np

from aitia.core.errors import InputError, unknown
from aitia.core.finding import Finding
from aitia.core.frame import frame
from aitia.core.noun import Noun, holder, noun
from aitia.core.request import Reading

Kind = Literal["continuous", "count", "binary", "categorical", "ordinal", "time", "unit", "environment", "weight", "text"]
KINDS: tuple[str, ...] = get_args(Kind)
CODED = frozenset({"binary", "categorical", "ordinal", "unit", "environment", "text"})
NUMERIC = frozenset({"continuous", "count", "weight", "time"})


@noun
class Column(Noun):
    """Describe one column: its kind, why it was taken for that kind, its levels when it is coded.

    A coded column (`coded`) answers `rows` with codes 0, 1, … into `levels`; a numeric one with its values.
    In both, a missing value is NaN.
    """

    name: str
    kind: Kind
    why: str = ""
    levels: tuple[Any, ...] = ()
    missing: int = 0
    unit: str | None = None

    @property
    def coded(self) -> bool:
        """Whether the values are codes into `levels`."""
        return self.kind in CODED

    @property
    def numeric_levels(self) -> bool:
        """Whether every level is itself a number, as in a binary column of 0 and 1."""
        return bool(self.levels) and all(isinstance(level, int | float) and not isinstance(level, bool) for level in self.levels)


@noun
class SetAside(Noun):
    """Name a column that reading set aside, and why; `constant` when it has one value only."""

    name: str
    why: str
    constant: bool = False


@holder
class Moments(Noun):
    """Hold the count, mean (p,) and covariance (p, p; divisor n - 1) of complete rows of some columns."""

    names: tuple[str, ...]
    n: int
    mean: np.ndarray
    covariance: np.ndarray


@holder
class Counts(Noun):
    """Hold how often each combination of levels occurs: an array with one axis per column, missing rows left out."""

    names: tuple[str, ...]
    levels: tuple[tuple[Any, ...], ...]
    counts: np.ndarray
    missing: int = 0


class Source(Protocol):
    """Answer for the values of a table, wherever they live."""

    @property
    def n(self) -> int:
        """The number of rows."""

    def rows(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        """Return float64 arrays (n,) of the named columns; rows stand in one order, in this call and in others."""

    def moments(self, names: Sequence[str]) -> Moments:
        """Return count, mean and covariance of the rows complete in `names`."""

    def counts(self, names: Sequence[str], levels: Sequence[tuple[Any, ...]]) -> Counts:
        """Return the contingency table of the named coded columns."""

    def sample(self, names: Sequence[str], n: int, seed: int) -> dict[str, np.ndarray]:
        """Return float64 arrays (at most n,) of rows drawn without replacement; the same seed draws the same rows."""

    def digest(self) -> str:
        """Return a digest of all values in their order."""


@noun
class Absent(Noun):
    """Stand for values that are not at hand: a table read back from a study knows its digest and recipe only."""

    n: int
    stored: str

    def rows(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        """Refuse: the values are not here."""
        raise InputError(
            "The rows of this table are not at hand.", why="It was read from a study, which stores a digest.", next="Load the data again."
        )

    def moments(self, names: Sequence[str]) -> Moments:
        """Refuse: the values are not here."""
        raise InputError("The moments of this table are not at hand.", next="Load the data again.")

    def counts(self, names: Sequence[str], levels: Sequence[tuple[Any, ...]]) -> Counts:
        """Refuse: the values are not here."""
        raise InputError("The counts of this table are not at hand.", next="Load the data again.")

    def sample(self, names: Sequence[str], n: int, seed: int) -> dict[str, np.ndarray]:
        """Refuse: the values are not here."""
        return self.rows(names)

    def digest(self) -> str:
        """Return the digest that was stored."""
        return self.stored


@holder
class Table(Noun):
    """Hold named columns with their kinds and a source of values; never mutated.

    `recipe` is how to load it again (a path, `example:NAME`, or "in memory"). `set_aside` are columns that cannot be
    used, each with the reason; `findings` say aloud what reading guessed and changed; `reading` is how it was read.
    """

    columns: tuple[Column, ...]
    source: Source
    recipe: str = "in memory"
    set_aside: tuple[SetAside, ...] = ()
    findings: tuple[Finding, ...] = ()
    reading: Reading = Reading()

    @property
    def n(self) -> int:
        """The number of rows."""
        return self.source.n

    @property
    def names(self) -> tuple[str, ...]:
        """The column names, in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return one column's description; raises `UnknownName` with near names."""
        for column in self.columns:
            if column.name == name:
                return column
        raise unknown("column", name, self.names)

    def rows(self, names: Sequence[str] | None = None) -> dict[str, np.ndarray]:
        """Return float64 arrays (n,) by name: values, or codes into the levels of coded columns; NaN is missing."""
        return self.source.rows([self.column(name).name for name in (self.names if names is None else names)])

    def moments(self, names: Sequence[str] | None = None) -> Moments:
        """Return n, mean and covariance over the rows complete in these columns."""
        return self.source.moments([self.column(name).name for name in (self.names if names is None else names)])

    def counts(self, names: Sequence[str]) -> Counts:
        """Return the contingency table of coded columns."""
        return self.source.counts(list(names), [self.column(name).levels for name in names])

    def sample(self, n: int, names: Sequence[str] | None = None, *, seed: int = 0) -> dict[str, np.ndarray]:
        """Return arrays like `rows` of at most n rows drawn without replacement; the same seed draws the same rows."""
        return self.source.sample([self.column(name).name for name in (self.names if names is None else names)], n, seed)

    def fingerprint(self) -> str:
        """Return a digest of names, kinds and values in their order."""
        return self.source.digest()

    def to_frame(self) -> Any:
        """Return the values as a data frame, coded columns as their levels."""
        values = self.rows()
        return frame({column.name: decoded(column, values[column.name]) for column in self.columns})


def decoded(column: Column, values: np.ndarray) -> list[Any]:
    """Return a column's values as the user wrote them: levels for codes, None for missing."""
    if column.coded and column.levels:
        return [None if np.isnan(v) else column.levels[int(v)] for v in values]
    return [None if np.isnan(v) else float(v) for v in values]

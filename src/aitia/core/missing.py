"""Say why values are missing, what can be had in spite of it, and what filling them in did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from aitia.core.graph import Graph
from aitia.core.noun import Noun, noun

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


def unused(name: str, taken: Sequence[str]) -> str:
    """Return a name, with strokes after it while it is taken.

    >>> unused("R_x", ["R_x", "x"])
    "R_x'"
    """
    while name in taken:
        name += "'"
    return name

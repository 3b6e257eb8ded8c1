"""Hold what a look at a table found before any question is asked of it."""

from __future__ import annotations

from typing import Any

from aitia.core.finding import Finding
from aitia.core.frame import frame
from aitia.core.noun import Noun, noun
from aitia.core.table import Kind, SetAside


@noun
class Frequent(Noun):
    """Name one level of a column and how many rows have it."""

    level: str
    rows: int


@noun
class ColumnProfile(Noun):
    """Describe one column: its kind and why, missing values, and numbers that fit the kind.

    A numeric column has mean, standard deviation, least, quartiles and largest; a coded one its most frequent levels
    with their counts. `missing_share` lies in [0, 1].
    """

    name: str
    kind: Kind
    why: str
    missing: int
    missing_share: float
    levels: int | None = None
    frequent: tuple[Frequent, ...] = ()
    mean: float | None = None
    sd: float | None = None
    low: float | None = None
    quartiles: tuple[float, ...] | None = None
    high: float | None = None


@noun
class Dependence(Noun):
    """Say how strongly two columns hang together: the effect of the named test in [-1, 1] and its p-value."""

    first: str
    second: str
    test: str
    effect: float | None
    p: float
    n_used: int


@noun
class Profile(Noun):
    """Answer `profile`: every column, the columns set aside, the strongest dependences, and findings about the whole table."""

    n: int
    columns: tuple[ColumnProfile, ...]
    set_aside: tuple[SetAside, ...] = ()
    dependences: tuple[Dependence, ...] = ()
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0

    def to_frame(self) -> Any:
        """Return one row per column as a data frame."""
        fields = ("name", "kind", "missing", "missing_share", "levels", "mean", "sd", "low", "high", "why")
        return frame({name: [getattr(column, name) for column in self.columns] for name in fields})

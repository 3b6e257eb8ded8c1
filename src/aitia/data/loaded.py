"""Hold columns as they came from a file or a frame, before anything is said about their kinds."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from aitia.core.finding import Finding
from aitia.core.request import Reading


@dataclasses.dataclass(frozen=True, slots=True)
class Loaded:
    """Hold column names as written, one PyArrow array for each, how to load them again, and what was guessed.

    `decimal` is the decimal mark of numbers that came as words.
    """

    names: tuple[str, ...]
    arrays: tuple[Any, ...]
    recipe: str
    decimal: str = "."
    findings: tuple[Finding, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Spelling:
    """Say how words are to be taken: the words for missing values (None: the usual ones), the decimal mark, the order of day and month."""

    missing: tuple[str, ...] | None = None
    decimal: str = "."
    dates: str | None = None


PLAIN = Spelling()


def spelling_of(reading: Reading, decimal: str) -> Spelling:
    """Return how words are to be taken, as the caller said and the file was guessed."""
    return Spelling(reading.missing, decimal, reading.dates)


@dataclasses.dataclass(frozen=True, slots=True)
class Values:
    """Hold the values of one column, without a kind yet.

    numbers (n,) with NaN for missing: of numbers, dates (days since 1970) and truth values (0, 1), and of the numbers
    among words. codes (n,) with -1 for missing point into `labels`, which hold what occurs, in no order unless `ordered`.
    `missing_words` counts words taken for missing, `words` those among numbers that are no number. `dates` says in
    which order days and months were read, "ambiguous" where nothing tells.
    """

    form: str
    numbers: np.ndarray | None = None
    codes: np.ndarray | None = None
    labels: tuple[Any, ...] = ()
    ordered: bool = False
    infinite: int = 0
    missing_words: dict[str, int] = dataclasses.field(default_factory=dict)
    words: dict[str, int] = dataclasses.field(default_factory=dict)
    spaces: int = 0
    thousands: str = ""
    dates: str = ""
    why: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Notice:
    """Note one thing about one column; notices of one check become one finding."""

    check: str
    name: str
    detail: str = ""
    rows: int = 0

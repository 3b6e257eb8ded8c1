"""Name what every engine offers before kinds are decided: summaries of columns, and a source once they are."""

from __future__ import annotations

from typing import Protocol

from aitia.core.finding import Finding
from aitia.core.table import Column, Source
from aitia.data.summary import Summary


class Undecided(Protocol):
    """Offer columns whose kinds are not decided yet, by their place."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names as they were written."""

    @property
    def recipe(self) -> str:
        """How to load the data again."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was guessed so far."""

    def summaries(self, places: dict[str, int]) -> dict[str, Summary]:
        """Return a summary of each column, given its place."""

    def source(self, columns: dict[str, Column], places: dict[str, int]) -> Source:
        """Return the source that answers for these columns, as they were decided."""

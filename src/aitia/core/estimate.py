"""Hold an estimated effect with its uncertainty and what that uncertainty means."""

from __future__ import annotations

from typing import Any, Literal

from aitia.core.frame import frame
from aitia.core.noun import Noun, noun
from aitia.core.query import Query

Part = Literal["primary", "alternative", "subgroup"]


@noun
class Contrast(Noun):
    """Compare one arm with another: value, standard error and interval, in the outcome's units."""

    arm: Any
    versus: Any
    value: float
    se: float | None
    low: float | None
    high: float | None


@noun
class Estimate(Noun):
    """Hold an effect's value, standard error and interval; the first contrast is repeated at the top.

    `means` says what the interval covers, `effective_n` is the size of the equally weighted sample that would be as
    informative, `population` who it speaks of ("everyone", "the treated", "sex = 1").
    """

    value: float
    se: float | None
    low: float | None
    high: float | None
    level: float = 0.95
    means: str = "conditional on the graph"
    contrasts: tuple[Contrast, ...] = ()
    n: int
    effective_n: float | None = None
    units: str | None = None
    method: str
    errors: str
    query: Query
    part: Part = "primary"
    population: str = "everyone"
    adjustment: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_frame(self) -> Any:
        """Return the contrasts as a data frame."""
        return frame({name: [getattr(c, name) for c in self.contrasts] for name in ("arm", "versus", "value", "se", "low", "high")})

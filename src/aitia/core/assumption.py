"""State what an answer rests on and how well that stands."""

from __future__ import annotations

from typing import Literal

from aitia.core.noun import Noun, noun

Status = Literal["supported", "untested", "untestable", "violated"]


@noun
class Assumption(Noun):
    """Hold one assumption: its statement, its status and the checks that bear on it.

    `breakdown` is how strong a violation must be before the answer changes; `breakdown_says` gives its unit in words.
    """

    name: str
    says: str
    status: Status = "untested"
    breakdown: float | None = None
    breakdown_says: str | None = None
    findings: tuple[str, ...] = ()

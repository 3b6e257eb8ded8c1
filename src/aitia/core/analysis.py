"""Hold the answer of an analysis: everything from the question to the verdict."""

from __future__ import annotations

from typing import Any, Literal

from aitia.core.assumption import Assumption
from aitia.core.belief import Belief
from aitia.core.card import Card, Setting
from aitia.core.estimand import Estimand, Unidentified
from aitia.core.estimate import Estimate
from aitia.core.finding import Finding
from aitia.core.frame import frame
from aitia.core.graph import Graph
from aitia.core.noun import Noun, noun
from aitia.core.query import Protocol, Query
from aitia.core.record import Choice

VerdictWord = Literal["supported", "fragile", "refuted", "not identified", "descriptive"]


@noun
class Verdict(Noun):
    """Judge an answer in one word, with its condition and the reasons."""

    verdict: VerdictWord
    condition: str | None = None
    because: tuple[str, ...] = ()


@noun
class Analysis(Noun):
    """Answer `analyze`: the estimates (primary first), findings, assumptions, verdict and where they are kept."""

    query: Query | None
    protocol: Protocol | None = None
    graph: Graph | None = None
    belief: Belief | None = None
    estimand: Estimand | None = None
    unidentified: Unidentified | None = None
    estimates: tuple[Estimate, ...] = ()
    findings: tuple[Finding, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    verdict: VerdictWord | None = None
    condition: str | None = None
    because: tuple[str, ...] = ()
    plan: tuple[Choice, ...] = ()
    tried: int = 0
    report: str | None = None
    study: str | None = None
    stopped: bool = False
    seconds: float = 0.0

    @property
    def estimate(self) -> Estimate | None:
        """The primary estimate, or None."""
        return self.estimates[0] if self.estimates else None

    def to_frame(self) -> Any:
        """Return every contrast of every estimate as a data frame, primary first."""
        rows = [(e, c) for e in self.estimates for c in e.contrasts]
        columns: dict[str, list[Any]] = {name: [getattr(e, name) for e, _ in rows] for name in ("part", "method", "population")}
        columns |= {name: [getattr(c, name) for _, c in rows] for name in ("arm", "versus", "value", "se", "low", "high")}
        return frame(columns)


@noun
class Answer(Noun):
    """Answer `estimate`: one estimate, or None with the reason among the findings."""

    estimate: Estimate | None
    findings: tuple[Finding, ...] = ()


@noun
class Battery(Noun):
    """Answer `check`: findings judged together, and the verdict they lead to."""

    findings: tuple[Finding, ...]
    verdict: VerdictWord
    condition: str | None = None
    because: tuple[str, ...] = ()

    def to_frame(self) -> Any:
        """Return the findings as a data frame."""
        return frame(
            {
                name: [getattr(f, name) for f in self.findings]
                for name in ("check", "passed", "value", "threshold", "p", "power", "says", "next")
            }
        )


@noun
class Difference(Noun):
    """Name one output that a replay did not reproduce, with the largest difference between numbers."""

    step: str
    method: str | None
    says: str
    largest: float | None = None


@noun
class Replay(Noun):
    """Answer `replay`: whether every output is identical, and the differences."""

    identical: bool
    differences: tuple[Difference, ...] = ()


@noun
class Written(Noun):
    """Answer `report`: where the document was written."""

    path: str


@noun
class Described(Noun):
    """Describe one method: its shelf, name, card and options."""

    shelf: str
    name: str
    card: Card
    options: tuple[Setting, ...] = ()


@noun
class MethodList(Noun):
    """Answer `methods`: every method with its card."""

    methods: tuple[Described, ...]

    def to_frame(self) -> Any:
        """Return one row per method as a data frame."""
        return frame(
            {"shelf": [m.shelf for m in self.methods], "name": [m.name for m in self.methods], "says": [m.card.says for m in self.methods]}
        )

"""Record one step of work: what went in, what came out."""

from __future__ import annotations

import dataclasses
from typing import Any

from aitia.core.finding import Finding
from aitia.core.noun import Noun, noun


@noun
class Choice(Noun):
    """Record which method the planner chose for a step, why, and which it refused."""

    step: str
    method: str | None
    why: str
    refused: tuple[Refusal, ...] = ()


@noun
class Refusal(Noun):
    """Record that the planner refused a method, and why."""

    method: str
    why: str


@noun
class Record(Noun):
    """Hold one step: its inputs as digests, the method and options, the seed, the output and its findings.

    `key` is the digest of everything that determines the output; two records with one key have one output.
    """

    step: str
    method: str | None = None
    options: dict[str, Any] = dataclasses.field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    seed: int = 0
    key: str
    output: Any = None
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0


@noun
class Trial(Noun):
    """Note one effect that was computed, so that the number of tries is known."""

    question: str
    method: str
    adjustment: tuple[str, ...] = ()

"""Sort the findings of an analysis by the section that tells them."""

from __future__ import annotations

from aitia.core.analysis import Analysis
from aitia.core.finding import Finding
from aitia.core.record import Record
from aitia.core.shelf import SHELVES
from aitia.core.study import Study, outputs
from aitia.reporting.blocks import Bullets
from aitia.reporting.words import sentence

SECTIONS = {"check": "checks", "graph": "graph", "identify": "estimand", "estimate": "effect"}


def findings_of(study: Study, analysis: Analysis, section: str) -> tuple[Finding, ...]:
    """Return the findings that a section tells; what no other section tells is about the data."""
    steps = {finding.check: record.step for record in study.records for finding in told_by(record)}
    return tuple(f for f in analysis.findings if section_of(f, steps) == section)


def told_by(record: Record) -> tuple[Finding, ...]:
    """Return the findings of a record, beside its output and in it."""
    return (*record.findings, *(item for item in outputs(record) if isinstance(item, Finding)))


def section_of(finding: Finding, steps: dict[str, str]) -> str:
    """Return the key of the section that tells a finding."""
    if finding.check in SHELVES["checks"]:
        return "checks"
    return SECTIONS.get(steps.get(finding.check, ""), "data")


def sentences(findings: tuple[Finding, ...]) -> tuple[Bullets, ...]:
    """Return the findings as a list of sentences, each with what to do next."""
    items = tuple(" ".join(sentence(part) for part in (finding.says, finding.next or "") if part) for finding in findings)
    return (Bullets(items),) if items else ()

"""Tell what the answer rests on and how well each assumption stands."""

from __future__ import annotations

from aitia.core.analysis import Analysis
from aitia.core.assumption import Assumption
from aitia.core.study import Study
from aitia.reporting.blocks import Cell, Grid, Paragraph, Section, Tone, cells
from aitia.reporting.words import sentence

TONES: dict[str, Tone] = {"supported": "good", "untested": "open", "untestable": "open", "violated": "bad"}
TITLE = "What this rests on"


def section(study: Study, analysis: Analysis) -> Section:
    """Return the section: the ledger of assumptions."""
    if not analysis.assumptions:
        return Section(
            "assumptions", TITLE, (Paragraph("No assumption was entered, because there is no estimate that would rest on it.", quiet=True),)
        )
    header = ("Assumption", "Status", "What would break the answer")
    rows = tuple(map(row, analysis.assumptions))
    opening = (
        "A number from data is a causal effect only if these hold. Some can be tested, some never can; "
        "the last column says how wrong one must be before the answer breaks, where that can be computed."
    )
    return Section("assumptions", TITLE, (Paragraph(opening), Grid("The ledger of assumptions", header, rows, stacked=True)))


def row(assumption: Assumption) -> tuple[Cell, ...]:
    """Return one row of the ledger."""
    name = Cell(assumption.name, (sentence(assumption.says),))
    checked = assumption.status in ("supported", "violated")
    by = (f"{'by' if checked else 'see'} {', '.join(assumption.findings)}",) if assumption.findings else ()
    breaks = sentence(assumption.breakdown_says) if assumption.breakdown_says else "–"
    return cells(name, Cell(assumption.status, by, TONES[assumption.status]), breaks)

"""Tell which methods were chosen and refused, and why."""

from __future__ import annotations

from aitia.core.analysis import Analysis
from aitia.core.record import Choice
from aitia.core.study import Study
from aitia.reporting.blocks import Cell, Grid, Paragraph, Section, cells
from aitia.reporting.words import capital, listed, sentence

TITLE = "What was chosen and refused, and why"


def section(study: Study, analysis: Analysis) -> Section:
    """Return the section: one row per step of the plan."""
    if not analysis.plan:
        return Section("choices", TITLE, (Paragraph("Nothing had to be chosen.", quiet=True),))
    rows = tuple(
        cells(choice.step, choice.method or "–", Cell(capital(sentence(choice.why)), refusals(choice))) for choice in analysis.plan
    )
    return Section("choices", TITLE, (Grid("The plan", ("Step", "Chosen", "Why"), rows, stacked=True),))


def refusals(choice: Choice) -> tuple[str, ...]:
    """Return the refused methods, those with the same reason together."""
    reasons: dict[str, list[str]] = {}
    for refusal in choice.refused:
        reasons.setdefault(refusal.why, []).append(refusal.method)
    return tuple(sentence(f"Refused {listed(methods)}: {why}") for why, methods in reasons.items())

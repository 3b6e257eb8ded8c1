"""Tell how many effects were computed before this one was reported."""

from __future__ import annotations

from aitia.core.analysis import Analysis
from aitia.core.record import Trial
from aitia.core.study import Study
from aitia.reporting.blocks import Block, Grid, Paragraph, Section, cells
from aitia.reporting.words import counted, number

TITLE = "How many effects were tried"


def section(study: Study, analysis: Analysis) -> Section:
    """Return the section: the count, what it means for the intervals, and the list."""
    count = analysis.tried
    if not count:
        return Section("tries", TITLE, (Paragraph("No effect was computed."),))
    blocks: tuple[Block, ...] = (Paragraph(told(count)),)
    return Section("tries", TITLE, (*blocks, *(table(study.tried) if study.tried else ())))


def table(trials: tuple[Trial, ...]) -> tuple[Block, ...]:
    """Return the list of trials; where all asked the same question it stands in the caption."""
    found = tally(trials)
    questions = {question for question, _, _ in found}
    header = ("Method", "Adjusted for", "Question", "Times")
    rows = [(method, adjusted, question, number(times)) for (question, method, adjusted), times in found.items()]
    if len(questions) > 1:
        return (Grid("Every effect that was computed", header, tuple(cells(*row) for row in rows), numeric=(3,)),)
    short = tuple(cells(method, adjusted, times) for method, adjusted, _, times in rows)
    return (Grid(f"Every effect that was computed: {questions.pop()}", ("Method", "Adjusted for", "Times"), short, numeric=(2,)),)


def told(count: int) -> str:
    """Say what the count means."""
    words = f"{counted(count, 'effect')} {'was' if count == 1 else 'were'} computed in this study, and all are in this report."
    chance = "the more effects are looked at, the likelier it is that one interval misses its truth by chance"
    return words if count == 1 else f"{words} Each interval stands for itself: {chance}."


def tally(trials: tuple[Trial, ...]) -> dict[tuple[str, str, str], int]:
    """Count equal trials, in order of first appearance."""
    found: dict[tuple[str, str, str], int] = {}
    for trial in trials:
        key = (trial.question, trial.method, ", ".join(trial.adjustment) or "nothing")
        found[key] = found.get(key, 0) + 1
    return found

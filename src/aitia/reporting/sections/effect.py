"""Tell the effect by every method and in every group."""

from __future__ import annotations

from aitia.core.analysis import Analysis
from aitia.core.estimate import Contrast, Estimate
from aitia.core.study import Study
from aitia.reporting.blocks import Block, Bullets, Cell, Figure, Grid, Paragraph, Section, cells
from aitia.reporting.chart import svg
from aitia.reporting.effect_chart import PARTS, contrasts, effect_chart
from aitia.reporting.sections.findings import findings_of, sentences
from aitia.reporting.words import aligned, decimals, distinct, fixed, listed, number, percent, sentence


def section(study: Study, analysis: Analysis) -> Section:
    """Return the section: a table of every contrast, the chart, and what the interval means."""
    told = sentences(findings_of(study, analysis, "effect"))
    if not analysis.estimates:
        return Section("effect", "The effect", (Paragraph("No effect was estimated.", quiet=True), *told))
    chart = effect_chart(analysis.estimates)
    figure = Figure(svg(chart, titled=False), chart.title, chart.description)
    return Section("effect", "The effect", (table(analysis.estimates), figure, *meanings(analysis.estimates), *told))


def table(estimates: tuple[Estimate, ...]) -> Grid:
    """Return one row per contrast of each estimate."""
    first = estimates[0]
    levels = {estimate.level for estimate in estimates}
    interval = f"{percent(first.level)} interval" if len(levels) == 1 else "Interval"
    units = f", in {first.units}" if first.units else ""
    caption = f"Effect of {first.query.treatment} on {first.query.outcome}{units}"
    rows = tuple(row(estimate, contrast, several=len(levels) > 1) for estimate, contrast in contrasts(estimates))
    return Grid(caption, ("Estimate", "Effect", interval, "Contrast", "Standard error", "Rows"), rows, numeric=(1, 2, 4, 5))


def row(estimate: Estimate, contrast: Contrast, *, several: bool) -> tuple[Cell, ...]:
    """Return one row of the table."""
    value, low, high = aligned(contrast.value, contrast.low, contrast.high, contrast.se)
    name = Cell(estimate.method, (f"{PARTS[estimate.part]}, {estimate.population}",))
    arms = f"{contrast.arm} rather than {contrast.versus}" if contrast.arm is not None else "–"
    interval = "–" if contrast.low is None or contrast.high is None else f"{low} to {high}"
    error = "–" if contrast.se is None else fixed(contrast.se, decimals((contrast.value,), contrast.se))
    worth = (f"worth {number(round(estimate.effective_n))}",) if estimate.effective_n is not None else ()
    level = (percent(estimate.level),) if several else ()
    return cells(name, value, Cell(interval, level), arms, error, Cell(number(estimate.n), worth))


def meanings(estimates: tuple[Estimate, ...]) -> tuple[Block, ...]:
    """Return what the interval covers, the errors, the covariates held fixed and the notes of the estimators."""
    first = estimates[0]
    held = f"holding {listed(first.adjustment)} fixed" if first.adjustment else "without adjustment"
    opening = f"The answer is the first row, by {first.method} with {first.errors} standard errors, {held}. Its interval is {first.means}."
    worth = "Rows are those used; “worth” is the size of the equally weighted sample that would be as informative."
    notes = distinct([sentence(f"{estimate.method}: {note}") for estimate in estimates for note in estimate.notes])
    blocks: tuple[Block, ...] = (Paragraph(opening),)
    if any(estimate.effective_n is not None for estimate in estimates):
        blocks += (Paragraph(worth, quiet=True),)
    return (*blocks, Bullets(notes)) if notes else blocks

"""Tell every check: what it asked, what it found, how sure it can be, and what to do next."""

from __future__ import annotations

from aitia.core.analysis import Analysis
from aitia.core.finding import Finding, Strengths
from aitia.core.study import Study
from aitia.measures.sensitivity import as_strong
from aitia.reporting.blocks import Block, Cell, Figure, Grid, Paragraph, Section, Tone, cells
from aitia.reporting.chart import svg
from aitia.reporting.charts import charts_of
from aitia.reporting.sections.findings import findings_of
from aitia.reporting.sensitivity_chart import left_by
from aitia.reporting.words import counted, number, p_value, percent, sentence

ANSWERS: dict[bool | None, tuple[str, Tone]] = {True: ("passed", "good"), False: ("failed", "bad"), None: ("for information", "plain")}


def section(study: Study, analysis: Analysis) -> Section:
    """Return the section: the table of verdicts, then the pictures."""
    findings = findings_of(study, analysis, "checks")
    if not findings:
        return Section("checks", "Checks", (Paragraph("No check was run.", quiet=True),))
    table = Grid("What each check found", ("Check", "Answer", "What it says", "Figures"), tuple(map(row, findings)), stacked=True)
    figures = (Figure(svg(chart, titled=False), chart.title, chart.description) for chart in charts_of(findings, analysis.query))
    return Section("checks", "Checks", (Paragraph(summary(findings)), table, *figures, *yardsticks(findings)))


def row(finding: Finding) -> tuple[Cell, ...]:
    """Return one row of the table."""
    word, tone = ANSWERS[finding.passed]
    says = Cell(sentence(finding.says), (f"Next: {sentence(finding.next)}",) if finding.next else ())
    figures = [
        (f"value {number(finding.value)}", finding.value),
        (f"threshold {number(finding.threshold)}", finding.threshold),
        (p_value(finding.p), finding.p),
        (f"power {percent(finding.power)}", finding.power),
    ]
    shown = [text for text, value in figures if value is not None]
    return cells(finding.check, Cell(word, tone=tone), says, Cell(shown[0] if shown else "–", tuple(shown[1:])))


def summary(findings: tuple[Finding, ...]) -> str:
    """Say how many checks passed and how they were judged."""
    passed, failed = sum(f.passed is True for f in findings), sum(f.passed is False for f in findings)
    told = len(findings) - passed - failed
    counts = f"{counted(passed, 'check')} passed, {number(failed)} failed" + (
        f", {number(told)} inform{'s' if told == 1 else ''} without judging" if told else ""
    )
    tested = sum(f.p is not None and f.passed is not None for f in findings)
    together = (
        f" The {number(tested)} with a p-value were judged together by Holm's procedure at 5 %: a sound analysis fails any of them "
        "at most once in twenty times."
    ) * (tested > 1)
    power = (
        " Power is the chance that a check fails when the fault it looks for is there."
        if any(f.power is not None for f in findings)
        else ""
    )
    return f"{counts}.{together}{power}"


def yardsticks(findings: tuple[Finding, ...]) -> tuple[Block, ...]:
    """Return the table behind the sensitivity chart: what a hidden cause as strong as each covariate would leave."""
    found = [f.picture for f in findings if isinstance(f.picture, Strengths) and f.picture.benchmarks]
    tables = []
    for strengths in found:
        rows = tuple(cells(b.name, *map(percent, as_strong(b)), left_by(strengths, b)) for b in strengths.benchmarks)
        header = ("A hidden cause as strong as", "Partial R² with treatment", "Partial R² with outcome", "would leave an effect of")
        tables.append(Grid("Measured covariates as yardsticks for a hidden cause", header, rows, numeric=(1, 2, 3)))
    return tuple(tables)

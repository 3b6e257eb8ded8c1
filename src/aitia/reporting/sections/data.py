"""Tell what the data are, what reading them guessed, and which rows and columns were left out."""

from __future__ import annotations

from aitia.core.analysis import Analysis
from aitia.core.missing import Imputation, MissingCauses
from aitia.core.study import Study
from aitia.core.table import Column, Table
from aitia.reporting.blocks import Block, Bullets, Cell, Facts, Grid, Paragraph, Section, cells
from aitia.reporting.sections.findings import findings_of, sentences
from aitia.reporting.words import capital, counted, listed, number, percent, sentence

MOST = 60


def section(study: Study, analysis: Analysis) -> Section:
    """Return the section: source and size, columns with their kinds, and what was set aside."""
    table = study.latest(Table)
    facts = [("Source", study.request.data), ("Fingerprint", study.request.fingerprint or "–")]
    blocks: tuple[Block, ...] = ()
    if table is not None:
        facts[1:1] = [("Rows", number(table.n)), ("Columns read", number(len(table.columns)))]
        blocks = (columns(table), *aside(table))
    told = sentences(findings_of(study, analysis, "data"))
    heading = (Paragraph("What was noticed while reading:"),) if told else ()
    return Section("data", "The data", (Facts("The table", tuple(facts)), *heading, *told, *gaps(study, table), *blocks))


def gaps(study: Study, table: Table | None) -> tuple[Block, ...]:
    """Return one row for each column of the question that has missing values: how many, what goes with that, what was done."""
    found = {item.column: item for item in study.all(MissingCauses)}
    if not found or table is None:
        return ()
    filled = study.latest(Imputation)
    rows = tuple(
        cells(
            name,
            number(item.missing),
            percent(item.missing / table.n) if table.n else "–",
            listed(item.causes) if item.causes else f"nothing seen among {number(item.tried)} columns",
            dealt_with(name, filled),
        )
        for name, item in found.items()
    )
    header = ("Column", "Missing", "Share", "Goes with", "Dealt with by")
    return (Grid("Missing values in the columns of the question", header, rows, numeric=(1, 2)),)


def dealt_with(column: str, filled: Imputation | None) -> str:
    """Say what was done about a column's missing values."""
    if filled is None or column not in filled.columns:
        return "leaving the rows out"
    return f"filling in, {counted(filled.draws, 'time')}"


def columns(table: Table) -> Grid:
    """Return one row per column, the first 60 of many."""
    rows = tuple(map(row, table.columns[:MOST]))
    more = f", the first {MOST} of {number(len(table.columns))}" if len(table.columns) > MOST else ""
    return Grid(f"Columns and their kinds{more}", ("Column", "Kind", "Why this kind", "Missing"), rows, numeric=(3,))


def row(column: Column) -> tuple[Cell, ...]:
    """Return one row of the table of columns."""
    levels = (", ".join(str(level) for level in column.levels[:8]) + (" …" if len(column.levels) > 8 else ""),) if column.levels else ()
    kind = f"{column.kind}, {column.unit}" if column.unit else column.kind
    return cells(column.name, Cell(kind, levels), capital(sentence(column.why)) or "–", number(column.missing))


def aside(table: Table) -> tuple[Block, ...]:
    """Return the columns that reading set aside, each with its reason."""
    if not table.set_aside:
        return ()
    return (Paragraph("Set aside:"), Bullets(tuple(sentence(f"{column.name}: {column.why}") for column in table.set_aside)))

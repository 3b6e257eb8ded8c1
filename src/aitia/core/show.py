"""Show any noun as text or as a notebook table: a noun becomes a `View`, a view becomes text or HTML."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

VIEWS: dict[str, Callable[[Any], View]] = {}
WIDEST_CELL = 110
MOST_ROWS = 40


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Hold what is shown of a noun: a title, facts, one table and closing notes."""

    title: str
    facts: tuple[tuple[str, str], ...] = ()
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()


def views(kind: str) -> Callable[[Callable[[Any], View]], Callable[[Any], View]]:
    """Register the decorated function as the view of nouns of this kind."""

    def register(function: Callable[[Any], View]) -> Callable[[Any], View]:
        VIEWS[kind] = function
        return function

    return register


def number(value: Any, digits: int = 4) -> str:
    """Write a number with `digits` significant digits, a missing one as a dash.

    >>> number(1.79434), number(None), number(445)
    ('1.794', '–', '445')
    """
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int):
        return str(value)
    return f"{value:.{digits}g}"


def brief(value: Any) -> str:
    """Write any field's value in at most one line."""
    if isinstance(value, float):
        return number(value)
    if hasattr(value, "shape"):
        return f"array {' × '.join(map(str, value.shape))}"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return view_of(value).title
    if isinstance(value, tuple | list | frozenset):
        items = [brief(item) for item in (sorted(value, key=str) if isinstance(value, frozenset) else value)]
        text = ", ".join(items)
        return text if len(text) <= WIDEST_CELL else f"{len(items)} items"
    return "–" if value is None else str(value)


def view_of(noun: Any) -> View:
    """Return the registered view of a noun, or one made of its fields."""
    make = VIEWS.get(getattr(noun, "noun_kind", ""))
    if make is not None:
        return make(noun)
    fields = [(f.name.replace("_", " "), brief(getattr(noun, f.name))) for f in dataclasses.fields(noun)]
    return View(title=type(noun).__name__, facts=tuple(fields))


def as_text(view: View) -> str:
    """Write a view as plain lines: title, aligned facts, aligned table, notes."""
    lines = [view.title]
    width = max((len(label) for label, _ in view.facts), default=0)
    lines += [f"  {label:<{width}}  {value}" for label, value in view.facts]
    if view.header:
        lines += table_lines(view.header, view.rows)
    return "\n".join([*lines, *(f"  {note}" for note in view.notes)])


def table_lines(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Align a table's cells in columns; long tables are cut and the cut is said."""
    shown = [tuple(cut(cell) for cell in row) for row in rows[:MOST_ROWS]]
    widths = [max(len(row[i]) for row in [tuple(header), *shown]) for i in range(len(header))]
    lines = ["  " + "  ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)).rstrip() for row in [header, *shown]]
    return lines + ([f"  … {len(rows) - MOST_ROWS} more rows"] if len(rows) > MOST_ROWS else [])


def cut(cell: str) -> str:
    """Shorten a table cell to the widest that is shown."""
    return cell if len(cell) <= WIDEST_CELL else cell[: WIDEST_CELL - 1] + "…"


def as_html(view: View) -> str:
    """Write a view as an HTML fragment for notebooks, from the template beside this file."""
    import jinja2

    source = (pathlib.Path(__file__).parent / "show.html").read_text(encoding="utf8")
    return jinja2.Environment(autoescape=True).from_string(source).render(view=view, most=MOST_ROWS)

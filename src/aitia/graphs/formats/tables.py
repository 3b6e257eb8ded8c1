"""Split text into the cells of a small table, whatever stands between them, and write cells back."""

from __future__ import annotations

import csv
import io

DELIMITERS = ",;\t"


def cells_of(text: str) -> list[list[str]] | None:
    """Return the cells of every line that is not blank; None where the first line holds no comma, semicolon or tab.

    >>> cells_of('from; to\\n"a;b"; c')
    [['from', 'to'], ['a;b', 'c']]
    """
    first = text.lstrip("\ufeff\r\n").split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    if delimiter not in first:
        return None
    try:
        rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=delimiter, skipinitialspace=True, strict=True))
    except csv.Error:
        return None
    return [row for row in rows if any(row)]


def line_of(cells: list[str]) -> str:
    """Write cells as one line, in quotes where they hold a delimiter, a quote, a line end, or begin or end with a space.

    >>> line_of(["a", "b,c"])
    'a,"b,c"'
    """
    return ",".join(map(quoted_cell, cells))


def quoted_cell(cell: str) -> str:
    """Write one cell."""
    if cell and cell == cell.strip() and not set(cell) & set('",;\t\r\n\ufeff'):
        return cell
    doubled = cell.replace('"', '""')
    return f'"{doubled}"' if cell else ""

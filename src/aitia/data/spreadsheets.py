"""Read a sheet of a spreadsheet: its first line that is not empty names the columns."""

from __future__ import annotations

import datetime
import pathlib
from collections.abc import Sequence
from typing import Any

from aitia.core.errors import Unreadable, near
from aitia.core.extras import need
from aitia.core.finding import Finding
from aitia.core.request import Reading
from aitia.data.frames import arrow_array
from aitia.data.loaded import Loaded

SUFFIXES = frozenset({".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"})


def read_spreadsheet(path: str, reading: Reading, shown: str) -> Loaded:
    """Read one sheet of a spreadsheet; `shown` names it in messages."""
    calamine = need("python_calamine")
    try:
        book = calamine.CalamineWorkbook.from_path(path)
    except (calamine.CalamineError, OSError) as error:
        raise Unreadable(
            f"{shown} cannot be read as a spreadsheet.", why=str(error) or "It is damaged.", next="Check that the file is whole."
        ) from error
    name, findings = chosen_sheet(list(book.sheet_names), reading.sheet, shown)
    try:
        lines = book.get_sheet_by_name(name).to_python(skip_empty_area=True)
    except calamine.CalamineError as error:
        raise Unreadable(f"Sheet {name} of {shown} cannot be read.", why=str(error), next="Save the table as CSV or Parquet.") from error
    names, columns = table_of(lines, f"Sheet {name} of {shown}")
    return Loaded(names=names, arrays=columns, recipe=str(pathlib.Path(path)), findings=tuple(findings))


def chosen_sheet(names: Sequence[str], asked: str | None, shown: str) -> tuple[str, list[Finding]]:
    """Return the name of the sheet asked for by name or number, else of the first, and say which it was where there are others."""
    if asked is None:
        others = f"The first of {len(names)} sheets, {names[0]}, was read."
        said = Finding(check="sheet", passed=None, says=others, next="Name another with --sheet.")
        return names[0], [said] if len(names) > 1 else []
    if asked in names:
        return asked, []
    if asked.isdigit() and 1 <= int(asked) <= len(names):
        return names[int(asked) - 1], []
    raise Unreadable(f"{shown} has no sheet {asked!r}.", next=near(asked, names))


def table_of(lines: Sequence[Sequence[Any]], shown: str) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Return names and columns of lines of cells, leaving out empty lines and columns; raises `Unreadable`."""
    filled = [line for line in lines if any(cell != "" for cell in line)]
    if len(filled) < 2:
        raise Unreadable(f"{shown} has no rows.", next="Give a table with a line of column names and rows below it.")
    width = max(map(len, filled))
    columns = [[line[j] if j < len(line) else "" for line in filled] for j in range(width)]
    kept = [column for column in columns if any(cell != "" for cell in column)]
    return tuple(written(column[0]) for column in kept), tuple(cells(written(column[0]), column[1:]) for column in kept)


def cells(name: str, values: Sequence[Any]) -> Any:
    """Return the cells of a column as a PyArrow array; what mixes types becomes words."""
    present = [value for value in values if value != ""]
    kinds = {float if isinstance(value, int) and not isinstance(value, bool) else type(value) for value in present}
    if kinds == {datetime.date, datetime.datetime}:
        values = [datetime.datetime.combine(v, datetime.time()) if type(v) is datetime.date else v for v in values]
    elif len(kinds) > 1:
        values = [None if value == "" else written(value) for value in values]
    return arrow_array(name, [None if value == "" else value for value in values])


def written(value: Any) -> str:
    """Write a cell as text, whole numbers without a point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)

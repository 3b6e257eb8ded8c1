"""Make a sound table of four columns and break it in one named way; each defect is a function of this file."""

from __future__ import annotations

import csv
import io
import pathlib
from collections.abc import Callable

import numpy as np

from tests.data.workbooks import workbook

Cells = dict[str, list[str]]


def sound(rows: int) -> Cells:
    """`dose` (0, 1) and `weight` share the cause `age`; `height` is in no graph. Every cell is text, as in a file."""
    rng = np.random.default_rng(20)
    age = rng.normal(50, 10, rows)
    dose = (rng.random(rows) < 1 / (1 + np.exp(-0.05 * (age - 50)))).astype(int)
    weight = 2 * dose + 0.1 * age + rng.normal(0, 1, rows)
    height = rng.normal(170, 10, rows)
    columns = {"dose": dose, "weight": np.round(weight, 4), "age": np.round(age, 3), "height": np.round(height, 2)}
    return {name: [str(value) for value in values.tolist()] for name, values in columns.items()}


def as_text(cells: Cells, delimiter: str = ",") -> str:
    """Write cells as delimited text."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
    writer.writerow(cells)
    writer.writerows(zip(*cells.values(), strict=True))
    return file.getvalue()


def every(values: list[str], step: int, new: str) -> list[str]:
    """Replace every `step`-th value."""
    return [new if i % step == 0 else value for i, value in enumerate(values)]


# What becomes of one column.
COLUMN: dict[str, Callable[[list[str]], list[str]]] = {
    "constant": lambda values: ["1"] * len(values),
    "all-missing": lambda values: [""] * len(values),
    "infinities": lambda values: every(values, 40, "inf"),
    "mixed": lambda values: every(values, 50, "n/k"),
    "categories": lambda values: [f"person {i}" for i in range(len(values))],
    "numbering": lambda values: [str(i + 1) for i in range(len(values))],
    "some-missing": lambda values: every(values, 10, ""),
    "missing-words": lambda values: every(values, 10, "N/A"),
    "negative": lambda values: [f"-{value}" for value in values],
    "few-levels": lambda values: [str(i % 4 + 1) for i in range(len(values))],
    "one-in-arm": lambda values: ["1"] + ["0"] * (len(values) - 1),
}


def copy_of(cells: Cells, column: str, source: str, factor: float = 1.0) -> Cells:
    """Make a column a multiple of another."""
    return {**cells, column: [repr(factor * float(value)) for value in cells[source]]}


def no_complete_row(cells: Cells, column: str) -> Cells:
    """Leave each row without its outcome or without its covariate."""
    return {
        **cells,
        "weight": [value if i % 2 else "" for i, value in enumerate(cells["weight"])],
        "age": ["" if i % 2 else value for i, value in enumerate(cells["age"])],
    }


# What becomes of the table.
TABLE: dict[str, Callable[[Cells, str], Cells]] = {
    "sound": lambda cells, column: cells,
    "one-row": lambda cells, column: {name: values[:1] for name, values in cells.items()},
    "no-complete-row": no_complete_row,
    "collinear": lambda cells, column: copy_of(cells, column, "age", 2.0),
    "equals-treatment": lambda cells, column: copy_of(cells, column, "dose"),
    "numeric-header": lambda cells, column: {str(i + 1): values for i, values in enumerate(cells.values())},
    "unnamed": lambda cells, column: {"" if name == column else name: values for name, values in cells.items()},
    "padded-names": lambda cells, column: {f" {name} ": values for name, values in cells.items()},
}


def ragged(text: str) -> str:
    """Give line 51 one field more."""
    lines = text.splitlines()
    lines[50] += ",7"
    return "\n".join(lines) + "\n"


def twice(text: str, column: str) -> str:
    """Append a copy of a column under the same name."""
    place = text.splitlines()[0].split(",").index(column)
    return "".join(f"{line},{line.split(',')[place]}\n" for line in text.splitlines())


# What becomes of the file's bytes.
FILE: dict[str, Callable[[str, str], bytes]] = {
    "empty-file": lambda text, column: b"",
    "header-only": lambda text, column: text.splitlines()[0].encode(),
    "latin-1": lambda text, column: text.replace(column, f"{column}é").encode("latin-1"),
    "binary": lambda text, column: bytes(range(256)) * 40,
    "utf-16": lambda text, column: text.encode("utf-16"),
    "byte-order-mark": lambda text, column: text.encode("utf-8-sig"),
    "semicolon": lambda text, column: text.replace(",", ";").replace(".", ",").encode(),
    "tab": lambda text, column: text.replace(",", "\t").encode(),
    "windows-lines": lambda text, column: text.replace("\n", "\r\n").encode(),
    "ragged": lambda text, column: ragged(text).encode(),
    "duplicate-names": lambda text, column: twice(text, column).encode(),
}


def spreadsheet(cells: Cells, path: pathlib.Path) -> None:
    """Write a workbook of one sheet, `trial`."""
    workbook(path, {"trial": [list(cells), *([float(value) for value in row] for row in zip(*cells.values(), strict=True))]})


def cut_spreadsheet(cells: Cells, path: pathlib.Path) -> None:
    """Write the first half of a workbook."""
    spreadsheet(cells, path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def database(cells: Cells, path: pathlib.Path) -> None:
    """Write a DuckDB file with a table, `visits`."""
    import duckdb

    values = ", ".join(f"({', '.join(row)})" for row in zip(*cells.values(), strict=True))
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE TABLE visits AS SELECT * FROM (VALUES {values}) AS t({', '.join(cells)})")


def json_lines(cells: Cells, path: pathlib.Path) -> None:
    """Write one JSON object a line."""
    rows = (", ".join(f'"{name}": {value}' for name, value in zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True))
    path.write_text("".join(f"{{{row}}}\n" for row in rows), encoding="utf8")


def cut_json_lines(cells: Cells, path: pathlib.Path) -> None:
    """Write JSON objects of which the last is not closed."""
    json_lines(cells, path)
    path.write_text(path.read_text(encoding="utf8")[:-9], encoding="utf8")


def parquet(cells: Cells, path: pathlib.Path) -> None:
    """Write Parquet."""
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.table({name: [float(value) for value in values] for name, values in cells.items()}), path)


# Files that are no text.
KIND: dict[str, Callable[[Cells, pathlib.Path], None]] = {
    "spreadsheet": spreadsheet,
    "cut-spreadsheet": cut_spreadsheet,
    "database": database,
    "json-lines": json_lines,
    "cut-json-lines": cut_json_lines,
    "parquet": parquet,
}
NEVER_TWICE = frozenset({"database"})  # of which no two files have the same bytes
MAKES = sorted([*COLUMN, *TABLE, *FILE, *KIND, "folder"])


def make(kind: str, column: str, rows: int, path: pathlib.Path) -> None:
    """Write the broken table to a path."""
    if kind == "folder":
        path.mkdir()
        return
    cells = sound(rows)
    if kind in KIND:
        KIND[kind](cells, path)
        return
    if kind in COLUMN:
        cells = {**cells, column: COLUMN[kind](cells[column])}
    elif kind in TABLE:
        cells = TABLE[kind](cells, column)
    text = as_text(cells)
    path.write_bytes(FILE[kind](text, column) if kind in FILE else text.encode())

"""Read a table from a file, a frame, a dict of arrays or a packaged example, and say aloud what was guessed."""

from __future__ import annotations

import dataclasses
import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from aitia.core.errors import BadOption, Unreadable, UnusableColumn, near, unknown
from aitia.core.finding import Finding
from aitia.core.request import Reading
from aitia.core.table import KINDS, Column, SetAside, Table
from aitia.data import examples
from aitia.data.columnar_files import STARTS, read_columnar
from aitia.data.engines.memory import in_memory
from aitia.data.frames import READS, read_dict, read_frame, read_structured
from aitia.data.kinds import Decision, decide
from aitia.data.loaded import Loaded, Values
from aitia.data.names import cleaned, repeated
from aitia.data.notices import findings_of, notices_of
from aitia.data.text_files import read_stdin, read_text
from aitia.data.values import values_of

EXAMPLE = "example:"
ROLE_KINDS = {"unit": "unit", "time": "time", "domain": "environment", "weights": "weight"}
NOT_YET = (".xlsx", ".xls", ".ods", ".jsonl", ".json", ".sav", ".dta", ".rds", ".rdata", ".sas7bdat", ".zip", ".db", ".duckdb", ".sqlite")
SCHEMES = ("duckdb:", "postgresql:", "postgres:", "spark:", "http:", "https:", "s3:")
READ_NOW = "What is read: CSV and other delimited text, Parquet, Arrow and Feather files."


def read(data: Any, reading: Reading = Reading(), *, named: tuple[str, ...] = ()) -> Table:  # noqa: B008
    """Read a table; columns that cannot be used are set aside with a reason, and every guess is a finding.

    `data` is a path, "-" for CSV on standard input, `example:NAME`, a data frame, a dict of sequences or a Table.
    `named` are columns named for some role: each must exist and be usable. Raises `Unreadable`, `UnknownName`,
    `UnusableColumn` and `BadOption`.

    >>> read({"a": [1, 2, 3], "b": ["x", "y", "x"]}).column("b").levels
    ('x', 'y')
    """
    wanted = wanted_kinds(reading)
    roles = [getattr(reading, role) for role in (*ROLE_KINDS, "cluster")]
    needed = tuple(dict.fromkeys([*named, *(name for name in roles if name)]))
    if isinstance(data, Table):
        table, together = again(data, reading, wanted, needed), merged(data.reading, reading)
        return table if table.reading == together else dataclasses.replace(table, reading=together)
    return dataclasses.replace(table_of(loaded_from(data, reading), reading, wanted, needed), reading=reading)


def merged(first: Reading, then: Reading) -> Reading:
    """Return a reading with everything that a later one says on top, so that a table can be read the same way again."""
    plain = Reading()
    said = {f.name: getattr(then, f.name) for f in dataclasses.fields(Reading) if getattr(then, f.name) != getattr(plain, f.name)}
    return dataclasses.replace(first, **{**said, "column": {**first.column, **then.column}})


def wanted_kinds(reading: Reading) -> dict[str, str]:
    """Return the kind that the caller gave to columns, directly or by a role; raises `BadOption`."""
    for name, kind in reading.column.items():
        if kind not in KINDS:
            raise BadOption(f"There is no kind {kind!r}, asked for column {name}.", next=near(kind, KINDS))
    by_role = {getattr(reading, role): kind for role, kind in ROLE_KINDS.items() if getattr(reading, role)}
    return {**by_role, **reading.column}


def loaded_from(data: Any, reading: Reading) -> Loaded:
    """Return the columns as they come from wherever `data` points."""
    if isinstance(data, str | os.PathLike):
        return from_place(os.fspath(data), reading)
    if isinstance(data, Mapping):
        return read_dict(data)
    if isinstance(data, np.ndarray):
        return read_structured(data)
    if data is None or isinstance(data, int | float | bytes | list | tuple):
        raise Unreadable(f"A {type(data).__name__} cannot be read as a table.", next=READS)
    return read_frame(data)


def from_place(place: str, reading: Reading) -> Loaded:
    """Read from a path, an example's name or standard input."""
    if place == "-":
        return read_stdin(reading)
    if place.startswith(EXAMPLE):
        example = examples.get(place.removeprefix(EXAMPLE))
        return dataclasses.replace(read_text(str(example.path), reading, place), recipe=place)
    path = pathlib.Path(place)
    if place.startswith(SCHEMES) or (path.suffix.lower() in NOT_YET and path.exists()):
        what = place.partition(":")[0] + " sources" if place.startswith(SCHEMES) else f"{path.suffix} files"
        raise Unreadable(f"{place} cannot be read: {what} are not read yet.", next=f"{READ_NOW} Export the table to one of them.")
    start = first_bytes(path)
    full = str(path.resolve())
    if start.startswith(STARTS):
        return read_columnar(full, start, place)
    return read_text(full, reading, place)


def first_bytes(path: pathlib.Path) -> bytes:
    """Return the first bytes of a file; raises `Unreadable` when there is none, with near names."""
    if any(mark in path.name for mark in "*?") and not path.exists():
        raise Unreadable(f"{path} names several files, which are not read together yet.", next=f"{READ_NOW} Join them into one.")
    folder = path if path.is_dir() else path.parent
    if path.is_dir() or not path.exists():
        what = f"{path} is a folder, not a file." if path.is_dir() else f"There is no file {path}."
        files = sorted(item.name for item in folder.iterdir() if item.is_file()) if folder.is_dir() else []
        next = near(path.name, files) if files else f"There is no folder {folder}." if not folder.is_dir() else f"{folder} holds no files."
        raise Unreadable(what, next=next)
    if not path.is_file():
        return b""
    try:
        with path.open("rb") as file:
            return file.read(8)
    except OSError as error:
        raise Unreadable(f"{path} cannot be read.", why=f"{error.strerror}.", next="Check the file's permissions.") from error


def table_of(loaded: Loaded, reading: Reading, wanted: dict[str, str], needed: tuple[str, ...]) -> Table:
    """Return the table of loaded columns: names made unique, kinds guessed or given, unusable columns set aside."""
    names, found = cleaned(loaded.names)
    doubled, said = repeated(names)
    twice = {item.name for item in doubled}
    require_names((*wanted, *needed), names)
    single = [(name, array) for name, array in zip(names, loaded.arrays, strict=True) if name not in twice]
    values = {name: values_of(array, reading.missing, loaded.decimal) for name, array in single}
    decisions = decided(values, wanted, reading)
    notices = [n for name in values for n in (*notices_of(name, values[name]), *decisions[name].notices)]
    doubles = {item.name: Decision(why=item.why, next="Rename the columns in the data.") for item in doubled}
    require_usable(needed, {**decisions, **doubles})
    findings = (*loaded.findings, *found, *said, *findings_of(notices, decisions))
    return assembled(decisions, recipe=loaded.recipe, set_aside=tuple(doubled), findings=findings)


def decided(values: dict[str, Values], wanted: dict[str, str], reading: Reading) -> dict[str, Decision]:
    """Decide on every column; clusters may be named by words of any number."""
    return {name: decide(name, found, wanted.get(name), keep=name == reading.cluster) for name, found in values.items()}


def assembled(decisions: dict[str, Decision], *, recipe: str, set_aside: tuple[SetAside, ...], findings: tuple[Finding, ...]) -> Table:
    """Put kept columns and their values into a table; raises `Unreadable` when no column is left."""
    columns = tuple(d.column for d in decisions.values() if d.column is not None)
    aside = tuple(SetAside(name=name, why=d.why, constant=d.constant) for name, d in decisions.items() if d.column is None)
    if not columns:
        why = "; ".join(f"{item.name}: {item.why}" for item in (*set_aside, *aside)[:4])
        raise Unreadable("No usable column is left.", why=why, next="Give a table in which something varies.")
    values = {d.column.name: d.values for d in decisions.values() if d.column is not None and d.values is not None}
    return Table(columns=columns, source=in_memory(columns, values), recipe=recipe, set_aside=(*set_aside, *aside), findings=findings)


def require_names(wanted: Sequence[str], names: Sequence[str]) -> None:
    """Raise `UnknownName` for the first name that no column has."""
    for name in wanted:
        if name not in names:
            raise unknown("column", name, names)


def require_usable(needed: Sequence[str], decisions: dict[str, Decision]) -> None:
    """Raise `UnusableColumn` for the first needed column that was set aside."""
    for name in needed:
        decision = decisions[name]
        if decision.column is None:
            raise UnusableColumn(f"{name} cannot be used.", why=decision.why, next=decision.next)


def again(table: Table, reading: Reading, wanted: dict[str, str], needed: tuple[str, ...]) -> Table:
    """Return a table with the kinds that the caller gave; what was set aside when it was read stays so."""
    aside = {item.name: Decision(why=item.why, next="Load the data again with another reading.") for item in table.set_aside}
    require_names((*wanted, *needed), (*table.names, *aside))
    require_usable([*wanted, *needed], {**{name: Decision(column=table.column(name)) for name in table.names}, **aside})
    changed = [name for name, kind in wanted.items() if table.column(name).kind != kind]
    if not changed:
        return table
    rows = table.rows()
    decisions = {column.name: Decision(column=column, values=rows[column.name]) for column in table.columns}
    decisions |= decided({name: undone(table.column(name), rows[name]) for name in changed}, wanted, reading)
    require_usable(needed, decisions)
    return assembled(decisions, recipe=table.recipe, set_aside=table.set_aside, findings=table.findings)


def undone(column: Column, values: np.ndarray) -> Values:
    """Return a table's column as values without a kind."""
    if not column.coded:
        return Values(form="dates" if column.kind == "time" else "numbers", numbers=values)
    codes = np.where(np.isnan(values), -1, values).astype(np.int64)
    if column.levels == (False, True):
        return Values(form="truth", numbers=values)
    if column.numeric_levels:
        return Values(form="numbers", numbers=np.append(np.array(column.levels, dtype=float), np.nan)[codes])
    return Values(form="words", codes=codes, labels=column.levels, ordered=column.kind == "ordinal")

"""Gather columns from wherever data lie, in memory or as a relation of an engine, before their kinds are decided."""

from __future__ import annotations

import dataclasses
import os
import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from aitia.core.errors import Unreadable, near
from aitia.core.request import Reading
from aitia.core.table import Table
from aitia.data import examples
from aitia.data.columnar_files import STARTS, read_columnar, read_parquets
from aitia.data.engines.connection import Scratch
from aitia.data.engines.csv_files import opened_text
from aitia.data.engines.databases import opened_database
from aitia.data.engines.memory import undecided_in_memory
from aitia.data.engines.opening import (
    loaded_of,
    opened_arrow,
    opened_json_lines,
    opened_loaded,
    opened_parquet,
)
from aitia.data.engines.relation import Relation
from aitia.data.engines.sql import batches
from aitia.data.engines.sql_tables import is_ibis, opened_backend, opened_ibis
from aitia.data.frames import READS, read_dict, read_frame, read_named, read_structured
from aitia.data.json_lines import SUFFIXES as JSON_LINES
from aitia.data.json_lines import read_json_lines
from aitia.data.loaded import Loaded
from aitia.data.places import DATABASES, EXAMPLE, STDIN, Place, absolute, first_bytes, is_database, is_pattern, matching, parsed
from aitia.data.readers import read_outside
from aitia.data.record_batches import opened_batches, opened_stream
from aitia.data.sizes import cells_of_arrow, cells_of_parquet, cells_of_text, chosen
from aitia.data.spreadsheets import SUFFIXES as SPREADSHEETS
from aitia.data.spreadsheets import read_spreadsheet
from aitia.data.text_files import read_stdin, read_text
from aitia.data.undecided import Undecided

NOT_YET = (".json", ".sav", ".dta", ".rds", ".rdata", ".sas7bdat", ".zip", ".db", ".sqlite")
READ_NOW = (
    "What is read: CSV and other delimited text, Parquet, Arrow, Feather, JSON lines (.jsonl), spreadsheets, DuckDB, PostgreSQL and Spark."
)


def gathered(data: Any, reading: Reading) -> Undecided | Table:
    """Return the columns of whatever the caller gave; raises `Unreadable`."""
    if isinstance(data, str | os.PathLike):
        return from_place(os.fspath(data), reading)
    if isinstance(data, Mapping):
        return held(read_dict(data), reading)
    if isinstance(data, np.ndarray):
        return held(read_structured(data), reading)
    if isinstance(data, tuple) and len(data) == 2 and isinstance(data[0], np.ndarray):
        return held(read_named(*data), reading)
    if is_ibis(data):
        return from_ibis(data, reading, "in memory")
    stream = opened_stream(data, reading)
    if stream is not None:
        return stream
    found = None if data is None or isinstance(data, int | float | bytes | list | tuple) else read_frame(data)
    answer = found if found is not None else read_outside(data, reading)
    if answer is None:
        raise Unreadable(f"A {type(data).__name__} cannot be read as a table.", next=READS)
    return answer if isinstance(answer, Table) else held(answer, reading)


def held(loaded: Loaded, reading: Reading) -> Undecided:
    """Return columns in memory, or handed to DuckDB when the caller wants that."""
    return opened_loaded(loaded, reading) if reading.engine == "duckdb" else undecided_in_memory(loaded, reading)


def from_place(place: str, reading: Reading) -> Undecided | Table:
    """Read from a path, files, a table of a database, an example's name or standard input."""
    if place == STDIN:
        return from_stdin(reading)
    found = parsed(place)
    if found.scheme == EXAMPLE:
        example = examples.get(found.path)
        return held(dataclasses.replace(read_text(str(example.path), reading, place), recipe=place), reading)
    if found.scheme in DATABASES:
        return from_database(found, place, reading)
    if found.scheme:
        return from_outside(place, reading, found.scheme)
    if is_pattern(place):
        return from_files(matching(place), reading, place)
    return from_file(pathlib.Path(place), reading, place)


def from_stdin(reading: Reading) -> Undecided:
    """Read a CSV from standard input, large ones by way of a file."""
    scratch = Scratch()
    path = scratch.fresh("input.csv")
    loaded = read_stdin(reading, path)
    return held(loaded, reading) if loaded is not None else opened_text([path], reading, STDIN, "standard input", scratch)


def from_database(place: Place, shown: str, reading: Reading) -> Undecided:
    """Read a table of a database: DuckDB itself, or another one that answers in SQL."""
    if place.scheme != "duckdb":
        hidden = absolute(shown)
        return from_ibis(opened_backend(place, hidden), reading, hidden)
    start = first_bytes(pathlib.Path(place.path))
    if not is_database(start):
        raise Unreadable(f"{place.path} is no DuckDB file.", next="Give duckdb:FILE#TABLE.")
    return in_memory_when_asked(opened_database(place.path, place.table, reading, shown), reading)


def from_ibis(table: Any, reading: Reading, recipe: str) -> Undecided:
    """Leave an Ibis table where it lies, or bring it into memory or to DuckDB when the caller wants that."""
    if reading.engine == "auto":
        return opened_ibis(table, reading, recipe)
    return opened_batches(batches(table), table.schema().to_pyarrow(), reading, recipe)


def in_memory_when_asked(relation: Relation, reading: Reading) -> Undecided:
    """Return a relation, or its columns in memory when the caller wants that."""
    return undecided_in_memory(loaded_of(relation), reading) if reading.engine == "memory" else relation


def from_outside(place: str, reading: Reading, scheme: str) -> Undecided | Table:
    """Ask other packages for a place of a scheme that is not known here."""
    answer = read_outside(place, reading, scheme)
    if answer is None:
        known = near(scheme, DATABASES)
        next = f"{known} " if known.startswith("Did") else ""
        raise Unreadable(
            f"{absolute(place)} cannot be read: {scheme}: sources are not read.", next=f"{next}{READ_NOW} Export the table to one of them."
        )
    return answer if isinstance(answer, Table) else held(answer, reading)


def from_file(path: pathlib.Path, reading: Reading, shown: str) -> Undecided | Table:
    """Read one file, by what it holds and by its name."""
    start, full, suffix = first_bytes(path), str(path.resolve()), path.suffix.lower()
    if is_database(start):
        return in_memory_when_asked(opened_database(full, "", reading, shown), reading)
    if start.startswith(STARTS):
        large = chosen(reading, columnar_cells(full, start)) == "duckdb" and not start.startswith(b"FEA1")
        if not large:
            return held(read_columnar(full, start, shown), reading)
        return opened_parquet([full], reading, full, shown) if start.startswith(b"PAR1") else opened_arrow(full, reading, shown)
    if suffix in SPREADSHEETS:
        return held(read_spreadsheet(full, reading, shown), reading)
    if JSON_LINES.intersection(kind.lower() for kind in path.suffixes):
        return from_json_lines(full, reading, shown)
    if suffix in NOT_YET:
        answer = read_outside(shown, reading, suffix[1:])
        if answer is None:
            raise Unreadable(f"{shown} cannot be read: {suffix} files are not read.", next=f"{READ_NOW} Export the table to one of them.")
        return answer if isinstance(answer, Table) else held(answer, reading)
    if path.is_file() and chosen(reading, cells_of_text(full)) == "duckdb":
        return opened_text([full], reading, full, shown)
    return held(read_text(full, reading, shown), reading)


def columnar_cells(path: str, start: bytes) -> float:
    """Return the number of cells of a Parquet or Arrow file, 0 for one that is damaged, about which reading it will speak."""
    import pyarrow

    try:
        return cells_of_parquet(path) if start.startswith(b"PAR1") else cells_of_arrow(path)
    except (OSError, pyarrow.ArrowException):
        return 0.0


def from_json_lines(path: str, reading: Reading, shown: str) -> Undecided:
    """Read JSON lines into memory, or by DuckDB where they are large or of mixed types."""
    loaded = read_json_lines(path, shown) if chosen(reading, cells_of_text(path)) == "memory" else None
    if loaded is not None:
        return held(loaded, reading)
    relation = opened_json_lines([path], reading, path, shown)
    return relation if chosen(reading, cells_of_text(path)) == "duckdb" else undecided_in_memory(loaded_of(relation), reading)


def from_files(paths: list[str], reading: Reading, pattern: str) -> Undecided:
    """Read several files of one layout as one table."""
    starts = {path: first_bytes(pathlib.Path(path)) for path in paths}
    parquet = [path for path, start in starts.items() if start.startswith(b"PAR1")]
    if parquet and len(parquet) < len(paths):
        other = next(path for path in paths if path not in parquet)
        raise Unreadable(
            f"{pattern} names files of several kinds.", why=f"{parquet[0]} is Parquet; {other} is not.", next="Narrow the pattern."
        )
    recipe, full = absolute(pattern), [str(pathlib.Path(path).resolve()) for path in paths]
    if parquet and reading.engine == "memory":
        return undecided_in_memory(read_parquets(full, recipe, pattern), reading)
    if parquet:
        return opened_parquet(full, reading, recipe, pattern)
    odd = next(
        (path for path, start in starts.items() if start.startswith(STARTS) or pathlib.Path(path).suffix.lower() in SPREADSHEETS), None
    )
    if odd is not None:
        raise Unreadable(f"{odd} cannot be read together with others.", next="A pattern may name Parquet files, CSVs or JSON lines.")
    if all(JSON_LINES.intersection(kind.lower() for kind in pathlib.Path(path).suffixes) for path in paths):
        return in_memory_when_asked(opened_json_lines(full, reading, recipe, pattern), reading)
    return in_memory_when_asked(opened_text(full, reading, recipe, pattern), reading)

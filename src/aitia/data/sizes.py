"""Guess how many cells a file holds from its metadata or its beginning, without reading it, and choose the engine."""

from __future__ import annotations

import csv
import pathlib

from aitia.core.request import Reading

LARGE = (1 << 30) // 8  # cells: 1 GiB as float64
SMALL_FILE = 1 << 26  # bytes: text shorter than this cannot hold that many
MOST_PACKED = 50  # times by which compression may shorten text
BEGINNING = 1 << 20
DELIMITERS = (",", ";", "\t", "|")


def chosen(reading: Reading, cells: float) -> str:
    """Return the engine for a table of so many cells: the one that was asked for, else memory unless they are many."""
    if reading.engine != "auto":
        return reading.engine
    return "duckdb" if cells > LARGE else "memory"


def cells_of_parquet(path: str) -> int:
    """Return the number of cells of a Parquet file."""
    import pyarrow.parquet

    found = pyarrow.parquet.read_metadata(path)
    return int(found.num_rows * found.num_columns)


def cells_of_arrow(path: str) -> int:
    """Return the number of cells of an Arrow or Feather file."""
    import pyarrow.dataset

    found = pyarrow.dataset.dataset(path, format="feather")
    return int(found.count_rows() * len(found.schema))


def cells_of_text(path: str) -> float:
    """Guess the number of cells of a text file, compressed or not, from its beginning and its length."""
    import pyarrow

    size, codec = pathlib.Path(path).stat().st_size, codec_of(path)
    if size < (SMALL_FILE if codec is None else SMALL_FILE / MOST_PACKED):
        return 0.0
    with pathlib.Path(path).open("rb") as raw:
        file = pyarrow.PythonFile(raw)
        stream = pyarrow.CompressedInputStream(file, codec) if codec else file
        text, read = stream.read(BEGINNING), raw.tell()
    lines = text.decode("latin-1").splitlines()[:1000]
    letters = sum(map(len, lines)) + len(lines)
    cells = sum(map(width_of, lines)) / max(letters, 1) * len(text)
    return cells * max(size / max(read, 1), 1.0)


def width_of(line: str) -> int:
    """Guess how many cells a line of text holds: fields between delimiters, or values of a JSON object."""
    if line.startswith("{"):
        return line.count('":') + line.count('" :')
    return max(len(next(csv.reader([line], delimiter=mark), [])) for mark in DELIMITERS)


def codec_of(path: str) -> str | None:
    """Return how a file is compressed, as its name says."""
    import pyarrow

    try:
        return str(pyarrow.Codec.detect(path).name)
    except (ValueError, TypeError):
        return None

"""Read large delimited text by DuckDB's reader, in the dialect in which small files are read."""

from __future__ import annotations

import codecs
import csv
import dataclasses
import pathlib
import re
from collections.abc import Callable, Iterator, Sequence

from aitia.core.errors import Unreadable
from aitia.core.finding import Finding
from aitia.core.request import Reading
from aitia.data.dialect import SAMPLE, UNDEFINED, Dialect, encoding_of, guessed
from aitia.data.engines.connection import Connection, Scratch, first_line, readable, text
from aitia.data.engines.duckdb import DuckDB
from aitia.data.engines.lookups import select
from aitia.data.engines.relation import Raw, Relation
from aitia.data.loaded import spelling_of
from aitia.data.text_files import default_delimiter, empty, header_finding, malformed, no_rows, ragged

CHUNK = 1 << 22
LONGEST_LINE, BUFFER = 1 << 22, 1 << 25  # of DuckDB, which would else take sixteen times the line for a buffer
VECTOR, USUAL_GROUP, GROUP = 2048, 122_880, 1 << 26  # rows, rows, bytes
RAGGED = re.compile(r"CSV Error on Line: (\d+)\s+Original Line: (.*?)\s*Expected Number of Columns: (\d+) Found: (\d+)", re.DOTALL)


def opened_text(paths: Sequence[str], reading: Reading, recipe: str, shown: str, scratch: Scratch | None = None) -> Relation:
    """Open delimited text files with one header as a relation of words; decided columns move into a file of numbers."""
    connection = Connection(scratch=scratch)
    with readable(shown, "Check that the file is whole and may be read."):
        plain = [in_utf8(path, reading.encoding, connection.scratch, shown) for path in paths]
    files = [path for path, _ in plain]
    dialect = guessed(head(files[0]), reading, default_delimiter(paths[0]))
    names = header(files[0], dialect.delimiter, shown)
    for file, path in zip(files[1:], paths[1:], strict=True):
        if header(file, dialect.delimiter, path) != names:
            raise Unreadable(f"{path} has other columns than {paths[0]}.", next="Give files with one header, in one order.")
    relation, rows = read_by_duckdb(connection, files, dialect, names, shown)
    if not rows:
        raise no_rows(names, shown)
    findings = (*plain[0][1], *dialect.findings, *header_finding(names))
    raws = tuple(Raw("text", f"c{i}", typed=True) for i in range(len(names)))
    spelling = spelling_of(reading, dialect.decimal)
    return Relation(connection, relation, tuple(names), raws, recipe, rows, spelling, findings, move=moved)


def head(path: str) -> bytes:
    """Return the beginning of a file, without a byte-order mark."""
    with pathlib.Path(path).open("rb") as file:
        return file.read(SAMPLE + 1).removeprefix(codecs.BOM_UTF8)


def header(path: str, delimiter: str, shown: str) -> list[str]:
    """Return the fields of the first line."""
    with pathlib.Path(path).open(encoding="utf-8-sig", newline="") as file:
        found = next((row for row in csv.reader(file, delimiter=delimiter) if row), None)
    if found is None:
        raise empty(shown)
    return found


def in_utf8(path: str, wanted: str | None, scratch: Scratch, shown: str) -> tuple[str, list[Finding]]:
    """Return a file that holds the same text uncompressed in UTF-8, the same one where it does, and what was guessed."""
    import pyarrow

    with pyarrow.input_stream(path, compression="detect") as stream:
        if isinstance(stream, pyarrow.CompressedInputStream):
            path = copied(stream.read, scratch.fresh("plain.csv"))
    with pathlib.Path(path).open("rb") as file:
        sample = file.read(SAMPLE)
    if not sample.strip():
        raise empty(shown)
    encoding, findings = encoding_of(sample, wanted, shown, lambda: is_utf8(path), lambda: not holds(path, UNDEFINED))
    if encoding in ("utf-8", "utf-8-sig") and (wanted is None or is_utf8(path)):
        return path, findings
    with pathlib.Path(path).open("rb") as file:
        recoder = codecs.EncodedFile(file, "utf-8", encoding)
        try:
            return copied(recoder.read, scratch.fresh("utf8.csv")), findings
        except UnicodeError as error:
            raise Unreadable(f"{shown} is not {encoding}.", why=str(error), next="Give its encoding: --encoding NAME.") from error


def copied(read: Callable[[int], bytes], path: str) -> str:
    """Write what can be read to a file; returns its path."""
    with pathlib.Path(path).open("wb") as file:
        while part := read(CHUNK):
            file.write(part)
    return path


def parts(path: str) -> Iterator[bytes]:
    """Yield a file in parts."""
    with pathlib.Path(path).open("rb") as file:
        while part := file.read(CHUNK):
            yield part


def is_utf8(path: str) -> bool:
    """Tell whether a file is valid UTF-8."""
    decoder = codecs.getincrementaldecoder("utf8")()
    try:
        for part in parts(path):
            decoder.decode(part)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def holds(path: str, some: bytes) -> bool:
    """Tell whether a file holds one of some bytes."""
    return any(len(part.translate(None, some)) < len(part) for part in parts(path))


def read_by_duckdb(connection: Connection, files: Sequence[str], dialect: Dialect, names: Sequence[str], shown: str) -> tuple[str, int]:
    """Return the relation of the files' words, one column c0, c1, … for each field, and its number of rows.

    What DuckDB reads differently from PyArrow or not at all, such as line ends of two sorts, is read by PyArrow.
    """
    import duckdb

    sample = head(files[0]).decode("utf8", errors="ignore")
    relation, width = csv_relation(files, dialect, len(names), sample), len(names)
    try:
        if re.search(rf'(?m)(^|{re.escape(dialect.delimiter)}) +"', sample):
            raise duckdb.InvalidInputException("fields in quotes behind spaces")
        rows, _ = connection.first(f"SELECT count(*), count(c{width - 1}) FROM {relation}")
    except duckdb.Error as error:
        told = RAGGED.search(str(error))
        if told:
            line, reads, fields, found = told.groups()
            raise ragged(int(line), int(found), int(fields), reads, shown) from error
        path = read_by_arrow(files, dialect, names, connection.scratch.fresh("words.parquet"), shown)
        relation = f"read_parquet([{text(path)}])"
        (rows,) = connection.first(f"SELECT count(*) FROM {relation}")
    return relation, rows


def csv_relation(files: Sequence[str], dialect: Dialect, width: int, sample: str) -> str:
    """Return the SQL that reads delimited text as words, given how it begins."""
    columns = ", ".join(f"c{i}: 'VARCHAR'" for i in range(width))
    options = {
        "auto_detect": "false",
        "header": "true",
        "columns": f"{{{columns}}}",
        "delim": text(dialect.delimiter),
        "quote": text('"'),
        "escape": text('"'),
        "nullstr": text(""),
        "max_line_size": str(LONGEST_LINE),
        "buffer_size": str(BUFFER),
        "skip": str(len(sample[: len(sample) - len(sample.lstrip("\r\n"))].splitlines())),
        **({"new_line": text("\\r")} if "\r" in sample and "\n" not in sample else {}),
    }
    found = f"read_csv([{', '.join(map(text, files))}], {', '.join(f'{name} = {value}' for name, value in options.items())})"
    return found if width > 1 else f"(SELECT * FROM {found} WHERE c0 IS NOT NULL)"  # an empty line holds no row


def read_by_arrow(files: Sequence[str], dialect: Dialect, names: Sequence[str], path: str, shown: str) -> str:
    """Write the words of delimited text to a Parquet file, read by PyArrow part by part; returns its path."""
    import pyarrow
    import pyarrow.csv
    import pyarrow.parquet

    schema = pyarrow.schema([(f"c{i}", pyarrow.string()) for i in range(len(names))])
    reading, kinds = pyarrow.csv.ReadOptions(block_size=1 << 26), dict.fromkeys(names, pyarrow.string())
    layout = pyarrow.csv.ParseOptions(delimiter=dialect.delimiter, newlines_in_values=True)
    convert = pyarrow.csv.ConvertOptions(column_types=kinds, null_values=[""], strings_can_be_null=True, check_utf8=False)
    with pyarrow.parquet.ParquetWriter(path, schema) as writer:
        for file in files:
            try:
                for batch in pyarrow.csv.open_csv(file, reading, layout, convert):
                    writer.write_batch(pyarrow.RecordBatch.from_arrays(batch.columns, schema=schema))
            except pyarrow.ArrowInvalid as error:
                with pathlib.Path(file).open(encoding="utf8", errors="replace", newline="") as lines:
                    raise malformed(lines, dialect.delimiter, shown, first_line(error)) from error
    return path


def moved(source: DuckDB) -> DuckDB:
    """Write decided columns to a file of numbers, which is read many times faster than text."""
    connection = Connection(scratch=source.connection.scratch)
    path, columns = text(connection.scratch.fresh("numbers.duckdb")), {f"c{i}": sql for i, sql in enumerate(source.expressions.values())}
    source.connection.run(f"ATTACH {path} AS aitia_numbers{row_groups(len(columns))}")
    source.connection.run(f"CREATE TABLE aitia_numbers.numbers AS {select(columns, source.relation)}")
    source.connection.run("DETACH aitia_numbers")
    connection.do(f"ATTACH {path} AS aitia_numbers (READ_ONLY)")
    expressions = dict(zip(source.expressions, columns, strict=True))
    return dataclasses.replace(source, connection=connection, relation="aitia_numbers.numbers", expressions=expressions)


def row_groups(width: int) -> str:
    """Return the option that keeps the rows that DuckDB writes at a time below 64 MiB, where a table is wide."""
    rows = max(VECTOR, GROUP // (8 * width) // VECTOR * VECTOR)
    return f" (ROW_GROUP_SIZE {rows})" if rows < USUAL_GROUP else ""

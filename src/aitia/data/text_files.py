"""Read CSV and other delimited text from a file or standard input."""

from __future__ import annotations

import csv
import io
import pathlib
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from aitia.core.errors import Unreadable
from aitia.core.finding import Finding
from aitia.core.request import Reading
from aitia.data.dialect import Dialect, as_utf8, guessed
from aitia.data.loaded import Loaded
from aitia.data.names import all_numbers, shortened

TABBED = frozenset({".tsv", ".tab"})
LARGEST_BLOCK = (1 << 31) - 1
LARGEST_STDIN = 1 << 30  # bytes that are read into memory


def read_text(path: str, reading: Reading, shown: str) -> Loaded:
    """Read a delimited text file, compressed or not; `shown` names it in messages."""
    import pyarrow

    try:
        data = contents(pathlib.Path(path))
    except (OSError, pyarrow.ArrowInvalid) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise Unreadable(f"{shown} cannot be read.", why=f"{why}.", next="Check that the file is whole and may be read.") from error
    return parsed(data, reading, shown, path, default_delimiter(path))


def default_delimiter(path: str) -> str | None:
    """Return the delimiter that a file's name promises."""
    return "\t" if TABBED & {part.lower() for part in pathlib.Path(path).suffixes} else None


def contents(path: pathlib.Path) -> bytes:
    """Return the bytes of a file, decompressed by its suffix, or of a pipe."""
    import pyarrow

    if not path.is_file():
        return path.read_bytes()
    with pyarrow.input_stream(str(path), compression="detect") as stream:
        return stream.read()


def read_stdin(reading: Reading, path: str) -> Loaded | None:
    """Read a CSV from standard input, or write a large one to a file at a path and return None."""
    data = sys.stdin.buffer.read(-1 if reading.engine == "memory" else LARGEST_STDIN)
    more = sys.stdin.buffer.read(1)
    if not more:
        return parsed(data, reading, "standard input", "-", None)
    with pathlib.Path(path).open("wb") as file:
        file.write(data + more)
        shutil.copyfileobj(sys.stdin.buffer, file)
    return None


def parsed(data: bytes, reading: Reading, shown: str, recipe: str, default: str | None) -> Loaded:
    """Read delimited text from bytes."""
    if not data.strip():
        raise empty(shown)
    text, findings = as_utf8(data, reading.encoding, shown)
    dialect = guessed(text, reading, default)
    # Arrow takes a header that no line end follows for nothing at all.
    table = arrow_table(text if b"\n" in text or b"\r" in text else text + b"\n", dialect, shown)
    if table.num_rows == 0:
        raise no_rows(table.column_names, shown)
    return Loaded(
        names=tuple(table.column_names),
        arrays=tuple(table.columns),
        recipe=recipe,
        decimal=dialect.decimal,
        findings=(*findings, *dialect.findings, *header_finding(table.column_names)),
    )


def header_finding(names: Sequence[str]) -> list[Finding]:
    """Say that the header looks like data."""
    if not all_numbers(names):
        return []
    says = f"The first line holds numbers only ({shortened(names, 4)}) and was taken for the column names."
    return [Finding(check="numeric-header", passed=None, says=says, next="If it is data, put a line of names above it.")]


def arrow_table(text: bytes, dialect: Dialect, shown: str) -> Any:
    """Parse UTF-8 text; raises `Unreadable`, naming the line where one has too many or too few fields."""
    import pyarrow

    found = arrow_rows(text, dialect, shown, {})
    whole = [field.name for field in found.schema if pyarrow.types.is_integer(field.type)]
    if whole and (b"0x" in text or b"0X" in text):  # PyArrow takes the label 0x1F for the number 31
        return arrow_rows(text, dialect, shown, dict.fromkeys(whole, pyarrow.string()))
    return found


def arrow_rows(text: bytes, dialect: Dialect, shown: str, kinds: dict[str, Any]) -> Any:
    """Parse UTF-8 text, with types guessed for columns whose type is not given."""
    import pyarrow
    import pyarrow.csv

    truth = {"true_values": ["true", "True", "TRUE"], "false_values": ["false", "False", "FALSE"]}  # without 1 and 0
    convert = pyarrow.csv.ConvertOptions(
        null_values=[""], strings_can_be_null=True, decimal_point=dialect.decimal, check_utf8=False, column_types=kinds, **truth
    )
    layout = pyarrow.csv.ParseOptions(delimiter=dialect.delimiter, newlines_in_values=b'"' in text)
    # A row must fit into a block; larger blocks are tried only when one does not, because small ones are read side by side.
    for block in (1 << 20, min(len(text) + 16, LARGEST_BLOCK)):
        options = pyarrow.csv.ReadOptions(block_size=block)
        try:
            return pyarrow.csv.read_csv(pyarrow.BufferReader(text), read_options=options, parse_options=layout, convert_options=convert)
        except pyarrow.ArrowInvalid as error:
            message = str(error)
            if "straddl" not in message and "block" not in message:
                break
    raise malformed(io.StringIO(text.decode("utf8", errors="replace"), newline=""), dialect.delimiter, shown, message)


def malformed(lines: Iterable[str], delimiter: str, shown: str, message: str) -> Unreadable:
    """Build the error for text that is no table, naming the first line that does not fit."""
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        width = len(next(reader))
        before = reader.line_num
        for row in reader:
            line, before = before + 1, reader.line_num
            if row and len(row) != width:
                return ragged(line, len(row), width, delimiter.join(row), shown)
    except (csv.Error, StopIteration):
        pass
    return Unreadable(f"{shown} cannot be read as a table.", why=message.splitlines()[0], next="Give --delimiter, or mend the quotes.")


def ragged(line: int, found: int, width: int, text: str, shown: str) -> Unreadable:
    """Build the error for a line with too many or too few fields."""
    what = f"Line {line} of {shown} has {found} fields; the header has {width}."
    return Unreadable(what, why=f"It reads: {text[:80]!r}.", next="Mend that line, or give --delimiter.")


def empty(shown: str) -> Unreadable:
    """Build the error for a file that holds nothing."""
    return Unreadable(f"{shown} is empty.", next="Give a table with a line of column names and rows below it.")


def no_rows(names: Sequence[str], shown: str) -> Unreadable:
    """Build the error for a file that holds a header only."""
    return Unreadable(f"{shown} has no rows.", why=f"Its only line reads: {shortened(names)}.", next="Give at least one row.")

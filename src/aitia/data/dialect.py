"""Guess encoding, delimiter and decimal mark of a text file from its first lines."""

from __future__ import annotations

import codecs
import csv
import dataclasses
import itertools
import re
from collections.abc import Callable

from aitia.core.errors import BadOption, Unreadable
from aitia.core.finding import Finding
from aitia.core.request import Reading

SAMPLE = 1 << 16
LINES = 200
DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
SPELLED = {"\\t": "\t", "tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}
COMMA_NUMBER, POINT_NUMBER = re.compile(r"[+-]?\d*,\d+"), re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?")
GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")
NOT_IN_TEXT = bytes(i for i in range(32) if i not in b"\t\n\r\f\v\x1a\x1b")
UNDEFINED = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))
KNOWN_STARTS = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "a picture",
    b"PK\x03\x04": "a zip archive or a spreadsheet",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Dialect:
    """Hold how a text file is written, and what was guessed about it."""

    delimiter: str
    decimal: str
    findings: tuple[Finding, ...] = ()


def as_utf8(data: bytes, wanted: str | None, shown: str) -> tuple[bytes, list[Finding]]:
    """Return the text as UTF-8 without byte-order mark; raises `Unreadable` when it is not text."""
    valid, defined = lambda: data.isascii() or is_utf8(data), lambda: len(data.translate(None, UNDEFINED)) == len(data)
    encoding, findings = encoding_of(data[:SAMPLE], wanted, shown, valid, defined)
    return (data, findings) if encoding == "utf-8" else (recoded(data, encoding, shown), findings)


def encoding_of(
    sample: bytes, wanted: str | None, shown: str, valid: Callable[[], bool], defined: Callable[[], bool]
) -> tuple[str, list[Finding]]:
    """Return the encoding of a text, as told, marked or guessed, and what was guessed; raises `Unreadable` when it is not text.

    `valid` tells whether all of it is UTF-8, `defined` whether it holds only bytes that cp1252 defines.
    """
    if wanted is not None:
        return known_encoding(wanted), []
    for mark, encoding in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if sample.startswith(mark):
            return encoding, []
    known = sample.startswith(tuple(KNOWN_STARTS))
    wide = wide_encoding(sample) if b"\0" in sample and not known else None
    if wide is not None:
        return wide, [encoding_finding(wide, "It has no byte-order mark")]
    utf8 = valid()
    if known or b"\0" in sample or share_of_controls(sample) > (0.02 if utf8 else 0.005):
        raise binary(sample, shown)
    if utf8:
        return "utf-8", []
    encoding = "cp1252" if defined() else "latin-1"
    return encoding, [encoding_finding(encoding, "It is not UTF-8")]


def share_of_controls(sample: bytes) -> float:
    """Return the share of bytes that text does not hold."""
    return 1 - len(sample.translate(None, NOT_IN_TEXT)) / max(len(sample), 1)


def wide_encoding(sample: bytes) -> str | None:
    """Return the kind of UTF-16 whose every second byte is mostly zero, or None when there is no such pattern."""
    even, odd = (sample[start::2].count(0) / max(len(sample[start::2]), 1) for start in (0, 1))
    if odd > 0.6 and even < 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > 0.6 and odd < 0.1 else None


def is_utf8(data: bytes) -> bool:
    """Tell whether bytes are valid UTF-8."""
    try:
        data.decode("utf8")
    except UnicodeDecodeError:
        return False
    return True


def known_encoding(wanted: str) -> str:
    """Return the encoding's name for Python; raises `BadOption`."""
    try:
        name = codecs.lookup(wanted).name
    except LookupError as error:
        raise BadOption(f"There is no encoding {wanted!r}.", next="Common ones: utf8, utf-16, cp1252, latin1.") from error
    return "utf-8-sig" if name == "utf-8" else name


def recoded(data: bytes, encoding: str, shown: str) -> bytes:
    """Return the text as UTF-8; raises `Unreadable` when it is not in that encoding."""
    try:
        return data.decode(encoding).removeprefix("\ufeff").encode("utf8")
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise Unreadable(f"{shown} is not {encoding}.", why=str(error), next="Give its encoding: --encoding NAME.") from error


def binary(sample: bytes, shown: str) -> Unreadable:
    """Build the error for a file that is no text."""
    what = next(
        (f"It looks like {said}." for start, said in KNOWN_STARTS.items() if sample.startswith(start)), "It holds bytes of no text."
    )
    return Unreadable(f"{shown} is not a text file.", why=what, next="Save the table as CSV or Parquet.")


def encoding_finding(encoding: str, why: str) -> Finding:
    """Say which encoding was guessed."""
    return Finding(
        check="encoding", passed=None, says=f"{why} and was read as {encoding}.", next="If letters look wrong, give --encoding NAME."
    )


def guessed(text: bytes, reading: Reading, default: str | None) -> Dialect:
    """Return delimiter and decimal mark, as told or guessed; what differs from a plain CSV is said."""
    delimiter, decimal = told(reading)
    sample = lines_of(text)
    findings = []
    if delimiter is None:
        delimiter = default or guess_delimiter(sample)
        if delimiter not in (",", default):
            says = f"The fields are taken to be separated by {DELIMITERS[delimiter]}."
            findings.append(Finding(check="delimiter", passed=None, says=says, next="Say otherwise with --delimiter."))
    if decimal is None:
        decimal = guess_decimal(sample, delimiter)
        if decimal == ",":
            says = "The decimal mark is taken to be a comma, as in 1,5."
            findings.append(Finding(check="decimal-mark", passed=None, says=says, next="Say otherwise with --decimal."))
    return Dialect(delimiter, decimal, tuple(findings))


def told(reading: Reading) -> tuple[str | None, str | None]:
    """Return delimiter and decimal mark as the caller gave them; raises `BadOption`."""
    delimiter = reading.delimiter
    if delimiter is not None:
        delimiter = SPELLED.get(delimiter.lower(), delimiter)
        if len(delimiter) != 1 or delimiter in '"\n\r' or not delimiter.isascii():
            raise BadOption(f"{reading.delimiter!r} cannot separate fields.", next='Give one character, such as ",", ";", "|" or tab.')
    if reading.decimal not in (None, ".", ","):
        raise BadOption(f"{reading.decimal!r} is not a decimal mark.", next='Give "." or ",".')
    if delimiter is not None and delimiter == reading.decimal:
        raise BadOption(f"{delimiter!r} cannot be both delimiter and decimal mark.", next="Give one of them only.")
    return delimiter, reading.decimal


def lines_of(text: bytes) -> list[str]:
    """Return the first lines, without one that was cut."""
    sample = text[:SAMPLE].decode("utf8", errors="ignore")
    lines = sample.splitlines(keepends=True)
    if len(text) > SAMPLE and len(lines) > 1:
        lines = lines[:-1]
    return lines[:LINES]


def records(lines: list[str], delimiter: str) -> list[list[str]]:
    """Split lines into fields; a quoted field that was cut ends the list."""
    try:
        return [row for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error:
        return [line.rstrip("\r\n").split(delimiter) for line in lines if line.strip()]


def guess_delimiter(lines: list[str]) -> str:
    """Return the delimiter under which most rows have as many fields as the header, and most fields."""
    best, score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        rows = records(lines, delimiter)
        if rows and len(rows[0]) > 1:
            agree = sum(len(row) == len(rows[0]) for row in rows) / len(rows)
            if (agree, len(rows[0])) > score:
                best, score = delimiter, (agree, len(rows[0]))
    return best


def guess_decimal(lines: list[str], delimiter: str) -> str:
    """Return the decimal mark: a comma only when numbers with one occur and none with a point does.

    Behind a comma as delimiter, numbers such as "1,234" might have a comma between thousands, so they do not count.
    """
    cells = [cell.strip() for cell in itertools.chain.from_iterable(records(lines, delimiter)[1:])]
    commas = [cell for cell in cells if COMMA_NUMBER.fullmatch(cell)]
    if any(POINT_NUMBER.fullmatch(cell) for cell in cells) or not commas:
        return "."
    return "," if delimiter != "," or not all(GROUPED.fullmatch(cell) for cell in commas) else "."

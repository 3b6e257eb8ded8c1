"""Tell what a text that names data points to: a file, files, a table of a database, an example or standard input."""

from __future__ import annotations

import dataclasses
import glob
import pathlib
import re

from aitia.core.errors import Unreadable, near

STDIN, EXAMPLE = "-", "example"
DATABASES = ("duckdb", "postgresql", "postgres", "spark")
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
WILD = re.compile(r"[*?\[]")
BEHIND = 8  # a DuckDB file says what it is after eight bytes


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Hold where data lie: the scheme ("" for files), what follows it, and the table after #."""

    scheme: str
    path: str
    table: str = ""


def parsed(text: str) -> Place:
    """Take a place apart; a letter and a colon before a path, as on Windows, is no scheme.

    >>> parsed("duckdb:shop.db#sales"), parsed("data/shop.csv").scheme
    (Place(scheme='duckdb', path='shop.db', table='sales'), '')
    """
    found = SCHEME.match(text)
    if text == STDIN or found is None or pathlib.Path(text).exists():
        return Place("", text)
    path, _, table = text[found.end() :].partition("#")
    return Place(found.group(1).lower(), path, table)


def is_pattern(path: str) -> bool:
    """Tell whether a path names several files by a pattern."""
    return bool(WILD.search(path)) and not pathlib.Path(path).exists()


def matching(pattern: str) -> list[str]:
    """Return the files that a pattern names, sorted; raises `Unreadable` when there are none."""
    found = sorted(path for path in glob.iglob(pattern, recursive=True) if pathlib.Path(path).is_file())  # noqa: PTH207
    if not found:
        folder = pathlib.Path(WILD.split(pattern)[0] + "x").parent
        there = sorted(item.name for item in folder.iterdir() if item.is_file()) if folder.is_dir() else []
        next = f"{folder} holds: {', '.join(there[:8])}." if there else f"There is no folder {folder}." if not folder.is_dir() else ""
        raise Unreadable(f"No file is named {pattern}.", next=next or f"{folder} holds no files.")
    return found


def first_bytes(path: pathlib.Path) -> bytes:
    """Return the first bytes of a file; raises `Unreadable` when there is none, with near names."""
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
            return file.read(2 * BEHIND)
    except OSError as error:
        raise Unreadable(f"{path} cannot be read.", why=f"{error.strerror}.", next="Check the file's permissions.") from error


def is_database(start: bytes) -> bool:
    """Tell whether first bytes are those of a DuckDB file."""
    return start[BEHIND:].startswith(b"DUCK")


def absolute(text: str) -> str:
    """Return a place as it can be read from any folder, and without its password.

    >>> absolute("postgresql://me:secret@host/shop#sales")
    'postgresql://me@host/shop#sales'
    """
    place = parsed(text)
    if place.scheme == "duckdb":
        return f"duckdb:{pathlib.Path(place.path).resolve()}" + (f"#{place.table}" if place.table else "")
    if place.scheme:
        return re.sub(r"(://[^/@:]*):[^/@]*@", r"\1@", text)
    if text != STDIN and (pathlib.Path(text).exists() or is_pattern(text)):
        return str(pathlib.Path(text).resolve())
    return text

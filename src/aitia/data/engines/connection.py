"""Open DuckDB with bounded memory, run one statement on one cursor, and open it again in another process."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import os
import pathlib
import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterator, Sequence
from typing import Any

from aitia.core.errors import Unreadable

BATCH, CELLS, FEWEST = 1 << 16, 1 << 22, 1 << 10  # of one batch: rows, and cells in a wide table, but not fewer rows
NUMBER = itertools.count()
MEMORY = 3 << 29  # bytes that DuckDB may use before it spills to disk
SETTINGS = {
    "preserve_insertion_order": "true",
    "enable_external_file_cache": "false",
    "autoinstall_known_extensions": "false",
    "TimeZone": "'UTC'",
}


class Scratch:
    """Own a temporary folder, which goes when its owner does; a copy in another process borrows it."""

    def __init__(self, borrowed: str | None = None) -> None:
        self.path = borrowed or tempfile.mkdtemp(prefix="aitia-")
        if borrowed is None:
            weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)

    def __reduce__(self) -> tuple[type[Scratch], tuple[str]]:
        return Scratch, (self.path,)

    def file(self, name: str) -> str:
        """Return the path of a file in the folder."""
        return str(pathlib.Path(self.path) / name)

    def fresh(self, name: str) -> str:
        """Return the path of a file that is not there yet."""
        return self.file(f"{next(NUMBER)}-{name}")


@dataclasses.dataclass(frozen=True, slots=True)
class Words:
    """Ask for a type whose values are these words, in this order."""

    name: str
    words: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Held:
    """Ask for a relation made of a PyArrow table in memory, or of an Arrow file on disk."""

    name: str
    table: Any = None
    path: str = ""


Step = str | Words | Held


class Connection:
    """Hold a database in memory and what was attached to it; it opens when first asked, once in each process.

    `steps` are what has to be done after opening: SQL statements, types and relations.
    """

    def __init__(self, steps: Sequence[Step] = (), scratch: Scratch | None = None) -> None:
        self.steps, self.scratch = tuple(steps), scratch or Scratch()
        self.lock, self.opened = threading.Lock(), None
        self.held: dict[str, Any] = {}

    def __reduce__(self) -> tuple[type[Connection], tuple[Any, ...]]:
        return Connection, (self.steps, self.scratch)

    def do(self, step: Step) -> None:
        """Do one more thing, now and whenever the connection is opened."""
        with self._database() as database:
            self._take(database, step)
        self.steps = (*self.steps, step)

    def run(self, statement: str) -> None:
        """Run a statement that returns nothing."""
        with self._cursor() as cursor:
            cursor.execute(statement)

    def first(self, query: str) -> tuple[Any, ...]:
        """Return the first row of a query as Python values."""
        return self.all(query)[0]

    def all(self, query: str) -> list[tuple[Any, ...]]:
        """Return every row of a query as Python values."""
        with self._cursor() as cursor:
            found: list[tuple[Any, ...]] = cursor.execute(query).fetchall()
            return found

    def table(self, query: str) -> Any:
        """Return the rows of a query as a PyArrow table."""
        import pyarrow

        with self._reader(query) as reader:
            return pyarrow.Table.from_batches(list(reader), schema=reader.schema)

    def schema(self, query: str) -> Any:
        """Return the PyArrow schema of a query without running it to its end."""
        with self._reader(f"SELECT * FROM ({query}) LIMIT 0") as reader:
            return reader.schema

    def batches(self, query: str) -> Iterator[Any]:
        """Yield the rows of a query as PyArrow record batches, in order; what is not yet read is not in memory."""
        with self._reader(query) as reader:
            yield from reader

    @contextlib.contextmanager
    def _reader(self, query: str) -> Iterator[Any]:
        with self._cursor() as cursor:
            relation = cursor.sql(query)
            size = rows_at_once(len(relation.columns))
            reader = relation.to_arrow_reader(size) if hasattr(relation, "to_arrow_reader") else relation.fetch_arrow_reader(size)
            try:
                yield reader
            finally:
                reader.close()

    @contextlib.contextmanager
    def _cursor(self) -> Iterator[Any]:
        # A cursor of its own for each statement: DuckDB refuses a second one while a result is unread.
        with self._database() as database:
            cursor = database.cursor()
        with contextlib.closing(cursor):
            for name, relation in self.held.items():
                cursor.register(name, relation)
            yield cursor

    @contextlib.contextmanager
    def _database(self) -> Iterator[Any]:
        with self.lock:
            if self.opened is None:
                self.opened = opened(self.scratch)
                for step in self.steps:
                    self._take(self.opened, step)
            yield self.opened

    def _take(self, database: Any, step: Step) -> None:
        if isinstance(step, str):
            database.execute(step)
        elif isinstance(step, Words):
            create_type(database, step)
        else:
            self.held[step.name] = relation_of(step)


@contextlib.contextmanager
def readable(shown: str, next: str = "Check that the file is whole.") -> Iterator[None]:
    """Turn what DuckDB and PyArrow say about a bad file into `Unreadable`; `shown` names the file."""
    import duckdb
    import pyarrow

    try:
        yield
    except (duckdb.Error, pyarrow.ArrowException, OSError) as error:
        raise Unreadable(f"{shown} cannot be read.", why=first_line(error), next=next) from error


def first_line(error: BaseException) -> str:
    """Return the first line of what an error says, without its kind."""
    return str(error).splitlines()[0].split("Error: ", 1)[-1] if str(error) else type(error).__name__


def opened(scratch: Scratch) -> Any:
    """Open a database in memory that spills into a folder."""
    import duckdb

    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    config: dict[str, Any] = {"threads": threads, "memory_limit": f"{MEMORY >> 20}MiB", "temp_directory": scratch.file("spill")}
    database = duckdb.connect(":memory:", config=config)
    for name, value in SETTINGS.items():
        with contextlib.suppress(duckdb.CatalogException):  # older versions lack some of them
            database.execute(f"SET {name} = {value}")
    return database


def create_type(database: Any, words: Words) -> None:
    """Create the type of some words."""
    import pyarrow

    database.register("aitia_words", pyarrow.table({"word": pyarrow.array(words.words, type=pyarrow.string())}))
    database.execute(f"CREATE TYPE {words.name} AS ENUM (SELECT word FROM aitia_words)")
    database.unregister("aitia_words")


def relation_of(held: Held) -> Any:
    """Return what DuckDB reads as a relation: a PyArrow table, or a data set of the Arrow file at a path."""
    import pyarrow.dataset

    return pyarrow.dataset.dataset(held.path, format="feather") if held.path else held.table


def rows_at_once(width: int) -> int:
    """Return how many rows of a table of some columns to hold at a time."""
    return max(min(BATCH, CELLS // max(width, 1)), FEWEST)


def quoted(name: str) -> str:
    """Write a name as an SQL identifier.

    >>> quoted('a "b" c')
    '"a ""b"" c"'
    """
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """Write a text as an SQL literal.

    >>> text("it's")
    "'it''s'"
    """
    return "'" + value.replace("'", "''") + "'"

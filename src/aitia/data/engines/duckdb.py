"""Answer for the values of a table that DuckDB reads: files and databases larger than memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from aitia.core.errors import Unreadable, unknown
from aitia.core.memory import countable
from aitia.core.noun import Noun, holder
from aitia.core.show import View, views
from aitia.core.table import Column, Counts, Moments
from aitia.data.engines.connection import Connection, quoted, readable
from aitia.data.engines.lookups import select
from aitia.data.engines.streams import (
    as_numbers,
    blocks_of,
    column_digests,
    drawn,
    keys_of,
    picked,
    read_keys,
    stored_keys,
    streamed_digest,
    streamed_moments,
    unordered_digest,
)

SHOWN, LATER = "The table", "Check that what it was loaded from is still there, and load it again."
MOST_KEPT = {"moments": 64, "drawn": 4}


@holder
class DuckDB(Noun):
    """Hold the columns' descriptions and the SQL of each (DOUBLE, NULL for missing) over a relation of a connection.

    `ordered` says that the rows come in the same order each time. `kept` holds answers that cost a scan.
    """

    columns: tuple[Column, ...]
    connection: Connection = dataclasses.field(metadata={"skip": True})
    relation: str
    expressions: dict[str, str] = dataclasses.field(metadata={"skip": True})
    n: int
    ordered: bool = True
    kept: dict[Any, Any] = dataclasses.field(default_factory=dict, metadata={"skip": True})

    def rows(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        """Return the arrays (n,) of the named columns, read in one scan; where rows come in no fixed order, sorted by all columns."""
        found = {name: np.empty(self.n) for name in names}
        done = 0
        for batch in self._batches(list(found), in_order=True) if found else ():
            for j, values in enumerate(found.values()):
                values[done : done + batch.num_rows] = as_numbers(batch.column(j))[: self.n - done]
            done += batch.num_rows
        self._unchanged(done if found else self.n)
        for values in found.values():
            values.flags.writeable = False
        return found

    def moments(self, names: Sequence[str]) -> Moments:
        """Return count, mean and covariance of the rows complete in `names`, in one scan; NaN where there are too few rows."""
        asked = {self._known(name) for name in names}
        if not asked:
            return Moments(names=(), n=self.n, mean=np.empty(0), covariance=np.empty((0, 0)))
        distinct = [column.name for column in self.columns if column.name in asked]
        found = self._once(("moments", *distinct), lambda: self._moments(distinct))
        at = [found.names.index(name) for name in names]
        return Moments(names=tuple(names), n=found.n, mean=found.mean[at], covariance=found.covariance[np.ix_(at, at)])

    def counts(self, names: Sequence[str], levels: Sequence[tuple[Any, ...]]) -> Counts:
        """Return the contingency table of the named coded columns, grouped by DuckDB; raises as memory's does."""
        shape = countable(names, levels)
        if not names:
            return Counts(names=(), levels=(), counts=np.array(self.n))
        written = ", ".join(f"CAST({self._one(name)} AS INTEGER) AS c{j}" for j, name in enumerate(names))
        keys = ", ".join(f"c{j}" for j in range(len(names)))
        with readable(SHOWN, LATER):
            grouped = self.connection.table(f"SELECT {keys}, count(*) AS n FROM (SELECT {written} FROM {self.relation}) GROUP BY {keys}")
        return counts_of(names, levels, shape, [as_numbers(column.cast("float64")) for column in grouped.columns])

    def sample(self, names: Sequence[str], n: int, seed: int) -> dict[str, np.ndarray]:
        """Return the rows that are drawn in memory: which ones follows from their content and the seed, not from their order."""
        if n >= self.n or not names:
            return self.rows(names)
        every = list(self.expressions)
        chosen = self._once(("drawn", n, seed), lambda: drawn(self._keys(), self.n, n, seed))
        asked = list(dict.fromkeys(self._known(name) for name in names)) if self.ordered else every
        found = picked(zip(self._blocks(asked), self._keys(len(asked)), strict=True) if self.ordered else self._keyed(), chosen, self.n)
        found = found if self.ordered else found[:, np.lexsort(found)]
        return {name: found[asked.index(self._known(name))].copy() for name in names}

    def digest(self) -> str:
        """Return the digest that the same values have in memory; where rows come in no fixed order, one that ignores it."""
        if "digest" not in self.kept:
            if self.ordered:
                self.kept["digest"] = streamed_digest(self.columns, self.n, self._values)
            else:
                self.kept["digest"] = unordered_digest(self.columns, self.n, self._digests())
        return self.kept["digest"]

    def _values(self, name: str) -> Iterator[np.ndarray]:
        done = 0
        for batch in self._batches([name]):
            done += batch.num_rows
            yield as_numbers(batch.column(0))
        self._unchanged(done)

    def _digests(self) -> list[np.uint64]:
        if "columns" not in self.kept:
            self.kept["columns"] = column_digests(lambda: self._blocks(list(self.expressions)), len(self.columns))
        return self.kept["columns"]

    def _keys(self, width: int = 1) -> Iterator[np.ndarray]:
        """Return the keys of all rows, in parts that fit blocks of some columns; they are stored where rows keep their order."""
        if not self.ordered:
            return keys_of(self._blocks(list(self.expressions)), self._digests())
        if "keys" not in self.kept:
            path = self.connection.scratch.fresh("keys")
            stored_keys(keys_of(self._blocks(list(self.expressions)), self._digests()), path)
            self.kept["keys"] = path
        return read_keys(self.kept["keys"], width)

    def _keyed(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for block in self._blocks(list(self.expressions)):
            yield block, next(keys_of([block], self._digests()))

    def _moments(self, names: Sequence[str]) -> Moments:
        gaps = {column.name for column in self.columns if column.missing}
        complete = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in names if name in gaps)
        query = f"SELECT * FROM ({self._select(names)}) WHERE {complete}" if complete else self._select(names)
        with readable(SHOWN, LATER):
            return streamed_moments(names, self.connection.batches(query))

    def _once(self, key: tuple[Any, ...], answer: Callable[[], Any]) -> Any:
        answers = self.kept.setdefault(key[0], {})
        if key not in answers:
            while len(answers) >= MOST_KEPT[key[0]]:
                del answers[next(iter(answers))]
            answers[key] = answer()
        return answers[key]

    def _blocks(self, names: Sequence[str]) -> Iterator[np.ndarray]:
        return blocks_of(self._batches(names), len(names))

    def _batches(self, names: Sequence[str], *, in_order: bool = False) -> Iterator[Any]:
        with readable(SHOWN, LATER):
            yield from self.connection.batches(self._sorted(names) if in_order and not self.ordered else self._select(names))

    def _select(self, names: Sequence[str]) -> str:
        return select({name: self._one(name) for name in names}, self.relation)

    def _sorted(self, names: Sequence[str]) -> str:
        every = [column.name for column in self.columns]
        keys = ", ".join(f"{quoted(name)} NULLS LAST" for name in every)
        return f"SELECT {', '.join(map(quoted, names))} FROM ({self._select(every)}) ORDER BY {keys}"

    def _one(self, name: str) -> str:
        return self.expressions[self._known(name)]

    def _known(self, name: str) -> str:
        if name not in self.expressions:
            raise unknown("column", name, self.expressions)
        return name

    def _unchanged(self, rows: int) -> None:
        if rows != self.n:
            raise Unreadable("The data have changed since they were loaded.", why=f"There were {self.n} rows; now there are {rows}.")


def counts_of(names: Sequence[str], levels: Sequence[tuple[Any, ...]], shape: tuple[int, ...], grouped: Sequence[np.ndarray]) -> Counts:
    """Return a contingency table from its occupied cells: codes of each column (k,), NaN for missing, and how often each occurs (k,)."""
    *codes, occurring = grouped
    missing = np.isnan(np.array(codes)).any(axis=0)
    counts = np.zeros(shape, dtype=np.int64)
    np.add.at(counts, tuple(column[~missing].astype(np.int64) for column in codes), occurring[~missing].astype(np.int64))
    return Counts(names=tuple(names), levels=tuple(levels), counts=counts, missing=int(occurring[missing].sum()))


@views("duck_db")
def shown(noun: DuckDB) -> View:
    """Show the size only."""
    return View(title=f"{noun.n} rows × {len(noun.columns)} columns read by DuckDB")

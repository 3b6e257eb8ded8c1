"""Answer for the values of a table that lies in another database, by Ibis: PostgreSQL, Spark and whatever else Ibis speaks to."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from aitia.core.errors import InputError, Unreadable, unknown
from aitia.core.extras import need
from aitia.core.memory import countable
from aitia.core.noun import Noun, holder
from aitia.core.show import View, views
from aitia.core.table import Column, Counts, Moments
from aitia.data.engines.duckdb import counts_of
from aitia.data.engines.streams import as_numbers

TILE = 40  # columns on a side: 40 x 40 sums stay below the 1664 outputs of one PostgreSQL statement
SMALLER = {"pyspark": 12}  # Spark compiles statements to Java methods, whose size is limited
MODULUS = 1 << 31
SALTS = ("a", "b", "c", "d")


@holder
class Sql(Noun):
    """Hold the columns' descriptions and an Ibis table of their values (float64, NULL for missing) under the same names.

    `kept` holds answers that cost a scan.
    """

    columns: tuple[Column, ...]
    table: Any = dataclasses.field(metadata={"skip": True})
    n: int
    kept: dict[Any, Any] = dataclasses.field(default_factory=dict, metadata={"skip": True})

    def __reduce__(self) -> tuple[Any, ...]:
        raise InputError("A table in a database cannot be sent to other processes.", next="Use one worker, or --engine memory or duckdb.")

    def rows(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        """Return the arrays (n,) of the named columns, the rows sorted by all columns: the database keeps no order of its own."""
        found = {self._known(name): np.empty(self.n) for name in names}
        done = 0
        for batch in batches(self.table.order_by(self.table.columns).select(list(found))) if found else ():
            if done + batch.num_rows > self.n:
                break
            for j, values in enumerate(found.values()):
                values[done : done + batch.num_rows] = as_numbers(batch.column(j).cast("float64"))
            done += batch.num_rows
        if found and done != self.n:
            raise Unreadable("The data have changed since they were loaded.", why=f"There were {self.n} rows.", next="Load them again.")
        for values in found.values():
            values.flags.writeable = False
        return found

    def moments(self, names: Sequence[str]) -> Moments:
        """Return count, mean and covariance of the rows complete in `names`, summed by the database; NaN where there are too few rows.

        The sums are of values from which a first mean was taken, and corrected by what that left of the mean.
        """
        key = tuple(dict.fromkeys(names))
        if key not in self.kept:
            self.kept[key] = (
                summed(self._select(key), key) if key else Moments(names=(), n=self.n, mean=np.empty(0), covariance=np.empty((0, 0)))
            )
        found = self.kept[key]
        at = [key.index(name) for name in names]
        return Moments(names=tuple(names), n=found.n, mean=found.mean[at], covariance=found.covariance[np.ix_(at, at)])

    def counts(self, names: Sequence[str], levels: Sequence[tuple[Any, ...]]) -> Counts:
        """Return the contingency table of the named coded columns, grouped by the database; raises as memory's does."""
        shape = countable(names, levels)
        if not names:
            return Counts(names=(), levels=(), counts=np.array(self.n))
        table = self._select(names)
        grouped = table.group_by(list(names)).aggregate(table.count().name("aitia_count")).to_pyarrow()
        return counts_of(names, levels, shape, [as_numbers(column.cast("float64")) for column in grouped.columns])

    def sample(self, names: Sequence[str], n: int, seed: int) -> dict[str, np.ndarray]:
        """Return n rows drawn without replacement by the database; which ones follows from their content and the seed."""
        if n >= self.n:
            return self.rows(names)
        every = self._select(self._canonical())
        content = written(every, every.columns)
        number = need("ibis").row_number().over(group_by=content, order_by=content).cast("string")
        draws = [(content + f"#{seed}{salt}#" + number).hash().name(f"aitia_draw_{salt}") for salt in SALTS[:2]]
        drawn = every.mutate(*draws).order_by([draw.get_name() for draw in draws]).limit(n)
        found = drawn.select([self._known(name) for name in names]).to_pyarrow()
        return {name: as_numbers(found.column(name).combine_chunks().cast("float64")) for name in names}

    def digest(self) -> str:
        """Return a digest of names, kinds, levels and all rows, in whatever order they come."""
        if "digest" not in self.kept:
            table = self._select([column.name for column in self.columns])
            content = written(table, table.columns)
            sums = [positive((content + f"#{salt}").hash()).sum().name(salt) for salt in SALTS]
            found = table.aggregate(sums).to_pyarrow().to_pylist()[0]
            told = [(column.name, column.kind, column.levels, self.n) for column in self.columns]
            self.kept["digest"] = hashlib.blake2b(repr((told, [int(found[salt]) for salt in SALTS])).encode(), digest_size=16).hexdigest()
        return self.kept["digest"]

    def _canonical(self) -> list[str]:
        """Return the names in an order that follows from the columns' content."""
        if "order" in self.kept:
            return self.kept["order"]
        names = [column.name for column in self.columns]
        asked = [f(self.table[name]).name(f"{i}_{j}") for i, name in enumerate(names) for j, f in enumerate(ORDERS)]
        found = self.table.aggregate(asked).to_pyarrow().to_pylist()[0]
        keys = {name: tuple(float(found[f"{i}_{j}"] or 0.0) for j in range(len(ORDERS))) for i, name in enumerate(names)}
        self.kept["order"] = sorted(names, key=lambda name: (keys[name], name))
        return self.kept["order"]

    def _select(self, names: Sequence[str]) -> Any:
        return self.table.select([self._known(name) for name in names])

    def _known(self, name: str) -> str:
        if name not in {column.name for column in self.columns}:
            raise unknown("column", name, [column.name for column in self.columns])
        return name


ORDERS = (lambda x: x.count(), lambda x: x.min(), lambda x: x.max(), lambda x: x.mean().round(6))


def batches(table: Any) -> Iterator[Any]:
    """Return the rows of an Ibis table as record batches."""
    # Ibis 12.0 asks DuckDB 2 for batches by a method that it no longer has, and that leaves the connection in use.
    whole = table.get_backend().name == "duckdb"
    return iter(table.to_pyarrow().to_batches() if whole else table.to_pyarrow_batches())


def exact(number: float) -> Any:
    """Return the literal of a float64: as text, for databases take a number with a point for a decimal of another precision."""
    return need("ibis").literal(repr(float(number))).cast("float64")


def written(table: Any, names: Sequence[str]) -> Any:
    """Return the expression of a row's content as text."""
    parts = [(table[name] + 0.0).cast("string").fill_null("") for name in names]
    return functools.reduce(lambda left, right: left + "|" + right, parts)


def positive(hashed: Any) -> Any:
    """Return a hash as a number from 0 to 2³¹ - 1, of which billions can be added."""
    return (hashed % MODULUS + MODULUS) % MODULUS


def summed(table: Any, names: Sequence[str]) -> Moments:
    """Return the moments of complete rows of a table, in statements of at most 40 x 40 sums."""
    p = len(names)
    complete = table.filter([table[name].notnull() for name in names])
    first = complete.aggregate([complete.count().name("n"), *(complete[name].mean().name(f"m{i}") for i, name in enumerate(names))])
    found = first.to_pyarrow().to_pylist()[0]
    n = int(found["n"])
    if n == 0:
        return Moments(names=tuple(names), n=0, mean=np.full(p, np.nan), covariance=np.full((p, p), np.nan))
    mean = np.array([float(found[f"m{i}"]) for i in range(p)])
    centred = complete.select(**{f"x{i}": complete[name] - exact(mean[i]) for i, name in enumerate(names)})
    tile = SMALLER.get(table.get_backend().name, TILE)
    left = asked(centred, {(i,): centred[f"x{i}"] for i in range(p)}, tile * tile)
    sums, products = np.array([left[(i,)] for i in range(p)]), np.zeros((p, p))
    for rows, columns in itertools.combinations_with_replacement(list(tiles(p, tile)), 2):
        pairs = [(i, j) for i in rows for j in columns if i <= j]
        terms: dict[tuple[int, ...], Any] = {(i, j): centred[f"x{i}"] * centred[f"x{j}"] for i, j in pairs}
        for (i, j), value in asked(centred, terms, tile * tile).items():
            products[i, j] = products[j, i] = value
    covariance = (products - np.outer(sums, sums) / n) / (n - 1) if n > 1 else np.full((p, p), np.nan)
    return Moments(names=tuple(names), n=n, mean=mean + sums / n, covariance=covariance)


def tiles(p: int, size: int) -> Iterator[range]:
    """Cut 0 … p - 1 into parts of at most `size`."""
    return (range(start, min(start + size, p)) for start in range(0, p, size))


def asked(table: Any, terms: dict[tuple[int, ...], Any], most: int) -> dict[tuple[int, ...], float]:
    """Return the sum of each term over all rows, at most `most` in one statement."""
    found: dict[tuple[int, ...], float] = {}
    keys = list(terms)
    for start in range(0, len(keys), most):
        part = keys[start : start + most]
        row = table.aggregate([terms[key].sum().name(f"s{k}") for k, key in enumerate(part)]).to_pyarrow().to_pylist()[0]
        found |= {key: float(row[f"s{k}"]) for k, key in enumerate(part)}
    return found


@views("sql")
def shown(noun: Sql) -> View:
    """Show the size only."""
    return View(title=f"{noun.n} rows × {len(noun.columns)} columns in a database")

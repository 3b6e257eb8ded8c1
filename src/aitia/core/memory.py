"""Hold the values of a table in memory as float64 arrays, and answer for them."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from aitia.core.errors import InputError, UnusableColumn, unknown
from aitia.core.keys import bits_of, mix, row_keys, running_number
from aitia.core.noun import Noun, holder
from aitia.core.run import one_thread
from aitia.core.show import View, views
from aitia.core.table import Column, Counts, Moments, Table

MOST_CELLS = 50_000_000


@holder
class Memory(Noun):
    """Hold the columns' descriptions and their values, float64 arrays (n,) by name with NaN for missing; never written to.

    `kept` holds the digest once it was computed.
    """

    columns: tuple[Column, ...]
    values: dict[str, np.ndarray] = dataclasses.field(metadata={"skip": True})
    kept: dict[str, str] = dataclasses.field(default_factory=dict, metadata={"skip": True})

    @property
    def n(self) -> int:
        """The number of rows."""
        return len(next(iter(self.values.values()))) if self.values else 0

    def rows(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        """Return the arrays (n,) of the named columns, which cannot be written to."""
        return {name: self._one(name) for name in names}

    def moments(self, names: Sequence[str]) -> Moments:
        """Return count, mean and covariance of the rows complete in `names`; NaN where there are too few rows.

        The rows are centred by a first mean and again by what rounding left of it, so that a large mean costs no digits.
        """
        joined = np.empty((len(names), self.n))
        for i, name in enumerate(names):
            joined[i] = self._one(name)
        incomplete = np.isnan(joined).any(axis=0)
        complete = joined[:, ~incomplete] if incomplete.any() else joined
        n = complete.shape[1]
        if n == 0:
            return Moments(names=tuple(names), n=0, mean=np.full(len(names), np.nan), covariance=np.full((len(names),) * 2, np.nan))
        first = complete.mean(axis=1)
        complete = np.subtract(complete, first[:, None], out=joined if complete is joined else complete)
        left = complete.mean(axis=1)
        complete -= left[:, None]
        covariance = cross_products(complete) / (n - 1) if n > 1 else np.full((len(names),) * 2, np.nan)
        return Moments(names=tuple(names), n=n, mean=first + left, covariance=covariance)

    def counts(self, names: Sequence[str], levels: Sequence[tuple[Any, ...]]) -> Counts:
        """Return the contingency table of the named coded columns; raises `UnusableColumn` for one without levels."""
        shape = countable(names, levels)
        cell, missing = np.zeros(self.n), np.zeros(self.n, dtype=bool)
        for name, size in zip(names, shape, strict=True):
            codes = self._one(name)
            missing |= np.isnan(codes)
            cell = cell * size + codes
        counts = np.bincount(cell[~missing].astype(np.int64), minlength=int(np.prod(shape))).reshape(shape)
        return Counts(names=tuple(names), levels=tuple(levels), counts=counts, missing=int(missing.sum()))

    def sample(self, names: Sequence[str], n: int, seed: int) -> dict[str, np.ndarray]:
        """Return n rows drawn without replacement; which ones follows from their content and the seed, not from their order."""
        if n >= self.n:
            return self.rows(names)
        keys = row_keys(list(self.values.values()))
        drawn = mix(mix(keys ^ mix(np.array([seed], dtype=np.uint64))) + running_number(keys))
        chosen = np.sort(np.argpartition(drawn, n)[:n])
        return {name: self._one(name)[chosen] for name in names}

    def digest(self) -> str:
        """Return a digest of names, kinds, levels and values in their order."""
        if "digest" not in self.kept:
            hashed = hashlib.blake2b(digest_size=16)
            for column in self.columns:
                hashed.update(repr((column.name, column.kind, column.levels, self.n)).encode())
                hashed.update(bits_of(self.values[column.name]).tobytes())
            self.kept["digest"] = hashed.hexdigest()
        return self.kept["digest"]

    def _one(self, name: str) -> np.ndarray:
        if name not in self.values:
            raise unknown("column", name, self.values)
        return self.values[name]


def countable(names: Sequence[str], levels: Sequence[tuple[Any, ...]]) -> tuple[int, ...]:
    """Return the shape of a contingency table; raises `UnusableColumn` for a column without levels, `InputError` when it is too large."""
    for name, found in zip(names, levels, strict=True):
        if not found:
            raise UnusableColumn(f"{name} has no levels to count.", next=f"Say --column {name}=categorical if its values are labels.")
    shape = tuple(len(found) for found in levels)
    if float(np.prod([float(size) for size in shape])) > MOST_CELLS:
        raise InputError(f"A table of {' × '.join(map(str, shape))} cells is too large.", next="Count fewer columns at a time.")
    return shape


def cross_products(joined: np.ndarray) -> np.ndarray:
    """Return joined @ joined.T of (p, n), on one thread: the same on every machine load, and never slowed by waiting threads."""
    with one_thread():
        return joined @ joined.T


@views("memory")
def memory(noun: Memory) -> View:
    """Show the size only."""
    return View(title=f"{noun.n} rows × {len(noun.values)} columns in memory")


def in_memory(columns: Sequence[Column], values: dict[str, np.ndarray]) -> Memory:
    """Hold columns with their values (n,); the arrays are locked against writing."""
    locked = {}
    for column in columns:
        array = np.ascontiguousarray(values[column.name], dtype=np.float64)
        array.flags.writeable = False
        locked[column.name] = array
    return Memory(columns=tuple(columns), values=locked)


def table_from(columns: Sequence[Column], values: dict[str, np.ndarray]) -> Table:
    """Return a table of described columns and their arrays (n,), with missing values counted anew."""
    counted = tuple(dataclasses.replace(c, missing=int(np.isnan(values[c.name]).sum())) for c in columns)
    return Table(columns=counted, source=in_memory(counted, values))

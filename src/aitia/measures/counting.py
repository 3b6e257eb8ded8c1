"""Count coded columns, by bits where strata are few and by codes where they are many: the sums behind tests of many triples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aitia.compiled import is_compiled, kernel
from aitia.compiled.contingency import RATIO, WIDTH
from aitia.core.run import Run
from aitia.core.table import Table
from aitia.measures.kinds import Triple

MOST_CELLS = 20_000_000
CHUNK = 0.1  # seconds between two looks at the clock
CELL, WORD, ROW, STEP = 8e-9, 1e-10, 1.5e-9, 1e-9  # measured seconds: per cell, per word of a cell, per row, per row and given column
WORTH_BITS = 16  # triples from which it pays to pack the columns into bits
Places = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


class Counting:
    """Hold coded columns as codes and as bits, made once, and count any number of triples of them."""

    def __init__(self, table: Table, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.place = {name: j for j, name in enumerate(self.names)}
        rows = table.rows(self.names)
        self.codes = np.empty((len(self.names), table.n), dtype=np.int32)
        for j, name in enumerate(self.names):
            self.codes[j] = np.where(np.isnan(rows[name]), -1, rows[name])
        highest = self.codes.max(axis=1, initial=-1) + 1
        listed = [len(table.column(name).levels) for name in self.names]
        self.levels = np.maximum(np.maximum(highest, listed), 1).astype(np.int64)
        self.logs = logarithms(table.n)
        self._bits: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None
        self._asked = 0

    @property
    def bits(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The rows of each level as bits in whole lines of the cache, where each column begins, and which columns are complete."""
        if self._bits is None:
            first = np.append(0, np.cumsum(self.levels))
            width = -(-self.codes.shape[1] // 512) * 64
            held = lines(int(first[-1]), width)
            for j, codes in enumerate(self.codes):
                packed = np.packbits(codes[None, :] == np.arange(self.levels[j])[:, None], axis=1, bitorder="little")
                held[first[j] : first[j + 1], : packed.shape[1]] = packed
            self._bits = held.view(np.uint64), first, (self.codes.min(axis=1, initial=0) >= 0).astype(np.uint8)
        return self._bits

    def sums(self, places: Places, run: Run, *, wanted: int) -> np.ndarray:
        """Return what `aitia.compiled.contingency` sums for each triple (T, 10); `wanted` adds up what is (WITH_CHI, …).

        A triple that cannot be counted, with too many cells, has zeros.
        """
        xs, ys, given, starts = places
        out = np.zeros((len(xs), WIDTH))
        depth = np.diff(starts)
        padded = side_by_side(given, starts)
        strata = np.append(self.levels, 1).astype(float)[padded].prod(axis=0)
        n, wide = self.codes.shape[1], self.levels[xs] * self.levels[ys]
        by_bits = strata * wide * (CELL + WORD * n / 64)
        by_codes = n * (ROW + STEP * depth) + np.minimum(strata, n) * wide * (CELL / 2)
        countable = np.minimum(strata, max(n, 1)) * wide <= MOST_CELLS
        self._asked += len(xs)
        few = countable & (by_bits <= by_codes) & (is_compiled("contingency") and self._asked >= WORTH_BITS)
        order = np.lexsort((*padded, depth))  # triples with the same given columns follow each other and share their strata
        for chosen, cost, count in ((few, by_bits, self._by_bits), (countable & ~few, by_codes, self._by_codes)):
            at = order[chosen[order]]
            for part in chunks(at, cost[at]):
                run.check()
                begins = np.append(0, np.cumsum(depth[part]))
                taken = given[np.arange(begins[-1]) + np.repeat(starts[part] - begins[:-1], depth[part])]
                sums = np.zeros((len(part), WIDTH))
                count(xs[part], ys[part], taken, begins, wanted, sums)
                out[part] = sums
        np.maximum(out[:, RATIO], 0.0, out=out[:, RATIO])  # rounding
        return out

    def _by_bits(self, xs: np.ndarray, ys: np.ndarray, given: np.ndarray, starts: np.ndarray, wanted: int, out: np.ndarray) -> None:
        bits, first, whole = self.bits
        kernel("contingency", "bit_tests")(bits, first, whole, xs, ys, given, starts, self.logs, wanted, out)

    def _by_codes(self, xs: np.ndarray, ys: np.ndarray, given: np.ndarray, starts: np.ndarray, wanted: int, out: np.ndarray) -> None:
        kernel("contingency", "code_tests")(self.codes, self.levels, xs, ys, given, starts, self.logs, wanted, out)


def side_by_side(given: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return the given columns of each triple below each other (deepest, T), -1 where there are no more."""
    depth = np.diff(starts)
    padded = np.full((int(depth.max(initial=0)), len(depth)), -1)
    for k in range(len(padded)):
        deep = depth > k
        padded[k, deep] = given[starts[:-1][deep] + k]
    return padded


def chunks(at: np.ndarray, cost: np.ndarray) -> list[np.ndarray]:
    """Split places into parts that take little time each, so that the clock can be looked at between them."""
    if cost.sum() <= CHUNK:
        return [at] if len(at) else []
    return np.split(at, np.flatnonzero(np.diff(np.cumsum(cost) // CHUNK)) + 1)


def logarithms(most: int) -> np.ndarray:
    """Return k log k and log k! (2, most + 1) of every count up to `most`."""
    counts = np.arange(most + 1)
    logs = np.log(np.maximum(counts, 1))
    return np.array([counts * logs, np.cumsum(logs)])


def lines(rows: int, width: int) -> np.ndarray:
    """Return zeros (rows, width) of bytes that begin where a line of the cache does."""
    raw = np.zeros(rows * width + 64, dtype=np.uint8)
    begin = -raw.ctypes.data % 64
    return raw[begin : begin + rows * width].reshape(rows, width)


def positions(place: dict[str, int], triples: Sequence[Triple]) -> Places:
    """Return triples as places of columns: first sides (T,), second sides (T,), all given ones in a row, where each begins (T + 1,)."""
    xs = np.array([place[triple[0]] for triple in triples], dtype=np.int64)
    ys = np.array([place[triple[1]] for triple in triples], dtype=np.int64)
    given = np.array([place[name] for triple in triples for name in triple[2]], dtype=np.int64)
    return xs, ys, given, np.append(0, np.cumsum([len(triple[2]) for triple in triples])).astype(np.int64)

"""Compute moments, digests and samples from a stream of blocks of rows, so that a table need not fit into memory. [chan1983]"""

from __future__ import annotations

import hashlib
import pathlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from aitia.core.keys import bits_of, combined, mix, running_number, total
from aitia.core.memory import cross_products
from aitia.core.run import one_thread
from aitia.core.table import Column, Moments
from aitia.data.engines.connection import Scratch, rows_at_once

ROWS_OF_PART = 1 << 22
Blocks = Callable[[], Iterator[np.ndarray]]


def as_numbers(array: Any) -> np.ndarray:
    """Return a PyArrow array of doubles (n,) as NumPy numbers, NaN for null."""
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=np.float64)


def blocks_of(batches: Iterable[Any], width: int, shift: np.ndarray | None = None) -> Iterator[np.ndarray]:
    """Yield blocks (width, ·) of the rows of record batches, less a shift (width,); each is overwritten by the next.

    All blocks but the last have one size, so that sums do not depend on how the batches were cut.
    """
    whole = rows_at_once(width)
    block, filled = np.empty((width, whole)), 0
    less = np.zeros(width) if shift is None else shift
    for batch in batches:
        columns, done = [as_numbers(batch.column(j)) for j in range(width)], 0
        while done < batch.num_rows:
            size = min(whole - filled, batch.num_rows - done)
            for j, column in enumerate(columns):
                np.subtract(column[done : done + size], less[j], out=block[j, filled : filled + size])
            filled, done = filled + size, done + size
            if filled == whole:
                yield block
                filled = 0
    if filled:
        yield np.ascontiguousarray(block[:, :filled])


def streamed_moments(names: Sequence[str], batches: Iterable[Any]) -> Moments:
    """Return count, mean and covariance of record batches of complete rows; NaN where there are too few rows.

    Values are taken from the mean of the first block of rows. That mean is at most √(n / rows of a block) standard
    deviations from the mean of all, so what it leaves of a large mean costs three of sixteen digits at 1e8 rows.
    """
    p, n = len(names), 0
    shift, sums, products = np.zeros(p), np.zeros(p), np.zeros((p, p))
    with one_thread():
        for block in blocks_of(batches, p, shift):
            if n == 0:
                shift[:] = block.mean(axis=1)
                block -= shift[:, None]
            sums += block.sum(axis=1)
            products += cross_products(block)
            n += block.shape[1]
    unknown = np.full((p, p), np.nan)
    covariance = (products - np.outer(sums, sums) / n) / (n - 1) if n > 1 else unknown
    return Moments(names=tuple(names), n=n, mean=shift + sums / n if n else np.full(p, np.nan), covariance=covariance)


def streamed_digest(columns: Sequence[Column], n: int, values: Callable[[str], Iterable[np.ndarray]]) -> str:
    """Return the digest that the same columns have in memory, from the values of one column after the other."""
    hashed = hashlib.blake2b(digest_size=16)
    for column in columns:
        hashed.update(repr((column.name, column.kind, column.levels, n)).encode())
        for part in values(column.name):
            hashed.update(bits_of(part).tobytes())
    return hashed.hexdigest()


def unordered_digest(columns: Sequence[Column], n: int, digests: Sequence[np.uint64]) -> str:
    """Return a digest of rows whose order does not count, from what `column_digests` gives."""
    hashed = hashlib.blake2b(digest_size=16)
    for column, digest in zip(columns, digests, strict=True):
        hashed.update(repr((column.name, column.kind, column.levels, n, int(digest))).encode())
    return hashed.hexdigest()


def scrambled(block: np.ndarray) -> list[np.ndarray]:
    """Return the scrambled bits of each column of a block (p, m)."""
    return [mix(bits_of(column)) for column in block]


def column_digests(blocks: Blocks, width: int) -> list[np.uint64]:
    """Return what `core.keys.row_keys` puts beside each column's values to make keys of rows, in two passes."""
    salt = mix(np.zeros(1, dtype=np.uint64))[0]
    first = [np.uint64(0)] * width
    for block in blocks():
        first = [np.add(found, total(column), dtype=np.uint64) for found, column in zip(first, scrambled(block), strict=True)]
    first = [found ^ salt for found in first]
    second = [np.uint64(0)] * width
    for block in blocks():
        columns = scrambled(block)
        keys = combined(columns, first)
        second = [np.add(found, total(mix(column ^ keys)), dtype=np.uint64) for found, column in zip(second, columns, strict=True)]
    return [found ^ salt for found in second]


def keys_of(blocks: Iterable[np.ndarray], digests: Sequence[np.uint64]) -> Iterator[np.ndarray]:
    """Yield the keys of the rows of each block of all columns."""
    for block in blocks:
        yield combined(scrambled(block), digests)


def stored_keys(keys: Iterable[np.ndarray], path: str) -> None:
    """Write the keys of all rows to a file, eight bytes for each."""
    with pathlib.Path(path).open("wb") as file:
        for part in keys:
            part.tofile(file)


def read_keys(path: str, width: int = 1) -> Iterator[np.ndarray]:
    """Yield stored keys, as many at a time as a block of some columns has rows."""
    with pathlib.Path(path).open("rb") as file:
        while len(part := np.fromfile(file, dtype=np.uint64, count=rows_at_once(width))):
            yield part


def picked(pairs: Iterable[tuple[np.ndarray, np.ndarray]], chosen: tuple[np.ndarray, np.ndarray], rows: int) -> np.ndarray:
    """Return the rows (p, n) of blocks whose keys and running numbers were chosen, given each block with the keys of its rows."""
    known, place = np.unique(chosen[0], return_inverse=True)
    wanted = np.sort(place.astype(np.uint64) * np.uint64(rows) + chosen[1])
    seen = np.zeros(len(known), dtype=np.uint64)
    found = []
    for block, keys in pairs:
        near = np.minimum(np.searchsorted(known, keys), len(known) - 1)
        hits = np.flatnonzero(known[near] == keys)
        copy = seen[near[hits]] + running_number(keys[hits])
        np.add.at(seen, near[hits], np.uint64(1))
        asked = near[hits].astype(np.uint64) * np.uint64(rows) + copy
        drawn = wanted[np.minimum(np.searchsorted(wanted, asked), len(wanted) - 1)] == asked
        found.append(block[:, hits[drawn]].copy())
    return np.concatenate(found, axis=1)


def drawn(keys: Iterable[np.ndarray], rows: int, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the keys (n,) and the running numbers among rows of one key (n,) of the rows with the smallest draws."""
    salt = mix(np.array([seed], dtype=np.uint64))
    best = np.zeros((3, 0), dtype=np.uint64)
    for own, counts in counted(keys, rows):
        ends = np.cumsum(counts)
        for start in range(0, int(ends[-1]), ROWS_OF_PART):
            place = np.arange(start, min(start + ROWS_OF_PART, int(ends[-1])))
            index = np.searchsorted(ends, place, side="right")
            copy = (place - (ends[index] - counts[index])).astype(np.uint64)
            draw = mix(mix(own[index] ^ salt) + copy)
            best = np.concatenate([best, np.stack([draw, own[index], copy])], axis=1)
            if best.shape[1] > n:
                best = best[:, np.argpartition(best[0], n - 1)[:n]]
    return best[1], best[2]


def counted(keys: Iterable[np.ndarray], rows: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield different keys with how often each occurs, in parts small enough for memory; they lie on disk in between."""
    bits = max(0, int(np.ceil(np.log2(max(rows, 1) / ROWS_OF_PART))))
    scratch = Scratch()
    paths = [pathlib.Path(scratch.file(f"keys-{part}")) for part in range(1 << bits)]
    for block in keys:
        own, counts = np.unique(block, return_counts=True)
        pairs = np.stack([own, counts.astype(np.uint64)])
        edges = np.searchsorted(pairs[0] >> np.uint64(64 - bits) if bits else np.zeros_like(pairs[0]), np.arange(len(paths) + 1))
        for path, start, end in zip(paths, edges[:-1], edges[1:], strict=True):
            if end > start:
                with path.open("ab") as file:
                    pairs[:, start:end].T.tofile(file)
    for path in paths:
        if path.exists():
            pairs = np.fromfile(path, dtype=np.uint64).reshape(-1, 2)
            own, place = np.unique(pairs[:, 0], return_inverse=True)
            counts = np.zeros(len(own), dtype=np.int64)
            np.add.at(counts, place, pairs[:, 1].astype(np.int64))
            yield own, counts

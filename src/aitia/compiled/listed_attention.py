"""Attend few queries, each over rows of keys and values that a list names, wherever they lie. [kwon2023]

Arrays are given as they lie in memory: by the address of the first number, the shape, and by how many numbers each axis
steps. A step of a decoder asks so little of each layer that making NumPy arrays of its tensors would take as long.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import numpy as np

Laid = tuple[int, Sequence[int], Sequence[int]]
Pair = tuple[Laid, Laid]


def attend(q: Laid, kept: Pair, edge: np.ndarray, place: np.ndarray, scale: float, out: Laid, own: Pair | None = None) -> None:
    """Set output (b, h, q, d) of queries (b, h, q, d) over the rows of keys and values (b, g, m, d) that each one's list names.

    Query i reads the rows `place[edge[i] : edge[i + 1]]` of what is kept and, behind it, of what is its own; one that
    reads nothing gets 0. Neighbouring query heads share a key head; d is a multiple of 8.
    """
    queries, found = array_of(q), array_of(out)
    pairs = [[array_of(x) for x in pair] for pair in (kept, own) if pair is not None]
    keys, values = (np.repeat(np.concatenate(x, axis=2), queries.shape[1] // x[0].shape[1], axis=1) for x in zip(*pairs, strict=True))
    for i in range(queries.shape[2]):
        rows = place[edge[i] : edge[i + 1]]
        scores = scale * np.einsum("bhd,bhmd->bhm", queries[:, :, i], keys[:, :, rows])
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True, initial=-np.inf))
        found[:, :, i] = np.einsum("bhm,bhmd->bhd", weights / weights.sum(axis=-1, keepdims=True), values[:, :, rows]) if len(rows) else 0.0


def put(kept: Pair, new: Pair, at: int) -> None:
    """Write new rows of keys and values (b, g, m, d) over those that are kept, from row `at` on."""
    for into, rows in zip(kept, new, strict=True):
        array_of(into)[:, :, at : at + rows[1][2]] = array_of(rows)


def array_of(laid: Laid) -> np.ndarray:
    """Return a view of numbers in single precision that lie in memory."""
    address, shape, steps = laid
    if not all(shape):
        return np.empty(shape, dtype=np.float32)
    count = 1 + sum((size - 1) * step for size, step in zip(shape, steps, strict=True))
    numbers = np.ctypeslib.as_array((ctypes.c_float * count).from_address(address))
    return np.lib.stride_tricks.as_strided(numbers, shape, [4 * step for step in steps])

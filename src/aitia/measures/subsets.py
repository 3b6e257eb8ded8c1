"""Walk over all subsets of some elements, as bit masks in ascending order, in pieces short enough to be interrupted."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np

from aitia.core.run import Run


@dataclasses.dataclass(frozen=True)
class Piece:
    """Stand for the sets that join `members` with at most `most` elements below `limit`; they lie at `at` to `at + size`."""

    members: tuple[int, ...]
    limit: int
    most: int
    at: int
    size: int


def count(limit: int, most: int) -> int:
    """Return how many sets of at most `most` of `limit` elements there are.

    >>> count(4, 2)
    11
    """
    return sum(math.comb(limit, size) for size in range(min(limit, most) + 1))


def masks(limit: int, most: int) -> np.ndarray:
    """Return the sets of at most `most` elements below `limit` as ascending bit masks, int64.

    >>> masks(3, 2).tolist()
    [0, 1, 2, 3, 4, 5, 6]
    """
    if most >= limit:
        return np.arange(1 << limit, dtype=np.int64)
    found = [np.zeros(1, dtype=np.int64)] * (most + 1)
    for j in range(limit):
        found = [found[0], *(np.concatenate([found[size], found[size - 1] | (1 << j)]) for size in range(1, len(found)))]
    return found[-1]


def members(mask: int) -> tuple[int, ...]:
    """Return the elements of a bit mask, ascending.

    >>> members(0b1101)
    (0, 2, 3)
    """
    return tuple(j for j in range(mask.bit_length()) if mask >> j & 1)


def added(sets: np.ndarray, amounts: Sequence[int] | np.ndarray) -> np.ndarray:
    """Return for each of some ascending bit masks the sum of its elements' amounts."""
    return folded(sets, np.asarray(amounts), np.add)


def multiplied(sets: np.ndarray, factors: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return for each of some ascending bit masks the product of its elements' factors."""
    return folded(sets, np.asarray(factors, dtype=np.float64), np.multiply)


def folded(sets: np.ndarray, amounts: np.ndarray, join: np.ufunc) -> np.ndarray:
    """Join the amounts of each bit mask's elements; all masks at once by doubling where they are all there."""
    found = np.full(len(sets), join.identity, dtype=amounts.dtype)
    for j, amount in enumerate(amounts):
        if len(sets) == 1 << len(amounts):
            join(found[: 1 << j], amount, out=found[1 << j : 2 << j])
        else:
            join(found, amount, out=found, where=(sets >> j & 1).astype(bool))
    return found


def pieces(limit: int, most: int, longest: int, joined: tuple[int, ...] = (), at: int = 0) -> list[Piece]:
    """Cut the sets of at most `most` elements below `limit` into pieces of at most `longest` sets, in ascending order."""
    size = count(limit, most)
    if size <= longest:
        return [Piece(joined, limit, most, at, size)]
    found = [Piece(joined, 0, 0, at, 1)]
    at += 1
    for j in range(limit):
        found += pieces(j, most - 1, longest, (*joined, j), at)
        at += count(j, most - 1)
    return found


def fill(limit: int, most: int, longest: int, work: Callable[[Piece, np.ndarray], None], run: Run) -> np.ndarray:
    """Return one value per set, ascending; `work` fills the part of a piece, and the run is asked to go on after each."""
    out = np.empty(count(limit, most))
    todo = pieces(limit, most, longest)
    with run.stage("score all sets", len(todo)) as step:
        for piece in todo:
            work(piece, out[piece.at : piece.at + piece.size])
            step()
    return out

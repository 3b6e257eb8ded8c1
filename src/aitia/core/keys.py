"""Give rows and columns keys made from their content, so that order and names change nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST, SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def mix(bits: np.ndarray) -> np.ndarray:
    """Scramble 64-bit numbers, each on its own: the finalizer of SplitMix64. [steele2014]"""
    found = bits + GOLDEN
    found ^= found >> np.uint64(30)
    found *= FIRST
    found ^= found >> np.uint64(27)
    found *= SECOND
    found ^= found >> np.uint64(31)
    return found


def bits_of(values: np.ndarray) -> np.ndarray:
    """Return the bits of numbers (n,), one pattern for every NaN and for both zeros."""
    plain = np.asarray(values, dtype=np.float64) + 0.0
    return np.where(np.isnan(plain), np.nan, plain).view(np.uint64)


def total(numbers: np.ndarray) -> np.uint64:
    """Add 64-bit numbers modulo 2⁶⁴, so that their order does not matter."""
    return np.add.reduce(numbers, dtype=np.uint64)


def row_keys(columns: Sequence[np.ndarray], roles: Sequence[int] | None = None) -> np.ndarray:
    """Return a key (n,) per row that depends on the rows' content only, neither on the order of rows nor of columns.

    Columns of unlike `roles` are told apart even when they hold the same values. Identical rows share a key.

    >>> a, b = np.array([1.0, 2.0]), np.array([3.0, 3.0])
    >>> bool((row_keys([a, b]) == row_keys([b, a])).all() and (row_keys([a, b])[::-1] == row_keys([a[::-1], b])).all())
    True
    """
    scrambled = [mix(bits_of(column)) for column in columns]
    salts = mix(np.asarray([0] * len(columns) if roles is None else roles, dtype=np.uint64))
    digests = [total(column) ^ salt for column, salt in zip(scrambled, salts, strict=True)]
    # Columns with one multiset of values have one digest; a second round tells them apart by what stands beside them.
    first = combined(scrambled, digests)
    return combined(scrambled, [key ^ salt for key, salt in zip(_against(scrambled, first), salts, strict=True)])


def combined(scrambled: Sequence[np.ndarray], digests: Sequence[np.uint64]) -> np.ndarray:
    """Return Σ_j mix(digest_j ^ scrambled_ij) per row."""
    n = len(scrambled[0]) if scrambled else 0
    found = np.zeros(n, dtype=np.uint64)
    for column, digest in zip(scrambled, digests, strict=True):
        found += mix(column ^ digest)
    return found


def column_keys(columns: Sequence[np.ndarray], keys: np.ndarray) -> np.ndarray:
    """Return a key (p,) per column that depends on its values and the rows' keys (n,), not on the order of rows."""
    return np.array(_against([bits_of(column) for column in columns], keys), dtype=np.uint64)


def _against(columns: Sequence[np.ndarray], keys: np.ndarray) -> list[np.uint64]:
    return [total(mix(column ^ keys)) for column in columns]


def running_number(keys: np.ndarray) -> np.ndarray:
    """Number the rows of each key 0, 1, … in the order in which they stand."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(keys) else np.zeros(0, dtype=int)
    lengths = np.diff(np.r_[starts, len(keys)])
    number = np.empty(len(keys), dtype=np.uint64)
    number[order] = np.arange(len(keys)) - np.repeat(starts, lengths)
    return number


def fold_of(keys: np.ndarray, seed: int, folds: int, strata: np.ndarray | None = None) -> np.ndarray:
    """Return the fold 0 … folds - 1 of each row, balanced to within one row in each stratum (n,) and over all.

    A row's fold follows from its key, its running number among identical rows and the seed.
    """
    drawn = mix(mix(keys ^ mix(np.array([seed], dtype=np.uint64))) + running_number(keys))
    order = np.lexsort((drawn,) if strata is None else (drawn, strata))
    found = np.empty(len(keys), dtype=np.int64)
    found[order] = np.arange(len(keys)) % folds
    return found

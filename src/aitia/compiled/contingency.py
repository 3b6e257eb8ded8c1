"""Count contingency tables of two columns in every stratum of others, and sum their chi-square and G statistics."""

from __future__ import annotations

import numpy as np

# What a row of `out` holds.
CHI, RATIO, DEGREES, ROWS, SMALLEST, ROOM, STRATA, CHI_MEAN, CHI_VARIANCE, RATIO_MEAN, WIDTH = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
WITH_CHI, WITH_RATIO, WITH_CHI_MOMENTS, WITH_RATIO_MEAN = 1, 2, 4, 8  # what may be asked for, added up
DENSE = 10.0  # an expected count from which moments come from a series


def bit_tests(
    bits: np.ndarray,
    first: np.ndarray,
    whole: np.ndarray,
    xs: np.ndarray,
    ys: np.ndarray,
    given: np.ndarray,
    starts: np.ndarray,
    logs: np.ndarray,
    wanted: int,
    out: np.ndarray,
) -> None:
    """Fill a row of `out` (T, 10) for each triple of columns, counting by bits.

    `bits` (levels of all columns, words) uint64 holds one bit a row; those of column j stand in rows first[j] to
    first[j + 1], and whole[j] tells whether no row misses it. Triple t is xs[t], ys[t] given
    `given`[starts[t]:starts[t + 1]]. `logs` (2, n + 1) holds k log k and log k!. A row of `out`, zeros at first, is
    chi-square, G, the degrees of freedom that margins without rows leave, the rows counted, the smallest expected count
    of strata in which both sides have two levels, the largest chi-square these margins allow, the strata that hold rows,
    and over all orders of one side's rows within strata the mean and variance of chi-square and the mean of G; what is
    not `wanted` stays zero.
    """
    rows = np.unpackbits(bits.view(np.uint8), axis=1, bitorder="little")
    for t in range(len(xs)):
        x, y = (rows[first[j] : first[j + 1]].astype(float) for j in (xs[t], ys[t]))
        masks = np.ones((1, rows.shape[1]))
        for j in given[starts[t] : starts[t + 1]]:
            masks = (masks[:, None, :] * rows[None, first[j] : first[j + 1]]).reshape(-1, rows.shape[1])
            masks = masks[masks.any(axis=1)]
        counts = np.array([(x * mask) @ y.T for mask in masks]).reshape(len(masks), len(x), len(y))
        out[t] = summed(counts, logs, wanted)


def code_tests(
    codes: np.ndarray,
    levels: np.ndarray,
    xs: np.ndarray,
    ys: np.ndarray,
    given: np.ndarray,
    starts: np.ndarray,
    logs: np.ndarray,
    wanted: int,
    out: np.ndarray,
) -> None:
    """Fill a row of `out` (T, 10) as `bit_tests` does, counting by codes.

    `codes` (columns, n) int32 holds 0, 1, … below `levels` (columns,), and -1 where a value is missing.
    """
    for t in range(len(xs)):
        named = [*given[starts[t] : starts[t + 1]], xs[t], ys[t]]
        parts = codes[named][:, (codes[named] >= 0).all(axis=0)]
        stratum = np.zeros(parts.shape[1], dtype=np.int64)
        for code in parts[:-2]:
            _, stratum = np.unique(stratum * (int(code.max(initial=0)) + 1) + code, return_inverse=True)
        wide, deep, strata = int(levels[xs[t]]), int(levels[ys[t]]), int(stratum.max(initial=-1)) + 1
        counts = np.bincount((stratum * wide + parts[-2]) * deep + parts[-1], minlength=strata * wide * deep)
        out[t] = summed(counts.reshape(strata, wide, deep).astype(float), logs, wanted)


def summed(counts: np.ndarray, logs: np.ndarray, wanted: int) -> np.ndarray:
    """Return the row of `out` for counts (s, x, y)."""
    found = np.zeros(WIDTH)
    smallest = []
    for table in counts:
        own, other = table.sum(axis=1), table.sum(axis=0)
        kept = table[np.ix_(own > 0, other > 0)]
        if kept.size:
            smallest += [own[own > 0].min() * other[other > 0].min() / own.sum()] if min(kept.shape) > 1 else []
            found += stratum_row(kept, logs, wanted)
    found[SMALLEST] = min(smallest, default=0.0)
    return found


def stratum_row(counts: np.ndarray, logs: np.ndarray, wanted: int) -> np.ndarray:
    """Return the row of `out` for the counts (x, y) of one stratum, each margin of which holds rows."""
    found = np.zeros(WIDTH)
    own, other, n = counts.sum(axis=1), counts.sum(axis=0), counts.sum()
    expected = np.outer(own, other) / n
    wide, deep = counts.shape
    margins = logs[0][own.astype(int)].sum() + logs[0][other.astype(int)].sum() - logs[0][int(n)]
    found[DEGREES], found[ROWS], found[STRATA] = (wide - 1) * (deep - 1), n, 1
    if not found[DEGREES]:
        return found
    found[CHI] = ((counts - expected) ** 2 / expected).sum() if wanted & WITH_CHI else 0.0
    found[RATIO] = 2 * (logs[0][counts.astype(int)].sum() - margins) if wanted & WITH_RATIO else 0.0
    found[ROOM] = n * (min(wide, deep) - 1)
    one, two = np.sum(n / own), np.sum(n / other)
    if wanted & WITH_CHI_MOMENTS:
        found[CHI_MEAN] = n * (wide - 1) * (deep - 1) / (n - 1)
        found[CHI_VARIANCE] = chi_variance(n, wide, deep, one, two)
    if wanted & WITH_RATIO_MEAN and expected.min() >= DENSE:
        found[RATIO_MEAN] = (wide - 1) * (deep - 1) + (one - 1) * (two - 1) / (6 * n)
    elif wanted & WITH_RATIO_MEAN:
        found[RATIO_MEAN] = 2 * (sum(mean_log(a, b, n, logs) for a in own for b in other) - margins)
    return found


def chi_variance(n: float, wide: int, deep: int, one: float, two: float) -> float:
    """Return the variance of chi-square over all orders of one side's rows; `one` and `two` are Σ n / margin. [dawson1954]"""
    if n < 3:
        return 0.0
    even = (wide - 1) * (n - wide) / (n - 1), (deep - 1) * (n - deep) / (n - 1)
    odd = (one - wide**2) / (n - 2), (two - deep**2) / (n - 2)
    rest = 2 * n / (n - 3) * (even[0] - odd[0]) * (even[1] - odd[1]) if n > 3 else 0.0
    return max(rest + n**2 / (n - 1) * odd[0] * odd[1], 0.0)


def mean_log(own: float, other: float, n: float, logs: np.ndarray) -> float:
    """Return the mean of k log k for the count k of a cell with these margins: by its law, or by a series where it is large."""
    mean = own * other / n
    if mean >= DENSE:
        spread = mean * (1 - own / n) * (n - other) / (n - 1)
        third = spread * (n - 2 * own) * (n - 2 * other) / (n * (n - 2))
        fourth = 3 * spread**2 + spread
        return mean * np.log(mean) + spread / (2 * mean) - third / (6 * mean**2) + fourth / (12 * mean**3)
    k = np.arange(max(0, int(own + other - n)), int(min(own, other)) + 1)
    fact, a, b, whole = logs[1], int(own), int(other), int(n)
    law = fact[a] - fact[k] - fact[a - k] + fact[whole - a] - fact[b - k] - fact[whole - a - b + k]
    return float(np.exp(law - fact[whole] + fact[b] + fact[whole - b]) @ logs[0][k])

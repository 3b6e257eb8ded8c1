"""Find greatest values over intervals of nodes, and over the intervals that cover a node."""

from __future__ import annotations

import numpy as np


def reach(height: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the greatest height in each interval (q,), -1 in an empty one; intervals move steadily or stand still."""
    found = np.full(len(low), -1, dtype=np.int64)
    full = low < high
    if not full.any():
        return found
    a, b = low[full], high[full]
    still, held = bool((a == a[0]).all()), bool((b == b[0]).all())
    if still and held:
        found[full] = height[a[0] : b[0]].max()
    elif still:
        found[full] = np.maximum.accumulate(height[a[0] : b.max()])[b - 1 - a[0]]
    elif held:
        found[full] = np.maximum.accumulate(height[a.min() : b[0]][::-1])[::-1][a - a.min()]
    elif (np.diff(height[a.min() : b.max()]) >= 0).all():
        found[full] = height[b - 1]
    else:
        found[full] = table_maximum(height, a, b)
    return found


def table_maximum(height: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the greatest value of each interval, none of them empty, by a table of maxima over powers of two."""
    begin, end = int(low.min()), int(high.max())
    count, level = end - begin, powers(high - low)
    table = np.empty((int(level.max()) + 1, count), dtype=height.dtype)
    table[0] = height[begin:end]
    for k in range(1, len(table)):
        step = 2 ** (k - 1)
        np.maximum(table[k - 1, : count - 2 * step + 1], table[k - 1, step : count - step + 1], out=table[k, : count - 2 * step + 1])
    place, values = level * count - begin, table.ravel()
    return np.asarray(np.maximum(values[place + low], values[place + high - (1 << level)]))


def powers(sizes: np.ndarray) -> np.ndarray:
    """Return the greatest whole k with 2**k at most each size."""
    return np.frexp(sizes)[1].astype(np.int64) - 1


def painted(n: int, low: np.ndarray, high: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return the greatest value among the intervals, none of them empty, that cover each node (n,), -1 where none does."""
    found = np.full(n, -1, dtype=np.int64)
    if not len(low):
        return found
    level = powers(high - low)
    for k in range(int(level.max()), -1, -1):
        width = 2**k
        own = level == k
        np.maximum.at(found, low[own], value[own])
        np.maximum.at(found, high[own] - width, value[own])
        if k:  # each value covers `width` nodes: halve it into two that cover half as many
            found[width // 2 :] = np.maximum(found[width // 2 :], found[: n - width // 2])
    return found

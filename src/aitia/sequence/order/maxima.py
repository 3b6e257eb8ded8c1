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
    layers = [height[begin:end]]
    widest = int((high - low).max())
    while 2 ** len(layers) <= widest:
        step = 2 ** (len(layers) - 1)
        layers.append(np.maximum(layers[-1][:-step], layers[-1][step:]))
    level = np.floor(np.log2(high - low)).astype(np.int64)
    found = np.empty(len(low), dtype=np.int64)
    for k in np.flatnonzero(np.bincount(level)).tolist():
        own = level == k
        found[own] = np.maximum(layers[k][low[own] - begin], layers[k][high[own] - 2**k - begin])
    return found


def painted(n: int, low: np.ndarray, high: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return the greatest value among the intervals, none of them empty, that cover each node (n,), -1 where none does."""
    found = np.full(n, -1, dtype=np.int64)
    if not len(low):
        return found
    level = np.floor(np.log2(high - low)).astype(np.int64)
    for k in range(int(level.max()), -1, -1):
        width = 2**k
        own = level == k
        np.maximum.at(found, low[own], value[own])
        np.maximum.at(found, high[own] - width, value[own])
        if k:  # each value covers `width` nodes: halve it into two that cover half as many
            found[width // 2 :] = np.maximum(found[width // 2 :], found[: n - width // 2])
    return found

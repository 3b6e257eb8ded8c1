"""Write out what some nodes read: their intervals, the mask over some keys, and whether all that they read is among these."""

from __future__ import annotations

import numpy as np

from aitia.sequence.order.columns import columns_of, spread
from aitia.sequence.order.intervals import Reads


def intervals_of(order: Reads, queries: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the intervals (i,) that queries read: the place of the query, and where the interval begins and ends."""
    columns = columns_of(order.segments)
    sets = columns.reads[np.searchsorted(columns.stop, queries, side="right")]
    counts = columns.counts[sets]
    part, query = spread(columns.edge[sets], counts), np.repeat(np.arange(len(queries)), counts)
    low, high = columns.low[part] + queries[query] * columns.low_moves[part], columns.high[part] + queries[query] * columns.high_moves[part]
    return query, low, high


def mask_of(order: Reads, queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Return a boolean array (queries, keys): True where the query reads the key; both are any nodes in any order.

    >>> from aitia.sequence.order import causal
    >>> mask_of(causal(9), np.array([2, 7]), np.array([1, 5])).tolist()
    [[True, False], [True, True]]
    """
    return among(order, queries, keys)[0]


def among(order: Reads, queries: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mask (queries, keys), and how many of the nodes that each query (q,) reads are not among the keys."""
    query, low, high = intervals_of(order, queries)
    wanted = np.bincount(query, weights=high - low, minlength=len(queries)).astype(np.int64)
    place = np.argsort(keys, kind="stable")
    known = keys[place]
    begins = np.zeros((len(queries), len(keys) + 1), dtype=np.int8)  # how many intervals begin at a key, less those that end
    np.add.at(begins, (query, np.searchsorted(known, low)), 1)
    np.add.at(begins, (query, np.searchsorted(known, high)), -1)
    found = np.cumsum(begins[:, :-1], axis=1, dtype=np.int8).view(bool)
    absent = wanted - found.sum(axis=1)
    if (place[1:] > place[:-1]).all():
        return found, absent
    unsorted = np.empty_like(found)
    unsorted[:, place] = found
    return unsorted, absent

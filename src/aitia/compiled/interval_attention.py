"""Attend along intervals of keys, forward and backward: each query reads the runs of keys that columns name. [dao2022]"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np


def attend(
    q: np.ndarray, k: np.ndarray, v: np.ndarray, columns: Any, scale: float, rows: tuple[int, int], out: np.ndarray, level: np.ndarray
) -> None:
    """Set rows of output (h, n, d) and log-sum-exp (h, n) of queries (h, n, d) over one head of keys and values (1, k, d).

    `columns` says by `stop` and `reads` (m,) where runs of queries end and which set of intervals each reads; those of set
    s stand from `edge[s]` to `edge[s + 1]` in `low`, `high`, `low_moves` and `high_moves` (p,). Queries that read nothing
    get 0 and -inf. Numbers of a row (d a multiple of 16) and levels of a head lie side by side.
    """
    for query, keys in read(columns, *rows):
        if not len(keys):
            out[:, query], level[:, query] = 0.0, -np.inf
            continue
        scores = scale * q[:, query] @ k[0, keys].T
        top = scores.max(axis=1, keepdims=True)
        weights = np.exp(scores - top)
        total = weights.sum(axis=1, keepdims=True)
        out[:, query] = weights / total @ v[0, keys]
        level[:, query] = (top + np.log(total))[:, 0]


def descend(
    q: np.ndarray,
    k: np.ndarray,
    v: np.ndarray,
    columns: Any,
    scale: float,
    before: tuple[np.ndarray, np.ndarray, np.ndarray],
    slopes: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    """Add the gradients of queries (h, n, d) and of one head of keys and values (1, k, d) to `slopes`, which hold one of each.

    `before` is the gradient of the output (h, n, d), the log-sum-exp (h, n), and the mean gradient of its weights (h, n):
    the product of the output and its gradient, less the gradient of the log-sum-exp.
    """
    grad, level, mean = before
    for query, keys in read(columns, 0, q.shape[1]):
        weights = np.exp(scale * q[:, query] @ k[0, keys].T - level[:, query, None])
        scores = scale * weights * (grad[:, query] @ v[0, keys].T - mean[:, query, None])
        slopes[0][:, query] += scores @ k[0, keys]
        slopes[1][0, keys] += scores.T @ q[:, query]
        slopes[2][0, keys] += weights.T @ grad[:, query]


def read(columns: Any, start: int, stop: int) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the queries of some rows, each with the keys that it reads."""
    for query in range(start, stop):
        at = columns.reads[np.searchsorted(columns.stop, query, side="right")]
        own = slice(columns.edge[at], columns.edge[at + 1])
        low, high = (end[own] + moves[own] * query for end, moves in ((columns.low, columns.low_moves), (columns.high, columns.high_moves)))
        yield query, np.concatenate([np.arange(0), *map(np.arange, low, high)]).astype(np.int64)

"""Attend few queries, each over rows of keys and values that a list names, wherever they lie. [kwon2023]"""

from __future__ import annotations

import numpy as np

Pair = tuple[np.ndarray, np.ndarray]


def attend(q: np.ndarray, kept: Pair, edge: np.ndarray, place: np.ndarray, scale: float, out: np.ndarray, own: Pair | None = None) -> None:
    """Set output (b, h, q, d) of queries (b, h, q, d) over the rows of keys and values (b, g, m, d) that each one's list names.

    Query i reads the rows `place[edge[i] : edge[i + 1]]` of what is kept and, behind it, of what is its own; one that
    reads nothing gets 0. Neighbouring query heads share a key head; d is a multiple of 8.
    """
    both = kept if own is None else tuple(np.concatenate(pair, axis=2) for pair in zip(kept, own, strict=True))
    keys, values = (np.repeat(x, q.shape[1] // x.shape[1], axis=1) for x in both)
    for i in range(q.shape[2]):
        rows = place[edge[i] : edge[i + 1]]
        scores = scale * np.einsum("bhd,bhmd->bhm", q[:, :, i], keys[:, :, rows])
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True, initial=-np.inf))
        out[:, :, i] = np.einsum("bhm,bhmd->bhd", weights / weights.sum(axis=-1, keepdims=True), values[:, :, rows]) if len(rows) else 0.0

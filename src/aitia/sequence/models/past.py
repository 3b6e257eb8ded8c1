"""Gather what a pass of a decoder reads from its caches, and say which of it each node reads."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import torch

from aitia.core.errors import BadOption, InputError
from aitia.sequence.order.columns import columns_of, spread
from aitia.sequence.order.intervals import Reads
from aitia.sequence.order.relation import Relation, relation
from aitia.sequence.stream.cache import OrderCache
from aitia.sequence.stream.pool import Pool


@dataclasses.dataclass(frozen=True, slots=True)
class Past:
    """Hold keys and values (layers, batch, key heads, m, width) of cached nodes (m,) that a pass reads."""

    nodes: np.ndarray
    keys: torch.Tensor
    values: torch.Tensor


def union(caches: Sequence[OrderCache]) -> dict[int, int]:
    """Return where in their pool the nodes lie that some cache holds; pages that forks share are named once."""
    if len(caches) == 1:
        return caches[0].places
    found: dict[int, int] = {}
    for cache in caches:
        if cache.pool is not caches[0].pool:
            raise BadOption("Caches of different pools cannot be read in one pass.", next="Fork them from one another.")
        found.update(cache.places)
    return found


def held(places: Mapping[int, int]) -> np.ndarray:
    """Return the nodes (m,) that are cached, in order."""
    return np.sort(np.fromiter(places, dtype=np.int64, count=len(places)))


def gathered(pool: Pool, places: Mapping[int, int], nodes: np.ndarray) -> Past:
    """Return what a pool holds of these nodes, all layers at once."""
    index = torch.tensor([places[node] for node in nodes.tolist()], dtype=torch.long, device=pool.store.device)
    keys, values = pool.store.index_select(4, index)
    return Past(nodes, keys, values)


def rows(order: Reads, queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """Return the mask (queries, keys) of any nodes: `Relation.dense` for nodes that do not lie in a row.

    >>> from aitia.sequence.order import causal
    >>> rows(causal(9), np.array([2, 7]), np.array([1, 5])).tolist()
    [[True, False], [True, True]]
    """
    query, low, high = intervals_read(order, queries)
    place = np.argsort(keys, kind="stable")
    known = keys[place]
    begins = np.zeros((len(queries), len(keys) + 1), dtype=np.int32)  # how many intervals begin at a key, less those that end
    np.add.at(begins, (query, np.searchsorted(known, low)), 1)
    np.add.at(begins, (query, np.searchsorted(known, high)), -1)
    found = np.empty((len(queries), len(keys)), dtype=bool)
    found[:, place] = np.cumsum(begins[:, :-1], axis=1) > 0
    return found


def intervals_read(order: Reads, queries: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the intervals (i,) that queries read: the place of the query, and where the interval begins and ends."""
    columns = columns_of(order.segments)
    sets = columns.reads[np.searchsorted(columns.stop, queries, side="right")]
    counts = columns.edge[sets + 1] - columns.edge[sets]
    part, query = spread(columns.edge[sets], counts), np.repeat(np.arange(len(queries)), counts)
    low, high = columns.low[part] + queries[query] * columns.low_moves[part], columns.high[part] + queries[query] * columns.high_moves[part]
    return query, low, np.maximum(low, high)


def need_all(order: Reads, queries: np.ndarray, mask: np.ndarray) -> None:
    """Raise `InputError` where a node reads more nodes than its row of the mask (queries, keys) holds."""
    query, low, high = intervals_read(order, queries)
    wanted = np.bincount(query, weights=high - low, minlength=len(queries)).astype(np.int64)
    absent = wanted - mask.sum(axis=1)
    if absent.any():
        i = int(np.flatnonzero(absent)[0])
        raise InputError(
            f"Node {queries[i]} reads {wanted[i]} nodes, of which {absent[i]} are neither cached nor in this pass.",
            next="Compute nodes after all that they read, and evict by the schedule only.",
        )


def first(order: Reads, count: int) -> Relation:
    """Return the relation among the first `count` nodes."""
    return relation(count, [(s.start, min(s.stop, count), s.parts) for s in order.segments if s.start < count])

"""Gather what a pass of a decoder reads from its caches, and say which of it each node reads."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import torch

from aitia.core.errors import BadOption, InputError
from aitia.sequence.order.intervals import Reads, moved
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
    found = np.zeros((len(queries), len(keys)), dtype=bool)
    which = np.searchsorted([segment.stop for segment in order.segments], queries, side="right")
    for i in np.unique(which):
        own = np.flatnonzero(which == i)
        for item in order.segments[i].parts:
            low, high = moved(item, queries[own])
            found[own] |= (keys >= low) & (keys < high)
    return found


def need_all(order: Reads, queries: np.ndarray, mask: np.ndarray) -> None:
    """Raise `InputError` where a node reads more nodes than its row of the mask (queries, keys) holds."""
    which = np.searchsorted([segment.stop for segment in order.segments], queries, side="right")
    for i, query in enumerate(queries.tolist()):
        wanted = sum(high - low for low, high in order.segments[which[i]].at(query))
        if wanted != mask[i].sum():
            raise InputError(
                f"Node {query} reads {wanted} nodes, of which {wanted - int(mask[i].sum())} are neither cached nor in this pass.",
                next="Compute nodes after all that they read, and evict by the schedule only.",
            )


def first(order: Reads, count: int) -> Relation:
    """Return the relation among the first `count` nodes."""
    return relation(count, [(s.start, min(s.stop, count), s.parts) for s in order.segments if s.start < count])

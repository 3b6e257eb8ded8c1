"""Gather what a pass of a decoder reads from its caches."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import torch

from aitia.core.errors import BadOption, InputError
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


def need_all(queries: np.ndarray, mask: np.ndarray, absent: np.ndarray) -> None:
    """Raise `InputError` where nodes (q,) that a query reads are absent from the keys of the mask (q, keys)."""
    if absent.any():
        i = int(np.flatnonzero(absent)[0])
        raise InputError(
            f"Node {queries[i]} reads {absent[i] + mask[i].sum()} nodes, of which {absent[i]} are neither cached nor in this pass.",
            next="Compute nodes after all that they read, and evict by the schedule only.",
        )

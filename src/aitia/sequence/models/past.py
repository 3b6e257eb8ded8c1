"""Read what a pass of a decoder needs from its caches, where it lies."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

import numpy as np
import torch

from aitia.core.errors import BadOption, InputError
from aitia.sequence.attend.listed import Lists, attend_listed, lists_of, serves
from aitia.sequence.attend.masked import masked
from aitia.sequence.stream.cache import OrderCache
from aitia.sequence.stream.pool import Pool


class Past:
    """Hold where the keys and values of cached nodes (m,) lie that a pass reads: in which slots of a pool."""

    def __init__(self, pool: Pool, places: Mapping[int, int], nodes: np.ndarray) -> None:
        self.nodes, self.store = nodes, pool.store
        self.slots = np.array([places[node] for node in nodes.tolist()], dtype=np.int64)

    def layer(self, layer: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return keys and values (batch, key heads, slots, width) of one layer, those of all slots."""
        return self.store[0, layer], self.store[1, layer]

    @functools.cached_property
    def gathered(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Keys and values (layers, batch, key heads, m, width) of the nodes, all layers at once."""
        keys, values = self.store.index_select(4, torch.from_numpy(self.slots).to(self.store.device))
        return keys, values


class PastReads:
    """Attend what is cached and, behind it, nodes of the pass itself, by a mask (q, m + q)."""

    def __init__(self, past: Past, mask: torch.Tensor) -> None:
        self.past, self.mask = past, mask
        self.attended = masked(mask)

    @functools.cached_property
    def lists(self) -> Lists:
        """The slots that each query reads; nodes of the pass stand behind all slots."""
        found, count = lists_of(self.mask.cpu().numpy()), len(self.past.slots)
        slots = np.concatenate([self.past.slots, self.past.store.shape[4] + np.arange(self.mask.shape[1] - count)])
        return Lists(found.edge, slots[found.place])

    def attend(self, layer: int, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        """Return the output (batch, heads, q, width) of one layer from queries, and keys and values of the pass."""
        if serves(q, k, v, pairs=self.mask.numel()):
            return attend_listed(q, self.past.layer(layer), self.lists, None, own=(k, v))
        keys, values = self.past.gathered
        return self.attended(q, torch.cat([keys[layer], k], dim=2), torch.cat([values[layer], v], dim=2))


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


def need_all(queries: np.ndarray, mask: np.ndarray, absent: np.ndarray) -> None:
    """Raise `InputError` where nodes (q,) that a query reads are absent from the keys of the mask (q, keys)."""
    if absent.any():
        i = int(np.flatnonzero(absent)[0])
        raise InputError(
            f"Node {queries[i]} reads {absent[i] + mask[i].sum()} nodes, of which {absent[i]} are neither cached nor in this pass.",
            next="Compute nodes after all that they read, and evict by the schedule only.",
        )

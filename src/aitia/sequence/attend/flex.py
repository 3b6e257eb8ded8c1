"""Attend by PyTorch's FlexAttention with the mask as data: one compiled kernel serves every layout. [dong2024]"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import torch
from torch.nn.attention import flex_attention as flex

from aitia.sequence.attend.merge import Part
from aitia.sequence.order.columns import spread
from aitia.sequence.order.masks import intervals_of
from aitia.sequence.order.relation import Relation

BLOCK = 128


def padded_intervals(relation: Relation) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and last + 1 key of each query's intervals, (intervals, n); empty ones are 0 … 0."""
    query, first, last = intervals_of(relation, np.arange(relation.n))
    counts = np.bincount(query, minlength=relation.n)
    place = spread(np.zeros_like(counts), counts)  # of an interval among those of its query
    low, high = np.zeros((2, max(1, int(counts.max())), relation.n), dtype=np.int32)
    low[place, query], high[place, query] = first, last
    return low, high


def mask_mod(low: torch.Tensor, high: torch.Tensor) -> Any:
    """Return FlexAttention's mask function that looks intervals (intervals, n) up; the tensors are data, not code."""

    def reads(batch: torch.Tensor, head: torch.Tensor, query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
        found = (key >= low[0, query]) & (key < high[0, query])
        for i in range(1, len(low)):
            found = found | ((key >= low[i, query]) & (key < high[i, query]))
        return found

    return reads


@functools.lru_cache(maxsize=64)
def block_mask(relation: Relation, device: torch.device) -> Any:
    """Return FlexAttention's block mask, made from the intervals without writing the mask out."""
    low, high = padded_intervals(relation)
    blocks = -(-relation.n // BLOCK)
    some, every = np.zeros((blocks, blocks), dtype=bool), np.zeros((blocks, blocks), dtype=bool)
    edges = np.arange(blocks) * BLOCK
    for row in range(blocks):
        own = slice(row * BLOCK, (row + 1) * BLOCK)
        first, last = low[:, own, None], high[:, own, None]  # (intervals, queries, 1)
        stop = np.minimum(edges + BLOCK, relation.n)
        some[row] = ((first < stop) & (last > edges) & (first < last)).any(axis=(0, 1))
        full = (first <= edges) & (last >= stop)
        every[row] = full.any(axis=0).all(axis=0) & (stop - edges == BLOCK) & (full.shape[1] == BLOCK)
    partial = some & ~every
    listed = (*ordered(partial, device), *ordered(every, device))
    mask = mask_mod(torch.from_numpy(low).to(device), torch.from_numpy(high).to(device))
    return flex.BlockMask.from_kv_blocks(*listed, BLOCK_SIZE=BLOCK, mask_mod=mask, seq_lengths=(relation.n, relation.n))


def ordered(chosen: np.ndarray, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Return how many blocks each row has (1, 1, rows) and which (1, 1, rows, blocks), the chosen ones first."""
    counts = torch.from_numpy(chosen.sum(axis=1).astype(np.int32))
    places = torch.from_numpy(np.argsort(~chosen, axis=1, kind="stable").astype(np.int32))
    return counts[None, None].to(device), places[None, None].to(device)


@functools.cache
def compiled() -> Any:
    """Return FlexAttention compiled once for all layouts."""
    return torch.compile(flex.flex_attention, dynamic=False)


def attend_flex(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, relation: Relation, scale: float | None = None) -> Part:
    """Return output (b, h, n, d) and log-sum-exp (b, h, n); keys and values may have fewer heads. No gradient on a CPU."""
    kernel = compiled() if q.is_cuda else flex.flex_attention
    aux = flex.AuxRequest(lse=True)
    grouped = q.shape[1] != k.shape[1]
    out, extra = kernel(q, k, v, block_mask=block_mask(relation, q.device), scale=scale, enable_gqa=grouped, return_aux=aux)
    return out, extra.lse

"""Attend few queries by the compiled kernel that reads listed rows of keys and values where they lie, as a step of a decoder does."""

from __future__ import annotations

import dataclasses

import numpy as np
import torch

from aitia.compiled import kernel, suits

MULTIPLE = 8  # numbers of a head that the kernel takes at once
FEW = 16  # queries up to which reading each one's list does better than products of matrices
MOST = 4_000_000  # products up to which one thread of it does better than several of PyTorch's kernel
Pair = tuple[torch.Tensor, torch.Tensor]


@dataclasses.dataclass(frozen=True, slots=True)
class Lists:
    """Hold the places that each query reads: those of query i stand in `place` from `edge[i]` up to `edge[i + 1]`."""

    edge: np.ndarray
    place: np.ndarray


def lists_of(mask: np.ndarray) -> Lists:
    """Return which keys each query reads by a mask (q, m)."""
    return Lists(np.append(0, np.cumsum(mask.sum(axis=1))), np.flatnonzero(mask) % mask.shape[1])


def full_lists(count: int, keys: int) -> Lists:
    """Return that each of some queries reads all keys."""
    return Lists(np.arange(count + 1) * keys, np.arange(count * keys) % keys if count > 1 else np.arange(keys))


def serves(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, pairs: int) -> bool:
    """Tell whether the kernel serves these queries (b, h, q, d), keys and values (b, g, m, d), for so many pairs of nodes."""
    batch, heads, count, width = q.shape
    if count > FEW or batch * heads * width * pairs > MOST or width % MULTIPLE or v.shape[-1] != width:
        return False
    for x in (q, k, v):
        if x.dtype != torch.float32 or not x.is_cpu or x.requires_grad or x.stride(-1) != 1:
            return False
    return suits("listed_attention")


def attend_listed(q: torch.Tensor, kept: Pair, lists: Lists, scale: float | None, own: Pair | None = None) -> torch.Tensor:
    """Return the output (b, h, q, d) of queries over rows of keys and values, those kept and behind them their own (b, g, m, d)."""
    batch, heads, count, width = q.shape
    out = torch.empty(batch, count, heads, width).transpose(1, 2)
    pairs = [None if pair is None else (pair[0].numpy(), pair[1].numpy()) for pair in (kept, own)]
    size = width**-0.5 if scale is None else scale
    kernel("listed_attention", "attend")(q.numpy(), pairs[0], lists.edge, lists.place, size, out.numpy(), pairs[1])
    return out

"""Attend few queries by the compiled kernel that reads listed rows of keys and values where they lie, as a step of a decoder does."""

from __future__ import annotations

import dataclasses

import numpy as np
import torch

from aitia.compiled import kernel, suits
from aitia.compiled.listed_attention import Laid

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
    return plain(q) and plain(k) and plain(v)


def plain(x: torch.Tensor) -> bool:
    """Tell whether the kernel reads a tensor where it lies: numbers of a row side by side in memory, no gradient asked for."""
    return x.dtype == torch.float32 and x.is_cpu and not x.requires_grad and x.stride(-1) == 1 and suits("listed_attention")


def laid(x: torch.Tensor) -> Laid:
    """Return where and how a tensor lies in memory."""
    return x.data_ptr(), x.shape, x.stride()


def attend_listed(q: torch.Tensor, kept: Pair, lists: Lists, scale: float | None, own: Pair | None = None) -> torch.Tensor:
    """Return the output (b, h, q, d) of queries over rows of keys and values, those kept and behind them their own (b, g, m, d)."""
    out = torch.empty_like(q)  # laid as queries are: across memory where they come from a projection
    size = q.shape[-1] ** -0.5 if scale is None else scale
    more = None if own is None else (laid(own[0]), laid(own[1]))
    kernel("listed_attention", "attend")(laid(q), (laid(kept[0]), laid(kept[1])), lists.edge, lists.place, size, laid(out), more)
    return out


def put(kept: Pair, new: Pair, at: int) -> None:
    """Write new rows of keys and values (b, g, m, d) over those that are kept, from row `at` on."""
    if all(plain(x) for x in (*kept, *new)):
        kernel("listed_attention", "put")((laid(kept[0]), laid(kept[1])), (laid(new[0]), laid(new[1])), at)
        return
    for into, rows in zip(kept, new, strict=True):
        into[:, :, at : at + rows.shape[2]] = rows

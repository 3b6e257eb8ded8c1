"""Attend by a mask of few queries, as a step of a decoder does."""

from __future__ import annotations

import functools
from collections.abc import Callable

import torch
from torch.nn import functional

from aitia.sequence.attend.dense import attend_dense
from aitia.sequence.attend.listed import Lists, attend_listed, full_lists, lists_of, serves

Attend = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]


def masked(mask: torch.Tensor | None, scale: float | None = None) -> Attend:
    """Return what attends (batch, h, q, d) by a mask (q, k), None where all read all."""

    @functools.cache
    def lists(count: int, keys: int) -> Lists:
        return full_lists(count, keys) if mask is None else lists_of(mask.numpy())

    @functools.cache
    def by_products(groups: int, device: torch.device) -> Attend:
        return stacked(None if mask is None else mask.to(device), groups, scale)

    def attended(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        count, keys = q.shape[2], k.shape[2]
        if serves(q, k, v, pairs=count * keys):
            return attend_listed(q, (k, v), lists(count, keys), scale)
        return by_products(q.shape[1] // k.shape[1], q.device)(q, k, v)

    return attended


def stacked(mask: torch.Tensor | None, groups: int, scale: float | None) -> Attend:
    """Return what attends by PyTorch's kernel; heads that share keys are stacked as rows, so keys are not copied."""
    repeated = None if mask is None or bool(mask.all()) else mask.repeat(groups, 1)
    read_something = repeated is not None and bool(repeated.any(dim=1).all())

    def attended(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        rows = q.reshape(q.shape[0], k.shape[1], -1, q.shape[-1])
        if repeated is None or read_something:
            seen = functional.scaled_dot_product_attention(rows, k, v, repeated, scale=scale)
        else:  # a row that reads nothing gets 0, which that function does not give
            seen = attend_dense(rows, k, v, repeated, scale)[0]
        return seen.reshape(*q.shape[:3], v.shape[-1])

    return attended

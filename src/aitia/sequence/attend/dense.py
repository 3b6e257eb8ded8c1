"""Attend by writing the mask out: slow, and right by its looks, so every other backend is compared with it."""

from __future__ import annotations

import math

import torch

from aitia.sequence.attend.merge import Part


def attend_dense(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: torch.Tensor, scale: float | None = None) -> Part:
    """Return output (b, h, q, d) and log-sum-exp (b, h, q) for a boolean mask (…, q, k): True where the query reads the key.

    Keys and values may have fewer heads (b, g, k, d), each shared by h / g query heads. A row that reads nothing gets 0.
    """
    groups = q.shape[1] // k.shape[1]
    k, v = (x.repeat_interleave(groups, dim=1) if groups > 1 else x for x in (k, v))
    scores = q @ k.transpose(-1, -2) * (1 / math.sqrt(q.shape[-1]) if scale is None else scale)
    scores = scores.masked_fill(~mask, -math.inf)
    size = torch.logsumexp(scores, dim=-1)
    safe = torch.where(torch.isinf(size), torch.zeros_like(size), size)
    return (scores - safe.unsqueeze(-1)).exp() @ v, size

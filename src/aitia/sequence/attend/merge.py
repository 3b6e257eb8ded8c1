"""Merge attention over parts of the keys into attention over all of them, exactly, by log-sum-exp. [dao2022]"""

from __future__ import annotations

from collections.abc import Sequence

import torch

Part = tuple[torch.Tensor, torch.Tensor]


def merge(parts: Sequence[Part]) -> Part:
    """Return output (…, q, d) and log-sum-exp (…, q) of attention over all keys from those over disjoint parts of them.

    A row that reads nothing in a part has log-sum-exp -inf there; one that reads nothing at all gets output 0.
    """
    out, total = parts[0]
    for other, size in parts[1:]:
        out, total = merge_two(out, total, other, size)
    return out, total


def merge_two(out: torch.Tensor, total: torch.Tensor, other: torch.Tensor, size: torch.Tensor) -> Part:
    """Merge two parts."""
    nothing = torch.isinf(total) & torch.isinf(size)
    safe = torch.logaddexp(*(part.masked_fill(nothing, 0.0) for part in (total, size)))  # which has a gradient where nothing is read, too
    both = safe.masked_fill(nothing, -torch.inf)
    return out * (total - safe).exp().unsqueeze(-1) + other * (size - safe).exp().unsqueeze(-1), both

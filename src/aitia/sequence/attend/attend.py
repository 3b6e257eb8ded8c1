"""Attend along a relation, by the backend that fits."""

from __future__ import annotations

from typing import Literal

import torch

from aitia.core.errors import BadOption, near
from aitia.sequence.attend.dense import attend_dense
from aitia.sequence.attend.flex import attend_flex
from aitia.sequence.attend.merge import Part
from aitia.sequence.attend.segment import attend_segment
from aitia.sequence.order.relation import Relation

Backend = Literal["auto", "dense", "segment", "flex"]
BACKENDS = ("auto", "dense", "segment", "flex")


def attend(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, relation: Relation, *, scale: float | None = None, backend: Backend = "auto"
) -> Part:
    """Return output (b, h, n, d) and log-sum-exp (b, h, n) of queries (b, h, n, d) over keys and values (b, g, n, d), g dividing h.

    `auto` takes segments on a CPU and FlexAttention on a GPU.
    Queries that read nothing get 0. Both carry gradients. Raises `BadOption` where shapes and relation do not fit.

    >>> from aitia.sequence.order import causal
    >>> q = torch.ones(1, 2, 3, 4)
    >>> attend(q, q, q, causal(3))[0].shape
    torch.Size([1, 2, 3, 4])
    """
    if backend not in BACKENDS:
        raise BadOption(f"There is no backend {backend!r}.", next=near(str(backend), BACKENDS))
    if q.shape[-2] != relation.n or k.shape[-2] != relation.n or v.shape[-2] != relation.n:
        raise BadOption(f"{q.shape[-2]} queries and {k.shape[-2]} keys do not fit a relation over {relation.n} nodes.")
    if q.shape[1] % k.shape[1]:
        raise BadOption(
            f"{q.shape[1]} query heads cannot share {k.shape[1]} key heads.", next="Give a number of key heads that divides them."
        )
    chosen = ("flex" if q.is_cuda else "segment") if backend == "auto" else backend
    if chosen == "dense":
        return attend_dense(q, k, v, torch.from_numpy(relation.dense()).to(q.device), scale)
    if chosen == "flex":
        return attend_flex(q, k, v, relation, scale)
    return attend_segment(q, k, v, relation, scale)

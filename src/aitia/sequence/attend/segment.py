"""Attend piece by piece, without a mask, by the kernels for whole and causal attention; trains on a CPU too. [dao2022]

Each run of queries attends to its pieces of the keys one by one and merges them by log-sum-exp. The backward pass runs
the same pieces with the merged output and log-sum-exp, which makes every piece's gradient exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch

from aitia.sequence.attend.merge import Part, merge_two
from aitia.sequence.attend.pieces import Gathered, Piece, pieces_of
from aitia.sequence.order.relation import Relation

FORWARD: Any = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
BACKWARD: Any = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward
WHOLE = Piece(-2, -2, 0, 0, "whole")  # of gathered queries, which no other piece shares
Triple = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def attend_segment(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, relation: Relation, scale: float | None = None) -> Part:
    """Return output (b, h, n, d) and log-sum-exp (b, h, n); keys and values may have fewer heads (b, g, n, d)."""
    size = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    return SegmentAttention.apply(q, k, v, relation, size)  # type: ignore[no-untyped-call]


class SegmentAttention(torch.autograd.Function):
    """Attend by pieces, with the gradient by pieces."""

    @staticmethod
    def forward(ctx: Any, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, relation: Relation, scale: float) -> Part:
        """Attend each run of queries to its pieces."""
        out, size = torch.zeros_like(q), q.new_full(q.shape[:-1], -math.inf)
        begun = -1
        for piece, rows, keys in places(relation, q.device):
            found = forward(q[:, :, rows], k[:, :, keys], v[:, :, keys], piece, scale)
            if piece.start == begun:  # another piece of the same queries
                found = merge_two(out[:, :, rows], size[:, :, rows], *found)
            out[:, :, rows], size[:, :, rows] = found
            begun = piece.start
        ctx.save_for_backward(q, k, v, out, size)
        ctx.relation, ctx.scale = relation, scale
        ctx.mark_non_differentiable(size)
        return out, size

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor, _: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, None, None]:
        """Send the gradient back through each piece."""
        q, k, v, out, size = ctx.saved_tensors
        grads = torch.zeros_like(q), torch.zeros_like(k), torch.zeros_like(v)
        for piece, rows, keys in places(ctx.relation, q.device):
            inputs = q[:, :, rows], k[:, :, keys], v[:, :, keys]
            found = backward(inputs, (grad[:, :, rows], out[:, :, rows], size[:, :, rows]), piece, ctx.scale)
            for total, part, place in zip(grads, found, (rows, keys, keys), strict=True):
                total[:, :, place] += part
        return (*grads, None, None)


def places(relation: Relation, device: torch.device) -> Iterator[tuple[Piece, Any, Any]]:
    """Yield every piece with the index of its queries and of its keys; the pieces of one run follow each other."""
    for run in pieces_of(relation):
        if isinstance(run, Gathered):
            yield WHOLE, torch.from_numpy(run.queries).to(device), torch.from_numpy(run.keys).to(device)
        else:
            yield from ((piece, slice(piece.start, piece.stop), slice(piece.low, piece.high)) for piece in run)


def forward(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, piece: Piece, scale: float) -> Part:
    """Attend to one piece."""
    groups = q.shape[1] // k.shape[1]
    if groups > 1:
        parts = [forward(q[:, g::groups], k, v, piece, scale) for g in range(groups)]
        return interleaved([out for out, _ in parts]), interleaved([size for _, size in parts])
    if piece.shape == "same":
        return v.clone(), (q * k).sum(dim=-1) * scale
    if piece.shape == "upper":
        out, size = FORWARD(q.flip(2), k.flip(2), v.flip(2), 0.0, True, scale=scale)
        return out.flip(2), size.flip(2)
    out, size = FORWARD(q, k, v, 0.0, piece.shape == "lower", scale=scale)
    return out, size


def backward(inputs: Triple, given: Triple, piece: Piece, scale: float) -> Triple:
    """Return the gradients of one piece from the merged gradient, output and log-sum-exp of its rows."""
    groups = inputs[0].shape[1] // inputs[1].shape[1]
    if groups > 1:
        heads = [tuple(x[:, g::groups] for x in (inputs[0], *given)) for g in range(groups)]
        parts = [backward((head[0], *inputs[1:]), head[1:], piece, scale) for head in heads]  # type: ignore[arg-type]
        return interleaved([p[0] for p in parts]), torch.stack([p[1] for p in parts]).sum(0), torch.stack([p[2] for p in parts]).sum(0)
    if piece.shape == "same":
        return backward_same(inputs, given, scale)
    if piece.shape == "upper":
        turned = [x.flip(2) for x in (given[0], *inputs, given[1], given[2])]
        found = BACKWARD(*turned, 0.0, True, scale=scale)
        return found[0].flip(2), found[1].flip(2), found[2].flip(2)
    found = BACKWARD(given[0], *inputs, given[1], given[2], 0.0, piece.shape == "lower", scale=scale)
    return found[0], found[1], found[2]


def backward_same(inputs: Triple, given: Triple, scale: float) -> Triple:
    """Return the gradients of a piece in which each query reads one key."""
    (q, k, v), (grad, out, size) = inputs, given
    weight = ((q * k).sum(dim=-1) * scale - size).exp().unsqueeze(-1)
    score = weight * (grad * (v - out)).sum(dim=-1, keepdim=True) * scale
    return score * k, score * q, weight * grad


def interleaved(parts: list[torch.Tensor]) -> torch.Tensor:
    """Put the heads of several groups back in order."""
    return torch.stack(parts, dim=2).flatten(1, 2)

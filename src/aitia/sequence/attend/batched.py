"""Attend tile by tile as `segment` does, many tiles of one shape in one call; views only, no key is copied. [dao2022]"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import torch

from aitia.sequence.attend.merge import Part
from aitia.sequence.attend.segment import BACKWARD, FORWARD
from aitia.sequence.attend.tiles import Batch, Tile, cutting_of
from aitia.sequence.order.relation import Relation

Tensors = tuple[torch.Tensor, ...]


def attend_batched(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, relation: Relation, scale: float | None = None) -> Part:
    """Return output (b, h, n, d) and log-sum-exp (b, h, n) on a CPU; keys and values may have fewer heads (b, g, n, d)."""
    size = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    return BatchedAttention.apply(q, k, v, relation, size)  # type: ignore[no-untyped-call]


@functools.lru_cache(maxsize=64)
def bias_of(tile: Tile, dtype: torch.dtype) -> torch.Tensor | None:
    """Return what a mask adds to the scores (1, 1, rows, keys)."""
    if tile.shape != "masked":
        return None
    reads = torch.from_numpy(np.frombuffer(tile.mask, dtype=bool).reshape(tile.rows, tile.keys).copy())
    return torch.zeros(reads.shape, dtype=dtype).masked_fill(~reads, -math.inf)[None, None]


def strided(x: torch.Tensor, start: int, length: int, count: int, step: int) -> torch.Tensor:
    """Return runs of x (h, n, …) as a view (count, h, length, …): the first begins at `start`, each next one `step` later."""
    steps = x.stride()
    return x.as_strided((count, x.shape[0], length, *x.shape[2:]), (step * steps[1], *steps), x.storage_offset() + start * steps[1])


def heads(x: torch.Tensor, row: int, group: int, groups: int) -> torch.Tensor:
    """Return the heads of one row of the batch that belong to one member of each group."""
    return x[row, group::groups]


class BatchedAttention(torch.autograd.Function):
    """Attend by batches of tiles, with the gradient by the same batches."""

    @staticmethod
    def forward(ctx: Any, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, relation: Relation, scale: float) -> Part:
        """Attend every batch."""
        batch, count, n, width = q.shape
        out = q.new_empty(batch, n, count, width).transpose(1, 2)  # as the kernel lays its own out, so that copies run through memory
        size = q.new_empty(q.shape[:-1])
        for start, stop in cutting_of(relation).untouched:
            out[:, :, start:stop], size[:, :, start:stop] = 0.0, -math.inf
        groups = q.shape[1] // k.shape[1]
        for row in range(len(q)):
            for group in range(groups):
                one = [heads(x, row, group, groups) for x in (q, out, size)]
                forward_row(one[0], k[row], v[row], one[1], one[2], relation, scale)
        ctx.save_for_backward(q, k, v, out, size)
        ctx.relation, ctx.scale = relation, scale
        ctx.mark_non_differentiable(size)
        return out, size

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor, _: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, None, None]:
        """Send the gradient back through every batch with the merged output and log-sum-exp."""
        q, k, v, out, size = ctx.saved_tensors
        size = size.masked_fill(size.isinf(), 0.0)  # such rows read nothing
        found = [torch.zeros_like(x, memory_format=torch.contiguous_format) for x in (q, k, v)]
        groups = q.shape[1] // k.shape[1]
        for row in range(len(q)):
            for group in range(groups):
                one = tuple(heads(x, row, group, groups) for x in (grad, q, out, size, found[0]))
                backward_row((*one[:2], k[row], v[row], *one[2:4]), (one[4], found[1][row], found[2][row]), ctx.relation, ctx.scale)
        return found[0], found[1], found[2], None, None


def forward_row(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, out: torch.Tensor, size: torch.Tensor, relation: Relation, scale: float
) -> None:
    """Fill output (h, n, d) and log-sum-exp (h, n) of one row."""
    cutting = cutting_of(relation)
    for run in cutting.scattered:
        queries, keys = (torch.from_numpy(x) for x in (run.queries, run.keys))
        found = FORWARD(q[None, :, queries], k[None, :, keys], v[None, :, keys], 0.0, False, scale=scale)
        out[:, queries], size[:, queries] = found[0][0], found[1][0]
    for batch in cutting.batches:
        place, total = (rows_of(x, batch) for x in (out, size))
        bias = bias_of(batch.tile, q.dtype)
        new, more = FORWARD(rows_of(q, batch), keys_of(k, batch), keys_of(v, batch), 0.0, False, attn_mask=bias, scale=scale)
        if batch.fresh:
            place.copy_(new)
            total.copy_(more)
        else:
            merge_into(place, total, new, more)


def rows_of(x: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Return the queries of a batch as a view."""
    return strided(x, batch.tile.start, batch.tile.rows, batch.count, batch.step)


def keys_of(x: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Return the keys of a batch as a view."""
    return strided(x, batch.tile.low, batch.tile.keys, batch.count, batch.low_step)


def merge_into(out: torch.Tensor, total: torch.Tensor, other: torch.Tensor, size: torch.Tensor) -> None:
    """Merge a part into output (…, q, d) and log-sum-exp (…, q) where they lie, in one pass."""
    share = torch.sigmoid(size - total).nan_to_num(0.0)  # of two parts in which a row reads nothing, none counts
    out.lerp_(other, share.unsqueeze(-1))
    torch.logaddexp(total, size, out=total)


def backward_row(given: Tensors, totals: Tensors, relation: Relation, scale: float) -> None:
    """Add the gradients of one row to the totals of queries, keys and values."""
    grad, q, k, v, out, size = given
    cutting = cutting_of(relation)
    for run in cutting.scattered:
        queries, keys = (torch.from_numpy(x) for x in (run.queries, run.keys))
        one, own, before, level = (x[None, :, queries] for x in (grad, q, out, size))
        found = BACKWARD(one, own, k[None, :, keys], v[None, :, keys], before, level, 0.0, False, scale=scale)
        for total, part, place in zip(totals, found, (queries, keys, keys), strict=True):
            total[:, place] += part[0]
    for batch in cutting.batches:
        one, own, before, level = (rows_of(x, batch) for x in (grad, q, out, size))
        bias = bias_of(batch.tile, q.dtype)
        found = BACKWARD(one, own, keys_of(k, batch), keys_of(v, batch), before, level, 0.0, False, attn_mask=bias, scale=scale)
        rows_of(totals[0], batch).add_(found[0])
        for total, part in zip(totals[1:], found[1:], strict=True):
            add_keys(total, part, batch)


def add_keys(total: torch.Tensor, part: torch.Tensor, batch: Batch) -> None:
    """Add gradients of keys (count, h, keys, d) to their total (h, n, d); tiles whose keys overlap go one after the other."""
    tile = batch.tile
    if batch.count > 1 and not batch.low_step:
        strided(total, tile.low, tile.keys, 1, 0).add_(part.sum(0, keepdim=True))
        return
    turns = -(-tile.keys // batch.low_step) if batch.count > 1 else 1
    for turn in range(min(turns, batch.count)):
        own = part[turn::turns]
        strided(total, tile.low + turn * batch.low_step, tile.keys, len(own), turns * batch.low_step).add_(own)

"""Attend on a CPU without a mask over all pairs: by the compiled kernel where it serves, else tile by tile with PyTorch's. [dao2022]

Tiles are views of queries, keys and values, many of one shape in one call; only scattered keys are copied, once. Where
several tiles hold the keys of a query they are merged by log-sum-exp. The backward pass runs tiles with the merged
output and log-sum-exp, which makes the gradient of each exact.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import Any

import torch

from aitia.sequence.attend.cutting import Batch, cutting_of
from aitia.sequence.attend.kernel import Gradient, KernelAttention, serves
from aitia.sequence.attend.merge import Part
from aitia.sequence.attend.tiles import BACKWARD_SIZES, FORWARD_SIZES, Tile
from aitia.sequence.order.relation import Relation

FORWARD: Any = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
BACKWARD: Any = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward
QUERIES = 2048  # of a large batch
Tensors = tuple[torch.Tensor, ...]


def attend_segment(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, relation: Relation, scale: float | None = None) -> Part:
    """Return output (b, h, n, d) and log-sum-exp (b, h, n) on a CPU; keys and values may have fewer heads (b, g, n, d)."""
    size = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    way = KernelAttention if serves(q, k, v, size) else TileAttention
    return way.apply(q, k, v, relation, size)  # type: ignore[no-untyped-call]


class TileAttention(torch.autograd.Function):
    """Attend by batches of tiles, with the gradient by batches cut for it."""

    @staticmethod
    def forward(ctx: Any, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, relation: Relation, scale: float) -> Part:
        """Attend every batch."""
        batch, count, n, width = q.shape
        out = q.new_empty(batch, n, count, width).transpose(1, 2)  # as the kernel lays its own out, so that copies run through memory
        size = q.new_empty(q.shape[:-1], dtype=torch.promote_types(q.dtype, torch.float32))
        for start, stop in cutting_of(relation, FORWARD_SIZES).untouched:
            out[:, :, start:stop], size[:, :, start:stop] = 0.0, -math.inf
        for row, own in rows_and_heads(q, k):
            forward_row((q[row, own], k[row], v[row]), (out[row, own], size[row, own]), relation, scale)
        ctx.save_for_backward(q, k, v, out, size)
        ctx.relation, ctx.scale = relation, scale
        ctx.set_materialize_grads(False)
        return out, size

    @staticmethod
    def backward(ctx: Any, grad: Gradient, slope: Gradient) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, None, None]:
        """Send the gradients of the merged output and log-sum-exp back through every batch."""
        q, k, v, out, size = ctx.saved_tensors
        width = q.shape[-1]
        grad, out, q, k, v = with_slope(grad, slope, out, size, (q, k, v))
        size = size.masked_fill(size.isinf(), 0.0)  # such rows read nothing
        found = [torch.zeros_like(x, memory_format=torch.contiguous_format) for x in (q, k, v)]
        for row, own in rows_and_heads(q, k):
            given = (grad[row, own], q[row, own], k[row], v[row], out[row, own], size[row, own])
            backward_row(given, (found[0][row, own], found[1][row], found[2][row]), ctx.relation, ctx.scale)
        return found[0][..., :width], found[1][..., :width], found[2][..., :width], None, None


def with_slope(grad: Gradient, slope: Gradient, out: torch.Tensor, size: torch.Tensor, heads: Tensors) -> Tensors:
    """Return the gradient of the output, the output and heads (b, h, n, d) so that a backward pass takes the gradient of sizes in.

    A number is added to each row: the slope of the size, -1 for the output and 0 for heads. The product of output and
    gradient, which is taken off the gradient of each weight, is then less by the slope, and nothing else changes.
    """
    grad = torch.zeros_like(out) if grad is None else grad
    if slope is None:
        return grad, out, *heads
    ends = (slope.masked_fill(size.isinf(), 0.0).to(out.dtype), -torch.ones_like(size, dtype=out.dtype))
    one, other = (torch.cat([x, end.unsqueeze(-1)], dim=-1) for x, end in zip((grad, out), ends, strict=True))
    return one, other, *(torch.nn.functional.pad(x, (0, 1)) for x in heads)


def rows_and_heads(q: torch.Tensor, k: torch.Tensor) -> Iterator[tuple[int, slice]]:
    """Yield each row of the batch with those query heads of it that meet one key head each, until all are met."""
    groups = q.shape[1] // k.shape[1]
    yield from ((row, slice(group, None, groups)) for row in range(len(q)) for group in range(groups))


def forward_row(given: Tensors, place: Tensors, relation: Relation, scale: float) -> None:
    """Fill output (h, n, d) and log-sum-exp (h, n) of one row from its queries, keys and values (h, n, d)."""
    cutting = cutting_of(relation, FORWARD_SIZES)
    attend_batches(given, place, cutting.batches, scale)
    for one, batches in cutting.gathered:
        queries, keys = torch.from_numpy(one.queries), torch.from_numpy(one.keys)
        q, k, v = (x.index_select(1, index) for x, index in zip(given, (queries, keys, keys), strict=True))
        found = torch.empty_like(q), place[1].new_empty(q.shape[:-1])
        attend_batches((q, k, v), found, batches, scale)
        for total, part in zip(place, found, strict=True):
            total.index_copy_(1, queries, part)


def attend_batches(given: Tensors, place: Tensors, batches: tuple[Batch, ...], scale: float) -> None:
    """Fill or merge into output (h, q, d) and log-sum-exp (h, q) by batches."""
    for batch in batches:
        bias = bias_of(batch.tile, given[0].dtype)
        for q, k, v, *own in apart(batch, (*given, *place)):
            new, more = FORWARD(rows_of(q, batch), keys_of(k, batch), keys_of(v, batch), 0.0, False, attn_mask=bias, scale=scale)
            out, size = (rows_of(x, batch) for x in own)
            if batch.fresh:
                out.copy_(new)
                size.copy_(more)
            else:
                merge_into(out, size, new, more)


def apart(batch: Batch, tensors: Tensors) -> list[Tensors]:
    """Return tensors (h, …) by heads that go together: one by one in a large batch, whose keys and results a cache then holds; else all."""
    if batch.count * batch.tile.rows <= QUERIES:
        return [tensors]
    return [tuple(x[head : head + 1] for x in tensors) for head in range(len(tensors[0]))]


def merge_into(out: torch.Tensor, total: torch.Tensor, other: torch.Tensor, size: torch.Tensor) -> None:
    """Merge a part into output (…, q, d) and log-sum-exp (…, q) where they lie, in one pass."""
    share = torch.sigmoid(size - total).nan_to_num(0.0)  # of two parts in which a row reads nothing, none counts
    out.lerp_(other, share.unsqueeze(-1).to(out.dtype))
    torch.logaddexp(total, size, out=total)


@functools.lru_cache(maxsize=256)
def bias_of(tile: Tile, dtype: torch.dtype) -> torch.Tensor | None:
    """Return what a mask adds to the scores (1, 1, rows or 1, keys)."""
    if not tile.mask:
        return None
    reads = torch.from_numpy(tile.reads().copy())
    return torch.zeros(reads.shape, dtype=dtype).masked_fill(~reads, -math.inf)[None, None]


def strided(x: torch.Tensor, start: int, length: int, count: int, step: int) -> torch.Tensor:
    """Return runs of x (h, n, …) as a view (count, h, length, …): the first begins at `start`, each next one `step` later."""
    steps = x.stride()
    return x.as_strided((count, x.shape[0], length, *x.shape[2:]), (step * steps[1], *steps), x.storage_offset() + start * steps[1])


def rows_of(x: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Return the queries of a batch as a view."""
    return strided(x, batch.tile.start, batch.tile.rows, batch.count, batch.step)


def keys_of(x: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Return the keys of a batch as a view."""
    return strided(x, batch.tile.low, batch.tile.keys, batch.count, batch.low_step)


def backward_row(given: Tensors, totals: Tensors, relation: Relation, scale: float) -> None:
    """Add the gradients of one row to the totals of queries, keys and values."""
    cutting = cutting_of(relation, BACKWARD_SIZES)
    add_batches(given, totals, cutting.batches, scale)
    for one, batches in cutting.gathered:
        queries, keys = torch.from_numpy(one.queries), torch.from_numpy(one.keys)
        places = (queries, queries, keys, keys, queries, queries)
        own = tuple(x.index_select(1, index) for x, index in zip(given, places, strict=True))
        found = tuple(torch.zeros_like(x) for x in own[1:4])
        add_batches(own, found, batches, scale)
        for total, part, index in zip(totals, found, places[1:4], strict=True):
            total.index_add_(1, index, part)


def add_batches(given: Tensors, totals: Tensors, batches: tuple[Batch, ...], scale: float) -> None:
    """Add the gradients of queries, keys and values (h, …, d) by batches."""
    for batch in batches:
        bias = bias_of(batch.tile, given[1].dtype)
        for grad, q, k, v, out, size, *places in apart(batch, (*given, *totals)):
            one, own, before, level = (rows_of(x, batch) for x in (grad, q, out, size))
            found = BACKWARD(one, own, keys_of(k, batch), keys_of(v, batch), before, level, 0.0, False, attn_mask=bias, scale=scale)
            rows_of(places[0], batch).add_(found[0])
            for total, part in zip(places[1:], found[1:], strict=True):
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

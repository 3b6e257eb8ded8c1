"""Attend by the compiled kernel that walks along the intervals of each query: on a CPU, in single precision, forward and backward."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch

from aitia.compiled import kernel, suits
from aitia.core.errors import BadOption
from aitia.sequence.attend.arranging import arranged
from aitia.sequence.attend.merge import Part
from aitia.sequence.order.columns import Columns, columns_of
from aitia.sequence.order.intervals import Segment
from aitia.sequence.order.relation import Relation

MULTIPLE = 16  # numbers of a head that the kernel takes at once
BLOCK = 48  # queries that it takes at once
SMALL = 100_000  # numbers of queries below which one thread is enough
SHARES = 4  # runs of queries for each thread, which take unlike times
Tensors = Sequence[torch.Tensor]
Gradient = torch.Tensor | None


@dataclasses.dataclass(frozen=True, slots=True)
class Work:
    """Hold intervals over all nodes, or over the places of some queries (q,) and keys (k,)."""

    columns: Columns
    queries: torch.Tensor | None = None
    keys: torch.Tensor | None = None

    @property
    def places(self) -> tuple[torch.Tensor | None, ...]:
        """The nodes behind queries, keys and values, and behind what belongs to queries."""
        return (self.queries, self.keys, self.keys, self.queries, self.queries, self.queries)

    def own(self, tensors: Tensors) -> list[torch.Tensor]:
        """Return the rows of queries, keys, values (b, h, n, d) and of tensors like queries that it is about."""
        return [x if index is None else x.index_select(2, index) for x, index in zip(tensors, self.places, strict=False)]


def serves(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scale: float) -> bool:
    """Tell whether the kernel serves these queries, keys and values, and does better than PyTorch's on this processor."""
    kept = all(x.dtype == torch.float32 and x.device.type == "cpu" for x in (q, k, v))
    return (
        kept and q.shape[-1] == v.shape[-1] and q.shape[-1] % MULTIPLE == 0 and q.numel() > 0 and scale > 0 and suits("interval_attention")
    )


class KernelAttention(torch.autograd.Function):
    """Attend a relation by the kernel, with its gradient."""

    @staticmethod
    def forward(ctx: Any, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, relation: Relation, scale: float) -> Part:
        """Attend all rows and heads."""
        given = [in_rows(x.detach()) for x in (q, k, v)]
        batch, count, n, width = q.shape
        out, level = q.new_empty(batch, n, count, width).transpose(1, 2), q.new_empty(q.shape[:-1])
        for work in works_of(relation):
            own = work.own(given)
            found = (out, level) if work.queries is None else (torch.empty_like(own[0]), own[0].new_empty(own[0].shape[:-1]))
            attend_work(work, own, found, scale)
            if work.queries is not None:
                out.index_copy_(2, work.queries, found[0])
                level.index_copy_(2, work.queries, found[1])
        ctx.save_for_backward(*given, out, level)
        ctx.relation, ctx.scale = relation, scale
        ctx.set_materialize_grads(False)
        return out, level

    @staticmethod
    def backward(ctx: Any, grad: Gradient, slope: Gradient) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, None, None]:
        """Send the gradients of the output and its log-sum-exp back."""
        if torch.is_grad_enabled():
            raise BadOption("The kernel gives no gradient of a gradient.", next="Attend with backend='dense'.")
        q, k, v, out, level = ctx.saved_tensors
        grad = torch.zeros_like(out) if grad is None else in_rows(grad)
        mean = torch.linalg.vecdot(grad, out)
        mean = mean if slope is None else mean - slope
        slopes = [torch.zeros(x.shape) for x in (q, k, v)]
        for work in works_of(ctx.relation):
            own = work.own((q, k, v, grad, level, mean))
            found = slopes if work.queries is None else [torch.zeros(x.shape) for x in own[:3]]
            descend_work(work, own, found, ctx.scale)
            for total, part, index in zip(slopes, found, work.places, strict=False):
                if index is not None:
                    total.index_add_(2, index, part)
        return slopes[0], slopes[1], slopes[2], None, None


def in_rows(x: torch.Tensor) -> torch.Tensor:
    """Return a tensor whose last numbers lie side by side."""
    return x if x.stride(-1) == 1 and x.stride(-2) > 0 else x.contiguous()


@functools.lru_cache(maxsize=64)
def works_of(relation: Relation) -> tuple[Work, ...]:
    """Return what the kernel walks along: a relation as it is, or without its scattered queries, and these put in order."""
    found = arranged(relation)
    if not found.gathered:
        return (Work(columns_of(relation.segments)),)
    rest = [Work(columns_of(covering(found.plain, relation.n)))]
    for one in found.gathered:
        rest.append(Work(columns_of(one.segments), torch.from_numpy(one.queries), torch.from_numpy(one.keys)))
    return tuple(rest)


def covering(plain: Iterable[Segment], n: int) -> list[Segment]:
    """Return segments with empty ones where there was none."""
    found: list[Segment] = []
    for segment in (*plain, Segment(n, n, ())):
        done = found[-1].stop if found else 0
        found += [Segment(done, segment.start, ())] * (segment.start > done) + [segment] * (segment.stop > segment.start)
    return found


def attend_work(work: Work, given: Tensors, found: Tensors, scale: float) -> None:
    """Set output (b, h, n, d) and log-sum-exp (b, h, n) from queries (b, h, n, d), keys and values (b, g, n, d)."""
    q, k, v, out, level = (x.numpy() for x in (*given, *found))
    groups, n, attend = q.shape[1] // k.shape[1], q.shape[2], kernel("interval_attention", "attend")

    def one(row: int, head: int, start: int, stop: int) -> None:
        own, keys = slice(head * groups, (head + 1) * groups), slice(head, head + 1)
        attend(q[row, own], k[row, keys], v[row, keys], work.columns, scale, (start, stop), out[row, own], level[row, own])

    threads, heads = threads_for(q), [(row, head) for row in range(len(q)) for head in range(k.shape[1])]
    runs = 1 if threads == 1 or len(heads) >= 2 * threads else SHARES * threads
    step = -(-n // runs // BLOCK) * BLOCK
    side_by_side(one, [(*head, start, min(start + step, n)) for start in range(0, n, step) for head in heads], threads)


def descend_work(work: Work, given: Tensors, slopes: Tensors, scale: float) -> None:
    """Add the gradients of queries (b, h, n, d), keys and values (b, g, n, d) to slopes."""
    q, k, v, grad, level, mean = (x.numpy() for x in given)
    dq, dk, dv = (x.numpy() for x in slopes)
    groups, descend = q.shape[1] // k.shape[1], kernel("interval_attention", "descend")

    def one(row: int, head: int) -> None:
        own, keys = slice(head * groups, (head + 1) * groups), slice(head, head + 1)
        before, places = (grad[row, own], level[row, own], mean[row, own]), (dq[row, own], dk[row, keys], dv[row, keys])
        descend(q[row, own], k[row, keys], v[row, keys], work.columns, scale, before, places)

    side_by_side(one, [(row, head) for row in range(len(q)) for head in range(k.shape[1])], threads_for(q))


def threads_for(q: np.ndarray) -> int:
    """Return how many threads share the work."""
    return 1 if q.size < SMALL else torch.get_num_threads()


def side_by_side(work: Callable[..., None], tasks: Sequence[tuple[int, ...]], threads: int) -> None:
    """Do tasks, several at once; the kernel lets other threads run."""
    if threads == 1 or len(tasks) == 1:
        for task in tasks:
            work(*task)
        return
    with ThreadPoolExecutor(min(threads, len(tasks))) as pool:
        for done in [pool.submit(work, *task) for task in tasks]:
            done.result()

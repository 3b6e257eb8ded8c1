"""Let a causal model look both ways: reads ahead are turned backwards, so it meets no phase that it was not trained on. [lv2024]

The score of query i and key j depends on -|i - j| whichever comes first. No position of single nodes gives this, so
the mask is attended in two parts, each turned its own way, and merged by log-sum-exp.
"""

from __future__ import annotations

import math
from typing import Any

import torch

from aitia.core.errors import BadOption
from aitia.sequence.attend.dense import attend_dense
from aitia.sequence.attend.kernel import Gradient
from aitia.sequence.attend.merge import Part, merge, merge_two
from aitia.sequence.attend.rotary import BASE, rotate
from aitia.sequence.attend.segment import BACKWARD, FORWARD, with_slope

Pair = tuple[torch.Tensor, torch.Tensor]


def attend_two_part(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    *,
    masked: torch.Tensor | None = None,
    positions: torch.Tensor | None = None,
    scale: float | None = None,
    base: float = BASE,
    ahead: bool = True,
) -> Part:
    """Return output (b, h, n, d) and log-sum-exp (b, h, n) of heads (b, h, n, d) that are not rotated yet, reading both ways.

    `masked` (b, n) takes the keys of tokens away from every query, their own included; a query that then reads nothing
    gets 0. `ahead=False` leaves the reads ahead out: causal attention. Keys and values may have fewer heads. On a CPU
    no mask is written out; elsewhere the parts are dense.

    >>> q = torch.ones(1, 2, 5, 4)
    >>> attend_two_part(q, q, q)[0].shape
    torch.Size([1, 2, 5, 4])
    """
    n = q.shape[-2]
    if k.shape[-2] != n or v.shape != k.shape or q.shape[1] % k.shape[1]:
        raise BadOption(f"Queries {tuple(q.shape)}, keys {tuple(k.shape)} and values {tuple(v.shape)} do not fit.")
    if masked is not None and tuple(masked.shape) != (q.shape[0], n):
        raise BadOption(f"`masked` has shape {tuple(masked.shape)}.", next=f"Give truth values of shape {(q.shape[0], n)}.")
    places = torch.arange(n, device=q.device) if positions is None else positions
    groups = q.shape[1] // k.shape[1]
    k, v = (x.repeat_interleave(groups, dim=1) if groups > 1 else x for x in (k, v))
    so_far, back = ((rotate(q, places, base=base, backwards=b), rotate(k, places, base=base, backwards=b)) for b in (False, True))
    hidden = q.new_zeros(q.shape[0], n, dtype=torch.bool) if masked is None else masked.to(torch.bool)
    size = 1 / math.sqrt(q.shape[-1]) if scale is None else scale
    if not q.is_cpu:
        return dense_parts(so_far, back, v, hidden, size, ahead)
    return TwoPartAttention.apply(*so_far, *back, v, hidden, size, ahead)  # type: ignore[no-untyped-call]


def dense_parts(so_far: Pair, back: Pair, v: torch.Tensor, hidden: torch.Tensor, scale: float, ahead: bool) -> Part:
    """Attend both parts with their masks written out."""
    n = v.shape[-2]
    lower = torch.ones(n, n, dtype=torch.bool, device=v.device).tril()
    kept = ~hidden[:, None, None, :]
    parts = [attend_dense(*so_far, v, lower & kept, scale)]
    return merge([*parts, attend_dense(*back, v, ~lower & kept, scale)] if ahead else parts)


def removed(hidden: torch.Tensor, dtype: torch.dtype) -> torch.Tensor | None:
    """Return what is added to the scores of each key (b, 1, 1, n): minus infinity where it is hidden; None where none is."""
    if not hidden.any():
        return None
    return torch.zeros(hidden.shape, dtype=dtype).masked_fill(hidden, -math.inf)[:, None, None]


class TwoPartAttention(torch.autograd.Function):
    """Attend the keys so far and, turned backwards, those ahead by the kernel of causal attention; the gradient likewise."""

    @staticmethod
    def forward(
        ctx: Any,
        q: torch.Tensor,
        k: torch.Tensor,
        q_back: torch.Tensor,
        k_back: torch.Tensor,
        v: torch.Tensor,
        hidden: torch.Tensor,
        scale: float,
        ahead: bool,
    ) -> Part:
        """Attend both parts and merge them."""
        out, size = causal_part(q, k, v, hidden, scale)
        if ahead and q.shape[2] > 1:
            rows, keys, values = q_back[:, :, :-1].flip(2), k_back[:, :, 1:].flip(2), v[:, :, 1:].flip(2)
            later = causal_part(rows, keys, values, hidden[:, 1:].flip(1), scale)
            out, size = out.clone(), size.clone()
            out[:, :, :-1], size[:, :, :-1] = merge_two(out[:, :, :-1], size[:, :, :-1], later[0].flip(2), later[1].flip(2))
        ctx.save_for_backward(q, k, q_back, k_back, v, hidden, out, size)
        ctx.scale, ctx.ahead = scale, ahead
        ctx.set_materialize_grads(False)
        return out, size

    @staticmethod
    def backward(ctx: Any, grad: Gradient, slope: Gradient) -> tuple[torch.Tensor | None, ...]:
        """Send the gradients back through both parts with the merged output and log-sum-exp, which makes each exact."""
        q, k, q_back, k_back, v, hidden, out, size = ctx.saved_tensors
        width = q.shape[-1]
        grad, out, q, k, q_back, k_back, v = with_slope(grad, slope, out, size, (q, k, q_back, k_back, v))
        size = size.masked_fill(size.isinf(), 0.0)  # such rows read nothing, all their weights are exp(-inf)
        bias = removed(hidden, q.dtype)
        grad_q, grad_k, grad_v = BACKWARD(grad, q, k, v, out, size, 0.0, True, attn_mask=bias, scale=ctx.scale)
        turned_q, turned_k = torch.zeros_like(q), torch.zeros_like(k)
        if ctx.ahead and q.shape[2] > 1:
            rows = [x[:, :, :-1].flip(2) for x in (grad, q_back, out, size)]
            keys = [x[:, :, 1:].flip(2) for x in (k_back, v)]
            shown = None if bias is None else bias[..., 1:].flip(3)
            found = BACKWARD(rows[0], rows[1], *keys, rows[2], rows[3], 0.0, True, attn_mask=shown, scale=ctx.scale)
            turned_q[:, :, :-1], turned_k[:, :, 1:] = found[0].flip(2), found[1].flip(2)
            grad_v = grad_v.clone()
            grad_v[:, :, 1:] += found[2].flip(2)
        return *(x[..., :width] for x in (grad_q, grad_k, turned_q, turned_k, grad_v)), None, None, None


def causal_part(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, hidden: torch.Tensor, scale: float) -> Part:
    """Attend every key so far that is not hidden (b, n)."""
    bias = removed(hidden, q.dtype)
    out, size = FORWARD(q, k, v, 0.0, True, attn_mask=bias, scale=scale)
    if bias is not None:  # the kernel says 0 for rows that read nothing
        nothing = (~hidden).cumsum(1).eq(0)[:, None]
        out, size = out.masked_fill(nothing.unsqueeze(-1), 0.0), size.masked_fill(nothing, -math.inf)
    return out, size

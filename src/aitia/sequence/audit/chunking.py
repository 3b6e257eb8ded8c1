"""Feed a stream in pieces of any length and compare with the whole: the plan of chunks must not matter."""

from __future__ import annotations

import torch

from aitia.core.finding import Finding
from aitia.core.show import number
from aitia.sequence.stream.op import StreamOp, streamed

PLANS = 8


def chunk_plans(op: StreamOp, x: torch.Tensor, *, plans: int = PLANS, limit: float | None = None, seed: int = 0) -> Finding:
    """Compare `op.offline(x)` (batch, channels, time) with chunked runs: one by one, all at once, and random plans with empty chunks."""
    expected = op.offline(x)
    bound = (1e-10 if x.dtype == torch.float64 else 1e-5) if limit is None else limit
    generator = torch.Generator().manual_seed(seed)
    length = x.shape[-1]
    tried = [[1] * length, [length], *(random_plan(length, generator) for _ in range(plans))]
    worst, which = 0.0, 0
    for i, plan in enumerate(tried):
        found = streamed(op, x, plan)
        if found.shape != expected.shape:
            says = f"The stream has {found.shape[-1]} steps in the plan {plan[:6]} …, the whole {expected.shape[-1]}."
            return Finding(check="chunk-plans", passed=False, value=None, says=says, next="Flush what is left at the end.")
        difference = float((found - expected).abs().max()) if expected.numel() else 0.0
        if not difference <= worst:
            worst, which = difference, i
    passed = worst <= bound
    says = f"{len(tried)} plans of chunks give one stream: largest difference {number(worst, 2)}."
    if not passed:
        says = f"The plan of chunks matters: {number(worst, 2)} between the whole and {tried[which][:8]} …"
    return Finding(
        check="chunk-plans",
        passed=passed,
        value=worst,
        threshold=bound,
        says=says,
        next=None if passed else "Carry the state over, and keep statistics of the past only.",
    )


def random_plan(length: int, generator: torch.Generator) -> list[int]:
    """Return chunk lengths, some of them 0, that add up to a length."""
    plan: list[int] = []
    while sum(plan) < length:
        most = min(length - sum(plan), int(torch.randint(1, 40, (1,), generator=generator)))
        plan.append(int(torch.randint(0, most + 1, (1,), generator=generator)))
    return plan

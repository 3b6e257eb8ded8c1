"""Run a model step by step with a cache and compare with one pass over everything."""

from __future__ import annotations

from collections.abc import Callable

import torch

from aitia.core.finding import Finding
from aitia.core.show import number
from aitia.sequence.order.schedule import Schedule

LIMITS = {torch.float64: 1e-10, torch.float32: 1e-5}


def replay(
    whole: Callable[[], torch.Tensor], steps: Callable[[torch.Tensor], torch.Tensor], schedule: Schedule, *, limit: float | None = None
) -> Finding:
    """Compare `whole()` (batch, n, …) with what `steps(nodes)` gives for the nodes of each pass, in the order of the schedule.

    The largest difference must stay below 1e-10 in float64 and 1e-5 in float32, unless a `limit` is given.
    """
    with torch.no_grad():
        expected = whole()
        return compared(expected, steps, schedule, limit)


def compared(expected: torch.Tensor, steps: Callable[[torch.Tensor], torch.Tensor], schedule: Schedule, limit: float | None) -> Finding:
    """Compare pass by pass with the outputs (batch, n, …) of the whole."""
    bound = LIMITS.get(expected.dtype, 1e-2) if limit is None else limit
    worst, at, passes = 0.0, -1, 0
    for level, step in enumerate(schedule.steps()):
        nodes = torch.from_numpy(step.nodes)
        difference = float((steps(nodes) - expected[:, nodes]).abs().max())
        passes += 1
        if not difference <= worst:
            worst, at = difference, level
    if worst <= bound:
        says = f"Step by step equals all at once: {passes} passes, largest difference {number(worst, 2)}."
        return Finding(check="replay", passed=True, value=worst, threshold=bound, says=says)
    return Finding(
        check="replay",
        passed=False,
        value=worst,
        threshold=bound,
        says=f"Step by step differs from all at once by {number(worst, 2)}, most in pass {at}.",
        next="Compare the positions, the nodes that were evicted, and the mask of that pass.",
    )

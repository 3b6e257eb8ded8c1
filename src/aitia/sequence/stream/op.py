"""Say what a streaming operation is: it starts, takes a chunk at a time, and gives at the end what it held back."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
import torch

Stepped = tuple[torch.Tensor, Any]


class StreamOp(Protocol):
    """Turn a signal (batch, channels, time) into another, chunk by chunk or as a whole, with the same numbers.

    `ratio` is output steps for each input step; `latency` how many input steps the stream runs behind.
    """

    @property
    def ratio(self) -> Fraction:
        """Output steps for each input step."""

    @property
    def latency(self) -> int:
        """How many input steps must have come after a step before its output can be given."""

    def init(self, batch: int, dtype: torch.dtype = torch.float32, device: str = "cpu") -> Any:
        """Return the state before anything has come."""

    def step(self, x: torch.Tensor, state: Any) -> Stepped:
        """Take a chunk, which may be empty; return what can be given now, which may be empty too, and the state."""

    def flush(self, state: Any) -> torch.Tensor:
        """Return what was held back, after the last chunk."""

    def offline(self, x: torch.Tensor) -> torch.Tensor:
        """Return the output of a whole signal."""

    def reads(self, length: int) -> np.ndarray:
        """Return which inputs each output reads, a mask (outputs, length)."""


def streamed(op: StreamOp, x: torch.Tensor, plan: Sequence[int]) -> torch.Tensor:
    """Run a signal (batch, channels, time) through an operation in chunks of these lengths, and flush."""
    state = op.init(x.shape[0], x.dtype, str(x.device))
    found = []
    for chunk in torch.split(x, list(plan), dim=-1):
        out, state = op.step(chunk, state)
        found.append(out)
    return torch.cat([*found, op.flush(state)], dim=-1)

"""Put streaming operations behind each other: ratios multiply, latencies add up."""

from __future__ import annotations

import dataclasses
import functools
import operator
from fractions import Fraction
from typing import Any

import numpy as np
import torch

from aitia.sequence.stream.op import Stepped, StreamOp


@dataclasses.dataclass(frozen=True, slots=True)
class Chain:
    """Run operations one after the other."""

    ops: tuple[StreamOp, ...]

    @property
    def ratio(self) -> Fraction:
        """Output steps for each input step."""
        return functools.reduce(operator.mul, (op.ratio for op in self.ops), Fraction(1))

    @property
    def latency(self) -> int:
        """How many input steps the stream runs behind: the latencies, each in steps of the input."""
        total, ratio = Fraction(0), Fraction(1)
        for op in self.ops:
            total += op.latency / ratio
            ratio *= op.ratio
        return int(-(-total // 1))

    def init(self, batch: int, dtype: torch.dtype = torch.float32, device: str = "cpu") -> tuple[Any, ...]:
        """Return the state of each operation."""
        return tuple(op.init(batch, dtype, device) for op in self.ops)

    def step(self, x: torch.Tensor, state: tuple[Any, ...]) -> Stepped:
        """Send a chunk through all operations."""
        states = []
        for op, own in zip(self.ops, state, strict=True):
            x, own = op.step(x, own)
            states.append(own)
        return x, tuple(states)

    def flush(self, state: tuple[Any, ...]) -> torch.Tensor:
        """Flush each operation, what comes out going through those behind it."""
        left: torch.Tensor | None = None
        for op, own in zip(self.ops, state, strict=True):
            before, after = (None, own) if left is None or left.dim() < 3 else op.step(left, own)
            last = op.flush(after)
            parts = [part for part in (before, last) if part is not None and part.dim() == 3]
            left = torch.cat(parts, dim=-1) if parts else None
        return torch.zeros(0) if left is None else left

    def offline(self, x: torch.Tensor) -> torch.Tensor:
        """Send a whole signal through all operations."""
        for op in self.ops:
            x = op.offline(x)
        return x

    def reads(self, length: int) -> np.ndarray:
        """Return which inputs each output reads, through all operations."""
        found = np.eye(length, dtype=bool)
        for op in self.ops:
            found = (op.reads(len(found)).astype(np.int64) @ found.astype(np.int64)) > 0
        return found

"""Convolve in time without reading ahead, or ahead by a stated number of steps; strides keep their phase across chunks."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import torch
from torch.nn import functional

from aitia.core.errors import BadOption
from aitia.sequence.stream.op import Stepped


@dataclasses.dataclass(frozen=True, slots=True)
class Held:
    """Hold the last inputs (batch, channels, steps) that later outputs read."""

    tail: torch.Tensor


@dataclasses.dataclass(frozen=True, slots=True)
class CausalConvolution:
    """Convolve with a kernel (out, in / groups, width): output i reads inputs up to i · stride + ahead; before the first is 0."""

    weight: torch.Tensor
    bias: torch.Tensor | None = None
    stride: int = 1
    dilation: int = 1
    groups: int = 1
    ahead: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.ahead <= self.span:
            raise BadOption(f"A kernel that spans {self.span + 1} steps cannot read {self.ahead} ahead.", next=f"Give 0 … {self.span}.")

    @property
    def span(self) -> int:
        """Steps from the first input that an output reads to the last."""
        return (int(self.weight.shape[-1]) - 1) * self.dilation

    @property
    def ratio(self) -> Fraction:
        """One output for `stride` inputs."""
        return Fraction(1, self.stride)

    @property
    def latency(self) -> int:
        """The steps it reads ahead."""
        return self.ahead

    def init(self, batch: int, dtype: torch.dtype = torch.float32, device: str = "cpu") -> Held:
        """Return the silence before the first step."""
        return Held(torch.zeros(batch, self.weight.shape[1] * self.groups, self.span - self.ahead, dtype=dtype, device=device))

    def step(self, x: torch.Tensor, state: Held) -> Stepped:
        """Return the outputs whose inputs have all come."""
        known = torch.cat([state.tail, x], dim=-1)
        count = max(0, (known.shape[-1] - self.span + self.stride - 1) // self.stride) if known.shape[-1] > self.span else 0
        if not count:
            return known.new_zeros(known.shape[0], self.weight.shape[0], 0), Held(known)
        used = self.span + (count - 1) * self.stride + 1
        return self._convolved(known[..., :used]), Held(known[..., count * self.stride :])

    def flush(self, state: Held) -> torch.Tensor:
        """Return the outputs that waited for steps ahead, with silence there."""
        silence = state.tail.new_zeros(*state.tail.shape[:2], self.ahead)
        return self.step(silence, state)[0]

    def offline(self, x: torch.Tensor) -> torch.Tensor:
        """Return the outputs of a whole signal."""
        return self._convolved(functional.pad(x, (self.span - self.ahead, self.ahead)))

    def reads(self, length: int) -> np.ndarray:
        """Return which inputs each output reads."""
        places = np.arange(-(-length // self.stride))[:, None] * self.stride + self.ahead - self.span
        found = np.zeros((len(places), length), dtype=bool)
        for tap in range(int(self.weight.shape[-1])):
            at = places[:, 0] + tap * self.dilation
            inside = (at >= 0) & (at < length)
            found[np.flatnonzero(inside), at[inside]] = True
        return found

    def _convolved(self, x: torch.Tensor) -> torch.Tensor:
        bias = None if self.bias is None else self.bias.to(x)
        return functional.conv1d(x, self.weight.to(x), bias, stride=self.stride, dilation=self.dilation, groups=self.groups)

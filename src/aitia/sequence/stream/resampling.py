"""Change the rate of a stream by a ratio of whole numbers, with a low-pass filter whose phase goes on across chunks. [crochiere1983]"""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import torch

from aitia.core.errors import BadOption
from aitia.sequence.stream.op import Stepped

ZEROS = 16
BETA = 8.6  # Kaiser: 90 dB below


@dataclasses.dataclass(frozen=True, slots=True)
class Heard:
    """Hold the inputs (batch, channels, steps) that later outputs read, how many inputs came and how many outputs went."""

    tail: torch.Tensor
    came: int
    went: int


@dataclasses.dataclass(frozen=True, slots=True)
class Resampling:
    """Give `up` samples for every `down`: output m stands at input time m · down / up; silence before the first and after the last."""

    up: int
    down: int

    def __post_init__(self) -> None:
        if self.up < 1 or self.down < 1:
            raise BadOption(f"A rate cannot change by {self.up} / {self.down}.", next="Give two whole numbers from 1.")

    @property
    def ratio(self) -> Fraction:
        """Outputs for each input."""
        return Fraction(self.up, self.down)

    @property
    def half(self) -> int:
        """Half the filter's length, in steps of the finer grid that both rates share."""
        return ZEROS * max(self.up, self.down)

    @property
    def latency(self) -> int:
        """Inputs that must follow before an output can be given."""
        return self.half // self.up

    def init(self, batch: int, dtype: torch.dtype = torch.float32, device: str = "cpu") -> Heard:
        """Return the silence before the first sample; it takes the channels of what comes."""
        return Heard(torch.zeros(batch, 1, self.latency, dtype=dtype, device=device), 0, 0)

    def step(self, x: torch.Tensor, state: Heard) -> Stepped:
        """Return the outputs whose inputs have all come."""
        came = state.came + x.shape[-1]
        return self._given(torch.cat([state.tail.expand(-1, x.shape[1], -1), x], dim=-1), state, came, max(0, self._ready(came)))

    def flush(self, state: Heard) -> torch.Tensor:
        """Return the outputs up to the last input, with silence behind it."""
        known = torch.cat([state.tail, state.tail.new_zeros(*state.tail.shape[:2], self.latency + 1)], dim=-1)
        return self._given(known, state, state.came, self._outputs(state.came))[0]  # type: ignore[no-any-return]

    def offline(self, x: torch.Tensor) -> torch.Tensor:
        """Return the outputs of a whole signal."""
        out, state = self.step(x, self.init(x.shape[0], x.dtype, str(x.device)))
        return torch.cat([out, self.flush(state)], dim=-1)

    def reads(self, length: int) -> np.ndarray:
        """Return which inputs each output reads."""
        at = np.arange(self._outputs(length))[:, None] * self.down
        return np.asarray(np.abs(at - np.arange(length) * self.up) <= self.half)

    def _outputs(self, length: int) -> int:
        return -(-length * self.up // self.down)

    def _ready(self, came: int) -> int:
        """Count the outputs m with (m · down + half) / up < came."""
        return min(self._outputs(came), -(-(came * self.up - self.half) // self.down))

    def _given(self, known: torch.Tensor, state: Heard, came: int, until: int) -> Stepped:
        outputs = torch.arange(state.went, max(until, state.went), device=known.device)
        first = state.came - state.tail.shape[-1]  # the input at known[..., 0]
        taps = torch.arange(-self.latency, self.latency + 1, device=known.device)
        inputs = (outputs * self.down // self.up).unsqueeze(-1) + taps  # (outputs, taps)
        weights = self._filter((outputs * self.down).unsqueeze(-1) - inputs * self.up).to(known.dtype)
        places = (inputs - first).clamp(0, known.shape[-1] - 1)
        out = (known[..., places] * weights).sum(dim=-1)
        went = max(until, state.went)
        kept = max(0, min(went * self.down // self.up - self.latency - first, known.shape[-1]))
        return out, Heard(known[..., kept:], came, went)

    def _filter(self, offset: torch.Tensor) -> torch.Tensor:
        """Return the windowed sinc at offsets on the finer grid."""
        share = 1 / max(self.up, self.down)
        place = (offset.to(torch.float64) / self.half).clamp(-1, 1)
        window = torch.special.i0(BETA * torch.sqrt(1 - place**2)) / torch.special.i0(torch.tensor(BETA, dtype=torch.float64))
        found = torch.sinc(offset.to(torch.float64) * share) * window * share * self.up
        return torch.where(offset.abs() <= self.half, found, torch.zeros_like(found))

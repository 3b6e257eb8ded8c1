"""Hear a stream as log-mel frames: no frame reads samples behind its end, and the floor follows the loudest frame so far. [krichli2025]

Whisper centres its frames and takes its floor from the loudest frame of the utterance; both read the future.
"""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import torch
from torch.nn import functional

from aitia.core.errors import BadOption
from aitia.sequence.stream.op import Stepped

RATE, WIDTH, HOP, MELS = 16_000, 400, 160, 80
DEPTH = 8.0  # tenfold steps that a frame may lie below the loudest one
QUIETEST = 1e-10


def mel_of(hertz: np.ndarray) -> np.ndarray:
    """Return the pitch of frequencies on Slaney's scale: linear below 1000 Hz, logarithmic above. [slaney1998]"""
    return np.where(hertz < 1000, hertz * 3 / 200, 15 + np.log(np.maximum(hertz, 1000) / 1000) * 27 / np.log(6.4))


def hertz_of(mel: np.ndarray) -> np.ndarray:
    """Return the frequencies of pitches on Slaney's scale."""
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))


def mel_filters(mels: int = MELS, width: int = WIDTH, rate: int = RATE) -> torch.Tensor:
    """Return triangular filters (mels, width / 2 + 1) of equal area from 0 Hz to half the rate."""
    edges = hertz_of(np.linspace(0, mel_of(np.array(rate / 2)), mels + 2))
    bins = np.linspace(0, rate / 2, width // 2 + 1)
    rise = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    fall = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    shape = np.maximum(0, np.minimum(rise, fall)) * (2 / (edges[2:] - edges[:-2]))[:, None]
    return torch.from_numpy(shape)


@dataclasses.dataclass(frozen=True, slots=True)
class Heard:
    """Hold the samples (batch, 1, n) that later frames still read, and the loudest level so far (batch, 1, 1)."""

    tail: torch.Tensor
    loudest: torch.Tensor


@dataclasses.dataclass(frozen=True, slots=True)
class CausalMel:
    """Turn samples (batch, 1, n) into frames (batch, mels, n / hop): frame i ends with sample (i + 1) · hop - 1.

    Samples at the end that do not fill a hop give no frame.
    """

    mels: int = MELS
    width: int = WIDTH
    hop: int = HOP
    rate: int = RATE

    def __post_init__(self) -> None:
        if not 1 <= self.hop <= self.width:
            raise BadOption(f"Frames of {self.width} samples cannot step by {self.hop}.", next=f"Give 1 … {self.width}.")

    @property
    def ratio(self) -> Fraction:
        """One frame for each hop."""
        return Fraction(1, self.hop)

    @property
    def latency(self) -> int:
        """A frame is given with its last sample."""
        return self.hop - 1

    def init(self, batch: int, dtype: torch.dtype = torch.float32, device: str = "cpu") -> Heard:
        """Return the silence before the first sample."""
        tail = torch.zeros(batch, 1, self.width - self.hop, dtype=dtype, device=device)
        return Heard(tail, torch.full((batch, 1, 1), -torch.inf, dtype=dtype, device=device))

    def step(self, x: torch.Tensor, state: Heard) -> Stepped:
        """Return the frames that are complete."""
        known = torch.cat([state.tail, x], dim=-1)
        count = max(0, (known.shape[-1] - self.width) // self.hop + 1)
        if not count:
            return x.new_zeros(x.shape[0], self.mels, 0), Heard(known, state.loudest)
        level = self._level(known[..., : self.width + (count - 1) * self.hop])
        loudest = torch.cat([state.loudest, level.amax(dim=1, keepdim=True)], dim=-1).cummax(dim=-1).values[..., 1:]
        return (torch.maximum(level, loudest - DEPTH) + 4) / 4, Heard(known[..., count * self.hop :], loudest[..., -1:])

    def flush(self, state: Heard) -> torch.Tensor:
        """Return nothing: what is left does not fill a hop."""
        return state.tail.new_zeros(state.tail.shape[0], self.mels, 0)

    def offline(self, x: torch.Tensor) -> torch.Tensor:
        """Return the frames of a whole signal."""
        return self.step(x, self.init(x.shape[0], x.dtype, str(x.device)))[0]  # type: ignore[no-any-return]

    def reads(self, length: int) -> np.ndarray:
        """Return which samples each frame reads: those so far, because of the floor."""
        ends = (np.arange(length // self.hop)[:, None] + 1) * self.hop
        return np.asarray(np.arange(length) < ends)

    def _level(self, x: torch.Tensor) -> torch.Tensor:
        window = torch.hann_window(self.width, periodic=True, dtype=x.dtype, device=x.device)
        power = torch.fft.rfft(x[:, 0].unfold(-1, self.width, self.hop) * window).abs() ** 2  # (batch, frames, bins)
        filters = mel_filters(self.mels, self.width, self.rate).to(x)
        return torch.log10(functional.linear(power, filters).clamp(min=QUIETEST)).transpose(1, 2)

"""Go to the short-time spectrum and back in a stream: frames look back only, and overlaps are added as they come. [griffin1984]"""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import torch
from torch.nn import functional

from aitia.core.errors import BadOption
from aitia.sequence.stream.op import Stepped


def hann(width: int, dtype: torch.dtype, device: torch.device | str) -> torch.Tensor:
    """Return a periodic Hann window (width,)."""
    return torch.hann_window(width, periodic=True, dtype=dtype, device=device)


def need_hop(width: int, hop: int) -> None:
    """Raise `BadOption` where frames would leave gaps or do not divide."""
    if not 1 <= hop <= width // 2 or width % hop:
        raise BadOption(f"Frames of {width} samples cannot step by {hop}.", next="Give a hop that divides the width at least twice.")


@dataclasses.dataclass(frozen=True, slots=True)
class Spectrum:
    """Turn samples (batch, channels, n) into frames (batch, channels · 2 · (width / 2 + 1), frames), real parts then imaginary.

    Frame i ends with sample (i + 1) · hop - 1: it looks back over `width` samples, silence before the first. At the end
    silence follows until every sample lies in as many frames as any other, so that `Signal` gives all of them back.
    """

    width: int
    hop: int

    def __post_init__(self) -> None:
        need_hop(self.width, self.hop)

    @property
    def ratio(self) -> Fraction:
        """One frame for each hop."""
        return Fraction(1, self.hop)

    @property
    def latency(self) -> int:
        """A frame is given with its last sample."""
        return self.hop - 1

    def init(self, batch: int, dtype: torch.dtype = torch.float32, device: str = "cpu") -> torch.Tensor:
        """Return the silence before the first sample; it takes the channels of what comes."""
        return torch.zeros(batch, 1, self.width - self.hop, dtype=dtype, device=device)

    def step(self, x: torch.Tensor, state: torch.Tensor) -> Stepped:
        """Return the frames that are complete."""
        known = torch.cat([state.expand(-1, x.shape[1], -1), x], dim=-1)
        count = max(0, (known.shape[-1] - self.width) // self.hop + 1)
        if not count:
            return x.new_zeros(x.shape[0], x.shape[1] * 2 * (self.width // 2 + 1), 0), known
        return self._framed(known[..., : self.width + (count - 1) * self.hop]), known[..., count * self.hop :]

    def flush(self, state: torch.Tensor) -> torch.Tensor:
        """Return the frames that hold the last samples, with silence behind them."""
        left = state.shape[-1] - (self.width - self.hop)
        silence = state.new_zeros(*state.shape[:2], -left % self.hop + self.width - self.hop)
        return self.step(silence, state)[0]  # type: ignore[no-any-return]

    def offline(self, x: torch.Tensor) -> torch.Tensor:
        """Return the frames of a whole signal."""
        return self._framed(functional.pad(x, (self.width - self.hop, -x.shape[-1] % self.hop + self.width - self.hop)))

    def reads(self, length: int) -> np.ndarray:
        """Return which samples each frame reads."""
        ends = (np.arange(-(-length // self.hop) + self.width // self.hop - 1)[:, None] + 1) * self.hop
        places = np.arange(length)
        return np.asarray((places < ends) & (places >= ends - self.width))

    def _framed(self, x: torch.Tensor) -> torch.Tensor:
        frames = x.unfold(-1, self.width, self.hop) * hann(self.width, x.dtype, x.device)
        found = torch.fft.rfft(frames)  # (batch, channels, frames, bins)
        return torch.cat([found.real, found.imag], dim=-1).transpose(-1, -2).flatten(1, 2)


@dataclasses.dataclass(frozen=True, slots=True)
class Overlap:
    """Hold the sum of frames (batch, channels, width - hop) that later frames still add to, and how many frames came."""

    tail: torch.Tensor
    frames: int


@dataclasses.dataclass(frozen=True, slots=True)
class Signal:
    """Turn the frames of `Spectrum` back into samples by adding overlaps, divided by the windows that cover each sample.

    A sample is given when the last frame that covers it has come. The silence before the first sample is cut.
    """

    width: int
    hop: int

    def __post_init__(self) -> None:
        need_hop(self.width, self.hop)

    @property
    def ratio(self) -> Fraction:
        """A hop of samples for each frame."""
        return Fraction(self.hop)

    @property
    def latency(self) -> int:
        """Frames that must follow before a sample is complete."""
        return self.width // self.hop - 1

    def init(self, batch: int, dtype: torch.dtype = torch.float32, device: str = "cpu") -> Overlap:
        """Return that no frame came."""
        return Overlap(torch.zeros(batch, 1, self.width - self.hop, dtype=dtype, device=device), 0)

    def step(self, x: torch.Tensor, state: Overlap) -> Stepped:
        """Return the samples that no later frame touches."""
        count, channels = x.shape[-1], x.shape[1] // (2 * (self.width // 2 + 1))
        if not count:
            return x.new_zeros(x.shape[0], channels, 0), state
        total = functional.pad(state.tail.expand(-1, channels, -1), (0, count * self.hop))
        for i, frame in enumerate(self._frames(x, channels).unbind(2)):
            total[..., i * self.hop : i * self.hop + self.width] += frame
        cut = max(0, self.width - self.hop - state.frames * self.hop)
        ready, tail = total[..., : count * self.hop] / self._level(x).repeat(count), total[..., count * self.hop :]
        return ready[..., cut:], Overlap(tail, state.frames + count)

    def flush(self, state: Overlap) -> torch.Tensor:
        """Return nothing: the last frames of `Spectrum` hold silence only behind the last sample."""
        return state.tail[..., :0]

    def offline(self, x: torch.Tensor) -> torch.Tensor:
        """Return the samples of all frames."""
        return self.step(x, self.init(x.shape[0], x.dtype, str(x.device)))[0]  # type: ignore[no-any-return]

    def reads(self, length: int) -> np.ndarray:
        """Return which frames each sample reads."""
        samples = np.arange(self.width - self.hop, length * self.hop)[:, None]
        starts = np.arange(length) * self.hop
        return np.asarray((samples >= starts) & (samples < starts + self.width))

    def _frames(self, x: torch.Tensor, channels: int) -> torch.Tensor:
        parts = x.unflatten(1, (channels, -1)).transpose(-1, -2)  # (batch, channels, frames, 2 bins)
        real, imaginary = parts.chunk(2, dim=-1)
        return torch.fft.irfft(torch.complex(real.contiguous(), imaginary.contiguous()), n=self.width) * hann(self.width, x.dtype, x.device)

    def _level(self, x: torch.Tensor) -> torch.Tensor:
        """Return the summed squares (hop,) of the windows over a sample."""
        return (hann(self.width, x.dtype, x.device) ** 2).view(-1, self.hop).sum(dim=0)

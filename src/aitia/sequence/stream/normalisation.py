"""Normalise a stream: within each step, or by all steps so far; by the whole signal is refused, since that reads the future."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import torch

from aitia.core.errors import BadOption
from aitia.sequence.stream.op import Stepped

EPSILON = 1e-5


@dataclasses.dataclass(frozen=True, slots=True)
class StepNorm:
    """Normalise the channels of each step in `groups` groups, each step by itself."""

    groups: int = 1
    ratio: Fraction = Fraction(1)
    latency: int = 0

    def init(self, batch: int, dtype: torch.dtype = torch.float32, device: str = "cpu") -> None:
        """Return no state: steps do not know each other."""

    def step(self, x: torch.Tensor, state: None) -> Stepped:
        """Return the chunk normalised."""
        return (self.offline(x) if x.shape[-1] else x), None

    def flush(self, state: None) -> torch.Tensor:
        """Return nothing; the shape is that of no step."""
        return torch.zeros(0)

    def offline(self, x: torch.Tensor) -> torch.Tensor:
        """Return the signal normalised."""
        split = x.unflatten(1, (self.groups, -1))
        spread = split.var(dim=2, keepdim=True, unbiased=False)
        return ((split - split.mean(dim=2, keepdim=True)) / torch.sqrt(spread + EPSILON)).flatten(1, 2)

    def reads(self, length: int) -> np.ndarray:
        """Return that each step reads itself."""
        return np.eye(length, dtype=bool)


@dataclasses.dataclass(frozen=True, slots=True)
class Sums:
    """Hold how many steps came, and the sum and sum of squares (batch, groups, 1) of their values about the first."""

    steps: int
    first: torch.Tensor | None = None
    total: torch.Tensor | None = None
    squares: torch.Tensor | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class CumulativeNorm:
    """Normalise each step, in `groups` groups of channels, by the mean and spread of all steps so far, itself included."""

    groups: int = 1
    ratio: Fraction = Fraction(1)
    latency: int = 0

    def init(self, batch: int, dtype: torch.dtype = torch.float32, device: str = "cpu") -> Sums:
        """Return that nothing came."""
        return Sums(0)

    def step(self, x: torch.Tensor, state: Sums) -> Stepped:
        """Return the chunk normalised by everything so far."""
        if not x.shape[-1]:
            return x, state
        split = x.unflatten(1, (self.groups, -1))
        first = split[..., :1].mean(dim=2) if state.first is None else state.first
        centred = split - first.unsqueeze(2)  # about the first value, so that a large mean costs no digits
        total, squares = centred.sum(dim=2).cumsum(-1), (centred**2).sum(dim=2).cumsum(-1)
        if state.total is not None and state.squares is not None:
            total, squares = total + state.total, squares + state.squares
        counts = (state.steps + torch.arange(1, x.shape[-1] + 1, device=x.device)) * split.shape[2]
        mean = total / counts
        spread = (squares / counts - mean**2).clamp(min=0)
        out = (centred - mean.unsqueeze(2)) / torch.sqrt(spread + EPSILON).unsqueeze(2)
        return out.flatten(1, 2), Sums(state.steps + x.shape[-1], first, total[..., -1:], squares[..., -1:])

    def flush(self, state: Sums) -> torch.Tensor:
        """Return nothing; the shape is that of no step."""
        return torch.zeros(0)

    def offline(self, x: torch.Tensor) -> torch.Tensor:
        """Return the signal normalised."""
        return self.step(x, Sums(0))[0]  # type: ignore[no-any-return]

    def reads(self, length: int) -> np.ndarray:
        """Return that each step reads all steps so far."""
        return np.tri(length, dtype=bool)


@dataclasses.dataclass(frozen=True, slots=True)
class WholeNorm:
    """Normalise by the whole signal, as group normalisation over time does: it reads the future, so it cannot stream."""

    groups: int = 1
    ratio: Fraction = Fraction(1)
    latency: int = 0

    def init(self, batch: int, dtype: torch.dtype = torch.float32, device: str = "cpu") -> None:
        """Refuse."""
        raise BadOption(
            "Normalising over time reads the future, so it cannot stream.",
            why="Every output depends on the mean and spread of the whole signal.",
            next="Use StepNorm, or CumulativeNorm, and train with it.",
        )

    def step(self, x: torch.Tensor, state: None) -> Stepped:
        """Refuse."""
        self.init(x.shape[0])
        return x, None

    def flush(self, state: None) -> torch.Tensor:
        """Return nothing."""
        return torch.zeros(0)

    def offline(self, x: torch.Tensor) -> torch.Tensor:
        """Return the signal normalised."""
        return torch.nn.functional.group_norm(x, self.groups)

    def reads(self, length: int) -> np.ndarray:
        """Return that each step reads every step."""
        return np.ones((length, length), dtype=bool)

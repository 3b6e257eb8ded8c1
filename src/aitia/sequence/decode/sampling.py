"""Draw tokens by one uniform number each, so that whoever draws in another order or company draws the same."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from aitia.core.errors import BadOption
from aitia.sequence.decode.trajectory import scaled


def draw(logits: torch.Tensor, uniforms: torch.Tensor, temperature: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Return tokens (…) and their log-probabilities from logits (…, vocabulary) and uniform numbers (…), in float64.

    The token is the first whose cumulated probability exceeds the number; at temperature 0 it is the likeliest.
    """
    known = scaled(logits, temperature)
    if temperature == 0:
        tokens = known.argmax(dim=-1)
    else:
        heaped = known.exp().cumsum(dim=-1)
        aims = (uniforms.to(heaped.device) * heaped[..., -1]).unsqueeze(-1)
        tokens = (heaped <= aims).sum(dim=-1).clamp(max=logits.shape[-1] - 1)
    return tokens, known.gather(-1, tokens.unsqueeze(-1)).squeeze(-1)


def uniform(rng: np.random.Generator, *shape: int) -> torch.Tensor:
    """Return uniform numbers of a shape in float64."""
    return torch.from_numpy(rng.random(shape))


def keyed(key: Sequence[int], count: int) -> torch.Tensor:
    """Return uniform numbers (count,) that depend on a key only."""
    source = np.random.Generator(np.random.Philox(np.random.SeedSequence([int(part) for part in key])))
    return torch.from_numpy(source.random(count))


def need_temperature(value: float) -> None:
    """Raise `BadOption` for a temperature below 0."""
    if not value >= 0:
        raise BadOption(f"A temperature of {value} does not exist.", next="Give 0 for the likeliest token, or more.")


def need_prompt(prompt: torch.Tensor) -> None:
    """Raise `BadOption` unless a prompt is (batch, nodes) with at least one node."""
    if prompt.dim() != 2 or not prompt.shape[1]:
        raise BadOption(f"A prompt of shape {tuple(prompt.shape)} cannot begin a text.", next="Give tokens (batch, nodes), at least one.")

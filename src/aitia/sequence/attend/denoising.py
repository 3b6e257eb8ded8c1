"""Train a causal model on masked tokens without changing what its head means: token i is foretold by the state before it. [lv2024]"""

from __future__ import annotations

import dataclasses

import torch
from torch.nn import functional

from aitia.core.errors import BadOption


@dataclasses.dataclass(frozen=True, slots=True)
class Denoising:
    """Hold tokens (b, n) of which some are replaced, and which (b, n): those whose keys nobody reads."""

    tokens: torch.Tensor
    masked: torch.Tensor


def denoising(
    tokens: torch.Tensor, fill: int, generator: torch.Generator, *, rate: float = 0.15, keep: torch.Tensor | None = None
) -> Denoising:
    """Replace a random share of tokens (b, n) by `fill`, but not the first, which no state comes before, nor those to `keep` (b, n)."""
    if not 0 <= rate < 1:
        raise BadOption(f"A share of {rate} cannot be masked.", next="Give 0 … 1, without 1.")
    masked = torch.rand(tokens.shape, generator=generator).to(tokens.device) < rate
    masked[:, 0] = False
    if keep is not None:
        masked &= ~keep
    return Denoising(tokens.masked_fill(masked, fill), masked)


def shifted_loss(logits: torch.Tensor, tokens: torch.Tensor, masked: torch.Tensor) -> torch.Tensor:
    """Return the mean cross-entropy of the masked tokens (b, n), each foretold by the logits (b, n, words) one place before it.

    Returns 0, with gradient 0, where nothing is masked.
    """
    if bool(masked[:, 0].any()):
        raise BadOption("The first token is masked, and no state comes before it.", next="Mask later ones only.")
    chosen = masked[:, 1:]
    found = functional.cross_entropy(logits[:, :-1][chosen], tokens[:, 1:][chosen], reduction="sum")
    return found / max(1, int(chosen.sum()))

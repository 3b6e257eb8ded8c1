"""Small random decoders, prompts and generators."""

from __future__ import annotations

import numpy as np
import torch

from aitia.sequence.models import Decoder, DecoderShape

WORDS = 23
MASK = 22
LIMITS = {torch.float64: 1e-10, torch.float32: 1e-5}


def model_of(dtype: torch.dtype = torch.float64, seed: int = 0, layers: int = 3) -> Decoder:
    return Decoder(DecoderShape(vocabulary=WORDS, width=32, layers=layers, heads=4, key_heads=2), seed=seed).to(dtype).requires_grad_(False)


def prompt_of(batch: int, n: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(WORDS - 1, (batch, n), generator=torch.Generator().manual_seed(seed))


def chance(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(seed))

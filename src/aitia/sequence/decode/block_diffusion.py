"""Decode block by block from left to right, each block by unmasking, with an exact cache of the blocks before. [arriola2025]

The pass that opens a block also writes the clean entries of the block before it, so a block costs no pass more than its steps.
"""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import torch

from aitia.core.errors import BadOption
from aitia.sequence.decode.sampling import need_prompt, need_temperature
from aitia.sequence.decode.trajectory import GIVEN, Meter, Trajectory
from aitia.sequence.decode.unmasking import Board, shares
from aitia.sequence.models.decoder import Decoder
from aitia.sequence.models.product import kept
from aitia.sequence.order.layouts import blocks


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Blockwise:
    """Hold how many tokens to add, in blocks of how many, in how many passes each, and the token that stands for a masked one."""

    length: int
    block: int
    steps: int
    mask: int
    temperature: float = 1.0

    def __post_init__(self) -> None:
        need_temperature(self.temperature)
        if not 1 <= self.block <= self.length or self.steps < 1:
            raise BadOption(f"Blocks of {self.block} tokens in {self.steps} passes do not make {self.length}.")


@torch.no_grad()
@kept()
def block_diffusion(model: Decoder, prompt: torch.Tensor, rng: np.random.Generator, options: Blockwise) -> Trajectory:
    """Decode behind a prompt (batch, nodes), which is one block; within a block the likeliest tokens are set first."""
    need_prompt(prompt)
    start = prompt.shape[1]
    edges = [*range(start, start + options.length, options.block), start + options.length]
    order = blocks([start, *np.diff(edges).tolist()])
    meter, cache, board = Meter(), model.cache(order, len(prompt), "index"), Board(prompt, options.length, options.mask, rng)
    clean = np.arange(start)  # what is set, but not cached yet
    for low, high in itertools.pairwise(edges):
        own = np.arange(low, high)
        for count in shares(high - low, min(options.steps, high - low)):
            nodes = np.concatenate([clean, own])
            number = meter.count(board.tokens[:, nodes])
            found = model.fresh(board.tokens[:, nodes], nodes, [cache])
            if len(clean):
                cache.append(clean, found.keys[..., : len(clean), :], found.values[..., : len(clean), :])
            board.unmask(found.logits[:, len(clean) :], slice(low, high), count, number, options.temperature)
            clean = clean[:0]
        clean = own
    sources = torch.arange(order.n, device=prompt.device).expand_as(board.tokens).where(board.steps != GIVEN, GIVEN)
    return Trajectory(
        tokens=board.tokens,
        steps=board.steps,
        log_probabilities=board.likely,
        sources=sources,
        orders=(order,),
        rule="index",
        mask=options.mask,
        temperature=options.temperature,
        forwards=meter.forwards,
        computed=meter.computed,
        seconds=meter.seconds,
    )

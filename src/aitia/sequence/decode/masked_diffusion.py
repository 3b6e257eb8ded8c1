"""Decode by unmasking under an order in which every node reads every other: few passes, each over everything. [nie2025]"""

from __future__ import annotations

import dataclasses

import numpy as np
import torch

from aitia.sequence.decode.sampling import need_prompt, need_temperature
from aitia.sequence.decode.trajectory import GIVEN, Meter, Trajectory
from aitia.sequence.decode.unmasking import Board, Pace, patience, plan
from aitia.sequence.models.decoder import Decoder
from aitia.sequence.models.product import kept
from aitia.sequence.order.layouts import full


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Unmasking:
    """Hold how many tokens to add and at what pace, and the token that stands for a masked one.

    `blocks` above 1 fill from left to right, block by block, though every node still reads every other. `end` is the
    token whose confidence is lowered at first (from `least` on), None leaves confidence alone. `cached` asks for a
    cache, which is refused: no entry of this order stays valid while anything changes.
    """

    length: int
    mask: int
    pace: Pace = "ascending"
    blocks: int = 1
    steps: int | None = None
    end: int | None = None
    least: float | None = None
    temperature: float = 1.0
    cached: bool = False

    def __post_init__(self) -> None:
        need_temperature(self.temperature)
        plan(self.length, self.pace, self.blocks, self.steps)


@torch.no_grad()
@kept()
def masked_diffusion(model: Decoder, prompt: torch.Tensor, rng: np.random.Generator, options: Unmasking) -> Trajectory:
    """Decode behind a prompt (batch, nodes); each pass sets the tokens that the model is surest of, as many as planned."""
    need_prompt(prompt)
    start = prompt.shape[1]
    order = full(start + options.length)
    if options.cached:
        model.cache(order, len(prompt))  # refuses, and says why
    meter, board = Meter(), Board(prompt, options.length, options.mask, rng)
    places = order.schedule(model.shape.layers, "index").positions
    strides = plan(options.length, options.pace, options.blocks, options.steps)
    for i, stride in enumerate(strides):
        number = meter.count(board.tokens)
        where = slice(start + stride.start, start + stride.stop)
        slow = [] if options.end is None else [(options.end, patience(options.pace, i, len(strides), options.least))]
        board.unmask(model(board.tokens, order, places)[:, where], where, stride.count, number, options.temperature, slow)
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

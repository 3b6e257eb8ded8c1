"""Decode one token after the other with a cache, under any order in which nodes read what came before them."""

from __future__ import annotations

import dataclasses

import numpy as np
import torch

from aitia.core.errors import BadOption
from aitia.sequence.decode.sampling import draw, need_prompt, need_temperature, uniform
from aitia.sequence.decode.trajectory import GIVEN, Meter, Trajectory
from aitia.sequence.models.decoder import Decoder
from aitia.sequence.models.product import kept
from aitia.sequence.order.layouts import causal
from aitia.sequence.order.relation import Relation


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OneByOne:
    """Hold how many tokens to add, how boldly, the token that ends a row, and the order (causal by default)."""

    length: int
    temperature: float = 1.0
    end: int | None = None
    order: Relation | None = None

    def __post_init__(self) -> None:
        need_temperature(self.temperature)
        if self.length < 1:
            raise BadOption(f"{self.length} tokens are nothing to generate.", next="Give 1 or more.")


@torch.no_grad()
@kept()
def autoregressive(model: Decoder, prompt: torch.Tensor, rng: np.random.Generator, options: OneByOne) -> Trajectory:
    """Decode behind a prompt (batch, nodes); one pass reads the prompt, one more follows for each token but the last.

    Rows that met the token `end` are filled up with it. Raises `BadOption` where the order has another length.
    """
    need_prompt(prompt)
    batch, start = prompt.shape
    n = start + options.length
    order = causal(n) if options.order is None else options.order
    if order.n != n:
        raise BadOption(f"The order is over {order.n} nodes, prompt and tokens are {n}.")
    meter, cache, chance = Meter(), model.cache(order, batch, "index"), uniform(rng, batch, options.length)
    tokens = torch.cat([prompt, prompt.new_zeros(batch, options.length)], dim=1)
    steps, sources = torch.full_like(tokens, GIVEN), torch.full_like(tokens, GIVEN)
    found = torch.zeros(tokens.shape, dtype=torch.float64, device=tokens.device)
    nodes, alive = np.arange(start), torch.ones(batch, dtype=torch.bool, device=tokens.device)
    for at in range(start, n):
        number = meter.count(tokens[:, nodes])
        logits = model.step(tokens[:, nodes], nodes, cache)[:, -1]
        drawn, likely = draw(logits, chance[:, at - start], options.temperature)
        tokens[:, at] = drawn if options.end is None else drawn.where(alive, torch.full_like(drawn, options.end))
        found[:, at] = likely.where(alive, torch.zeros_like(likely))
        steps[alive, at], sources[alive, at] = number, at - 1
        alive = alive if options.end is None else alive & (tokens[:, at] != options.end)
        nodes = np.array([at])
        if not bool(alive.any()):
            tokens[:, at + 1 :] = options.end if options.end is not None else 0
            break
    return Trajectory(
        tokens=tokens,
        steps=steps,
        log_probabilities=found,
        sources=sources,
        orders=(order,),
        rule="index",
        mask=0,
        temperature=options.temperature,
        forwards=meter.forwards,
        computed=meter.computed,
        seconds=meter.seconds,
    )

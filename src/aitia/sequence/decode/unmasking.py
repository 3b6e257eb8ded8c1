"""Set masked tokens in order of confidence, and plan how many in each pass. [nie2025, yang2025b]"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch

from aitia.core.errors import BadOption
from aitia.sequence.decode.sampling import draw, uniform
from aitia.sequence.decode.trajectory import GIVEN, without

Pace = Literal["uniform", "ascending"]


@dataclasses.dataclass(frozen=True, slots=True)
class Stride:
    """Hold one pass of a plan: the positions start … stop - 1 that it may set, and how many of them it sets."""

    start: int
    stop: int
    count: int


def shares(total: int, parts: int) -> list[int]:
    """Return a total in equal parts, the first ones greater by one where it does not divide.

    >>> shares(10, 4)
    [3, 3, 2, 2]
    """
    return [total // parts + (i < total % parts) for i in range(parts)]


def ascending(length: int) -> list[int]:
    """Return step sizes 1, 2, 4, … of which the last takes the rest: few tokens while little is known. [yang2025b]

    >>> ascending(128)
    [1, 2, 4, 8, 16, 32, 65]
    """
    count = max(1, length.bit_length() - 1)
    powers = [2**i for i in range(count - 1)]
    return [*powers, length - sum(powers)]


def plan(length: int, pace: Pace, blocks: int = 1, steps: int | None = None) -> tuple[Stride, ...]:
    """Plan the passes that set `length` tokens in blocks from left to right.

    `uniform` sets equal shares in `steps` passes (one token each by default) over equal blocks. `ascending` fixes the
    number of passes: every block but the first is one step, the first holds the small steps that are left over.
    Raises `BadOption` where blocks or steps do not fit.
    """
    if length < 1 or blocks < 1:
        raise BadOption(f"{length} tokens in {blocks} blocks are nothing to plan.", next="Give 1 or more of each.")
    if pace == "ascending":
        return ascending_plan(length, blocks, steps)
    if pace != "uniform":
        raise BadOption(f"There is no pace {pace!r}.", next="There are: uniform, ascending.")
    total = length if steps is None else steps
    if not blocks <= total <= length:
        raise BadOption(f"{length} tokens in {blocks} blocks do not take {total} steps.", next="Give each block a step, each step a token.")
    found, start = [], 0
    for size, own in zip(shares(length, blocks), shares(total, blocks), strict=True):
        found += [Stride(start, start + size, count) for count in shares(size, own)]
        start += size
    return tuple(found)


def ascending_plan(length: int, blocks: int, steps: int | None) -> tuple[Stride, ...]:
    """Plan ascending steps."""
    sizes = ascending(length)
    if steps is not None and steps != len(sizes):
        raise BadOption(
            f"Ascending steps over {length} tokens are {len(sizes)}, not {steps}.", next="Leave `steps` out, or set equal shares."
        )
    if blocks > len(sizes):
        raise BadOption(f"{len(sizes)} ascending steps do not fill {blocks} blocks.", next=f"Give at most {len(sizes)} blocks.")
    small = len(sizes) - blocks + 1
    first = sum(sizes[:small])
    found, start = [Stride(0, first, count) for count in sizes[:small]], first
    for size in sizes[small:]:
        found.append(Stride(start, start + size, size))
        start += size
    return tuple(found)


def patience(pace: Pace, step: int, steps: int, least: float | None = None) -> float:
    """Return the factor on the confidence of the end token: low at first, so that texts do not end too early, 1 at last. [yang2025b]

    `least` is .4 for equal steps and .01 for ascending ones by default, as published.
    """
    low = (0.4 if pace == "uniform" else 0.01) if least is None else least
    if pace == "uniform":
        return low + (1 - low) * (step / (steps - 1) if steps > 1 else 1.0)
    return low + (1 - low) * (2 ** (step + 1) - 1) / 2**steps


class Board:
    """Hold the tokens of a batch while their masked places are filled."""

    def __init__(self, prompt: torch.Tensor, length: int, mask: int, rng: np.random.Generator) -> None:
        self.mask, self.rng = mask, rng
        self.tokens = torch.cat([prompt, prompt.new_full((len(prompt), length), mask)], dim=1)
        self.steps = torch.full_like(self.tokens, GIVEN)
        self.likely = torch.zeros(self.tokens.shape, dtype=torch.float64, device=prompt.device)
        self.open = torch.ones_like(self.tokens, dtype=torch.bool)
        self.open[:, : prompt.shape[1]] = False

    def unmask(
        self, logits: torch.Tensor, where: slice, count: int, step: int, temperature: float, slow: Sequence[tuple[int, float]] = ()
    ) -> None:
        """Draw a token for each place `where`, and set the `count` open ones drawn with most confidence.

        `slow` names tokens with a factor on their confidence; among equals the first place goes first.
        """
        logits = without(logits, self.mask)
        drawn, likely = draw(logits, uniform(self.rng, *logits.shape[:2]), temperature)
        trust = torch.softmax(logits.double(), dim=-1).gather(-1, drawn.unsqueeze(-1)).squeeze(-1)
        for token, factor in slow:
            trust = trust.where(drawn != token, trust * factor)
        trust = trust.masked_fill(~self.open[:, where], -torch.inf)
        best = trust.sort(dim=1, descending=True, stable=True).indices[:, :count] + where.start
        for held, fresh in ((self.tokens, drawn), (self.likely, likely)):
            held.scatter_(1, best, fresh.gather(1, best - where.start))
        self.steps.scatter_(1, best, step)
        self.open.scatter_(1, best, False)

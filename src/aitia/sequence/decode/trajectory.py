"""Hold how a sequence came to be: which pass of the model set which token, and how likely it was then.

Every way of decoding gives the same noun, an ordered partition of the positions, so that whoever learns from a
trajectory (such as policy gradients) can go through the very states in which its tokens were chosen. [yang2025b]
"""

from __future__ import annotations

import dataclasses
import time

import torch

from aitia.core.noun import Noun, holder
from aitia.core.show import View, number, views
from aitia.sequence.models.decoder import Decoder
from aitia.sequence.order.relation import Relation
from aitia.sequence.order.schedule import PositionRule

GIVEN = -1


@holder
class Trajectory(Noun):
    """Hold the tokens of a batch (batch, n) with the pass that set each one, and what that took.

    `steps` (batch, n) is the pass, -1 where the token was given (prompt, forced words, padding behind short rows).
    `sources` (batch, n) is the node whose output told the token, -1 where it was not sampled; `log_probabilities` is 0
    there, else that of the token when it was sampled, at the temperature used (the model's own at temperature 0).
    `orders` holds one relation for all rows, or one for each row, over its first nodes, with positions by `rule`.
    `mask` stands in states where nothing is set yet. `forwards` counts passes of the model, `computed` the nodes that
    they computed in all rows.
    """

    tokens: torch.Tensor
    steps: torch.Tensor
    log_probabilities: torch.Tensor
    sources: torch.Tensor
    orders: tuple[Relation, ...]
    rule: PositionRule
    mask: int
    temperature: float
    forwards: int
    computed: int
    seconds: float

    @property
    def passes(self) -> int:
        """One more than the number of the last pass that set a token."""
        return int(self.steps.max()) + 1

    def states(self, step: int) -> torch.Tensor:
        """Return the tokens (batch, n) as they were before a pass, `mask` where none was set."""
        return self.tokens.where(self.steps < step, torch.full_like(self.tokens, self.mask))

    def order(self, row: int) -> Relation:
        """Return the relation of one row."""
        return self.orders[row if len(self.orders) > 1 else 0]


@views("trajectory")
def trajectory_view(noun: Trajectory) -> View:
    """Show the figures."""
    sampled = int((noun.sources >= 0).sum())
    facts = (
        ("tokens", f"{sampled} sampled in {noun.passes} passes, {tuple(noun.tokens.shape)} in all"),
        ("model", f"{noun.forwards} passes, {noun.computed} nodes computed, {number(noun.seconds, 3)} s"),
    )
    return View(title="Trajectory of a decoder", facts=facts)


@dataclasses.dataclass(slots=True)
class Meter:
    """Count the passes of a model, the nodes they compute, and the seconds since it was made."""

    forwards: int = 0
    computed: int = 0
    began: float = dataclasses.field(default_factory=time.perf_counter)

    def count(self, tokens: torch.Tensor) -> int:
        """Count one pass over tokens (batch, nodes); return its number."""
        self.forwards, self.computed = self.forwards + 1, self.computed + tokens.numel()
        return self.forwards - 1

    @property
    def seconds(self) -> float:
        """The seconds since this meter was made."""
        return time.perf_counter() - self.began


def scaled(logits: torch.Tensor, temperature: float) -> torch.Tensor:
    """Return log-probabilities of all tokens in float64; at temperature 0 those of the model itself."""
    return torch.log_softmax(logits.double() / (temperature or 1.0), dim=-1)


def rescored(model: Decoder, trajectory: Trajectory) -> torch.Tensor:
    """Return the log-probability (batch, n) of each sampled token in the very state in which it was sampled; differentiable.

    Takes one pass of the model for each state; where no token tells itself, the order hides what came later, and one is enough.
    """
    return torch.stack([rescored_row(model, trajectory, row) for row in range(len(trajectory.tokens))])


def rescored_row(model: Decoder, trajectory: Trajectory, row: int) -> torch.Tensor:
    """Return the log-probabilities (n,) of one row."""
    order = trajectory.order(row)
    steps, sources = trajectory.steps[row], trajectory.sources[row]
    at = torch.arange(len(sources), device=sources.device)
    if not bool((sources == at).any()):
        return told(model, trajectory, row, trajectory.tokens[row, : order.n], sources >= 0)
    parts = [
        told(model, trajectory, row, trajectory.states(step)[row, : order.n], (steps == step) & (sources >= 0))
        for step in torch.unique(steps[sources >= 0]).tolist()
    ]
    return torch.stack(parts).sum(dim=0)


def one_step(model: Decoder, trajectory: Trajectory) -> torch.Tensor:
    """Return the log-probabilities (batch, n) told by one pass over what was given: cheap, and not those of the sampling."""
    given = trajectory.states(0)
    rows = range(len(given))
    parts = [told(model, trajectory, r, given[r, : trajectory.order(r).n], trajectory.sources[r] >= 0) for r in rows]
    return torch.stack(parts)


def told(model: Decoder, trajectory: Trajectory, row: int, state: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """Return the log-probability of each chosen token of a row told by one pass over a state, 0 elsewhere."""
    order = trajectory.order(row)
    logits = model(state[None], order, order.schedule(model.shape.layers, trajectory.rule).positions)[0]
    own, told_by = trajectory.sources[row] == torch.arange(len(chosen), device=chosen.device), trajectory.sources[row].clamp(min=0)
    if bool(own[chosen].any()):  # a masked place is never told to stay masked
        logits = without(logits, trajectory.mask)
    found = scaled(logits, trajectory.temperature)[told_by.clamp(max=len(logits) - 1), trajectory.tokens[row]]
    return found.where(chosen, torch.zeros_like(found))


def without(logits: torch.Tensor, token: int) -> torch.Tensor:
    """Return logits under which a token is never drawn."""
    banned = torch.zeros(logits.shape[-1], dtype=torch.bool, device=logits.device)
    banned[token] = True
    return logits.masked_fill(banned, -torch.inf)

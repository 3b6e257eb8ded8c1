"""A trajectory remembers the very states in which its tokens were chosen, whoever made it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from aitia.sequence.decode import (
    Blockwise,
    Fork,
    ForkJoin,
    OneByOne,
    Path,
    Speculation,
    Trajectory,
    Unmasking,
    autoregressive,
    block_diffusion,
    fork_join,
    masked_diffusion,
    one_step,
    repeats,
    rescored,
    speculative,
)
from aitia.sequence.models import Decoder
from tests.sequence.decode.models import MASK, chance, model_of, prompt_of

FORK = Fork(paths=(Path(start=(1,), most=5), Path(start=(2,), most=7)), join=(4,), after=6)
WAYS: dict[str, Callable[[Decoder, int], Trajectory]] = {
    "one by one": lambda m, s: autoregressive(m, prompt_of(3, 6), chance(s), OneByOne(length=16)),
    "one by one, cool, with an end": lambda m, s: autoregressive(
        m, prompt_of(3, 6), chance(s), OneByOne(length=16, temperature=0.7, end=3)
    ),
    "fork and join": lambda m, s: fork_join(m, prompt_of(2, 6), chance(s), ForkJoin(forks=(FORK,), close=5)),
    "by blocks": lambda m, s: block_diffusion(m, prompt_of(3, 6), chance(s), Blockwise(length=18, block=4, steps=3, mask=MASK)),
    "unmasking, ascending": lambda m, s: masked_diffusion(m, prompt_of(3, 6), chance(s), Unmasking(length=18, mask=MASK, end=3)),
    "unmasking, uniform by blocks": lambda m, s: masked_diffusion(
        m, prompt_of(3, 6), chance(s), Unmasking(length=18, mask=MASK, pace="uniform", blocks=3, steps=6, temperature=1.3)
    ),
    "with drafts": lambda m, s: speculative(m, prompt_of(3, 6), chance(s), Speculation(length=16, draft=repeats(4))),
}
MASKED = ["by blocks", "unmasking, ascending", "unmasking, uniform by blocks"]
EVERY = pytest.mark.parametrize("way", WAYS)


@EVERY
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
def test_the_likelihood_in_the_states_that_were_is_the_one_recorded(way: str, dtype: torch.dtype) -> None:
    model = model_of(dtype)
    found = WAYS[way](model, 0)
    assert (rescored(model, found) - found.log_probabilities).abs().max() < (1e-10 if dtype == torch.float64 else 1e-5)
    if way.startswith("unmasking"):  # the very same pass as when it was sampled: ratios of policy gradients begin at 1
        assert (rescored(model, found) - found.log_probabilities).exp().sub(1).abs().max() < 1e-6


@pytest.mark.parametrize("way", MASKED)
def test_the_estimate_from_one_pass_is_another(way: str) -> None:
    model = model_of()
    found = WAYS[way](model, 0)
    sampled = found.sources >= 0
    gap = (one_step(model, found) - found.log_probabilities)[sampled].abs()
    assert gap.mean() > 0.1 and gap[found.steps[sampled] == 0].max() < 1e-10  # nats; the first pass is the one that it sees


@EVERY
def test_the_passes_part_the_sampled_places(way: str) -> None:
    found = WAYS[way](model_of(), 1)
    sampled = found.sources >= 0
    assert (found.steps[sampled] >= 0).all() and found.passes <= found.forwards
    sets = torch.stack([(found.steps == step) & sampled for step in range(found.passes)])
    assert torch.equal(sets.sum(dim=0), sampled.long())
    assert (found.log_probabilities[sampled] < 0).all() and (found.log_probabilities[~sampled] == 0).all()


@EVERY
def test_states_grow_from_the_prompt_to_the_text(way: str) -> None:
    found = WAYS[way](model_of(), 1)
    assert torch.equal(found.states(found.passes), found.tokens)
    first = found.states(0)
    assert torch.equal(first[:, :6], found.tokens[:, :6]) and (first[found.steps >= 0] == found.mask).all()
    for step in range(found.passes):
        changed = found.states(step + 1) != found.states(step)
        assert not (changed & (found.steps != step)).any()


@EVERY
def test_the_same_chance_gives_the_same_text_and_another_another(way: str) -> None:
    model = model_of()
    one, again, other = (WAYS[way](model, seed) for seed in (5, 5, 6))
    assert torch.equal(one.tokens, again.tokens) and torch.equal(one.log_probabilities, again.log_probabilities)
    assert not torch.equal(one.tokens, other.tokens)


@EVERY
def test_a_trajectory_teaches_the_model_that_made_it(way: str) -> None:
    model = model_of().requires_grad_()
    found = WAYS[way](model, 0)
    assert not found.log_probabilities.requires_grad
    rescored(model, found).sum().backward()
    assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in model.parameters())


def test_it_says_what_it_took() -> None:
    assert "16 passes" in str(WAYS["one by one"](model_of(), 0))

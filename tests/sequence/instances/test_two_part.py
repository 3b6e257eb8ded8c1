"""Attention both ways with the phases of one way: the pairwise formula, its gradient, and that masked tokens stay unseen."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.core.errors import BadOption
from aitia.sequence.attend import attend, rotate
from aitia.sequence.attend.denoising import denoising, shifted_loss
from aitia.sequence.attend.two_part import TwoPartAttention, attend_two_part, dense_parts
from aitia.sequence.order import causal
from tests.sequence.attend.test_attend import slopes


def drawn(n: int, seed: int, heads: int = 4, keys: int = 2) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(2, h, n, 8, dtype=torch.float64, generator=generator).requires_grad_() for h in (heads, keys, keys)]


def pair_by_pair(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, masked: torch.Tensor) -> torch.Tensor:
    """The formula, one pair at a time: query and key are turned by their distance alone, never by where they are."""
    groups = q.shape[1] // k.shape[1]
    k, v = k.repeat_interleave(groups, 1), v.repeat_interleave(groups, 1)
    n = q.shape[2]
    rows = []
    for i in range(n):
        scores = []
        for j in range(n):
            distance = torch.tensor([float(abs(i - j))])
            turned = rotate(q[:, :, i : i + 1], distance)
            score = (turned * k[:, :, j : j + 1]).sum(-1)[..., 0] / math.sqrt(q.shape[-1])
            scores.append(score.masked_fill(masked[:, None, j], -math.inf))
        scores = torch.stack(scores, -1)
        weight = torch.softmax(scores, -1).nan_to_num(0.0)
        rows.append((weight.unsqueeze(-1) * v).sum(2))
    return torch.stack(rows, 2)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 12), st.integers(0, 1000), st.floats(0, 0.9))
def test_two_parts_equal_the_formula_pair_by_pair_and_its_gradient(n: int, seed: int, rate: float) -> None:
    q, k, v = drawn(n, seed)
    masked = torch.rand(2, n, generator=torch.Generator().manual_seed(seed)) < rate
    found, _ = attend_two_part(q, k, v, masked=masked)
    expected = pair_by_pair(q, k, v, masked)
    assert (found - expected).abs().max() < 1e-10
    if bool(masked.all(dim=1).any()):
        return  # rows of softmax over nothing have no gradient in the formula
    weights = torch.randn(found.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed + 1))
    ours, theirs = (torch.autograd.grad((x * weights).sum(), (q, k, v)) for x in (found, expected))
    for one, other in zip(ours, theirs, strict=True):
        assert (one - other).abs().max() < 1e-10


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 12), st.integers(0, 1000), st.floats(0, 0.9), st.booleans())
def test_the_log_sum_exp_has_the_gradient_of_parts_written_out(n: int, seed: int, rate: float, ahead: bool) -> None:
    *turned, v = [*drawn(n, seed, 4, 4)[:2], *drawn(n, seed + 1, 4, 4)]
    hidden = torch.rand(2, n, generator=torch.Generator().manual_seed(seed)) < rate
    ours = TwoPartAttention.apply(*turned, v, hidden, 0.3, ahead)
    theirs = dense_parts(turned[:2], turned[2:], v, hidden, 0.3, ahead)
    given_heads = [*turned, v] if ahead else [*turned[:2], v]
    for one, other in zip(*(slopes(each, given_heads, seed) for each in (ours, theirs)), strict=True):
        assert (one - other).abs().max() < 1e-10


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 12), st.integers(0, 1000), st.booleans())
def test_the_dense_parts_for_other_devices_equal_the_kernels(n: int, seed: int, ahead: bool) -> None:
    q, k, v = (x.detach() for x in drawn(n, seed, keys=4))
    masked = torch.rand(2, n, generator=torch.Generator().manual_seed(seed)) < 0.5
    places = torch.arange(n)
    turned = [(rotate(q, places, backwards=b), rotate(k, places, backwards=b)) for b in (False, True)]
    found, size = attend_two_part(q, k, v, masked=masked, ahead=ahead)
    expected, total = dense_parts(turned[0], turned[1], v, masked, 1 / math.sqrt(8), ahead)
    assert (found - expected).abs().max() < 1e-12
    assert torch.equal(size.isinf(), total.isinf()) and torch.allclose(size.nan_to_num(), total.nan_to_num(), rtol=0, atol=1e-12)


def test_without_reads_ahead_it_is_causal_attention_in_the_usual_phases() -> None:
    q, k, v = (x.detach() for x in drawn(300, 1))
    places = torch.arange(300)
    expected, _ = attend(rotate(q, places), rotate(k, places), v, causal(300))
    assert (attend_two_part(q, k, v, ahead=False)[0] - expected).abs().max() < 1e-12


def test_a_read_ahead_scores_as_the_read_back_over_the_same_distance() -> None:
    q, k, _ = (x.detach() for x in drawn(1, 2))
    forward = rotate(q[:, :1], torch.tensor([9])) @ rotate(k[:, :1], torch.tensor([3])).mT
    ahead = rotate(q[:, :1], torch.tensor([3]), backwards=True) @ rotate(k[:, :1], torch.tensor([9]), backwards=True).mT
    plain = rotate(q[:, :1], torch.tensor([3])) @ rotate(k[:, :1], torch.tensor([9])).mT
    assert (forward - ahead).abs().max() < 1e-12 < (forward - plain).abs().max()


class Stack(torch.nn.Module):
    """Two layers of attention both ways over embeddings."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.mix = torch.nn.ModuleList(torch.nn.Linear(16, 48, dtype=torch.float64) for _ in range(3))
        self.back = torch.nn.ModuleList(torch.nn.Linear(16, 16, dtype=torch.float64) for _ in range(3))

    def forward(self, x: torch.Tensor, masked: torch.Tensor) -> torch.Tensor:
        for mix, back in zip(self.mix, self.back, strict=True):
            q, k, v = (part.unflatten(-1, (2, 8)).transpose(1, 2) for part in mix(torch.tanh(x)).chunk(3, -1))
            x = x + back(attend_two_part(q, k, v, masked=masked)[0].transpose(1, 2).flatten(2))
        return x


def test_nothing_of_a_masked_token_reaches_the_state_that_foretells_it() -> None:
    x = torch.randn(1, 9, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    masked = torch.zeros(1, 9, dtype=torch.bool)
    masked[0, [4, 7]] = True
    model = Stack()
    jacobian = torch.autograd.functional.jacobian(lambda given: model(given, masked)[0].sum(-1), x)[:, 0].abs().sum(-1)
    for hidden in (4, 7):
        others = [i for i in range(9) if i != hidden]
        assert (jacobian[others, hidden] == 0).all() and jacobian[hidden, hidden] > 0
    assert (jacobian[3, [0, 1, 2, 3, 5, 6, 8]] > 0).all()  # it reads the others both ways


def test_the_loss_is_that_of_the_state_one_place_before() -> None:
    logits = torch.randn(2, 5, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(4)).requires_grad_()
    tokens = torch.randint(0, 7, (2, 5), generator=torch.Generator().manual_seed(5))
    masked = torch.zeros(2, 5, dtype=torch.bool)
    masked[0, 2] = masked[1, 4] = True
    loss = shifted_loss(logits, tokens, masked)
    logs = torch.log_softmax(logits, -1)
    assert torch.isclose(loss, -(logs[0, 1, tokens[0, 2]] + logs[1, 3, tokens[1, 4]]) / 2, rtol=0, atol=1e-12)
    (gradient,) = torch.autograd.grad(loss, logits)
    assert {(int(b), int(i)) for b, i in gradient.abs().sum(-1).nonzero()} == {(0, 1), (1, 3)}
    assert shifted_loss(logits, tokens, torch.zeros_like(masked)) == 0
    with pytest.raises(BadOption, match="first token"):
        shifted_loss(logits, tokens, torch.ones_like(masked))


def test_denoising_masks_its_share_and_spares_what_must_stay() -> None:
    tokens = torch.arange(20_000).view(2, -1) % 50 + 2
    keep = tokens == 5
    found = denoising(tokens, 0, torch.Generator().manual_seed(6), rate=0.15, keep=keep)
    assert not found.masked[:, 0].any() and not (found.masked & keep).any()
    assert (found.tokens[found.masked] == 0).all() and torch.equal(found.tokens[~found.masked], tokens[~found.masked])
    share = float(found.masked[~keep].float().mean())
    assert abs(share - 0.15) < 5 * math.sqrt(0.15 * 0.85 / 20_000)
    assert not denoising(tokens, 0, torch.Generator().manual_seed(6), rate=0.0).masked.any()

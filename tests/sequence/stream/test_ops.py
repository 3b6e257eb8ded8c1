"""Every streaming operation gives one signal whatever the chunks, reads what it says it reads, and inverts what it should."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.core.errors import BadOption
from aitia.sequence.audit import chunk_plans, leak
from aitia.sequence.stream import CausalConvolution, Chain, CumulativeNorm, Resampling, Signal, Spectrum, StepNorm, WholeNorm, streamed


def kernel(out: int, inside: int, width: int) -> torch.Tensor:
    return torch.randn(out, inside, width, dtype=torch.float64, generator=torch.Generator().manual_seed(out * 100 + width))


OPS = {
    "plain": CausalConvolution(kernel(5, 4, 3)),
    "strided": CausalConvolution(kernel(6, 4, 5), bias=torch.ones(6), stride=3),
    "dilated": CausalConvolution(kernel(4, 4, 3), dilation=4),
    "grouped": CausalConvolution(kernel(4, 2, 3), groups=2),
    "ahead": CausalConvolution(kernel(4, 4, 5), ahead=2),
    "ahead and strided": CausalConvolution(kernel(4, 4, 3), ahead=1, stride=2),
    "one tap": CausalConvolution(kernel(3, 4, 1)),
    "step norm": StepNorm(2),
    "cumulative norm": CumulativeNorm(2),
    "spectrum": Spectrum(16, 4),
    "up": Resampling(3, 2),
    "down": Resampling(1, 3),
    "same rate": Resampling(1, 1),
    "chain": Chain(
        (CausalConvolution(kernel(4, 4, 3), stride=2), CumulativeNorm(), CausalConvolution(kernel(2, 4, 3), ahead=1), Resampling(3, 2))
    ),
    "there and back": Chain((Spectrum(16, 4), Signal(16, 4))),
}


def signal(length: int, seed: int = 0, channels: int = 4) -> torch.Tensor:
    return torch.randn(2, channels, length, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", OPS)
@pytest.mark.parametrize("length", [1, 7, 50, 131])
def test_the_plan_of_chunks_does_not_matter(name: str, length: int) -> None:
    found = chunk_plans(OPS[name], signal(length))
    assert found.passed, found.says


@pytest.mark.parametrize("name", OPS)
def test_an_operation_reads_what_it_says(name: str) -> None:
    op = OPS[name]
    mask = op.reads(24)
    x = signal(24, 3).transpose(1, 2)
    found = leak(lambda y: op.offline(y.transpose(1, 2)).transpose(1, 2), x, mask)
    assert found.passed, found.says


@pytest.mark.parametrize("name", ["plain", "strided", "dilated", "ahead", "cumulative norm", "up", "down"])
def test_an_operation_reads_no_less_than_it_says(name: str) -> None:
    op = OPS[name]
    x = signal(24, 4).requires_grad_()
    out = op.offline(x)
    weights = torch.randn(out.shape[1], dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    touched = [
        (torch.autograd.grad((out[..., i] * weights).sum(), x, retain_graph=True)[0] != 0).any(dim=1).any(dim=0)
        for i in range(out.shape[-1])
    ]
    read = op.reads(24)
    assert np.mean(torch.stack(touched).numpy()[read]) > (0.9 if name in ("up", "down") else 0.999)


@pytest.mark.parametrize("name", OPS)
def test_a_stream_is_never_later_than_its_latency(name: str) -> None:
    op = OPS[name]
    x, state, given_so_far = signal(90, 2), op.init(2, torch.float64), 0
    for t in range(90):
        out, state = op.step(x[..., t : t + 1], state)
        given_so_far += out.shape[-1]
        due = (Fraction(t + 1 - op.latency) * op.ratio) // 1
        assert given_so_far >= due, t


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 200), st.sampled_from([(16, 4), (32, 16), (24, 8)]), st.integers(0, 99))
def test_spectrum_and_back_is_the_signal(length: int, sizes: tuple[int, int], seed: int) -> None:
    x = signal(length, seed, channels=2)
    back = Chain((Spectrum(*sizes), Signal(*sizes))).offline(x)
    assert back.shape[-1] == -(-length // sizes[1]) * sizes[1]
    assert (back[..., :length] - x).abs().max() < 1e-12
    single = Chain((Spectrum(*sizes), Signal(*sizes))).offline(x.float())
    assert (single[..., :length] - x).abs().max() < 1e-5


def test_resampling_keeps_a_slow_tone_and_drops_a_fast_one() -> None:
    time = torch.arange(600, dtype=torch.float64)
    slow, fast = torch.sin(0.05 * time)[None, None], torch.sin(2.9 * time)[None, None]
    up, down = Resampling(3, 2), Resampling(1, 3)
    found = up.offline(slow)
    expected = torch.sin(0.05 * torch.arange(900, dtype=torch.float64) * 2 / 3)
    assert (found[0, 0, 100:800] - expected[100:800]).abs().max() < 1e-3
    assert down.offline(fast)[..., 30:170].abs().max() < 1e-3
    assert (up.offline(torch.ones(1, 1, 300, dtype=torch.float64))[..., 100:350] - 1).abs().max() < 1e-3


def test_cumulative_norm_is_that_of_everything_so_far() -> None:
    x = signal(30, 7) + 1e6
    found = CumulativeNorm().offline(x)
    for t in (0, 5, 29):
        past = x[..., : t + 1].flatten(1)
        expected = (x[..., t] - past.mean(1, keepdim=True)) / torch.sqrt(past.var(1, unbiased=False, keepdim=True) + 1e-5)
        assert (found[..., t] - expected).abs().max() < 1e-6


def test_normalising_over_time_is_found_out_and_refused() -> None:
    x = signal(12, 1).transpose(1, 2)
    causal = np.tri(12, dtype=bool)
    found = leak(lambda y: WholeNorm(2).offline(y.transpose(1, 2)).transpose(1, 2), x, causal)
    assert found.passed is False and "output 0" in found.says
    with pytest.raises(BadOption, match="reads the future"):
        streamed(WholeNorm(2), signal(12), [12])


def test_argmax_cannot_hide_a_leak() -> None:
    """The index of the largest value has no gradient, so only replacement finds that it looks ahead."""
    x = signal(12, 1).transpose(1, 2)

    def hides(y: torch.Tensor) -> torch.Tensor:
        return y.argmax(dim=1, keepdim=True).to(y.dtype).expand(-1, 12, -1)

    assert leak(hides, x, np.tri(12, dtype=bool)).passed is False


def test_impossible_operations_are_refused() -> None:
    for wrong in (
        lambda: Spectrum(16, 5),
        lambda: Spectrum(16, 12),
        lambda: Resampling(0, 1),
        lambda: CausalConvolution(kernel(2, 2, 3), ahead=3),
    ):
        with pytest.raises(BadOption):
            wrong()

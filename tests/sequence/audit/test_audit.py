"""The audits find planted faults that keep every shape, pass what is right, and count what an order costs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from aitia.core.errors import BadOption
from aitia.core.show import as_text, view_of
from aitia.sequence.audit import chunk_plans, cost, leak, replay
from aitia.sequence.models import Decoder, DecoderShape
from aitia.sequence.order import blocks, causal, fork_join, window
from aitia.sequence.stream.convolution import CausalConvolution, Held
from aitia.sequence.stream.op import Stepped

N = 9


def so_far(x: torch.Tensor) -> torch.Tensor:
    """The mean of everything so far: an order-keeping base for faults."""
    return x.cumsum(1) / torch.arange(1, x.shape[1] + 1)[:, None]


def quantised(x: torch.Tensor) -> torch.Tensor:
    """Adds the sign of the last input, of which the gradient is zero."""
    return so_far(x) + torch.sign(x[:, -1:])


def routed(x: torch.Tensor) -> torch.Tensor:
    """Chooses one of two experts for each sequence by all of its inputs: no gradient passes through the choice."""
    return torch.where((x.sum(dim=(1, 2)) > 0)[:, None, None], so_far(x), 2 * so_far(x))


def largest(x: torch.Tensor) -> torch.Tensor:
    """Says where the largest input is."""
    return so_far(x) + x.argmax(dim=1, keepdim=True)


def shifted(x: torch.Tensor) -> torch.Tensor:
    """Each output reads the next input, too."""
    return so_far(x) + torch.cat([x[:, 1:], x[:, -1:]], dim=1)


class Net(torch.nn.Module):
    """A user's own module: a causal convolution over words."""

    def __init__(self, ahead: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.table, self.ahead = torch.randn(7, 4, generator=generator), ahead

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        """Sum the word before, the word, and those ahead."""
        x = torch.nn.functional.pad(self.table[words], (0, 0, 1, self.ahead))
        return x.unfold(1, 2 + self.ahead, 1).sum(-1)


def signal(seed: int = 0) -> torch.Tensor:
    return torch.randn(2, N, 3, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("fault", [quantised, routed, largest, shifted])
def test_a_leak_is_found_whether_or_not_a_gradient_passes(fault: Callable[[torch.Tensor], torch.Tensor]) -> None:
    found = leak(fault, signal(), causal(N))
    assert found.passed is False and found.value > 0 and "output" in found.says and found.next
    assert leak(so_far, signal(), causal(N)).passed


def test_each_of_32_replacements_counts_and_pairs_are_named() -> None:
    assert f"{N * (N - 1) // 2} forbidden pairs, 36 replacements" in leak(so_far, signal(), causal(N)).says
    found = leak(shifted, signal(), causal(N))
    assert "output 0 changes with input 1" in found.says
    assert found.value == 2 * (N - 1)  # every output but the last, by its gradient and by replacement


def test_a_module_over_words_is_audited_by_replacement_alone() -> None:
    words = torch.randint(7, (2, N), generator=torch.Generator().manual_seed(0))
    assert leak(Net(0), words, causal(N) & window(N, 2)).passed
    found = leak(Net(1), words, causal(N))
    assert found.passed is False and "changes with input" not in found.says


def test_layers_bound_how_far_inputs_reach() -> None:
    """Two passes of a window of two reach two back: allowed for two layers, a leak for one."""

    def twice(x: torch.Tensor) -> torch.Tensor:
        for _ in range(2):
            x = x + torch.cat([torch.zeros_like(x[:, :1]), x[:, :-1]], dim=1)
        return x

    order = causal(N) & window(N, 2)
    assert leak(twice, signal(), order, layers=2).passed and leak(twice, signal(), order).passed
    assert leak(twice, signal(), order, layers=1).passed is False


def test_what_cannot_be_audited_is_refused() -> None:
    generator = torch.Generator().manual_seed(0)
    for wrong in (
        lambda: leak(so_far, signal(), causal(N), replacements=31),
        lambda: leak(so_far, signal(), causal(N + 1)),
        lambda: leak(lambda x: x + torch.rand(x.shape, generator=generator), signal(), causal(N)),
    ):
        with pytest.raises(BadOption):
            wrong()


def decoder() -> tuple[Decoder, torch.Tensor]:
    model = Decoder(DecoderShape(vocabulary=11, width=32, layers=2, heads=4, key_heads=2)).double().requires_grad_(False)
    return model, torch.randint(11, (1, N), generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("wrong", [None, 0, 8])
def test_replay_finds_a_step_that_is_not_that_of_the_whole_and_names_its_pass(wrong: int | None) -> None:
    model, tokens = decoder()
    order = fork_join(2, (3, 2), 2)
    cache, given = model.cache(order), tokens.clone()
    if wrong is not None:
        given[0, wrong] = (tokens[0, wrong] + 1) % 11
    found = replay(lambda: model(tokens, order), lambda nodes: model.step(given[:, nodes], nodes.numpy(), cache), cache.schedule)
    assert found.passed is (wrong is None) and found.threshold == 1e-10
    assert "7 passes" in found.says if wrong is None else "differs" in found.says and found.next
    assert wrong != 8 or "most in pass 6" in found.says  # the last node alone


class Forgetful(CausalConvolution):
    """A convolution that begins anew where a chunk is empty."""

    def step(self, x: torch.Tensor, state: Held) -> Stepped:
        """Take a chunk."""
        known = state if x.shape[-1] else self.init(len(x), x.dtype)
        return CausalConvolution.step(self, x, known)


def test_a_plan_of_chunks_that_matters_is_found() -> None:
    weight = torch.randn(2, 2, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    x = torch.randn(1, 2, 200, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    assert chunk_plans(CausalConvolution(weight), x).passed
    found = chunk_plans(Forgetful(weight), x)
    assert found.passed is False and found.value > found.threshold == 1e-10 and "matters" in found.says


def test_the_cost_is_counted_by_hand() -> None:
    found = cost(blocks([2, 2]).schedule(layers=3), heads=4, width=8, key_heads=2)
    pairs = 2 * 2 + 2 * 4
    assert (found.nodes, found.pairs, found.density) == (4, pairs, pairs / 16)
    assert found.attention_flops == 3 * 4 * pairs * 2 * 2 * 8  # layers, heads, pairs, two products of a multiplication and an addition
    assert found.of_causal == pairs / 10 and (found.passes, found.blocks_per_pass) == (2, 1.0)
    assert found.peak_nodes == 4 and found.peak_bytes == 3 * 2 * 2 * 8 * 4 * 4  # layers, keys and values, heads, width, bytes, nodes
    assert "12 (75 % of all" in as_text(view_of(found))
    assert cost(causal(64).schedule(), heads=1, width=8).of_causal == 1.0

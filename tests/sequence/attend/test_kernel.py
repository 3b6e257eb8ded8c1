"""Where the compiled kernel serves, it gives what the dense mask gives; where it does not, tiles do."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.core.errors import BadOption
from aitia.sequence.attend import attend_dense, kernel
from aitia.sequence.attend.kernel import KernelAttention
from aitia.sequence.order import Relation, causal, pack, rings, window
from tests.sequence.attend.test_attend import LARGE, mask_of, slopes
from tests.sequence.attend.test_segment import LAYOUTS
from tests.sequence.order.relations import relations

torch.set_num_threads(1)


def heads(n: int, seed: int, width: int = 16) -> list[torch.Tensor]:
    """Queries of four heads, keys and values of two, as projections give them: across memory."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(2, n, h, width, generator=generator).transpose(1, 2).requires_grad_() for h in (4, 2, 2)]


def equal_to_dense(found: Relation, seed: int, width: int = 16) -> None:
    given_heads = heads(found.n, seed, width)
    out, size = KernelAttention.apply(*given_heads, found, width**-0.5)
    expected, total = attend_dense(*given_heads, mask_of(found))
    assert (out - expected).abs().max() < 1e-5
    assert torch.equal(size.isinf(), total.isinf()) and (size.nan_to_num(0, 0, 0) - total.nan_to_num(0, 0, 0)).abs().max() < 1e-5
    for sizes in (False, True):
        for one, other in zip(*(slopes(each, given_heads, seed, sizes=sizes) for each in ((out, size), (expected, total))), strict=True):
            assert (one - other).abs().max() < 1e-4


@settings(max_examples=100, deadline=None)
@given(found=relations, seed=st.integers(0, 1000))
def test_the_kernel_equals_the_dense_mask_forward_and_backward(found: Relation, seed: int) -> None:
    equal_to_dense(found, seed)


@pytest.mark.parametrize("found", [*LARGE, *LAYOUTS.values()], ids=[*(f"{i} of {r.n} nodes" for i, r in enumerate(LARGE)), *LAYOUTS])
def test_the_kernel_equals_the_dense_mask_for_every_layout(found: Relation) -> None:
    equal_to_dense(found, 1, 32)


def test_threads_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel, "SMALL", 0)
    found = pack([rings(12, 12), causal(300) & window(300, 40)])
    results = []
    for threads in (1, 2, 3):
        monkeypatch.setattr(torch, "get_num_threads", lambda threads=threads: threads)
        q, k, v = heads(found.n, 0)
        out, size = KernelAttention.apply(q, k, v, found, 0.25)
        results.append([out, size, *torch.autograd.grad(out.sum(), (q, k, v))])
    for other in results[1:]:
        assert all(torch.equal(one, two) for one, two in zip(results[0], other, strict=True))


@pytest.mark.parametrize("width", [8, 20])
def test_widths_and_numbers_that_the_kernel_does_not_take_go_by_tiles(width: int) -> None:
    q, k, v = (x.detach() for x in heads(10, 0, width))
    assert not kernel.serves(q, k, v, 0.3) and not kernel.serves(q.double(), k.double(), v.double(), 0.3)
    assert not kernel.serves(*(x.detach() for x in heads(10, 0)), -0.3)


def test_a_second_gradient_is_refused() -> None:
    q, k, v = heads(20, 0)
    out, _ = KernelAttention.apply(q, k, v, causal(20), 0.25)
    with pytest.raises(BadOption, match="gradient of a gradient"):
        torch.autograd.grad(out.sum(), q, create_graph=True)

"""Few queries over what is cached get what the dense mask gives, by the kernel and without it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aitia.sequence.attend import attend_dense, listed
from aitia.sequence.attend.masked import masked


@pytest.mark.parametrize("served", [True, False], ids=["kernel", "PyTorch"])
def test_a_mask_of_few_queries_gives_what_the_dense_mask_gives(served: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not served:
        monkeypatch.setattr(listed, "MOST", 0)
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(2, h, n, 16, generator=generator) for h, n in ((4, 3), (2, 40), (2, 40)))
    mask = torch.from_numpy(np.random.default_rng(0).random((3, 40)) < 0.3)
    mask[1] = False
    for own in (mask, None, torch.ones(3, 40, dtype=torch.bool)):
        found = masked(own)(q, k, v)
        expected = attend_dense(q, k, v, torch.ones(3, 40, dtype=torch.bool) if own is None else own)[0]
        assert (found - expected).abs().max() < 1e-5


def test_what_learns_goes_by_pytorch_and_its_gradient_is_that_of_the_dense_mask() -> None:
    generator = torch.Generator().manual_seed(0)
    given = [torch.randn(1, 2, n, 8, generator=generator).requires_grad_() for n in (2, 9, 9)]
    mask = torch.ones(2, 9, dtype=torch.bool).tril(7)
    assert not listed.serves(*given, pairs=18)
    one, other = (torch.autograd.grad(out.sum(), given) for out in (masked(mask)(*given), attend_dense(*given, mask)[0]))
    assert all((a - b).abs().max() < 1e-5 for a, b in zip(one, other, strict=True))


def test_values_of_another_width_go_by_pytorch() -> None:
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(1, 2, n, width, generator=generator) for n, width in ((3, 16), (9, 16), (9, 8)))
    assert not listed.serves(q, k, v, pairs=27)
    assert (masked(None)(q, k, v) - torch.softmax(q @ k.mT / 4, dim=-1) @ v).abs().max() < 1e-5

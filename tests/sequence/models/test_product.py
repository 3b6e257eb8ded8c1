"""A product with kept weights is the product, and weights are kept no longer than asked."""

from __future__ import annotations

import copy
import pickle

import pytest
import torch

from aitia.sequence.models.product import COPIES, Product, kept


@pytest.mark.parametrize("rows", [1, 2, 3, 8, 16, 17])
def test_few_rows_or_many_give_the_product(rows: int) -> None:
    product, x = Product(320, 640), torch.randn(1, rows, 320, generator=torch.Generator().manual_seed(0))
    with torch.no_grad(), kept():
        for _ in range(2):
            assert (product(x) - x @ product.weight.T).abs().max() < 1e-5
        assert len(COPIES.get()) == (3 <= rows <= 16)
    assert COPIES.get() is None


@torch.no_grad()
def test_changed_weights_are_the_ones_that_count() -> None:
    product, x = Product(320, 640), torch.ones(4, 320)
    with kept():
        product(x)
    product.weight.data.mul_(2)  # such a change leaves no trace on the tensor
    with kept():
        assert (product(x) - x @ product.weight.T).abs().max() < 1e-4
        for other in (copy.deepcopy(product), pickle.loads(pickle.dumps(product))):
            other.weight.zero_()
            assert other(x).abs().max() == 0 and product(x).abs().max() > 0


def test_gradients_go_through_the_usual_product() -> None:
    product, x = Product(320, 640), torch.ones(4, 320)
    with kept():
        product(x).sum().backward()
    assert torch.equal(product.weight.grad, torch.full_like(product.weight, 4.0))

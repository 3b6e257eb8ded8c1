"""Multiply a few rows with a large weight matrix at little more than the price of one row.

For 3 to 16 rows, as when the paths of a text are decoded side by side, the usual product first copies the weights into
the order of its kernel, which costs more than the product. While weights are kept (`with kept():`) that copy is made
once. Only without gradients, in float32, on a CPU with oneDNN; everywhere else it is the usual product.
"""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator

import torch
from torch import nn
from torch.nn import functional

FEW, MANY = 3, 16  # rows between which keeping a copy pays; one and two have a kernel of their own
LARGE = 100_000  # numbers in a weight matrix below which the copy costs nothing
COPIES: contextvars.ContextVar[dict[int, torch.Tensor] | None] = contextvars.ContextVar("copies", default=None)


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """Keep copies of weights, which nobody may change meanwhile, until the block or the decorated function ends."""
    token = COPIES.set({})
    try:
        yield
    finally:
        COPIES.reset(token)


class Product(nn.Linear):
    """Multiply with a weight matrix, without bias."""

    def __init__(self, width: int, out: int) -> None:
        super().__init__(width, out, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return x (…, width) times the weights, (…, out)."""
        copies = COPIES.get()
        if copies is None or not (FEW <= x.numel() // x.shape[-1] <= MANY and fits(self.weight)):
            return functional.linear(x, self.weight)
        key = id(self.weight)
        if key not in copies:
            copies[key] = torch.ops.mkldnn._reorder_linear_weight(self.weight.detach(), MANY)
        return torch.ops.mkldnn._linear_pointwise(x, copies[key], None, "none", [], "")


def fits(weight: torch.Tensor) -> bool:
    """Tell whether a kept copy may serve."""
    return (
        weight.numel() >= LARGE
        and not torch.is_grad_enabled()
        and weight.dtype == torch.float32
        and weight.device.type == "cpu"
        and torch.backends.mkldnn.is_available()
    )

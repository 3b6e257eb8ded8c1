"""Adapt a trained model by matrices of low rank beside its own, which stay as they are. [hu2022]"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

from aitia.core.errors import BadOption, near


class LowRank(nn.Module):
    """Add to a frozen linear layer what two thin matrices give; they give nothing at first."""

    def __init__(self, base: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__()
        if not 1 <= rank <= min(base.in_features, base.out_features):
            raise BadOption(f"A layer of {base.in_features} to {base.out_features} has no update of rank {rank}.")
        self.base = base.requires_grad_(False)
        self.down = nn.Parameter(base.weight.new_empty(rank, base.in_features))  # A
        self.up = nn.Parameter(base.weight.new_zeros(base.out_features, rank))  # B
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))
        self.scale = alpha / rank

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the output with what was learned."""
        return self.base(x) + functional.linear(functional.linear(x, self.down), self.up) * self.scale

    def merged(self) -> nn.Linear:
        """Return one linear layer that does the same."""
        found = nn.Linear(self.base.in_features, self.base.out_features, bias=self.base.bias is not None).to(self.base.weight)
        with torch.no_grad():
            found.weight.copy_(self.base.weight + self.up @ self.down * self.scale)
            if self.base.bias is not None:
                found.bias.copy_(self.base.bias)
        return found


def adapt(
    model: nn.Module, names: Sequence[str] = ("q_proj", "k_proj", "v_proj", "out_proj"), *, rank: int = 8, alpha: float = 16.0
) -> int:
    """Freeze a model and put `LowRank` in the place of every linear layer of these names, in all attention; return how many."""
    found = [(parent, name) for parent in model.modules() for name, child in parent.named_children() if isinstance(child, nn.Linear)]
    chosen = [(parent, name) for parent, name in found if name in names]
    if not chosen:
        raise BadOption(f"No linear layer is called {names[0]!r}.", next=near(names[0], sorted({name for _, name in found})))
    model.requires_grad_(False)
    for parent, name in chosen:
        setattr(parent, name, LowRank(getattr(parent, name), rank, alpha))
    return len(chosen)


def merge_adapted(model: nn.Module) -> int:
    """Put plain linear layers back in the place of every `LowRank`, with what they learned; return how many."""
    chosen = [(parent, name, child) for parent in model.modules() for name, child in parent.named_children() if isinstance(child, LowRank)]
    for parent, name, child in chosen:
        setattr(parent, name, child.merged())
    return len(chosen)

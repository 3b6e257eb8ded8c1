"""A small decoder with random weights, whole under a relation or pass by pass with a cache."""

from __future__ import annotations

from collections.abc import Callable

import torch

from aitia.sequence.attend import attend, attend_dense, rotate
from aitia.sequence.order import Relation, Schedule
from aitia.sequence.stream import OrderCache, Shape

HEADS, WIDTH, LAYERS = 2, 8, 3
Turn = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


class Stack(torch.nn.Module):
    """Attention and a pointwise mixture, three times."""

    def __init__(self, turn: Turn = rotate) -> None:
        super().__init__()
        torch.manual_seed(11)
        size = HEADS * WIDTH
        self.turn = turn
        self.mix = torch.nn.ModuleList(torch.nn.Linear(size, 3 * size, dtype=torch.float64) for _ in range(LAYERS))
        self.back = torch.nn.ModuleList(torch.nn.Linear(size, size, dtype=torch.float64) for _ in range(LAYERS))

    def heads(self, layer: int, x: torch.Tensor, positions: torch.Tensor) -> list[torch.Tensor]:
        q, k, v = (part.unflatten(-1, (HEADS, WIDTH)).transpose(1, 2) for part in self.mix[layer](torch.tanh(x)).chunk(3, -1))
        return [self.turn(q, positions), self.turn(k, positions), v]

    def forward(self, x: torch.Tensor, relation: Relation, positions: torch.Tensor, backend: str = "segment") -> torch.Tensor:
        for layer in range(LAYERS):
            out, _ = attend(*self.heads(layer, x, positions), relation, backend=backend)
            x = x + self.back[layer](out.transpose(1, 2).flatten(2))
        return x

    def stepper(self, x: torch.Tensor, plan: Schedule) -> Callable[[torch.Tensor], torch.Tensor]:
        """Computes the nodes of one pass from inputs x (1, n, size) and what is cached, and forgets what the plan says."""
        relation = plan.relation
        assert isinstance(relation, Relation)
        mask = torch.from_numpy(relation.dense())
        shape = Shape(layers=LAYERS, batch=1, heads=HEADS, width=WIDTH, dtype=torch.float64)
        cache, level = OrderCache(plan, shape), iter(range(plan.depth))

        def steps(nodes: torch.Tensor) -> torch.Tensor:
            hidden, known = x[:, nodes], cache.nodes
            fresh = []
            for layer in range(LAYERS):
                q, k, v = self.heads(layer, hidden, plan.positions[nodes])
                keys, values = cache.view(layer)
                out, _ = attend_dense(
                    q, torch.cat([keys, k], 2), torch.cat([values, v], 2), mask[nodes][:, torch.cat([torch.tensor(known).long(), nodes])]
                )
                hidden = hidden + self.back[layer](out.transpose(1, 2).flatten(2))
                fresh.append((k, v))
            cache.append(nodes.tolist(), *(torch.stack(part) for part in zip(*fresh, strict=True)))
            cache.evict_after(next(level))
            return hidden

        return steps


def inputs(n: int, seed: int = 1, batch: int = 1) -> torch.Tensor:
    return torch.randn(batch, n, HEADS * WIDTH, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))

"""Keep a state that folds the past into a fixed size, as linear attention and state spaces do: it forks, and nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import torch

from aitia.core.errors import BadOption


@dataclasses.dataclass(frozen=True, slots=True)
class FoldCache:
    """Hold the folded state of each layer; past nodes cannot be told apart in it any more."""

    states: tuple[torch.Tensor, ...]

    def fork(self, count: int) -> list[FoldCache]:
        """Return copies that go on separately."""
        return [FoldCache(tuple(state.clone() for state in self.states)) for _ in range(count)]

    def join(self, others: Sequence[FoldCache]) -> FoldCache:
        """Refuse: two folded pasts do not make one."""
        raise BadOption(
            f"Folded states cannot be joined: {1 + len(others)} paths each went on from their own past.",
            why="A folded state is one sum over the whole past, and the order of what was folded matters.",
            next="Run the later paths again behind the first, or use attention for orders that join.",
        )

    def evict(self, nodes: Sequence[int]) -> None:
        """Refuse: a folded node cannot be taken out."""
        raise BadOption("A folded state cannot forget single nodes.", next="Use attention for orders with windows.")

    @property
    def nbytes(self) -> int:
        """The bytes of all states."""
        return sum(state.numel() * state.element_size() for state in self.states)

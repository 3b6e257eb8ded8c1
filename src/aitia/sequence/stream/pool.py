"""Keep keys and values in pages that several caches share; who goes on from a shared past begins a page of its own. [kwon2023]"""

from __future__ import annotations

import dataclasses

import torch

PAGE = 16


@dataclasses.dataclass(frozen=True, slots=True)
class Shape:
    """Hold the shape of what a cache keeps of each node: layers, batch rows, key heads, their width, and where it lies."""

    layers: int
    batch: int
    heads: int
    width: int
    dtype: torch.dtype = torch.float32
    device: str = "cpu"


class Pool:
    """Hold keys and values (2, layers, batch, heads, slots, width); PAGE slots make a page; counts how many caches use each."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.store = torch.empty(2, shape.layers, shape.batch, shape.heads, 0, shape.width, dtype=shape.dtype, device=shape.device)
        self.users: list[int] = []
        self.free: list[int] = []

    def take(self) -> int:
        """Return a page that nobody uses, now used once."""
        if not self.free:
            more = max(4, len(self.users))
            fresh = self.store.new_zeros(*self.store.shape[:4], more * PAGE, self.shape.width)
            self.free = list(range(len(self.users) + more - 1, len(self.users) - 1, -1))
            self.users += [0] * more
            self.store = torch.cat([self.store, fresh], dim=4)
        page = self.free.pop()
        self.users[page] = 1
        return page

    def share(self, page: int) -> None:
        """Count one more user of a page."""
        self.users[page] += 1

    def release(self, page: int) -> None:
        """Count one user less; a page without users is free."""
        self.users[page] -= 1
        if not self.users[page]:
            self.free.append(page)

    @property
    def nbytes(self) -> int:
        """The bytes of the pages in use."""
        one = self.store[..., :PAGE, :].numel() * self.store.element_size()
        return one * (len(self.users) - len(self.free))

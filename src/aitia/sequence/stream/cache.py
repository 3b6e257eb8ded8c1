"""Keep the keys and values of nodes as long as the order says that somebody will read them, and no longer."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

import numpy as np
import torch

from aitia.core.errors import BadOption, InputError
from aitia.sequence.order.dependence import read_by
from aitia.sequence.order.schedule import Schedule
from aitia.sequence.stream.pool import PAGE, Pool, Shape


@dataclasses.dataclass(frozen=True, slots=True)
class Snapshot:
    """Hold which nodes a cache held, in which slots, and which had come; their pages stay until the snapshot is dropped."""

    places: dict[int, int]
    came: np.ndarray


class OrderCache:
    """Hold keys and values by node, driven by a schedule: append, view, evict, fork, join, invalidate.

    Keys are kept as they come, turned by their own positions already, so nothing is computed again when paths join.
    """

    def __init__(self, schedule: Schedule, shape: Shape, pool: Pool | None = None) -> None:
        if schedule.depth == 1 and len(schedule.block) > 1 and schedule.block.max() == 0:
            raise BadOption(
                "In this order every node reads every other, so no entry stays valid while anything changes.",
                why="Its nodes are one block.",
                next="Compute the block anew in every pass, or give an order with more than one block.",
            )
        self.schedule, self.shape, self.pool = schedule, shape, pool or Pool(shape)
        self.places: dict[int, int] = {}  # the slot of each node
        self.came = np.zeros(len(schedule.block), dtype=bool)  # which nodes need not be computed any more, be they forgotten or not
        self.used: dict[int, int] = {}  # how many nodes of this cache lie in a page
        self.current: int | None = None  # the page being filled
        self.filled = 0  # how many of its slots are taken

    @property
    def nodes(self) -> list[int]:
        """The nodes that are cached, in the order in which they came."""
        return list(self.places)

    @property
    def nbytes(self) -> int:
        """The bytes of the nodes that are cached."""
        size = torch.empty(0, dtype=self.shape.dtype).element_size()
        return 2 * self.shape.layers * self.shape.batch * self.shape.heads * self.shape.width * size * len(self.places)

    def append(self, nodes: Sequence[int] | np.ndarray, keys: torch.Tensor, values: torch.Tensor) -> None:
        """Keep keys and values (layers, batch, heads, nodes, width) of nodes that are not cached yet."""
        append_together([self], [nodes], keys, values)

    def take(self, nodes: Sequence[int] | np.ndarray) -> list[int]:
        """Return slots for nodes, whose keys and values are still to be written there."""
        found = [self._next() for _ in nodes]
        self.places.update(zip((int(node) for node in nodes), found, strict=True))
        self.came[np.asarray(nodes, dtype=np.int64)] = True
        return found

    def view(self, layer: int, nodes: Sequence[int] | np.ndarray | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """Return keys and values (batch, heads, nodes, width) of one layer, of all cached nodes by default."""
        chosen = self.nodes if nodes is None else [int(node) for node in nodes]
        if absent := [node for node in chosen if node not in self.places]:
            raise InputError(f"Node {absent[0]} is not cached.", why="It was never appended, or nobody was to read it again.")
        index = torch.tensor([self.places[node] for node in chosen], dtype=torch.long, device=self.pool.store.device)
        keys, values = self.pool.store[:, layer].index_select(3, index)
        return keys, values

    def evict(self, nodes: Iterable[int]) -> None:
        """Forget nodes; those that are not cached are passed over."""
        for node in nodes:
            place = self.places.pop(int(node), None)
            if place is not None:
                page = place // PAGE
                self.used[page] -= 1
                if not self.used[page] and self.current != page:
                    self._drop(page)

    def evict_after(self, level: int) -> list[int]:
        """Forget the nodes that nobody above a level reads, nor anybody up to it who is still to come; returns them."""
        plan = self.schedule
        gone = [node for node in self.places if plan.last[node] <= level]
        behind = ~self.came & (plan.height <= level) if gone else self.came[:0]
        if behind.any():  # the nodes of a level may come one by one
            read = read_by(plan.relation, behind)
            gone = [node for node in gone if not read[node]]
        self.evict(gone)
        return gone

    def invalidate(self, nodes: Sequence[int]) -> list[int]:
        """Forget nodes that were set from outside and all that depends on them; returns the cached ones that went."""
        stale = self.schedule.invalidated(list(nodes))
        self.came[stale] = False
        gone = [int(node) for node in stale if int(node) in self.places]
        self.evict(gone)
        return gone

    def fork(self, count: int) -> list[OrderCache]:
        """Return caches that share every page with this one and write to pages of their own."""
        return [self._twin() for _ in range(count)]

    def join(self, others: Sequence[OrderCache]) -> OrderCache:
        """Return a cache of what this one and others of one pool hold together; nothing is copied or computed."""
        found = self._twin()
        for other in others:
            if other.pool is not self.pool:
                raise BadOption("Only caches that were forked from one another can be joined.")
            for node, place in other.places.items():
                if found.places.get(node, place) != place:
                    raise BadOption(f"Node {node} is cached with different values in two of these caches.")
                if node not in found.places:
                    found._hold(node, place)
            found.came |= other.came
        return found

    def snapshot(self) -> Snapshot:
        """Return what is cached now, to come back to."""
        for page in {place // PAGE for place in self.places.values()}:
            self.pool.share(page)
        return Snapshot(dict(self.places), self.came.copy())

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot, which is used up."""
        self.evict(list(self.places))
        if self.current is not None and not self.used.get(self.current, 0):
            self._drop(self.current)
        self.current = None
        held = {place // PAGE for place in snapshot.places.values()}
        for node, place in snapshot.places.items():
            self._hold(node, place)
        self.came = snapshot.came
        for page in held:
            self.pool.release(page)

    def _next(self) -> int:
        if self.current is None or self.filled == PAGE:
            page = self.pool.take()
            self.used.setdefault(page, 0)
            before, self.current, self.filled = self.current, page, 0
            if before is not None and not self.used.get(before, 0):
                self._drop(before)
        self.used[self.current] += 1
        self.filled += 1
        return self.current * PAGE + self.filled - 1

    def _hold(self, node: int, place: int) -> None:
        page = place // PAGE
        if page not in self.used:
            self.pool.share(page)
            self.used[page] = 0
        self.used[page] += 1
        self.places[node] = place

    def _drop(self, page: int) -> None:
        self.used.pop(page, None)
        self.pool.release(page)

    def _twin(self) -> OrderCache:
        found = OrderCache(self.schedule, self.shape, self.pool)
        for node, place in self.places.items():
            found._hold(node, place)
        found.came = self.came.copy()
        return found


def append_together(
    caches: Sequence[OrderCache], nodes: Sequence[Sequence[int] | np.ndarray], keys: torch.Tensor, values: torch.Tensor
) -> None:
    """Keep keys and values (layers, batch, heads, nodes, width) of nodes that are not cached yet, each cache of one pool its own."""
    pool, shape = caches[0].pool, caches[0].shape
    wanted = (shape.layers, shape.batch, shape.heads, sum(len(own) for own in nodes), shape.width)
    for name, given in (("keys", keys), ("values", values)):
        if tuple(given.shape) != wanted:
            raise BadOption(f"The {name} have shape {tuple(given.shape)}; the cache takes {wanted}.")
    for cache, own in zip(caches, nodes, strict=True):
        if strange := [int(node) for node in own if not 0 <= int(node) < len(cache.came)]:
            raise InputError(f"There is no node {strange[0]} among {len(cache.came)}.", next="Give a cache an order that is long enough.")
        if twice := [int(node) for node in own if int(node) in cache.places]:
            raise InputError(f"Node {twice[0]} is cached already.", next="Invalidate or evict it first.")
    places = [cache.take(own) for cache, own in zip(caches, nodes, strict=True)]
    index = torch.tensor([place for own in places for place in own], dtype=torch.long, device=pool.store.device)
    for side, given in enumerate((keys, values)):
        pool.store[side].index_copy_(3, index, given)

"""Cache keys and values in models of Transformers by node: forgotten after their last reader, forked and joined."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from aitia.core.errors import BadOption
from aitia.core.extras import need
from aitia.sequence.attend.listed import Pair, put
from aitia.sequence.order.lifetime import last_use
from aitia.sequence.order.relation import Relation

ROOM = 64


Nodes = range | np.ndarray


class Plan:
    """Hold which node comes next, which are cached, and after which node each may go; all layers share it.

    Nodes are a range wherever they are a run: a step of most decoders then asks NumPy nothing.
    """

    def __init__(self, relations: Sequence[Relation], depth: int) -> None:
        self.relations, self.depth = tuple(relations), depth
        order = np.arange(relations[0].n)
        self.last = np.maximum.reduce([last_use(found, order) for found in relations])  # the last reader, in order of nodes
        self.next = 0
        self.present: Nodes = range(0)
        self.soonest = len(order)  # the last reader of the cached node that goes first, or one before it

    def keys(self, count: int) -> Nodes:
        """Return the nodes of the keys that a pass over the next `count` nodes sees."""
        stop = self.next + count
        if not len(self.present):
            return range(self.next, stop)
        if isinstance(self.present, range) and self.present.stop == self.next:
            return range(self.present.start, stop)
        return np.concatenate([self.present, range(self.next, stop)])

    def passed(self, count: int) -> np.ndarray | None:
        """Go on by `count` nodes; return the places of the keys that stay, or None where all do."""
        known = self.keys(count)
        new = self.last.item(self.next) if count == 1 else int(self.last[self.next : self.next + count].min())
        self.soonest = min(self.soonest, new)
        self.next += count
        if self.soonest >= self.next:
            self.present = known
            return None
        before = np.asarray(known)
        stay = self.last[before] >= self.next
        kept = before[stay]
        self.soonest = int(self.last[kept].min(initial=len(self.last)))
        run = len(kept) and isinstance(known, range) and kept[-1] - kept[0] + 1 == len(kept)
        self.present = range(int(kept[0]), int(kept[-1]) + 1) if run else kept
        return None if stay.all() else np.flatnonzero(stay)

    def copy(self) -> Plan:
        """Return a twin."""
        found = object.__new__(Plan)
        found.relations, found.depth, found.last = self.relations, self.depth, self.last
        found.next, found.present, found.soonest = self.next, self.present, self.soonest
        return found


class Store:
    """Keep keys and values of one layer in a buffer that grows by doubling, so that a step copies nothing."""

    def __init__(self) -> None:
        self.buffers: Pair | None = None
        self.length = 0
        self.shared = False  # another cache holds the same buffers: copy before writing

    def add(self, new: Pair) -> Pair:
        """Put keys and values (b, h, n, d) behind those that are kept, and return all."""
        end = self.length + new[0].shape[2]
        buffers = self.buffers
        if buffers is None or self.shared or end > buffers[0].shape[2]:
            buffers = self._room(new, end)
        put(buffers, new, self.length)
        self.length = end
        return buffers[0][:, :, :end], buffers[1][:, :, :end]

    def keep(self, places: np.ndarray) -> None:
        """Keep some of the keys only."""
        chosen = torch.from_numpy(places)
        kept = [found[:, :, chosen.to(found.device)] for found in self.seen]
        if self.shared:
            self.buffers, self.shared = (kept[0], kept[1]), False
        else:
            for found, own in zip(self.seen, kept, strict=True):
                found[:, :, : len(places)] = own
        self.length = len(places)

    @property
    def seen(self) -> tuple[torch.Tensor, ...]:
        """Keys and values that are kept."""
        return tuple(buffer[:, :, : self.length] for buffer in self.buffers or ())

    def twin(self) -> Store:
        """Return a store of the same keys and values; whoever writes first copies."""
        found = Store()
        found.buffers, found.length = self.buffers, self.length
        self.shared = found.shared = True
        return found

    def _room(self, new: Pair, end: int) -> Pair:
        keys, values = (tensor.new_empty(*tensor.shape[:2], max(2 * end, ROOM), tensor.shape[3]) for tensor in new)
        for buffer, known in zip((keys, values), self.seen, strict=False):
            buffer[:, :, : self.length] = known
        self.buffers, self.shared = (keys, values), False
        return self.buffers


class Behaviour:
    """Add to a cache of Transformers what an order asks for."""

    layers: list[Any]
    plan: Plan

    def begin(self, plan: Plan, stores: Sequence[Store]) -> None:
        """Set the plan and what is kept."""
        self.plan, self.stores = plan, list(stores)

    @property
    def nodes(self) -> list[int]:
        """The nodes that are cached."""
        return [int(node) for node in self.plan.present]

    @property
    def nbytes(self) -> int:
        """The bytes of the nodes that are cached."""
        return sum(found.numel() * found.element_size() for store in self.stores for found in store.seen)

    def update(self, keys: torch.Tensor, values: torch.Tensor, layer: int, *_: Any, **__: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Keep the keys and values (b, h, n, d) of the next nodes and return those of all cached ones."""
        count = keys.shape[2]
        found = self.stores[layer].add((keys, values))
        if layer == self.plan.depth - 1:
            stay = self.plan.passed(count)
            if stay is not None:
                found = (found[0].clone(), found[1].clone())  # this pass reads them still
                for store in self.stores:
                    store.keep(stay)
        return found

    def get_seq_length(self, layer_idx: int = 0) -> int:
        """Return which node comes next."""
        return self.plan.next

    def get_query_offset(self, layer_idx: int = 0) -> int:
        """Return which node comes next."""
        return self.plan.next

    def get_mask_sizes(self, query_length: int, layer_idx: int) -> tuple[int, int]:
        """Return how many keys a pass sees."""
        return len(self.plan.present) + query_length, 0

    def go_to(self, node: int) -> None:
        """Go on with another node, such as the first one of a path."""
        if not 0 <= node < len(self.plan.last) or node in self.plan.present:
            raise BadOption(f"Node {node} cannot come next.", why="It is cached already, or there is no such node.")
        self.plan.next = node

    def fork(self, starts: Sequence[int]) -> list[Any]:
        """Return one cache for each path, which goes on with its first node; nothing is copied until one writes."""
        found = []
        for start in starts:
            found.append(made(self.plan.copy(), [store.twin() for store in self.stores]))
            found[-1].go_to(start)
        return found

    def join(self, others: Sequence[Any]) -> Any:
        """Return a cache of what this one and others that were forked from it hold together."""
        plan, stores = self.plan.copy(), [store.twin() for store in self.stores]
        for other in others:
            known, theirs = np.asarray(plan.present), np.asarray(other.plan.present)
            fresh = np.flatnonzero(~np.isin(theirs, known))
            for store, more in zip(stores, other.stores, strict=True):
                keys, values = (found[:, :, torch.from_numpy(fresh).to(found.device)] for found in more.seen)
                store.add((keys, values))
            plan.present = np.concatenate([known, theirs[fresh]])
            plan.next, plan.soonest = max(plan.next, other.plan.next), min(plan.soonest, other.plan.soonest)
        return made(plan, stores)


@functools.cache
def cache_class() -> type:
    """Return the cache as a subclass of that of Transformers."""
    parent = need("transformers.cache_utils").Cache

    def init(self: Any, plan: Plan, stores: Sequence[Store]) -> None:
        parent.__init__(self, layers=[])
        self.begin(plan, stores)

    return type("RelationCache", (Behaviour, parent), {"__init__": init, "__doc__": Behaviour.__doc__})


def made(plan: Plan, stores: Sequence[Store]) -> Any:
    """Return a cache of a plan and what is kept."""
    return cache_class()(plan, stores)

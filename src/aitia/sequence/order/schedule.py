"""Compile a relation into what follows from it: blocks, levels, positions, cache lifetime and the steps of a decoder."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np

from aitia.core.errors import BadOption
from aitia.core.extras import need
from aitia.core.noun import Noun, holder
from aitia.sequence.order.condense import condense
from aitia.sequence.order.dependence import changed, dependencies, dependents, read_by
from aitia.sequence.order.intervals import Reads
from aitia.sequence.order.lifetime import last_readers, peak_live
from aitia.sequence.order.pieces import cut

PositionRule = Literal["height", "index"]


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """Hold one pass of a decoder: the nodes it computes together, the nodes it reads besides them, and those it evicts after."""

    nodes: np.ndarray
    reads: np.ndarray
    evicts: np.ndarray


@dataclasses.dataclass(frozen=True, slots=True)
class Span:
    """Hold the nodes that must be computed again so that cached ones become exact, and how many blocks these are."""

    nodes: np.ndarray
    blocks: int


@holder
class Schedule(Noun):
    """Hold what follows from a relation for a stack of `layers` layers.

    `block` and `height` (n,) say which nodes commit together and on how long a chain of blocks each rests; `last` (n,)
    is the height at which a node is read for the last time; `depth` the least number of passes that generate all
    nodes; `peak_live` the most nodes that a cache must hold at once.
    """

    relation: Reads
    layers: int
    rule: PositionRule
    block: np.ndarray
    height: np.ndarray
    last: np.ndarray

    @property
    def depth(self) -> int:
        """The least number of passes, one after the other, that generate all nodes."""
        return int(self.height.max()) + 1

    @property
    def positions(self) -> Any:
        """The position of each node, a LongTensor (n,): its height, so that what may happen at once shares a place; or its index."""
        found = self.height if self.rule == "height" else np.arange(self.relation.n)
        return need("torch").from_numpy(found.copy())

    @property
    def last_use(self) -> Any:
        """The level after whose pass a node may be forgotten, a LongTensor (n,)."""
        return need("torch").from_numpy(self.last.copy())

    @property
    def peak_live(self) -> int:
        """The most nodes that are computed and still to be read at once."""
        return peak_live(self.height, self.last)

    @property
    def blocks(self) -> list[np.ndarray]:
        """The nodes of each block, blocks in the order in which they begin."""
        return parted(self.block)

    @property
    def levels(self) -> list[np.ndarray]:
        """The nodes of each height: what one pass can compute together."""
        return parted(self.height)

    def steps(self) -> Iterator[Step]:
        """Yield the passes of a decoder, lowest level first."""
        forgotten: dict[int, list[int]] = {}
        for node, level in enumerate(self.last.tolist()):
            forgotten.setdefault(level, []).append(node)
        for level, nodes in enumerate(self.levels):
            chosen = np.zeros(self.relation.n, dtype=bool)
            chosen[nodes] = True
            reads = np.flatnonzero(read_by(self.relation, chosen) & ~chosen)
            yield Step(nodes=nodes, reads=reads, evicts=np.array(forgotten.get(level, []), dtype=np.int64))

    def bytes(self, *, heads: int, width: int, item: int = 4) -> int:
        """Return the bytes of keys and values at the peak, for `heads` key heads of a width and items of that many bytes."""
        return 2 * self.layers * heads * width * item * self.peak_live

    def recache_span(self, kept: int, *, until: int | None = None) -> Span:
        """Return what must be computed again, exactly, when the condition of every block changes and the last ones stay cached.

        `kept` is how many of the last blocks before node `until` (all by default) remain cached, besides those that later
        nodes read, such as a sink. Their entries in the last layer rest on what they read, and that on what it reads,
        once for each further layer.
        """
        end = self.relation.n if until is None else until
        own = self.block[:end]
        names = np.unique(own)
        if not 1 <= kept <= len(names):
            raise BadOption(f"{kept} of {len(names)} blocks cannot stay cached.", next=f"Give 1 … {len(names)}.")
        before = np.arange(self.relation.n) < end
        cached = before & read_by(self.relation, ~before)
        cached[:end] |= np.isin(own, names[-kept:])
        nodes = np.flatnonzero(dependencies(self.relation, cached, self.layers - 1))
        return Span(nodes=nodes, blocks=len(np.unique(self.block[nodes])))

    def appendable(self, other: Reads) -> np.ndarray:
        """Return the nodes whose cached entries an extended relation makes invalid; none means that the cache goes on.

        An entry of the first layer rests on its node and position alone, one of the second on what its node reads, too,
        and one of each further layer on what that reads: where few layers follow, a change does not come far.
        """
        if other.n < self.relation.n:
            raise BadOption(f"A relation over {other.n} nodes does not extend one over {self.relation.n}.")
        moved = self._moved(other)
        if self.layers == 1:
            return np.flatnonzero(moved)
        second = dependents(self.relation, moved, 1) | changed(self.relation, other)
        return np.flatnonzero(dependents(self.relation, second, self.layers - 2))

    def invalidated(self, nodes: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return the nodes whose values change when these are set from outside: they and all that reads them, at any remove."""
        chosen = np.zeros(self.relation.n, dtype=bool)
        chosen[np.asarray(nodes, dtype=np.int64)] = True
        return np.flatnonzero(dependents(self.relation, chosen))

    def _moved(self, other: Reads) -> np.ndarray:
        """Return which nodes have another position in an extended relation."""
        if self.rule == "index":
            return np.zeros(self.relation.n, dtype=bool)
        return np.asarray(schedule(other).height[: self.relation.n] != self.height)


def parted(labels: np.ndarray) -> list[np.ndarray]:
    """Return the places of each label 0, 1, …"""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)


def schedule(relation: Reads, layers: int = 1, positions: PositionRule = "height") -> Schedule:
    """Compile a relation for a stack of layers."""
    if layers < 1:
        raise BadOption(f"A stack of {layers} layers does not exist.", next="Give 1 or more.")
    if positions not in ("height", "index"):
        raise BadOption(f"There is no position rule {positions!r}.", next="There are: height, index.")
    pieces = cut(relation)
    found = condense(relation, pieces)
    last = last_readers(pieces, found.height)
    return Schedule(relation=relation, layers=layers, rule=positions, block=found.block, height=found.height, last=last)

"""Say what one pass of a model reads: which nodes its queries and keys are, and the relation of each row."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np
import torch

from aitia.core.errors import BadOption
from aitia.sequence.attend.attend import attend
from aitia.sequence.attend.masked import Attend, masked
from aitia.sequence.interop.cache import Nodes
from aitia.sequence.order.intervals import part
from aitia.sequence.order.layouts import runs_of
from aitia.sequence.order.masks import among, mask_of
from aitia.sequence.order.relation import Relation, first, relation


@functools.lru_cache(maxsize=64)
def begun(found: Relation, count: int) -> Relation:
    """Return a relation among its first nodes; raises `BadOption` where one of them reads a later one."""
    if count == found.n:
        return found
    for segment in found.segments:
        for query in (segment.start, min(segment.stop, count) - 1):
            if segment.start < count and segment.parts and segment.parts[-1].high.at(query) > count:
                raise BadOption(
                    f"Node {query} reads nodes behind the first {count}, which come in a later pass.",
                    next="Give what reads each other in one pass, or a relation that does not read ahead.",
                )
    return first(found, count)


@functools.lru_cache(maxsize=64)
def without(found: Relation, hidden: bytes) -> Relation:
    """Return a relation in which nobody reads the nodes whose byte is not 0; nodes beyond these bytes stay."""
    shown = np.ones(found.n, dtype=bool)
    given = np.frombuffer(hidden, dtype=bool)[: found.n]
    shown[: len(given)] = ~given
    return found & relation(found.n, [(0, found.n, runs_of(shown) or (part(0, 0),))])


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """Hold the relation of each row (one for all rows counts for each), the run of queries, and the nodes of the keys."""

    relations: tuple[Relation, ...]
    start: int
    stop: int
    keys: Nodes
    ways: dict[tuple[object, ...], Attend] = dataclasses.field(default_factory=dict)  # layers of one kind share them

    def attend(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scale: float | None) -> torch.Tensor:
        """Return the output (b, h, q, d); rows of one relation run together."""
        if len(self.relations) == 1:
            return self._attend(self.relations[0], q, k, v, scale)
        rows: dict[int, list[int]] = {}
        for row in range(len(q)):
            rows.setdefault(id(self.of(row)), []).append(row)
        if len(rows) == 1:
            return self._attend(self.of(0), q, k, v, scale)
        out = q.new_zeros(*q.shape[:3], v.shape[-1])
        for own in rows.values():
            out[own] = self._attend(self.of(own[0]), q[own], k[own], v[own], scale)
        return out

    def of(self, row: int) -> Relation:
        """Return the relation of a row."""
        return self.relations[row if len(self.relations) > 1 else 0]

    def _attend(self, found: Relation, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scale: float | None) -> torch.Tensor:
        whole = self.start == 0 and len(self.keys) == self.stop
        if whole and self.stop > 1 and q.shape[-1] == v.shape[-1]:
            return attend(q, k, v, begun(found, self.stop), scale=scale)[0]
        way = self.ways.get((id(found), scale))
        if way is None:
            way = self.ways[id(found), scale] = masked(self._mask(found), scale)
        return way(q, k, v)

    def _mask(self, found: Relation) -> torch.Tensor | None:
        """Return which queries read which keys, None where all read all; raises `BadOption` where a key is not there."""
        if self._one_reads_all(found):
            return None
        queries = np.arange(self.start, self.stop)
        reads, absent = among(found, queries, np.asarray(self.keys))
        if absent.any():
            wanted = np.array(mask_of(found, queries, np.arange(found.n)).any(axis=0))
            wanted[np.asarray(self.keys)] = False
            says = f"A query among {self.start} … {self.stop - 1} reads node {np.flatnonzero(wanted)[0]}, which is not there."
            raise BadOption(says, next="Run it before.")
        return torch.from_numpy(reads)

    def _one_reads_all(self, found: Relation) -> bool:
        """Tell whether there is one query, and the keys are the run of nodes that it reads: as in most steps, told without a mask."""
        if self.stop - self.start > 1 or not isinstance(self.keys, range):
            return False
        return found.reads(self.start) == [(self.keys.start, self.keys.stop)]


def hidden_by(found: Sequence[Relation], visible: torch.Tensor | None) -> tuple[Relation, ...]:
    """Return the relation of each row without the keys that a padding mask (b, n), True for tokens, hides."""
    if visible is None or bool(visible.all()):
        return tuple(found)
    gone = ~visible.bool().cpu().numpy()
    each = [found[row if len(found) > 1 else 0] for row in range(len(gone))]
    return tuple(without(relation, row.tobytes()) for relation, row in zip(each, gone, strict=True))

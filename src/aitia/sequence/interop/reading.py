"""Say what one pass of a model reads: which nodes its queries and keys are, and the relation of each row."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np
import torch

from aitia.core.errors import BadOption
from aitia.sequence.attend.attend import attend
from aitia.sequence.attend.dense import attend_dense
from aitia.sequence.order.intervals import Segment, part
from aitia.sequence.order.layouts import runs_of
from aitia.sequence.order.relation import Relation, relation


@functools.lru_cache(maxsize=64)
def begun(found: Relation, count: int) -> Relation:
    """Return a relation among its first nodes; raises `BadOption` where one of them reads a later one."""
    if count == found.n:
        return found
    segments = [Segment(s.start, min(s.stop, count), s.parts) for s in found.segments if s.start < count]
    for segment in segments:
        for query in (segment.start, segment.stop - 1):
            if segment.parts and segment.parts[-1].high.at(query) > count:
                raise BadOption(
                    f"Node {query} reads nodes behind the first {count}, which come in a later pass.",
                    next="Give what reads each other in one pass, or a relation that does not read ahead.",
                )
    return Relation(n=count, segments=tuple(segments))


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
    keys: np.ndarray
    masks: dict[int, torch.Tensor | None] = dataclasses.field(default_factory=dict)  # by relation; all layers share them

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
        mask = self._mask(found)
        if mask is None:  # queries that all read all keys may share the keys of their group in any number
            shared = q.reshape(q.shape[0], k.shape[1], -1, q.shape[-1])
            out = torch.nn.functional.scaled_dot_product_attention(shared, k, v, scale=scale)
            return out.reshape(*q.shape[:3], v.shape[-1])
        return attend_dense(q, k, v, mask.to(q.device), scale)[0]

    def _mask(self, found: Relation) -> torch.Tensor | None:
        """Return which queries read which keys, None where all read all; raises `BadOption` where a key is not there."""
        if id(found) not in self.masks and self._one_reads_all(found):
            self.masks[id(found)] = None
        if id(found) not in self.masks:
            reads = rows_of(found, self.start, self.stop)
            absent = np.array(reads.any(axis=0))
            absent[self.keys] = False
            if absent.any():
                node = int(np.flatnonzero(absent)[0])
                says = f"A query among {self.start} … {self.stop - 1} reads node {node}, which is not there."
                raise BadOption(says, next="Run it before.")
            chosen = reads[:, self.keys]
            self.masks[id(found)] = None if chosen.all() else torch.from_numpy(chosen)
        return self.masks[id(found)]

    def _one_reads_all(self, found: Relation) -> bool:
        """Tell whether there is one query, and the keys are the run of nodes that it reads."""
        if self.stop - self.start > 1 or not len(self.keys):
            return False
        low, high = int(self.keys.min()), int(self.keys.max()) + 1
        return high - low == len(self.keys) and found.reads(self.start) == [(low, high)]


def rows_of(found: Relation, start: int, stop: int) -> np.ndarray:
    """Return what some queries read (queries, n)."""
    if stop - start > 1:
        return found.dense(slice(start, stop))
    reads = np.zeros((1, found.n), dtype=bool)
    for low, high in found.reads(start):
        reads[0, low:high] = True
    return reads


def hidden_by(found: Sequence[Relation], visible: torch.Tensor | None) -> tuple[Relation, ...]:
    """Return the relation of each row without the keys that a padding mask (b, n), True for tokens, hides."""
    if visible is None or bool(visible.all()):
        return tuple(found)
    gone = ~visible.bool().cpu().numpy()
    each = [found[row if len(found) > 1 else 0] for row in range(len(gone))]
    return tuple(without(relation, row.tobytes()) for relation, row in zip(each, gone, strict=True))

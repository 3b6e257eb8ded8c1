"""Number the nodes of a graph and lay its edges out in two arrays, for kernels that walk over it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np

from aitia.core.errors import unknown
from aitia.core.graph import Graph

PARENT, SPOUSE, CHILD, LINE = range(4)
KINDS = 4
# What the marks at source and target make of the edge, the last for all others, and the kind of neighbour that each end then
# has in the other one.
CODES = {("tail", "arrow"): 0, ("arrow", "tail"): 1, ("arrow", "arrow"): 2, ("tail", "tail"): 3}
OTHER = len(CODES)
FROM_SOURCE = np.array([CHILD, PARENT, SPOUSE, LINE], dtype=np.int32)
FROM_TARGET = np.array([PARENT, CHILD, SPOUSE, LINE], dtype=np.int32)


@dataclasses.dataclass(frozen=True, slots=True)
class Indexed:
    """Hold the neighbours of every node, by kind: those of `node` and `kind` are others[bounds[4 * node + kind] : bounds[… + 1]].

    Kinds are 0 parent, 1 spouse (`<->`), 2 child, 3 line (`--`); `bounds` is (4 n + 1,), both are int32.
    """

    nodes: tuple[str, ...]
    place: dict[str, int]
    bounds: np.ndarray
    others: np.ndarray

    def numbers(self, names: str | Iterable[str]) -> list[int]:
        """Return the numbers of one name or many; raises `UnknownName` for one that is not in the graph."""
        try:
            return [self.place[names]] if isinstance(names, str) else [self.place[name] for name in names]
        except KeyError as error:
            raise unknown("node", error.args[0], self.nodes) from error


def indexed(graph: Graph) -> Indexed:
    """Lay out the edges of `->`, `<->` and `--`; edges with circles are left out."""
    place = {node: i for i, node in enumerate(graph.nodes)}
    sources = np.fromiter([place[edge.source] for edge in graph.edges], dtype=np.int32)
    targets = np.fromiter([place[edge.target] for edge in graph.edges], dtype=np.int32)
    codes = np.fromiter([CODES.get((edge.at_source, edge.at_target), OTHER) for edge in graph.edges], dtype=np.int32)
    kept = np.flatnonzero(codes < OTHER)
    codes = codes[kept]
    return laid_out(graph.nodes, place, np.stack([sources[kept], targets[kept], FROM_SOURCE[codes], FROM_TARGET[codes]], axis=1))


def laid_out(nodes: tuple[str, ...], place: dict[str, int], ends: np.ndarray) -> Indexed:
    """Lay out edges given as rows (source, target, kind seen from the source, kind seen from the target)."""
    rows = np.concatenate([ends[:, 0] * KINDS + ends[:, 2], ends[:, 1] * KINDS + ends[:, 3]])
    order = np.argsort(rows, kind="stable")
    others = np.concatenate([ends[:, 1], ends[:, 0]])[order]
    counts = np.bincount(rows, minlength=KINDS * len(nodes))
    bounds = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return Indexed(nodes, place, bounds, np.ascontiguousarray(others, dtype=np.int32))

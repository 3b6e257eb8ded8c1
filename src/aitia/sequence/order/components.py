"""Find which pieces of a relation lie on common cycles, and an order in which each comes after all that it reads.

Reads are arrows of a graph whose further nodes stand for sets of intervals and, as a tree, for runs of pieces: an
interval then needs few arrows, however many pieces it covers.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from aitia.sequence.order.maxima import table_maximum
from aitia.sequence.order.pieces import BLOCK, UNKNOWN, Pieces

Reads = tuple[np.ndarray, np.ndarray]  # for each interval the run of pieces to which it leads


@dataclasses.dataclass(frozen=True, slots=True)
class Components:
    """Hold the component (m,) of each piece, numbered so that each reads itself and lower ones only, and its first piece (c,)."""

    of: np.ndarray
    first: np.ndarray


def components_of(pieces: Pieces, inside: np.ndarray, forms: np.ndarray) -> Components | None:
    """Return the components of pieces, or None where cycles join nodes of a piece that are not joined as a whole."""
    possible = possible_reads(pieces)
    found = in_order(pieces, shared(pieces, inside), possible) or by_cycles(pieces, forms, possible)
    if found is None or (UNKNOWN in forms and (np.bincount(found.of)[found.of[forms == UNKNOWN]] == 1).any()):
        return None
    return found


def shared(pieces: Pieces, inside: np.ndarray) -> np.ndarray:
    """Return for each piece the first that surely reads it and is read by it: one that reads the same keys, both among them."""
    found = np.arange(len(inside))
    own = np.flatnonzero(inside)
    first = np.zeros(len(pieces.edge) - 1, dtype=np.int64)
    first[pieces.reads[own[::-1]]] = own[::-1]
    found[own] = first[pieces.reads[own]]
    return found


def earliest(labels: np.ndarray) -> np.ndarray:
    """Return for each piece the first one that has its label."""
    first = np.zeros(int(labels.max()) + 1, dtype=np.int64)
    first[labels[::-1]] = np.arange(len(labels))[::-1]
    return first[labels]


def in_order(pieces: Pieces, joined: np.ndarray, possible: Reads) -> Components | None:
    """Return components in the order in which they begin, or None where one reads a later one; `joined` (m,) is their first piece."""
    low, high = possible
    least = np.full(len(pieces.edge) - 1, len(joined))
    np.minimum.at(least, pieces.reads, joined)
    limit = least[pieces.set_of]
    if len(limit) and (table_maximum(joined, low, high) > limit).any():
        return None
    begins = joined == np.arange(len(joined))
    return Components((np.cumsum(begins) - 1)[joined], np.flatnonzero(begins))


def by_cycles(pieces: Pieces, forms: np.ndarray, possible: Reads) -> Components | None:
    """Return components by the graph of reads; None where it is not sure that whole pieces lie on its cycles.

    An arrow is sure when from every node of the one piece some path leads to every node of the other. What surely is
    joined and can be put in order is all that is: possible reads lead back only.
    """
    sure = sure_reads(pieces, (forms == BLOCK) | (pieces.size == 1))
    labels = strong(*arrows(pieces, *sure))
    certain = earliest(labels[: len(forms)])
    if (found := in_order(pieces, certain, possible)) is not None:
        return found
    if not all(np.array_equal(one, other) for one, other in zip(possible, sure, strict=True)):
        labels = strong(*arrows(pieces, *possible))
        if not np.array_equal(certain, earliest(labels[: len(forms)])):
            return None
    return sorted_by_reads(pieces, labels, possible)


def possible_reads(pieces: Pieces) -> Reads:
    """Return for each interval (p,) the run of pieces that some query reads something of."""
    of_nodes = pieces.of_nodes
    return of_nodes[pieces.low[0]], of_nodes[pieces.high[1] - 1] + 1


def sure_reads(pieces: Pieces, solid: np.ndarray) -> Reads:
    """Return for each interval (p,) the run of pieces to which it leads surely; the nodes of a solid piece are joined anyway."""
    of_nodes = pieces.of_nodes
    any_query = (pieces.owner >= 0) & solid[pieces.owner]
    low, high = np.where(any_query, pieces.low[0], pieces.low[1]), np.where(any_query, pieces.high[1], pieces.high[0])
    first, last = of_nodes[low], of_nodes[high - 1]
    first = first + (~solid[first] & (pieces.start[first] < low))
    last = last - (~solid[last] & (pieces.stop[last] > high))
    return first, np.maximum(last + 1, first)


def arrows(pieces: Pieces, low: np.ndarray, high: np.ndarray) -> tuple[int, np.ndarray, np.ndarray]:
    """Return the graph of reads: how many nodes, and from where to where arrows lead. Pieces come first, then sets, then the tree."""
    count, sets = len(pieces.start), len(pieces.edge) - 1
    source, target = [np.arange(count)], [count + pieces.reads]

    def number(place: np.ndarray) -> np.ndarray:  # of a node of the tree, whose leaves are the pieces
        return np.where(place >= count, place - count, count + sets + place)

    inner = np.arange(1, count)
    source += [number(inner), number(inner)]
    target += [number(2 * inner), number(2 * inner + 1)]
    low, high, reader = low + count, high + count, count + pieces.set_of
    while len(low):
        for end, odd in ((low, low & 1 == 1), (high - 1, high & 1 == 1)):
            odd = odd & (low < high)
            source.append(reader[odd])
            target.append(number(end[odd]))
        low, high = (low + 1) >> 1, high >> 1
        left = low < high
        low, high, reader = low[left], high[left], reader[left]
    return 2 * count + sets, np.concatenate(source), np.concatenate(target)


def strong(count: int, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the strongly connected component of each node."""
    from scipy import sparse
    from scipy.sparse import csgraph

    matrix = sparse.coo_array((np.ones(len(source), dtype=bool), (source, target)), shape=(count, count))
    return np.asarray(csgraph.connected_components(matrix.tocsr(), directed=True, connection="strong")[1])


def sorted_by_reads(pieces: Pieces, labels: np.ndarray, possible: Reads) -> Components:
    """Return components so that each comes after all that it reads, by way of the graph of reads whose nodes have these labels."""
    _, source, target = arrows(pieces, *possible)
    place = np.empty(int(labels.max()) + 1, dtype=np.int64)
    place[settled_order(len(place), labels[source], labels[target])] = np.arange(len(place))
    _, first, of = np.unique(place[labels[: len(pieces.start)]], return_index=True, return_inverse=True)
    return Components(of, first)


def settled_order(count: int, source: np.ndarray, target: np.ndarray) -> list[int]:
    """Return nodes so that each comes after all to which its arrows lead, where these form no cycle but loops."""
    across = source != target
    source, target = source[across], target[across]
    left = np.bincount(source, minlength=count).tolist()
    order = np.argsort(target, kind="stable")
    above, edge = source[order].tolist(), np.searchsorted(target[order], np.arange(count + 1)).tolist()
    ready = [node for node, number in enumerate(left) if not number]
    for node in ready:
        for other in above[edge[node] : edge[node + 1]]:
            left[other] -= 1
            if not left[other]:
                ready.append(other)
    return ready

"""Search chordal graphs: orders, the tree of cliques, what stays undirected once a clique comes first. [blair1993] [wienobst2021]"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

Joined = Sequence[set[int]]
Nodes = frozenset[int]


@dataclasses.dataclass(frozen=True, slots=True)
class Clique:
    """Hold a maximal clique and, nested and smallest first, what it shares with cliques on the way from the root of the tree."""

    nodes: Nodes
    shared: tuple[Nodes, ...]


def cardinality_order(joined: Joined, nodes: Collection[int]) -> list[int]:
    """Order nodes so that each next one has the most neighbours before it, ties by number."""
    met = dict.fromkeys(nodes, 0)
    shelves: list[list[int]] = [sorted(nodes, reverse=True)]
    order = []
    while shelves:
        if not shelves[-1]:
            shelves.pop()
            continue
        node = shelves[-1].pop()
        if met.get(node) != len(shelves) - 1:
            continue  # taken already, or moved to a higher shelf
        del met[node]
        order.append(node)
        for other in sorted(joined[node] & met.keys(), reverse=True):
            met[other] += 1
            if met[other] == len(shelves):
                shelves.append([])
            shelves[met[other]].append(other)
    return order


def is_chordal(joined: Joined, nodes: Collection[int]) -> bool:
    """Tell whether every cycle of more than three of these nodes has a chord."""
    place: dict[int, int] = {}
    for node in cardinality_order(joined, nodes):
        before = joined[node] & place.keys()
        if before and not before - {(last := max(before, key=place.__getitem__))} <= joined[last]:
            return False
        place[node] = len(place)
    return True


def cliques(joined: Joined, nodes: Collection[int]) -> list[Clique]:
    """Return the maximal cliques of a connected chordal graph in the order of a tree, its root first."""
    place: dict[int, int] = {}
    home: dict[int, int] = {}
    members: list[set[int]] = []
    shared: list[tuple[Nodes, ...]] = []
    for node in cardinality_order(joined, nodes):
        before = joined[node] & place.keys()
        if not members or before != members[-1]:
            cut = frozenset(before)
            way = () if not cut else tuple(part for part in shared[home[max(cut, key=place.__getitem__)]] if part < cut)
            members.append(set(before))
            shared.append((*way, cut) if cut else ())
        members[-1].add(node)
        home[node] = len(members) - 1
        place[node] = len(place)
    return [Clique(nodes=frozenset(own), shared=way) for own, way in zip(members, shared, strict=True)]


def remaining(joined: Joined, nodes: Nodes, first: Nodes) -> list[Nodes]:
    """Return the parts of a chordal graph that stay undirected once a clique comes first, in an order for causes.

    Parts of one node are among them. Found by a lexicographic breadth first search that begins with the clique.
    """
    blocks = Blocks(first, nodes - first)
    parts: list[Nodes] = []
    settled = set(first)
    while (block := blocks.front()) is not None:
        node = next(iter(block))
        if node not in settled:
            settled |= block
            parts.extend(components(joined, block))
        blocks.take(node, joined[node])
    return parts


class Blocks:
    """Keep a sequence of blocks of nodes that are split by the neighbours of each node taken."""

    def __init__(self, first: Nodes, rest: Nodes) -> None:
        self.blocks: dict[int, set[int]] = {0: set(first), 1: set(rest)}
        self.home = {node: int(node in rest) for node in (*first, *rest)}
        self.after = {0: 1, 1: -1}
        self.before = {0: -1, 1: 0}
        self.head = 0

    def front(self) -> set[int] | None:
        """Return the first block that is not empty, or None."""
        while self.head >= 0 and not self.blocks[self.head]:
            self.head = self.after[self.head]
            if self.head >= 0:
                self.before[self.head] = -1
        return self.blocks[self.head] if self.head >= 0 else None

    def take(self, node: int, others: set[int]) -> None:
        """Take a node out of the first block and move its neighbours in each block before the rest of that block."""
        self.blocks[self.home.pop(node)].remove(node)
        touched: dict[int, set[int]] = {}
        for other in others & self.home.keys():
            touched.setdefault(self.home[other], set()).add(other)
        for block, moved in touched.items():
            if len(moved) < len(self.blocks[block]):
                self.split(block, moved)

    def split(self, block: int, moved: set[int]) -> None:
        """Put some nodes of a block into a new block just before it."""
        new = len(self.blocks)
        self.blocks[block] -= moved
        self.blocks[new] = moved
        self.home.update(dict.fromkeys(moved, new))
        self.before[new], self.after[new] = self.before[block], block
        if self.before[block] >= 0:
            self.after[self.before[block]] = new
        else:
            self.head = new
        self.before[block] = new


def components(joined: Joined, nodes: Collection[int]) -> list[Nodes]:
    """Return the connected parts of the graph on these nodes, by their least node."""
    left = set(nodes)
    found = []
    for start in sorted(nodes):
        if start in left:
            left.remove(start)
            part, waiting = [start], [start]
            while waiting:
                more = joined[waiting.pop()] & left
                left -= more
                part.extend(more)
                waiting.extend(more)
            found.append(frozenset(part))
    return found

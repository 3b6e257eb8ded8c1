"""Count and draw the DAGs without colliders of a chordal graph by picking the clique that comes first. [wienobst2021]"""

from __future__ import annotations

import itertools
import math

import numpy as np

from aitia.graphs.chordal import Clique, Joined, Nodes, cliques, remaining

Choice = tuple[int, Clique, list[Nodes]]


class CliquePicking:
    """Remember, for each connected set of nodes met, the number of its directions without collider and the cliques to begin with."""

    def __init__(self, joined: Joined) -> None:
        self.joined = joined
        self.known: dict[Nodes, list[Choice]] = {}

    def count(self, nodes: Nodes) -> int:
        """Return how many ways a connected part of the chordal graph can be directed without cycle and without collider."""
        return 1 if len(nodes) == 1 else sum(weight for weight, _, _ in self.choices(nodes))

    def choices(self, nodes: Nodes) -> list[Choice]:
        """Return each maximal clique with the number of directions counted under it and the parts it leaves undirected.

        A direction counts under one of the cliques that can come first: the one whose order begins with no set that it
        shares with the cliques before it in the tree.
        """
        if nodes not in self.known:
            found = []
            for clique in cliques(self.joined, nodes):
                parts = [part for part in remaining(self.joined, nodes, clique.nodes) if len(part) > 1]
                found.append((allowed_orders(clique) * math.prod(map(self.count, parts)), clique, parts))
            self.known[nodes] = found
        return self.known[nodes]

    def order(self, nodes: Nodes, rng: np.random.Generator) -> list[int]:
        """Draw an order of a connected part whose directions are uniform among all those without cycle and collider."""
        if len(nodes) == 1:
            return list(nodes)
        weights, picked, _ = zip(*self.choices(nodes), strict=True)
        clique = picked[chosen(weights, rng)]
        ordered = drawn_order(clique, rng)
        for part in remaining(self.joined, nodes, clique.nodes):
            ordered += self.order(part, rng)
        return ordered


def allowed_orders(clique: Clique) -> int:
    """Count the orders of a clique that begin with none of its shared sets."""
    sizes = [len(part) for part in clique.shared]
    first: list[int] = []  # orders of the i-th shared set in which no smaller one comes first
    for i, size in enumerate(sizes):
        first.append(math.factorial(size) - sum(first[j] * math.factorial(size - sizes[j]) for j in range(i)))
    whole = len(clique.nodes)
    return math.factorial(whole) - sum(ways * math.factorial(whole - size) for ways, size in zip(first, sizes, strict=True))


def drawn_order(clique: Clique, rng: np.random.Generator) -> list[int]:
    """Draw one of those orders uniformly; at least every third order is one."""
    nodes = sorted(clique.nodes)
    while True:
        order = [nodes[i] for i in rng.permutation(len(nodes))]
        if not any(part == frozenset(itertools.islice(order, len(part))) for part in clique.shared):
            return order


def chosen(weights: tuple[int, ...], rng: np.random.Generator) -> int:
    """Draw a place with chance proportional to whole weights of any size, exactly."""
    left = below(sum(weights), rng)
    for place, weight in enumerate(weights):
        left -= weight
        if left < 0:
            return place
    raise AssertionError("weights are positive")


def below(limit: int, rng: np.random.Generator) -> int:
    """Draw a whole number in [0, limit) uniformly, however large the limit."""
    bits = limit.bit_length()
    while True:
        number = int.from_bytes(rng.bytes((bits + 7) // 8), "big") >> (-bits % 8)
        if number < limit:
            return number

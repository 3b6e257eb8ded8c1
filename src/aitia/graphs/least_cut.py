"""Find the cut of least weight by maximum flow. [dinic1970]"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from aitia.graphs.moral import Cut, Moral


class Network:
    """Hold the residual capacities of arcs; arc 2k and arc 2k + 1 are each other's reverse."""

    def __init__(self, size: int) -> None:
        self.out: list[list[int]] = [[] for _ in range(size)]
        self.target: list[int] = []
        self.room: list[int] = []

    def join(self, source: int, target: int, room: int) -> None:
        """Add an arc with its reverse."""
        for begin, end, capacity in ((source, target, room), (target, source, 0)):
            self.out[begin].append(len(self.target))
            self.target.append(end)
            self.room.append(capacity)

    def levels(self, source: int) -> list[int]:
        """Return each point's distance from the source along arcs with room, -1 where there is no way."""
        found = [-1] * len(self.out)
        found[source] = 0
        waiting = deque([source])
        while waiting:
            point = waiting.popleft()
            for arc in self.out[point]:
                if self.room[arc] and found[self.target[arc]] < 0:
                    found[self.target[arc]] = found[point] + 1
                    waiting.append(self.target[arc])
        return found

    def fill(self, source: int, sink: int) -> list[int]:
        """Push flow until no way is left; returns the last levels, which are -1 beyond the least cut."""
        while (levels := self.levels(source))[sink] >= 0:
            tried = [0] * len(self.out)
            while self.push(source, sink, levels, tried):
                pass
        return levels

    def push(self, source: int, sink: int, levels: list[int], tried: list[int]) -> bool:
        """Push flow along one shortest way; False when none is left at these levels."""
        way: list[int] = []
        point = source
        while point != sink:
            arcs = self.out[point]
            while tried[point] < len(arcs) and not self.leads_on(arcs[tried[point]], point, levels):
                tried[point] += 1
            if tried[point] < len(arcs):
                way.append(arcs[tried[point]])
                point = self.target[way[-1]]
            elif way:
                point = self.target[way.pop() ^ 1]
                tried[point] += 1
            else:
                return False
        amount = min(self.room[arc] for arc in way)
        for arc in way:
            self.room[arc] -= amount
            self.room[arc ^ 1] += amount
        return True

    def leads_on(self, arc: int, point: int, levels: list[int]) -> bool:
        """Tell whether an arc has room and goes one level further."""
        return bool(self.room[arc]) and levels[self.target[arc]] == levels[point] + 1


def least_cut(shape: Moral, begins: Cut, ends: Cut, weight: Mapping[int, int]) -> Cut:
    """Return the cut of least total weight among nodes that have one (positive whole numbers); some cut must exist."""
    size = len(shape.links)
    endless = sum(weight.values()) + 1
    network = Network(2 * size + 2)
    for point, others in enumerate(shape.links):
        network.join(2 * point, 2 * point + 1, weight.get(point, endless))
        for other in others:
            network.join(2 * point + 1, 2 * other, endless)
    for point in begins:
        network.join(2 * size, 2 * point, endless)
    for point in ends:
        network.join(2 * point + 1, 2 * size + 1, endless)
    levels = network.fill(2 * size, 2 * size + 1)
    return frozenset(point for point in weight if levels[2 * point] >= 0 > levels[2 * point + 1])

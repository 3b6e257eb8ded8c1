"""Put nodes in layers, causes above effects, and order each layer so that few edges cross. [sugiyama1981]"""

from __future__ import annotations

import bisect
import dataclasses
import itertools
from collections.abc import Callable, Mapping, Sequence

from aitia.core.graph import Edge, Graph
from aitia.graphs.neighbours import turned

Place = tuple[str, int]  # a node and -1, or ("", n) for the n-th point where a long edge passes through a layer
Rows = list[list[Place]]
SWEEPS = 8
WIDEST = 1100.0


@dataclasses.dataclass(frozen=True, slots=True)
class Chain:
    """Hold one edge as the places it passes from its upper to its lower end; `level` where both lie in one layer."""

    edge: Edge
    places: tuple[Place, ...]
    downward: bool

    @property
    def level(self) -> bool:
        """Whether both ends lie in the same layer."""
        return len(self.places) == 1


def layers(graph: Graph, widths: Mapping[str, float]) -> dict[str, int]:
    """Return the layer of each node: every arrow goes down, arrows that close a cycle aside, and edges are short."""
    arcs = acyclic_arcs(graph)
    above: dict[str, list[str]] = {node: [] for node in graph.nodes}
    below: dict[str, list[str]] = {node: [] for node in graph.nodes}
    for source, target in arcs:
        above[target].append(source)
        below[source].append(target)
    layer: dict[str, int] = {}
    order = down_order(graph.nodes, above)
    for node in order:
        layer[node] = max((layer[parent] + 1 for parent in above[node]), default=0)
    shorten(order, above, below, layer)
    return narrowed(graph, layer, widths)


def acyclic_arcs(graph: Graph) -> tuple[tuple[str, str], ...]:
    """Return the pairs (upper, lower) that edges ask for, without those that would close a cycle.

    Arrows come first; edges whose direction is open ask only after them; `<->` asks for nothing.
    """
    below: dict[str, set[str]] = {node: set() for node in graph.nodes}
    kept: dict[tuple[str, str], None] = {}
    marks = {"tail": 0, "circle": 1, "arrow": 2}
    usual = [edge for edge in map(turned, graph.edges) if (edge.at_source, edge.at_target) != ("arrow", "arrow")]
    for edge in sorted(usual, key=lambda e: (e.lag, marks[e.at_source] - marks[e.at_target])):
        if edge.source != edge.target and not leads(below, edge.target, edge.source):
            below[edge.source].add(edge.target)
            kept[(edge.source, edge.target)] = None
    return tuple(kept)


def leads(below: Mapping[str, set[str]], begin: str, end: str) -> bool:
    """Tell whether a chain of arcs goes from one node to another."""
    seen, waiting = {begin}, [begin]
    while waiting:
        fresh = below[waiting.pop()] - seen
        seen |= fresh
        waiting.extend(fresh)
    return end in seen


def down_order(nodes: Sequence[str], above: Mapping[str, list[str]]) -> list[str]:
    """Order the nodes so that upper ends come first."""
    order: dict[str, None] = {}
    while len(order) < len(nodes):
        for node in nodes:
            if node not in order and all(parent in order for parent in above[node]):
                order[node] = None
    return list(order)


def shorten(order: list[str], above: Mapping[str, list[str]], below: Mapping[str, list[str]], layer: dict[str, int]) -> None:
    """Move nodes with more edges downward than upward as low as they may go: fewer long edges, and causes stay near."""
    for _ in range(3):
        for node in reversed(order):
            if below[node] and len(below[node]) > len(above[node]):
                layer[node] = min(layer[child] for child in below[node]) - 1
        for node in order:
            if above[node] and len(above[node]) > len(below[node]):
                layer[node] = max(layer[parent] for parent in above[node]) + 1


def narrowed(graph: Graph, layer: Mapping[str, int], widths: Mapping[str, float]) -> dict[str, int]:
    """Break layers that are too wide over several rows and number the rows from 0."""
    place = {node: i for i, node in enumerate(graph.nodes)}
    rows: dict[int, list[str]] = {}
    for node in sorted(graph.nodes, key=lambda n: (layer[n], place[n])):
        rows.setdefault(layer[node], []).append(node)
    parts = [part for row in rows.values() for part in broken(row, widths)]
    return {node: number for number, part in enumerate(parts) for node in part}


def broken(row: list[str], widths: Mapping[str, float]) -> list[list[str]]:
    """Break one row into as few rows as fit the widest, of about equal width."""
    total = sum(widths[node] for node in row)
    parts = max(1, min(len(row), -int(-total // WIDEST)))
    found: list[list[str]] = [[]]
    used = 0.0
    for node in row:
        if found[-1] and used >= total / parts * len(found) - 1e-9:
            found.append([])
        found[-1].append(node)
        used += widths[node]
    return found


def chains(graph: Graph, layer: Mapping[str, int]) -> tuple[Chain, ...]:
    """Return every edge with the places it passes; loops are left out."""
    found: list[Chain] = []
    number = itertools.count()
    for edge in graph.edges:
        upper, lower = sorted((edge.source, edge.target), key=lambda n: layer[n])
        if edge.source == edge.target:
            continue
        if layer[upper] == layer[lower]:
            found.append(Chain(edge, ((edge.source, -1),), True))
            continue
        between = tuple(("", next(number)) for _ in range(layer[upper] + 1, layer[lower]))
        found.append(Chain(edge, ((upper, -1), *between, (lower, -1)), upper == edge.source))
    return tuple(found)


def rows_of(graph: Graph, layer: Mapping[str, int], all_chains: Sequence[Chain]) -> Rows:
    """Return the places of each layer in an order with few crossings."""
    rows: Rows = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for node in graph.nodes:
        rows[layer[node]].append((node, -1))
    for chain in all_chains:
        for step, place in enumerate(chain.places[1:-1], 1):
            rows[layer[chain.places[0][0]] + step].append(place)
    links = [(a, b) for chain in all_chains for a, b in itertools.pairwise(chain.places)]
    level = [((c.edge.source, -1), (c.edge.target, -1)) for c in all_chains if c.level]
    return ordered(rows, links, level)


def ordered(rows: Rows, links: list[tuple[Place, Place]], level: list[tuple[Place, Place]]) -> Rows:
    """Sweep down and up, each layer by the mean place of its neighbours, then swap neighbours; keep the best order seen."""
    up: dict[Place, list[Place]] = {}
    down: dict[Place, list[Place]] = {}
    for a, b in links:
        down.setdefault(a, []).append(b)
        up.setdefault(b, []).append(a)
    best, least = [list(row) for row in rows], cost(rows, down, level)
    current = [list(row) for row in rows]
    for sweep in range(SWEEPS):
        if not least:
            break
        indices = range(1, len(rows)) if sweep % 2 == 0 else range(len(rows) - 2, -1, -1)
        for i in indices:
            beside = current[i - 1] if sweep % 2 == 0 else current[i + 1]
            by_mean(current[i], beside, up if sweep % 2 == 0 else down)
        swapped(current, up, down, level)
        now = cost(current, down, level)
        if now < least:
            best, least = [list(row) for row in current], now
    return best


def by_mean(row: list[Place], beside: list[Place], links: Mapping[Place, list[Place]]) -> None:
    """Sort a layer by the mean place of its neighbours; places without any stay where they are."""
    at = {place: i for i, place in enumerate(beside)}
    mean = {place: sum(at[other] for other in links[place]) / len(links[place]) for place in row if place in links}
    moving = iter(sorted((place for place in row if place in mean), key=lambda place: mean[place]))
    row[:] = [next(moving) if place in mean else place for place in row]


def swapped(rows: Rows, up: Mapping[Place, list[Place]], down: Mapping[Place, list[Place]], level: list[tuple[Place, Place]]) -> None:
    """Swap neighbours in a layer wherever that saves crossings."""
    for i, row in enumerate(rows):
        sides = [(links, {p: k for k, p in enumerate(rows[j])}) for links, j in ((up, i - 1), (down, i + 1)) if 0 <= j < len(rows)]
        own = [pair for pair in level if pair[0] in row]
        for _ in range(4):
            changed = False
            for k in range(len(row) - 1):
                a, b = row[k], row[k + 1]
                saved = sum(crossings(links, at, a, b) - crossings(links, at, b, a) for links, at in sides)
                saved += reach(row, own) if own else 0
                row[k], row[k + 1] = b, a
                saved -= reach(row, own) if own else 0
                if saved > 0:
                    changed = True
                else:
                    row[k], row[k + 1] = a, b
            if not changed:
                break


def crossings(links: Mapping[Place, list[Place]], at: Mapping[Place, int], left: Place, right: Place) -> int:
    """Count the crossings between the edges of two places when one is left of the other."""
    others = sorted(at[other] for other in links.get(right, ()))
    return sum(bisect.bisect_left(others, at[other]) for other in links.get(left, ()))


def reach(row: list[Place], own: list[tuple[Place, Place]]) -> int:
    """Count the places that edges within a layer pass over."""
    at = {place: i for i, place in enumerate(row)}
    return sum(2 * (abs(at[a] - at[b]) - 1) for a, b in own)


def cost(rows: Rows, down: Mapping[Place, list[Place]], level: list[tuple[Place, Place]]) -> int:
    """Count crossings between layers, and what edges within a layer pass over."""
    total = sum(reach(row, [pair for pair in level if pair[0] in row]) for row in rows)
    for row, lower in itertools.pairwise(rows):
        at = {place: i for i, place in enumerate(lower)}
        seen: list[int] = []
        for place in row:
            ends = sorted(at[other] for other in down.get(place, ()))
            total += sum(len(seen) - bisect.bisect_right(seen, end) for end in ends)
            for end in ends:
                bisect.insort(seen, end)
    return total


def aligned(
    rows: Rows, links: Sequence[tuple[Place, Place]], width: Callable[[Place], float], gap: Callable[[Place, Place], float]
) -> dict[Place, float]:
    """Return the horizontal centre of every place: near the mean of its neighbours, never nearer to the next than they allow."""
    joined: dict[Place, list[Place]] = {}
    for a, b in links:
        joined.setdefault(a, []).append(b)
        joined.setdefault(b, []).append(a)
    x: dict[Place, float] = {}
    offsets = []
    for row in rows:
        steps = [0.0, *((width(a) + width(b)) / 2 + gap(a, b) for a, b in itertools.pairwise(row))]
        offsets.append(list(itertools.accumulate(steps)))
        x |= {place: offset - offsets[-1][-1] / 2 for place, offset in zip(row, offsets[-1], strict=True)}
    for sweep in range(24):
        indices = list(range(len(rows))) if sweep % 2 == 0 else list(range(len(rows) - 1, -1, -1))
        for i in indices:
            wanted = [pull(place, x, joined) for place in rows[i]]
            for place, new in zip(rows[i], spread(wanted, offsets[i]), strict=True):
                x[place] = new
    return x


def pull(place: Place, x: Mapping[Place, float], joined: Mapping[Place, list[Place]]) -> tuple[float, float]:
    """Return where a place wants to be and how much; passing points pull hard, so that long edges run straight."""
    others = joined.get(place, ())
    if not others:
        return x[place], 0.05
    passing = not place[0]
    weights = [(8.0 if passing and not other[0] else 2.0 if passing or not other[0] else 1.0) for other in others]
    return sum(w * x[o] for w, o in zip(weights, others, strict=True)) / sum(weights), sum(weights)


def spread(wanted: Sequence[tuple[float, float]], offsets: Sequence[float]) -> list[float]:
    """Return the positions nearest to those wanted (weighted least squares) that keep the offsets as least distances.

    Pools neighbours that violate the order into blocks at their weighted mean.
    """
    blocks: list[list[float]] = []  # [mean, weight, members]
    for (position, weight), offset in zip(wanted, offsets, strict=True):
        blocks.append([position - offset, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            mean, mass, members = blocks.pop()
            last = blocks[-1]
            blocks[-1] = [(last[0] * last[1] + mean * mass) / (last[1] + mass), last[1] + mass, last[2] + members]
    means = [mean for mean, _, members in blocks for _ in range(int(members))]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]

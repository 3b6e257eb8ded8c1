"""Judge small graphs with marks at both ends by brute force, from the definitions: separations, classes, members."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Iterable, Iterator

import numpy as np

from aitia.core.graph import Edge, Graph
from aitia.graphs.equivalence import causal_order
from aitia.graphs.marked import ARROW, CIRCLE, TAIL, Marked, blank
from aitia.graphs.pdag import PDAG, built

Pair = tuple[int, int]
Model = tuple[tuple[bool, ...], ...]  # for each pair, whether each set of the others leaves it connected
DECIDED = ((TAIL, ARROW), (ARROW, TAIL), (ARROW, ARROW), (TAIL, TAIL))


def pairs_of(n: int) -> list[Pair]:
    return list(itertools.combinations(range(n), 2))


def reached(steps: list[list[int]]) -> list[set[int]]:
    """What chains of steps reach from each node, itself included."""
    found = []
    for node in range(len(steps)):
        seen, waiting = {node}, [node]
        while waiting:
            more = set(steps[waiting.pop()]) - seen
            seen |= more
            waiting.extend(more)
        found.append(seen)
    return found


def bits_of(nodes: Iterable[int]) -> int:
    return sum(1 << node for node in nodes)


def simple_paths(state: Marked, first: int, second: int) -> Iterator[list[int]]:
    waiting = [[first]]
    while waiting:
        path = waiting.pop()
        if path[-1] == second:
            yield path
        else:
            waiting += [[*path, other] for other in state.ends[path[-1]] if other not in path]


def model(state: Marked) -> Model:
    """Every separation by the definition: a path is open given a set that holds none but descendants of its colliders."""
    n = len(state)
    below = [bits_of(nodes) for nodes in reached([state.children(node) for node in range(n)])]
    facts = []
    for first, second in pairs_of(n):
        given = subsets([node for node in range(n) if node not in (first, second)])
        connected = [False] * len(given)
        for path in simple_paths(state, first, second):
            plain, colliders = 0, []
            for a, b, c in zip(path, path[1:], path[2:], strict=False):
                if state.ends[a][b] == ARROW == state.ends[c][b]:
                    colliders.append(below[b])
                else:
                    plain |= 1 << b
            for i, z in enumerate(given):
                if not connected[i] and not plain & z and all(d & z for d in colliders):
                    connected[i] = True
        facts.append(tuple(connected))
    return tuple(facts)


@functools.cache
def _subsets(nodes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(bits_of(chosen) for size in range(len(nodes) + 1) for chosen in itertools.combinations(nodes, size))


def subsets(nodes: Iterable[int]) -> tuple[int, ...]:
    return _subsets(tuple(nodes))


def is_ancestral(state: Marked) -> bool:
    """No arrowhead at an end of an undirected edge, and nothing with an arrowhead from a node that it leads to."""
    n = len(state)
    below = reached([state.children(node) for node in range(n)])
    for a, b, at_a, at_b in state.edges():
        for node, other, mark, far in ((a, b, at_a, at_b), (b, a, at_b, at_a)):
            if mark == TAIL == far and any(state.ends[third][node] == ARROW for third in state.ends[node]):
                return False
            if mark == ARROW and other in below[node]:
                return False
    return True


def mag_model(state: Marked) -> Model | None:
    """The separations of a maximal ancestral graph; None for any other graph."""
    if not is_ancestral(state):
        return None
    facts = model(state)
    gaps = (all(row) and b not in state.ends[a] for (a, b), row in zip(pairs_of(len(state)), facts, strict=True))
    return None if any(gaps) else facts


def markings(n: int, skeleton: Iterable[Pair]) -> Iterator[Marked]:
    """Every way to put tails and arrowheads on a skeleton."""
    joined = list(skeleton)
    for choice in itertools.product(DECIDED, repeat=len(joined)):
        state = blank(n)
        for pair, ends in zip(joined, choice, strict=True):
            state.join(*pair, *ends)
        yield state


def skeletons(n: int) -> Iterator[tuple[Pair, ...]]:
    """One skeleton of each shape."""
    seen = set()
    orders = list(itertools.permutations(range(n)))
    for size in range(n * (n - 1) // 2 + 1):
        for chosen in itertools.combinations(pairs_of(n), size):
            shape = min(tuple(sorted((min(p[a], p[b]), max(p[a], p[b])) for a, b in chosen)) for p in orders)
            if shape not in seen:
                seen.add(shape)
                yield shape


def mag_classes(n: int, joined: Iterable[Iterable[Pair]]) -> list[list[Marked]]:
    """All maximal ancestral graphs on these skeletons, grouped by their separations."""
    groups: dict[Model, list[Marked]] = {}
    for skeleton in joined:
        for state in markings(n, skeleton):
            facts = mag_model(state)
            if facts is not None:
                groups.setdefault(facts, []).append(state)
    return list(groups.values())


def shared_marks(members: list[Marked]) -> Marked:
    """The marks that all graphs of a class have in common, circles elsewhere."""
    found = blank(len(members[0]))
    for a, b, *_ in members[0].edges():
        at_a = {state.ends[b][a] for state in members}
        at_b = {state.ends[a][b] for state in members}
        found.join(a, b, *(marks.pop() if len(marks) == 1 else CIRCLE for marks in (at_a, at_b)))
    return found


def alternatives(state: Marked, fixed: dict[Pair, int]) -> Iterator[Marked]:
    """Every ancestral graph with the joins and unshielded colliders of another and the mark `fixed[a, b]` at b of the edge of a and b.

    Equivalent graphs are among these, since they have the same joins and unshielded colliders.
    """
    edges = sorted(((a, b) for a, b, *_ in state.edges()), key=lambda pair: pair not in fixed and pair[::-1] not in fixed)
    found = blank(len(state))

    def agrees(a: int, b: int) -> bool:
        for node, other in ((a, b), (b, a)):
            for third in found.ends[node]:
                if third != other and third not in state.ends[other]:
                    here = found.ends[other][node] == ARROW == found.ends[third][node]
                    if here != (state.ends[other][node] == ARROW == state.ends[third][node]):
                        return False
        return is_ancestral(found)

    def extend(place: int) -> Iterator[Marked]:
        if place == len(edges):
            yield found.copy()
            return
        a, b = edges[place]
        for at_a, at_b in DECIDED:
            if fixed.get((b, a), at_a) == at_a and fixed.get((a, b), at_b) == at_b:
                found.join(a, b, at_a, at_b)
                if agrees(a, b):
                    yield from extend(place + 1)
                del found.ends[a][b], found.ends[b][a]

    return extend(0)


def all_dags(n: int) -> Iterator[list[set[int]]]:
    """The parent sets of every DAG."""
    for choice in itertools.product((0, 1, 2), repeat=n * (n - 1) // 2):
        parents: list[set[int]] = [set() for _ in range(n)]
        for (a, b), way in zip(pairs_of(n), choice, strict=True):
            if way:
                parents[b if way == 1 else a].add(a if way == 1 else b)
        if len(causal_order(parents)) == n:
            yield parents


def colliders_of(parents: list[set[int]], joined: list[set[int]]) -> set[tuple[int, int, int]]:
    return {(a, b, c) for b, own in enumerate(parents) for a, c in itertools.combinations(sorted(own), 2) if c not in joined[a]}


def extensions(state: PDAG) -> list[list[set[int]]]:
    """The parent sets of every DAG with the same joins, arrows and colliders, by trying every way or, where fewer, every order."""
    lines = list(state.undirected())
    wanted = colliders_of(state.parents, state.joined)
    found = []
    for ways in every_way(len(state), lines):
        parents = list(map(set, state.parents))
        for (a, b), back in zip(lines, ways, strict=True):
            parents[a if back else b].add(b if back else a)
        if colliders_of(parents, state.joined) == wanted and len(causal_order(parents)) == len(parents):
            found.append(parents)
    return found


def every_way(n: int, lines: list[Pair]) -> Iterable[tuple[bool, ...]]:
    if 2 ** len(lines) < math.factorial(n):
        return itertools.product((False, True), repeat=len(lines))
    return sorted({tuple(order[a] > order[b] for a, b in lines) for order in itertools.permutations(range(n))})


def shared_arrows(dags: list[list[set[int]]]) -> PDAG:
    """Arrows where all DAGs agree, lines elsewhere."""
    n = len(dags[0])
    every = {(a, b) for b in range(n) for a in dags[0][b]}
    agreed = {(a, b) for a, b in every if all(a in parents[b] for parents in dags)}
    return built(n, agreed, every - agreed)


def random_pdag(rng: np.random.Generator, n: int, density: float, arrows: float) -> PDAG:
    """Joins at random, each an arrow one way or the other, or a line."""
    joined = [pair for pair in pairs_of(n) if rng.random() < density]
    directed = {pair: (pair if rng.random() < 0.5 else pair[::-1]) for pair in joined if rng.random() < arrows}
    return built(n, directed.values(), (pair for pair in joined if pair not in directed))


def random_parents(rng: np.random.Generator, n: int, density: float) -> list[set[int]]:
    """The parent sets of a DAG in a random order."""
    order = [int(node) for node in rng.permutation(n)]
    parents: list[set[int]] = [set() for _ in range(n)]
    for i, node in enumerate(order):
        parents[node] = {other for other in order[:i] if rng.random() < density}
    return parents


def graph_of(state: PDAG) -> Graph:
    names = tuple(f"v{i}" for i in range(len(state)))
    arrows = [Edge(source=names[a], target=names[b]) for a, b in state.arrows()]
    lines = [Edge(source=names[a], target=names[b], at_target="tail") for a, b in state.undirected()]
    return Graph(nodes=names, edges=(*arrows, *lines))


def dag_of(parents: list[set[int]]) -> Graph:
    return graph_of(built(len(parents), ((a, b) for b, own in enumerate(parents) for a in own)))

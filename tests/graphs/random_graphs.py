"""Draw random graphs and models for tests, and judge them by brute force from the definitions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from aitia.core.graph import Edge, Graph


def random_graph(rng: np.random.Generator, n: int, directed: float, bidirected: float = 0.0, latent: float = 0.0) -> Graph:
    """A random ADMG on n nodes in a random order, some of them latent."""
    names = [f"v{i}" for i in range(n)]
    order = [str(name) for name in rng.permutation(names)]
    edges = []
    for a, b in itertools.combinations(order, 2):
        if rng.random() < directed:
            edges.append(Edge(source=a, target=b))
        if rng.random() < bidirected:
            edges.append(Edge(source=a, target=b, at_source="arrow"))
    return Graph(nodes=tuple(names), edges=tuple(edges), latent=tuple(name for name in names if rng.random() < latent))


def paths(graph: Graph, first: str, second: str, edges: tuple[Edge, ...] | None = None) -> Iterator[list[tuple[str, bool, bool, str]]]:
    """Every simple path as steps (node, arrowhead at node, arrowhead at next, next)."""
    steps: dict[str, list[tuple[str, bool, bool, str]]] = {node: [] for node in graph.nodes}
    for edge in graph.edges if edges is None else edges:
        at_source, at_target = edge.at_source == "arrow", edge.at_target == "arrow"
        steps[edge.source].append((edge.source, at_source, at_target, edge.target))
        steps[edge.target].append((edge.target, at_target, at_source, edge.source))

    def extend(path: list[tuple[str, bool, bool, str]], seen: set[str]) -> Iterator[list[tuple[str, bool, bool, str]]]:
        end = path[-1][3] if path else first
        if end == second:
            yield path
            return
        for step in steps[end]:
            if step[3] not in seen:
                yield from extend([*path, step], seen | {step[3]})

    yield from extend([], {first})


def below(graph: Graph, node: str) -> set[str]:
    """Descendants by the definition."""
    found = {node}
    while more := {e.target for e in graph.edges if e.directed and e.source in found} - found:
        found |= more
    return found


def is_open(graph: Graph, path: list[tuple[str, bool, bool, str]], given: set[str]) -> bool:
    """Whether a path is m-connecting given a set, by the definition."""
    for before, after in itertools.pairwise(path):
        node = after[0]
        if before[2] and after[1]:
            if not below(graph, node) & given:
                return False
        elif node in given:
            return False
    return True


def brute_separated(graph: Graph, first: str, second: str, given: set[str]) -> bool:
    """m-separation by enumerating paths."""
    return not any(is_open(graph, path, given) for path in paths(graph, first, second))


def brute_adjustment_sets(graph: Graph, treatment: str, outcome: str) -> list[frozenset[str]]:
    """Every adjustment set: no member below a node of a causal path, and every other path blocked."""
    every = list(paths(graph, treatment, outcome))
    causal = [path for path in every if all(not at_node and at_next for _, at_node, at_next, _ in path)]
    on_path = {step[3] for path in causal for step in path}
    forbidden = {name for node in on_path for name in below(graph, node)} | {treatment, outcome}
    allowed = [node for node in graph.observed if node not in forbidden]
    other = [path for path in every if path not in causal]
    return [
        frozenset(given)
        for size in range(len(allowed) + 1)
        for given in itertools.combinations(allowed, size)
        if not any(is_open(graph, path, set(given)) for path in other)
    ]


def minimal_of(sets: list[frozenset[str]], include: frozenset[str] = frozenset()) -> set[frozenset[str]]:
    """The sets that hold `include` and have no smaller one inside them that does."""
    holding = [s for s in sets if include <= s]
    return {s for s in holding if not any(other < s for other in holding)}

"""Find what all DAGs with the same independences agree on. [meek1995] [dor1992]"""

from __future__ import annotations

import itertools

from aitia.core.graph import Graph
from aitia.graphs.neighbours import turned

Pairs = set[tuple[str, str]]


def is_cpdag(graph: Graph) -> bool:
    """Tell whether the graph is the completed graph of some DAG: it has a DAG, and that DAG's completed graph is it."""
    arrows, lines = split(graph)
    if len(arrows) + len(lines) != len(graph.edges) or len({frozenset(pair) for pair in arrows | lines}) != len(graph.edges):
        return False
    dag = extension(graph.nodes, arrows, lines)
    return dag is not None and completed(dag) == (arrows, {(min(pair), max(pair)) for pair in lines})


def split(graph: Graph) -> tuple[Pairs, Pairs]:
    """Return the `->` edges and the `--` edges as pairs of names; other edges are left out."""
    edges = [turned(edge) for edge in graph.edges]
    arrows = {(e.source, e.target) for e in edges if e.directed}
    lines = {(e.source, e.target) for e in edges if (e.at_source, e.at_target) == ("tail", "tail")}
    return arrows, lines


def extension(nodes: tuple[str, ...], arrows: Pairs, lines: Pairs) -> Pairs | None:
    """Direct every line so that no cycle and no new collider arises; None when that cannot be done. [dor1992]"""
    joined, lined = sides(nodes, arrows | lines), sides(nodes, lines)
    children: dict[str, set[str]] = {node: set() for node in nodes}
    for source, target in arrows:
        children[source].add(target)
    left = dict.fromkeys(nodes)
    directed = set(arrows)
    while left:
        sink = next((node for node in left if not children[node] and is_free(node, joined, lined)), None)
        if sink is None:
            return None
        directed |= {(other, sink) for other in lined[sink]}
        for other in joined.pop(sink):
            joined[other].discard(sink)
            lined[other].discard(sink)
            children[other].discard(sink)
        del left[sink]
    return directed


def sides(nodes: tuple[str, ...], pairs: Pairs) -> dict[str, set[str]]:
    """Return the nodes joined to each node by some pair."""
    found: dict[str, set[str]] = {node: set() for node in nodes}
    for first, second in pairs:
        found[first].add(second)
        found[second].add(first)
    return found


def is_free(node: str, joined: dict[str, set[str]], lined: dict[str, set[str]]) -> bool:
    """Tell whether every line neighbour of a node is joined to all its other neighbours."""
    return all(joined[node] - {other} <= joined[other] for other in lined[node])


def completed(dag: Pairs) -> tuple[Pairs, Pairs]:
    """Return the arrows that every equivalent DAG shares and the lines that they do not, each line sorted. [meek1995]"""
    joined = {frozenset(pair) for pair in dag}
    parents: dict[str, set[str]] = {}
    for source, target in dag:
        parents.setdefault(target, set()).add(source)
    arrows = {
        (parent, node)
        for node, own in parents.items()
        for a, b in itertools.combinations(sorted(own), 2)
        if frozenset((a, b)) not in joined
        for parent in (a, b)
    }
    undecided = dag - arrows
    while fixed := {pair for pair in undecided if is_compelled(pair, arrows, undecided, joined)}:
        arrows |= fixed
        undecided -= fixed
    return arrows, {(min(pair), max(pair)) for pair in undecided}


def is_compelled(pair: tuple[str, str], arrows: Pairs, undecided: Pairs, joined: set[frozenset[str]]) -> bool:
    """Tell whether Meek's first three rules direct the line source - target; the fourth is not needed without knowledge."""
    source, target = pair
    into_source = {a for a, b in arrows if b == source}
    into_target = {a for a, b in arrows if b == target}
    if any(frozenset((a, target)) not in joined for a in into_source):  # rule 1
        return True
    if any((source, middle) in arrows for middle in into_target):  # rule 2
        return True
    lined = {a for a in into_target if (a, source) in undecided or (source, a) in undecided}
    return any(frozenset((a, b)) not in joined for a, b in itertools.combinations(sorted(lined), 2))  # rule 3

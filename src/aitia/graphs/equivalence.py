"""Find what all DAGs with the same independences agree on, and a DAG that a partly directed graph stands for. [chickering1995] [dor1992]"""

from __future__ import annotations

from aitia.core.graph import Graph
from aitia.graphs.meek import is_closed
from aitia.graphs.neighbours import turned
from aitia.graphs.pdag import PDAG, Sets, built, pdag

Pairs = set[tuple[str, str]]


def is_cpdag(graph: Graph) -> bool:
    """Tell whether the graph is the completed graph of some DAG: it has a DAG, and that DAG's completed graph is it."""
    if not is_pdag(graph):
        return False
    state = pdag(graph)
    parents = extended(state)
    return parents is not None and completed_pdag(parents).same_as(state)


def is_mpdag(graph: Graph) -> bool:
    """Tell whether the graph is all that some knowledge on a class of DAGs implies: it has a DAG, and no rule of Meek's adds to it.

    That DAG has the same joins and colliders. Every DAG and every CPDAG is an MPDAG. [meek1995]
    """
    if not is_pdag(graph):
        return False
    state = pdag(graph)
    return is_closed(state) and extended(state) is not None


def is_pdag(graph: Graph) -> bool:
    """Tell whether every edge is `->` or `--`, without lags, and no pair is joined twice or a node to itself."""
    found = [turned(edge) for edge in graph.edges]
    if any(edge.lag or edge.at_source != "tail" or edge.at_target == "circle" or edge.source == edge.target for edge in found):
        return False
    return len({frozenset((edge.source, edge.target)) for edge in found}) == len(found)


def split(graph: Graph) -> tuple[Pairs, Pairs]:
    """Return the `->` edges and the `--` edges as pairs of names; other edges are left out."""
    edges = [turned(edge) for edge in graph.edges]
    arrows = {(e.source, e.target) for e in edges if e.directed}
    lines = {(e.source, e.target) for e in edges if (e.at_source, e.at_target) == ("tail", "tail")}
    return arrows, lines


def completed(dag: Pairs) -> tuple[Pairs, Pairs]:
    """Return the arrows that every equivalent DAG shares and the lines that they do not, each line sorted."""
    names = sorted({name for pair in dag for name in pair})
    place = {name: i for i, name in enumerate(names)}
    found = completed_pdag(built(len(names), ((place[a], place[b]) for a, b in dag)).parents)
    return {(names[a], names[b]) for a, b in found.arrows()}, {(names[a], names[b]) for a, b in found.undirected()}


def completed_pdag(parents: Sets) -> PDAG:
    """Return the completed graph of a DAG given by its parent sets, by labelling its edges in order. [chickering1995]"""
    order = causal_order(parents)
    place = {node: i for i, node in enumerate(order)}
    compelled: Sets = [set() for _ in parents]
    for node in order:
        own = parents[node]
        if own:
            last = max(own, key=place.__getitem__)
            shielded = compelled[last] <= own and own - {last} <= parents[last]
            compelled[node] = set(compelled[last]) if shielded else own
    return as_pdag(parents, compelled)


def as_pdag(parents: Sets, compelled: Sets) -> PDAG:
    """Return the graph with the compelled edges as arrows and the other edges as lines."""
    arrows = [(parent, node) for node, known in enumerate(compelled) for parent in known]
    lines = [(parent, node) for node, own in enumerate(parents) for parent in own - compelled[node]]
    return built(len(parents), arrows, lines)


def causal_order(parents: Sets) -> list[int]:
    """Return the nodes that no cycle holds back, causes first."""
    children: list[list[int]] = [[] for _ in parents]
    missing = [len(own) for own in parents]
    for node, own in enumerate(parents):
        for parent in own:
            children[parent].append(node)
    order = [node for node, count in enumerate(missing) if not count]
    for node in order:
        for child in children[node]:
            missing[child] -= 1
            if not missing[child]:
                order.append(child)
    return order


def extended(state: PDAG) -> Sets | None:
    """Return the parent sets of a DAG with these arrows, joins and colliders, or None where there is none.

    Lines are directed along one search, in linear time, which is right for every graph that is closed under Meek's
    rules; where the result is wrong, sinks are taken away one by one, which is right for every graph.
    """
    parents = along_search(state)
    return parents if is_extension(state, parents) else by_sinks(state)


def along_search(state: PDAG) -> Sets:
    """Direct lines from what a maximum cardinality search meets first, where it waits for the causes of a node. [wienobst2021b]"""
    parents = list(map(set, state.parents))
    for bucket in buckets(state):
        inside = set(bucket)
        joined = {node: state.joined[node] & inside for node in bucket}
        causes = {node: len(state.parents[node] & inside) for node in bucket}
        met = dict.fromkeys(bucket, 0)
        shelves: list[list[int]] = [[node for node in reversed(bucket) if not causes[node]]]
        while shelves:
            if not shelves[-1]:
                shelves.pop()
                continue
            node = shelves[-1].pop()
            if node not in inside or met[node] != len(shelves) - 1:
                continue  # taken already, or moved to a higher shelf
            inside.remove(node)
            for other in sorted(joined[node] & inside, reverse=True):
                met[other] += 1
                causes[other] -= other in state.children[node]
                if not causes[other]:
                    shelves.extend([] for _ in range(met[other] + 1 - len(shelves)))
                    shelves[met[other]].append(other)
                if other in state.lines[node]:
                    parents[other].add(node)
    return parents


def buckets(state: PDAG) -> list[list[int]]:
    """Return the sets of more than one node that lines connect, each sorted."""
    found: list[list[int]] = []
    seen: set[int] = set()
    for start in range(len(state)):
        if start in seen or not state.lines[start]:
            continue
        bucket, waiting = {start}, [start]
        while waiting:
            more = state.lines[waiting.pop()] - bucket
            bucket |= more
            waiting.extend(more)
        seen |= bucket
        found.append(sorted(bucket))
    return found


def is_extension(state: PDAG, parents: Sets) -> bool:
    """Tell whether parent sets that direct every line make no cycle and no collider that the graph does not have."""
    for node, own in enumerate(parents):
        if any(not own - {parent} <= state.joined[parent] for parent in own - state.parents[node]):
            return False
    return len(causal_order(parents)) == len(parents)


def by_sinks(state: PDAG) -> Sets | None:
    """Direct lines into a node without children whose line neighbours know all its neighbours, take it away, go on. [dor1992]"""
    parents, lines = list(map(set, state.parents)), list(map(set, state.lines))
    children, joined = list(map(set, state.children)), list(map(set, state.joined))
    waiting = list(reversed(range(len(parents))))
    gone: set[int] = set()
    while waiting:
        sink = waiting.pop()
        if sink in gone or children[sink] or any(not joined[sink] - {other} <= joined[other] for other in lines[sink]):
            continue
        gone.add(sink)
        parents[sink] |= lines[sink]
        for other in joined[sink]:
            for part in (joined, lines, children):
                part[other].discard(sink)
        waiting.extend(sorted(joined[sink], reverse=True))
    return parents if len(gone) == len(parents) else None

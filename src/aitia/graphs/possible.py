"""Follow paths that some graph of a class may direct: possible ancestors and descendants. [perkovic2017]"""

from __future__ import annotations

from collections.abc import Iterable

from aitia.core.graph import Edge, Graph
from aitia.graphs.classes import classified
from aitia.graphs.marked import ARROW, Marked, marked
from aitia.graphs.neighbours import name_set
from aitia.graphs.reachability import ancestors, descendants

PROVEN = ("cpdag", "mpdag", "pag")


def possible_descendants(graph: Graph, nodes: str | Iterable[str]) -> frozenset[str]:
    """Return the nodes and everything that a path without an arrowhead against leads to.

    On a CPDAG or MPDAG these are the descendants in some DAG of the class; on a PAG those that some MAG of the class
    reaches by `->` and `--`, as a MAG itself does. On a DAG or ADMG nothing is open: they are the descendants. A graph of
    no class that its edges prove may give more than some graph bears out.

    >>> from aitia.graphs.formats.text import parse
    >>> sorted(possible_descendants(parse("a--b; a--c; b--c; c->d; b->d"), "a"))
    ['a', 'b', 'c', 'd']
    """
    return possible(graph, nodes, ahead=True)


def possible_ancestors(graph: Graph, nodes: str | Iterable[str]) -> frozenset[str]:
    """Return the nodes and everything that a path without an arrowhead against leads from; see `possible_descendants`.

    >>> from aitia.graphs.formats.text import parse
    >>> sorted(possible_ancestors(parse("a->c; b->c; c->d"), "c")), sorted(possible_ancestors(parse("a--b--c"), "c"))
    (['a', 'b', 'c'], ['a', 'b', 'c'])
    """
    return possible(graph, nodes, ahead=False)


def possible(graph: Graph, nodes: str | Iterable[str], ahead: bool) -> frozenset[str]:
    """Return what paths lead to or from some nodes, each edge of them with no arrowhead against.

    Where the graph is of a class, paths whose every two next-but-one nodes are not joined are enough, and each of them is
    directed in some graph of the class; other paths may bend back, as a -- b -- c does where c -> a is known.
    """
    starts = name_set(graph, nodes)
    if not any(is_open(edge) for edge in graph.edges):
        return (descendants if ahead else ancestors)(graph, starts)
    state = marked(graph)
    uncovered = classified(graph).graph_class in PROVEN
    places = {i for i, node in enumerate(graph.nodes) if node in starts}
    return frozenset(graph.nodes[i] for start in places for i in walked(state, start, ahead, uncovered))


def is_open(edge: Edge) -> bool:
    """Tell whether an edge has a circle or is undirected."""
    return "circle" in (edge.at_source, edge.at_target) or edge.at_source == edge.at_target == "tail"


def walked(state: Marked, start: int, ahead: bool, uncovered: bool) -> set[int]:
    """Return the nodes that such walks from one node reach, itself included."""
    ends = state.ends
    waiting: list[tuple[int, int]] = [(-1, start)]
    seen = set(waiting)
    for last, node in waiting:
        for other in ends[node]:
            against = ends[other][node] if ahead else ends[node][other]
            covered = uncovered and last >= 0 and (other == last or other in ends[last])
            step = (node, other) if uncovered else (start, other)
            if against != ARROW and not covered and step not in seen:
                seen.add(step)
                waiting.append(step)
    return {node for _, node in waiting}

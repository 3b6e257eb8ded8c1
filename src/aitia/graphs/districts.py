"""Group nodes that chains of `<->` join: districts of an ADMG, confounded components of a graph with latent nodes. [tian2002]"""

from __future__ import annotations

from collections.abc import Iterable

from aitia.core.graph import Graph
from aitia.graphs.classes import as_admg
from aitia.graphs.neighbours import closure, name_set, neighbours
from aitia.graphs.projection import to_admg

Groups = tuple[tuple[str, ...], ...]


def districts(graph: Graph, within: str | Iterable[str] | None = None) -> Groups:
    """Return the districts of an ADMG, or of its part on the nodes `within`, by their first node in graph order.

    >>> from aitia.graphs.formats.text import parse
    >>> districts(parse("a<->b<->c; b->d")), districts(parse("a<->b<->c; b->d"), ["a", "c", "d"])
    ((('a', 'b', 'c'), ('d',)), (('a',), ('c',), ('d',)))
    """
    return grouped(as_admg(graph), frozenset(graph.nodes) if within is None else name_set(graph, within))


def c_components(graph: Graph, within: str | Iterable[str] | None = None) -> Groups:
    """Return the measured nodes of a DAG or ADMG grouped by the latent causes they share: the districts of its latent projection.

    With `within`, the groups of the part of that projection on these nodes.

    >>> from aitia.graphs.formats.text import parse
    >>> c_components(parse("u->a; u->b; b->c").with_latent(("u",)))
    (('a', 'b'), ('c',))
    """
    return districts(to_admg(graph), within)


def district_of(graph: Graph, node: str, within: str | Iterable[str] | None = None) -> tuple[str, ...]:
    """Return the district of one node, in graph order; nothing where the node is not `within`."""
    graph.need(node)
    return next((group for group in districts(graph, within) if node in group), ())


def grouped(graph: Graph, keep: frozenset[str]) -> Groups:
    """Return the parts of the kept nodes that `<->` connects."""
    spouses = {node: tuple(other for other in names if other in keep) for node, names in neighbours(graph).spouses.items()}
    home: dict[str, frozenset[str]] = {}
    for node in graph.nodes:
        if node in keep and node not in home:
            group = closure((node,), spouses)
            home.update(dict.fromkeys(group, group))
    rows: dict[frozenset[str], list[str]] = {}
    for node in graph.nodes:
        if node in keep:
            rows.setdefault(home[node], []).append(node)
    return tuple(map(tuple, rows.values()))

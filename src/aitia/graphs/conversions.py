"""Turn a graph of one class into the graph of another that says as much of the same as it can. [richardson2002] [zhang2008]"""

from __future__ import annotations

from collections.abc import Iterable

from aitia.core.graph import Edge, Graph
from aitia.graphs.ancestral import mag_between, member, pag_of
from aitia.graphs.classes import PARTLY_DIRECTED, UNDIRECTED, as_mag, as_mpdag, as_pag, classified, marks
from aitia.graphs.equivalence import completed_pdag, extended
from aitia.graphs.inducing import Masks
from aitia.graphs.marked import Marked, as_graph, marked, remarked
from aitia.graphs.neighbours import name_set, neighbours
from aitia.graphs.pdag import built, drawn, pdag
from aitia.graphs.projection import to_admg


def to_cpdag(graph: Graph) -> Graph:
    """Return the CPDAG of a DAG: arrows where all DAGs with the same separations agree. An MPDAG gives that of its DAGs.

    >>> from aitia.graphs.formats.text import parse
    >>> [edge.symbol for edge in to_cpdag(parse("a->b; b->c; d->c; c->e")).edges]
    ['--', '->', '->', '->']
    """
    graph = as_mpdag(graph)
    return drawn(graph, completed_pdag(parents_of(graph)), "cpdag")


def to_dag(graph: Graph) -> Graph:
    """Return one DAG of the class that a CPDAG or MPDAG stands for, always the same one.

    >>> from aitia.graphs.formats.text import parse
    >>> [(edge.source, edge.target) for edge in to_dag(parse("a--b--c")).edges]
    [('a', 'b'), ('b', 'c')]
    """
    graph = as_mpdag(graph)
    parents = parents_of(graph)
    return drawn(graph, built(len(parents), ((a, b) for b, own in enumerate(parents) for a in own)), "dag")


def parents_of(graph: Graph) -> list[set[int]]:
    """Return the parent sets of one DAG of an MPDAG."""
    parents = extended(pdag(graph))
    assert parents is not None
    return parents


def to_mag(graph: Graph, selection: str | Iterable[str] = ()) -> Graph:
    """Return the MAG of a DAG, ADMG or larger MAG over its measured nodes, given the selected ones; of a PAG, one MAG it stands for.

    Two measured nodes are joined where no set of measured nodes separates them given the selected ones. A tail at a node
    says that it is an ancestor of the other or of a selected node, an arrowhead that it is of neither. Latent and
    selected nodes are left out.

    >>> from aitia.graphs.formats.text import parse
    >>> hidden = parse("a->s; b->s; u->b; u->c; d->c").with_latent(("u",))
    >>> [(edge.source, edge.symbol, edge.target) for edge in to_mag(hidden, "s").edges]
    [('a', '--', 'b'), ('b', '->', 'c'), ('d', '->', 'c')]
    """
    if graph.graph_class == "pag" or any("circle" in ends for ends in marks(graph)):
        graph = as_pag(graph)
        return remarked(graph, member(marked(graph)), "mag")
    chosen = name_set(graph, selection)
    if graph.graph_class == "mag" or UNDIRECTED in marks(graph):
        graph = as_mag(graph)
        if not chosen and not graph.latent:
            return graph
        graph, more = with_selected(graph)
        chosen |= more
    whole = to_admg(graph, [node for node in graph.latent if node not in chosen])
    parents, spouses = bit_rows(whole)
    place = {node: i for i, node in enumerate(whole.nodes)}
    names = tuple(node for node in whole.nodes if node not in chosen)
    selected = sum(1 << place[node] for node in chosen)
    return as_graph(names, mag_between(parents, spouses, [place[node] for node in names], selected), "mag")


def with_selected(graph: Graph) -> tuple[Graph, frozenset[str]]:
    """Return an ADMG with the separations of a MAG, a selected effect of both ends in place of each `--`, and these effects."""
    edges: list[Edge] = []
    more: list[str] = []
    for edge in graph.edges:
        if edge.at_source == edge.at_target == "tail":
            more.append(f"{edge.source} -- {edge.target} is selected")
            edges += [Edge(source=side, target=more[-1]) for side in (edge.source, edge.target)]
        else:
            edges.append(edge)
    return Graph(nodes=(*graph.nodes, *more), edges=tuple(edges), latent=graph.latent), frozenset(more)


def bit_rows(graph: Graph) -> tuple[Masks, Masks]:
    """Return the parents and the spouses of every node as bits."""
    place = {node: i for i, node in enumerate(graph.nodes)}
    index = neighbours(graph)
    parents, spouses = ([sum(1 << place[other] for other in of[node]) for node in graph.nodes] for of in (index.parents, index.spouses))
    return parents, spouses


def to_pag(graph: Graph, selection: str | Iterable[str] = ()) -> Graph:
    """Return the PAG of a MAG, or of the MAG of a DAG or ADMG: marks where all MAGs with the same separations agree.

    >>> from aitia.graphs.formats.text import parse
    >>> [(edge.source, edge.symbol, edge.target) for edge in to_pag(parse("a->c; b->c; c->d")).edges]
    [('a', 'o->', 'c'), ('b', 'o->', 'c'), ('c', '->', 'd')]
    """
    mag = to_mag(graph, selection)
    return remarked(mag, pag_of(marked(mag)), "pag")


def markov_equivalent(first: Graph, second: Graph) -> bool:
    """Tell whether two graphs have the same separations among the same measured nodes.

    Graphs of every class are taken; raises `BadGraph` for one that is of none.

    >>> from aitia.graphs.formats.text import parse
    >>> markov_equivalent(parse("a->b->c"), parse("a<-b<-c")), markov_equivalent(parse("a->b->c"), parse("a->b<-c"))
    (True, False)
    """
    one, two = (to_mag(to_dag(graph) if graph.graph_class in PARTLY_DIRECTED else graph) for graph in map(classified, (first, second)))
    if set(one.nodes) != set(two.nodes):
        return False
    left, right = marked(one), in_order(two, one.nodes)
    if any(a.keys() != b.keys() for a, b in zip(left.ends, right.ends, strict=True)):
        return False
    return pag_of(left).ends == pag_of(right).ends


def in_order(graph: Graph, nodes: tuple[str, ...]) -> Marked:
    """Number the nodes of a graph in another order."""
    return marked(Graph(nodes=nodes, edges=graph.edges))

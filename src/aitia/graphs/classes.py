"""Tell which class a graph belongs to, and insist on one where a method needs it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from aitia.core.errors import BadGraph
from aitia.core.graph import Edge, Graph, GraphClass
from aitia.graphs.ancestral import mag_fault, pag_fault
from aitia.graphs.equivalence import completed_pdag, extended, is_cpdag, is_mpdag
from aitia.graphs.marked import marked
from aitia.graphs.meek import forced
from aitia.graphs.neighbours import neighbours, turned
from aitia.graphs.pdag import PDAG, pdag
from aitia.graphs.reachability import ordered, topological_order

DIRECTED, BIDIRECTED, UNDIRECTED = ("tail", "arrow"), ("arrow", "arrow"), ("tail", "tail")
MIXED_CLAIMS = ("mag", "pag")
PARTLY_DIRECTED = ("cpdag", "mpdag")
ANCESTRY = "Its arrows say who is an ancestor and leave room for hidden causes, so they cannot be read as the arrows of {asked}."
OPEN = "Its undirected edges leave the direction open; those of {asked} speak of selection."
MEANING = {"mag": ANCESTRY, "pag": ANCESTRY, "cpdag": OPEN, "mpdag": OPEN}
Fault = BadGraph | None


def marks(graph: Graph) -> frozenset[tuple[str, str]]:
    """Return the pairs of marks that occur, each edge the usual way round."""
    return frozenset((edge.at_source, edge.at_target) for edge in map(turned, graph.edges))


def is_acyclic(graph: Graph) -> bool:
    """Tell whether no arrows lead back to where they began; edges with a lag do not count."""
    return len(ordered(graph.nodes, neighbours(graph, lagged=False))) == len(graph.nodes)


def is_dag(graph: Graph) -> bool:
    """Tell whether every edge is `->` and there is no cycle."""
    return marks(graph) <= {DIRECTED} and is_acyclic(graph)


def is_admg(graph: Graph) -> bool:
    """Tell whether every edge is `->` or `<->` and there is no directed cycle; every DAG is one."""
    return marks(graph) <= {DIRECTED, BIDIRECTED} and is_acyclic(graph)


def is_mag(graph: Graph) -> bool:
    """Tell whether the graph is a maximal ancestral graph; `--` joins nodes that lead to selected ones. [richardson2002]

    Ancestral: no directed cycle, no `<->` between a node and its ancestor, no arrowhead at an end of `--`. Maximal:
    every two nodes that are not joined are separated by some set.
    """
    return mag_why(graph) is None


def is_pag(graph: Graph) -> bool:
    """Tell whether the graph is what all maximal ancestral graphs with the same separations share. [zhang2008]"""
    return pag_why(graph) is None


def is_lagged(graph: Graph) -> bool:
    """Tell whether some edge has a lag."""
    return any(edge.lag for edge in graph.edges)


def classify(graph: Graph) -> GraphClass:
    """Name the class that the edges prove; raises `BadGraph` naming a directed cycle.

    Graphs of `->` are DAGs, of `->` and `<->` ADMGs, of `->` and `--` CPDAGs or else MPDAGs; a graph with both `--` and
    `<->` may prove to be a MAG and one with circles a PAG. All others are unknown.
    """
    topological_order(graph)
    found = marks(graph)
    if found <= {DIRECTED}:
        return "dag"
    if found <= {DIRECTED, BIDIRECTED}:
        return "admg"
    if is_lagged(graph):
        return "unknown"
    if found <= {DIRECTED, UNDIRECTED}:
        return "cpdag" if is_cpdag(graph) else "mpdag" if is_mpdag(graph) else "unknown"
    if found <= {DIRECTED, BIDIRECTED, UNDIRECTED}:
        return "mag" if is_mag(graph) else "unknown"
    return "pag" if is_pag(graph) else "unknown"


def classified(graph: Graph) -> Graph:
    """Return the graph with its class set to what its edges prove.

    A graph that calls itself a MAG or PAG stays one, since its arrows mean less than those of an ADMG; one that calls
    itself an MPDAG stays one while it has undirected edges.
    """
    proven = classify(graph)
    claim = graph.graph_class
    if claim in MIXED_CLAIMS and (proven != "unknown" or claim == "pag" or is_mag(graph)):
        return graph
    if claim == "mpdag" and UNDIRECTED in marks(graph) <= {DIRECTED, UNDIRECTED}:
        return graph
    return dataclasses.replace(graph, graph_class=proven)


def as_dag(graph: Graph) -> Graph:
    """Return the graph if it is a DAG without lags, with every edge the usual way round; raises `BadGraph` saying why not."""
    refuse(graph, "DAG", MIXED_CLAIMS, "->")
    return insisted(graph, "dag", {DIRECTED}, "This needs a graph whose every edge is ->.", lambda _: None)


def as_admg(graph: Graph) -> Graph:
    """Return the graph if it is an ADMG without lags, with every edge the usual way round; raises `BadGraph` saying why not."""
    refuse(graph, "ADMG", MIXED_CLAIMS, "-> and <->")
    why = "This needs a graph whose every edge is -> or <->."
    return insisted(graph, graph.graph_class, {DIRECTED, BIDIRECTED}, why, lambda _: None)


def as_cpdag(graph: Graph) -> Graph:
    """Return the graph if it is a CPDAG, with every edge the usual way round; raises `BadGraph` saying why not."""
    refuse(graph, "CPDAG", MIXED_CLAIMS, "-> and --")
    return insisted(graph, "cpdag", {DIRECTED, UNDIRECTED}, "A CPDAG has -> and -- edges only.", cpdag_why)


def as_mpdag(graph: Graph) -> Graph:
    """Return the graph if it is an MPDAG, with every edge the usual way round; raises `BadGraph` saying why not.

    Every DAG and every CPDAG is one; a graph that calls itself one of these goes on doing so.
    """
    refuse(graph, "MPDAG", MIXED_CLAIMS, "-> and --")
    graph_class = graph.graph_class if graph.graph_class in ("dag", "cpdag") else "mpdag"
    return insisted(graph, graph_class, {DIRECTED, UNDIRECTED}, "An MPDAG has -> and -- edges only.", mpdag_why)


def as_mag(graph: Graph) -> Graph:
    """Return the graph if it is a MAG, with every edge the usual way round; raises `BadGraph` saying why not."""
    refuse(graph, "MAG", PARTLY_DIRECTED, "->, <-> and --")
    return insisted(graph, "mag", {DIRECTED, BIDIRECTED, UNDIRECTED}, "A MAG has ->, <-> and -- edges only.", mag_why)


def as_pag(graph: Graph) -> Graph:
    """Return the graph if it is a PAG, with every edge the usual way round; raises `BadGraph` saying why not."""
    refuse(graph, "PAG", PARTLY_DIRECTED, "marks: tails, arrowheads and circles")
    return insisted(graph, "pag", None, "", pag_why)


def refuse(graph: Graph, asked: str, claims: tuple[str, ...], edges: str) -> None:
    """Raise `BadGraph` for a graph that calls itself one of the classes whose edges mean something else."""
    if graph.graph_class in claims:
        raise BadGraph(
            f"This graph is a {graph.graph_class.upper()}, not {'an' if asked[0] in 'AM' else 'a'} {asked}.",
            why=MEANING[graph.graph_class].format(asked=asked),
            next=f"Give a graph of {edges}{' edges' if '-' in edges else ''}.",
        )


def insisted(
    graph: Graph, graph_class: GraphClass, allowed: set[tuple[str, str]] | None, why: str, fault: Callable[[Graph], Fault]
) -> Graph:
    """Return the graph as one of a class, or raise what is wrong with its marks, its lags, its cycles and then the rest."""
    edges = tuple(map(turned, graph.edges))
    odd = None if allowed is None else next((edge for edge in edges if (edge.at_source, edge.at_target) not in allowed), None)
    if odd is not None:
        raise wrong_mark(odd, why)
    wrong = late(graph)
    if wrong is not None:
        raise wrong
    topological_order(graph)
    wrong = fault(graph)
    if wrong is not None:
        raise wrong
    return dataclasses.replace(graph, edges=edges, graph_class=graph_class)


def wrong_mark(edge: Edge, why: str) -> BadGraph:
    """Build the error for an edge of a kind that the class does not have."""
    drawn = f"The edge {edge.source} {edge.symbol} {edge.target}"
    if (edge.at_source, edge.at_target) == BIDIRECTED:
        return BadGraph(
            f"{drawn} stands for a hidden common cause.", why=why, next="Name the hidden cause as a node of its own, or drop it."
        )
    return BadGraph(f"{drawn} leaves open which way the cause goes.", why=why, next="Decide the direction of each such edge.")


def late(graph: Graph) -> Fault:
    """Find an edge with a lag."""
    edge = next((edge for edge in graph.edges if edge.lag), None)
    if edge is None:
        return None
    return BadGraph(
        f"The edge {edge.source}[-{edge.lag}] {edge.symbol} {edge.target} has a lag.",
        why="This needs a graph whose nodes are single measurements, not series.",
        next="Name each time point as its own node, for example x_before->y.",
    )


def twice(graph: Graph) -> Fault:
    """Find a pair that two edges join, or a node joined to itself."""
    seen: set[frozenset[str]] = set()
    for edge in graph.edges:
        pair = frozenset((edge.source, edge.target))
        if len(pair) == 1 or pair in seen:
            what = f"joins {edge.source} to itself" if len(pair) == 1 else f"is a second edge of {edge.source} and {edge.target}"
            return BadGraph(
                f"The edge {edge.source} {edge.symbol} {edge.target} {what}.",
                why="A graph of this class has at most one edge for each two nodes.",
                next="Keep one of these edges.",
            )
        seen.add(pair)
    return late(graph)


def cpdag_why(graph: Graph) -> Fault:
    """Say why a graph of `->` and `--` edges is not a CPDAG."""
    if is_cpdag(graph):
        return None
    fault = mpdag_why(graph)
    if fault is not None:
        return fault
    state = pdag(graph)
    parents = extended(state)
    assert parents is not None
    whole = completed_pdag(parents)
    a, b = next((a, b) for a, b in state.arrows() if b in whole.lines[a])
    return BadGraph(
        f"The arrow {graph.nodes[a]} -> {graph.nodes[b]} is not one that all DAGs with these joins and colliders share.",
        why="A CPDAG has arrows only where all DAGs with the same separations agree.",
        next="Take it as an MPDAG, which holds knowledge beside, or complete it: to_cpdag(graph).",
    )


def mpdag_why(graph: Graph) -> Fault:
    """Say why a graph of `->` and `--` edges is not an MPDAG."""
    fault = twice(graph)
    if fault is not None or is_mpdag(graph):
        return fault
    state = pdag(graph)
    if extended(state) is None:
        return BadGraph(
            "No DAG has these arrows, joins and colliders.",
            why="However the undirected edges are directed, a cycle or another collider arises.",
            next="Take back an arrow, or join the causes of a node where they meet.",
        )
    a, b = unsaid(state)
    return BadGraph(
        f"The edge {graph.nodes[a]} -- {graph.nodes[b]} can only be {graph.nodes[a]} -> {graph.nodes[b]}.",
        why="In an MPDAG every edge that the arrows leave one way for is an arrow already.",
        next="Direct what follows: to_mpdag(graph).",
    )


def unsaid(state: PDAG) -> tuple[int, int]:
    """Return a direction that Meek's rules give to a line of a graph that is not closed."""
    return next((c, d) for a, b in state.arrows() for c, d in forced(state, a, b) if d in state.lines[c])


def mag_why(graph: Graph) -> Fault:
    """Say why a graph is not a MAG."""
    fault = twice(graph)
    if fault is not None:
        return fault
    why = mag_fault(marked(graph), graph.nodes)
    if why is None:
        return None
    return BadGraph(
        f"The graph is not a maximal ancestral graph. {why}",
        why="A MAG says of each two nodes who is an ancestor of whom, and joins those that no set separates.",
        next="Find the MAG of a graph with hidden causes by to_mag(graph).",
    )


def pag_why(graph: Graph) -> Fault:
    """Say why a graph is not a PAG."""
    fault = twice(graph)
    if fault is not None:
        return fault
    why = pag_fault(marked(graph), graph.nodes)
    if why is None:
        return None
    return BadGraph(
        f"The graph is not a PAG. {why}",
        why="A PAG has a mark exactly where all maximal ancestral graphs with the same separations share it, and a circle elsewhere.",
        next="Find the PAG of a graph by to_pag(graph); a discovered graph may also miss being one because tests err.",
    )

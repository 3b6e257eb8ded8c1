"""Tell which nodes a set separates, and find such sets. [zander2019] [richardson2002]"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections import deque
from collections.abc import Collection, Iterable

import numpy as np

from aitia.compiled import kernel
from aitia.core.errors import BadGraph
from aitia.core.graph import Graph
from aitia.graphs.ancestral import member
from aitia.graphs.classes import as_admg, as_pag, late, twice
from aitia.graphs.equivalence import extended
from aitia.graphs.indexed import CHILD, LINE, PARENT, SPOUSE, Indexed, indexed, laid_out
from aitia.graphs.marked import as_graph, marked
from aitia.graphs.moral import closest, moral, starts
from aitia.graphs.neighbours import Neighbours, closure, name_set, neighbours
from aitia.graphs.pdag import pdag
from aitia.graphs.reachability import topological_order

State = tuple[str, bool]  # a node, and whether the walk came in by an arrowhead
Names = str | Iterable[str]
STEPS_AT_A_TIME = 20_000_000  # of a kernel, before the caller can look at the clock
PREPARED = 4


def separated(graph: Graph, first: Names, second: Names, given: Names = ()) -> bool:
    """Tell whether `given` m-separates two sets of nodes, in time linear in the edges.

    Of a DAG, ADMG or MAG these are its own separations (`--` joins nodes that lead to selected ones); of a CPDAG, MPDAG or PAG
    those of every graph it stands for, which all have the same. Nodes of the two sets that are given are left out. Raises
    `BadGraph` for lags, cycles, and for marks that fit none of these classes: see `all_separate` in `graphs.definite`.

    >>> from aitia.graphs.formats.text import parse
    >>> chain = parse("a->b->c")
    >>> separated(chain, "a", "c"), separated(chain, "a", "c", "b")
    (False, True)
    >>> separated(parse("a--b--c"), "a", "c", "b"), separated(parse("a o-> b <-o c"), "a", "c", "b")
    (True, False)
    """
    return prepare(graph).separated(first, second, given)


def separated_batch(graph: Graph, triples: Iterable[tuple[Names, Names, Names]]) -> np.ndarray:
    """Answer many questions (first, second, given) on one graph; returns booleans (questions,).

    >>> from aitia.graphs.formats.text import parse
    >>> separated_batch(parse("a->b->c"), [("a", "c", ()), ("a", "c", "b")]).tolist()
    [False, True]
    """
    return prepare(graph).separated_batch(triples)


@dataclasses.dataclass(frozen=True, slots=True)
class Separation:
    """Hold a graph that is ready for many questions of separation."""

    index: Indexed

    def separated(self, first: Names, second: Names, given: Names = ()) -> bool:
        """Tell whether `given` separates two sets of nodes; raises `UnknownName`."""
        return bool(self.separated_batch([(first, second, given)])[0])

    def separated_batch(self, triples: Iterable[tuple[Names, Names, Names]]) -> np.ndarray:
        """Answer many questions (first, second, given); returns booleans (questions,)."""
        numbers = self.index.numbers
        sets = [numbers(names) for triple in triples for names in triple]
        members = np.fromiter(itertools.chain.from_iterable(sets), dtype=np.int32)
        limits = np.zeros(len(sets) + 1, dtype=np.int64)
        np.cumsum(list(map(len, sets)), out=limits[1:])
        return self.answered(members, limits)

    def answered(self, members: np.ndarray, limits: np.ndarray) -> np.ndarray:
        """Answer questions given by the numbers of nodes: set k is members[limits[k] : limits[k + 1]], three to a question.

        `members` is int32, `limits` int64 (3 q + 1).
        """
        out = np.empty(len(limits) // 3, dtype=np.uint8)
        answer = kernel("separation", "separated")
        step = max(1, STEPS_AT_A_TIME // (1 + len(self.index.others) + len(self.index.nodes)))
        for begin in range(0, len(out), step):
            part = out[begin : begin + step]
            answer(self.index.bounds, self.index.others, members, limits[3 * begin : 3 * (begin + len(part)) + 1], part)
        return out.astype(bool)


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Itself:
    """Stand for one graph object, equal to nothing but itself: comparing graphs edge by edge would take longer than indexing."""

    graph: Graph

    def __hash__(self) -> int:
        return id(self.graph)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Itself) and other.graph is self.graph


def prepare(graph: Graph) -> Separation:
    """Lay a graph out for many questions of separation; the last few graphs are remembered. Raises as `separated` does."""
    return prepared(Itself(graph))


@functools.lru_cache(maxsize=PREPARED)
def prepared(one: Itself) -> Separation:
    """Index a graph, or one graph that it stands for."""
    graph = one.graph
    wrong = late(graph)
    if wrong is not None:
        raise wrong
    if any("circle" in (edge.at_source, edge.at_target) for edge in graph.edges):
        graph = as_pag(graph)
        return Separation(indexed(as_graph(graph.nodes, member(marked(graph)), "mag")))
    index = indexed(graph)
    if index_is_open(index):
        index = directed(graph, index)
    if kernel("separation", "ordered")(index.bounds, index.others, np.empty(len(graph.nodes), dtype=np.int32)) < len(graph.nodes):
        topological_order(graph)  # which names the cycle
    return Separation(index)


def index_is_open(index: Indexed) -> bool:
    """Tell whether an arrowhead and an undirected edge meet at a node, where the edge cannot speak of selection."""
    counts = np.diff(index.bounds).reshape(-1, 4)
    return bool(np.any((counts[:, PARENT] + counts[:, SPOUSE] > 0) & (counts[:, LINE] > 0)))


def directed(graph: Graph, index: Indexed) -> Indexed:
    """Return a DAG with the arrows, joins and colliders of a graph of `->` and `--`; raises `BadGraph` where there is none."""
    spouse = next((edge for edge in graph.edges if edge.at_source == edge.at_target == "arrow"), None)
    if spouse is not None:
        raise BadGraph(
            f"The edge {spouse.source} <-> {spouse.target} stands beside undirected edges that meet arrowheads.",
            why="Undirected edges speak of selection where no arrowhead meets them, and leave a direction open where there is no <->.",
            next="Write open ends as circles, or ask all_separate of aitia.graphs.definite.",
        )
    wrong = twice(graph)
    if wrong is not None:
        raise wrong
    topological_order(graph)
    parents = extended(pdag(graph))
    if parents is None:
        raise BadGraph(
            "No DAG has these arrows, joins and colliders.",
            why="However the undirected edges are directed, a cycle or another collider arises.",
            next="Take back an arrow, or join the causes of a node where they meet.",
        )
    ends = [(parent, node, CHILD, PARENT) for node, own in enumerate(parents) for parent in sorted(own)]
    return laid_out(index.nodes, index.place, np.array(ends, dtype=np.int32).reshape(len(ends), 4))


def walk(index: Neighbours, begins: Collection[str], walls: frozenset[str], opened: frozenset[str]) -> dict[State, State | None]:
    """Return every state that an open walk reaches, each with the state before it; shortest walks first.

    A walk goes through a collider only in `opened` and through any other node only outside `walls`.
    """
    found: dict[State, State | None] = {(node, False): None for node in sorted(begins)}
    waiting = deque(found)
    while waiting:
        state = waiting.popleft()
        for after in steps(index, state, found[state] is None, walls, opened):
            if after not in found:
                found[after] = state
                waiting.append(after)
    return found


def steps(index: Neighbours, state: State, begins: bool, walls: frozenset[str], opened: frozenset[str]) -> Iterable[State]:
    """Yield the states one edge further."""
    node, into = state
    free = begins or node not in walls
    if free:
        yield from ((child, True) for child in index.children[node])
    if (into and node in opened) or (free and not into):
        yield from ((parent, False) for parent in index.parents[node])
        yield from ((spouse, True) for spouse in index.spouses[node])


def separator(
    graph: Graph, first: str | Iterable[str], second: str | Iterable[str], allowed: str | Iterable[str]
) -> tuple[str, ...] | None:
    """Return a minimal set within `allowed` that m-separates two sets of nodes, in graph order; None where there is none.

    >>> from aitia.graphs.formats.text import parse
    >>> separator(parse("a->b->c; d->a; d->c"), "a", "c", ["b", "d"])
    ('b', 'd')
    """
    index = neighbours(as_admg(graph))
    one, two = name_set(graph, first), name_set(graph, second)
    shape = moral(index, graph.nodes, closure(one | two, index.parents))
    cuttable = frozenset(shape.place[node] for node in name_set(graph, allowed) - one - two if node in shape.place)
    if one & two:
        return None
    found = closest(shape, starts(shape, one), starts(shape, two), cuttable, frozenset())
    return None if found is None else tuple(shape.nodes[i] for i in sorted(found))

"""Draw random graphs of many shapes. [gilbert1959, barabasi1999, watts1998, holland1983, varici2023]"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import numpy as np

from aitia.core.errors import BadOption
from aitia.core.graph import Edge, Graph
from aitia.graphs.conversions import to_cpdag

Nodes = int | Sequence[str]
Pair = tuple[int, int]
USUAL = 2.0  # neighbours of a node on average, where nothing is said


def named(nodes: Nodes) -> tuple[str, ...]:
    """Return node names: those given, or x1 … xp for a number; raises `BadOption` below one node or for repeated names.

    >>> named(3)
    ('x1', 'x2', 'x3')
    """
    names = tuple(f"x{i + 1}" for i in range(nodes)) if isinstance(nodes, int) else tuple(nodes)
    if not names or len(set(names)) < len(names):
        raise BadOption("A graph needs at least one node, each with a name of its own.", next="Give p=10, or a list of names.")
    return names


def placed(names: tuple[str, ...], pairs: Iterable[Pair], rng: np.random.Generator) -> Graph:
    """Return the DAG with an edge from the earlier to the later place of each pair, the names put on places at random.

    So neither the names nor their order tell who causes whom.
    """
    at = [names[i] for i in rng.permutation(len(names))]
    rank = {name: i for i, name in enumerate(names)}
    edges = {(at[min(pair)], at[max(pair)]) for pair in pairs}
    return drawn(names, sorted(edges, key=lambda edge: (rank[edge[0]], rank[edge[1]])))


def drawn(names: tuple[str, ...], edges: Iterable[tuple[str, str]]) -> Graph:
    """Return the DAG of these edges."""
    return Graph(nodes=names, edges=tuple(Edge(source=a, target=b) for a, b in edges), graph_class="dag")


def shuffled(p: int, pairs: Iterable[Pair], rng: np.random.Generator) -> list[Pair]:
    """Return undirected pairs with their places renamed at random, so that the lower end need not be the older one."""
    place = rng.permutation(p)
    return [(int(place[a]), int(place[b])) for a, b in pairs]


def chance(value: float, what: str) -> float:
    """Return a chance; raises `BadOption` outside [0, 1]."""
    if not 0 <= value <= 1:
        raise BadOption(f"{what} is {value:g}, which is not a chance between 0 and 1.", next="A smaller degree may help.")
    return value


def fitting(wanted: float, degree: float | None) -> float:
    """Return the chance of an edge that a degree asks for; raises `BadOption` above 1, unless the degree was left to chance."""
    return min(wanted, 1.0) if degree is None else chance(wanted, "The edge probability")


def erdos_renyi(nodes: Nodes, rng: np.random.Generator, *, degree: float | None = None, probability: float | None = None) -> Graph:
    """Draw each edge with one chance: `probability`, or what gives each node `degree` neighbours on average (2 when neither is given).

    >>> len(erdos_renyi(4, np.random.default_rng(0), probability=1.0).edges)
    6
    """
    names = named(nodes)
    p = len(names)
    if probability is None and degree is not None and degree > p - 1:
        raise BadOption(f"A node among {p} cannot have {degree:g} neighbours.", next=f"Give a degree of at most {p - 1}.")
    wanted = (USUAL if degree is None else degree) / max(p - 1, 1)
    share = fitting(wanted, degree) if probability is None else chance(probability, "The edge probability")
    keep = rng.random((p, p)) < share
    return placed(names, ((a, b) for a, b in itertools.combinations(range(p), 2) if keep[a, b]), rng)


def scale_free(nodes: Nodes, rng: np.random.Generator, *, degree: float = 2.0, hubs: str = "either") -> Graph:
    """Let each new node join about degree / 2 older ones, those with more neighbours likelier (Barabási and Albert).

    `hubs` are "causes" (older to newer), "effects" (newer to older) or "either" (a random order).
    """
    names = named(nodes)
    p, half = len(names), degree / 2
    pairs: list[Pair] = []
    ends = [0]
    for new in range(1, p):
        wanted = min(new, max(1, int(half) + int(rng.random() < half - int(half))))
        chosen: set[int] = set()
        while len(chosen) < wanted:
            chosen.add(ends[int(rng.integers(len(ends)))])
        for old in sorted(chosen):
            pairs.append((old, new))
            ends += [old, new]
    order = {"causes": pairs, "effects": [(p - 1 - a, p - 1 - b) for a, b in pairs], "either": shuffled(p, pairs, rng)}
    if hubs not in order:
        raise BadOption(f"Hubs cannot be {hubs!r}.", next="They are causes, effects or either.")
    return placed(names, order[hubs], rng)


def layered(nodes: Nodes, rng: np.random.Generator, *, layers: int = 3, degree: float = 2.0) -> Graph:
    """Put nodes in layers and let each have parents in the layer above: one at least, and `degree` neighbours on average."""
    names = named(nodes)
    p = len(names)
    if not 1 <= layers <= p:
        raise BadOption(f"{p} nodes cannot lie in {layers} layers.", next=f"Give 1 to {p} layers.")
    groups = [list(map(int, part)) for part in np.array_split(np.arange(p), layers)]
    pairs: set[Pair] = set()
    for above, below in itertools.pairwise(groups):
        pairs |= {(above[int(rng.integers(len(above)))], node) for node in below}
    possible = [(a, b) for above, below in itertools.pairwise(groups) for a in above for b in below if (a, b) not in pairs]
    missing = max(0.0, degree * p / 2 - len(pairs))
    share = min(1.0, missing / len(possible)) if possible else 0.0
    pairs |= {pair for pair in possible if rng.random() < share}
    return placed(names, pairs, rng)


def small_world(nodes: Nodes, rng: np.random.Generator, *, degree: float = 4.0, rewire: float = 0.2) -> Graph:
    """Join each node of a ring to its nearest neighbours, then move each edge's end with chance `rewire` (Watts and Strogatz)."""
    names = named(nodes)
    p, reach = len(names), max(1, round(degree / 2))
    chance(rewire, "The chance of rewiring")
    joined = {frozenset((i, (i + step) % p)) for i in range(p) for step in range(1, reach + 1) if (i + step) % p != i}
    for pair in sorted(map(sorted, joined)):
        free = [other for other in range(p) if other != pair[0] and frozenset((pair[0], other)) not in joined]
        if free and rng.random() < rewire:
            joined.remove(frozenset(pair))
            joined.add(frozenset((pair[0], free[int(rng.integers(len(free)))])))
    return placed(names, shuffled(p, [(min(pair), max(pair)) for pair in sorted(map(sorted, joined))], rng), rng)


def bipartite(nodes: Nodes, rng: np.random.Generator, *, degree: float | None = None, sources: int | None = None) -> Graph:
    """Let half of the nodes (or `sources` of them) cause the other half, with `degree` neighbours on average (2 where they fit)."""
    names = named(nodes)
    p = len(names)
    count = p // 2 if sources is None else sources
    if p < 2 or not 1 <= count < p:
        raise BadOption(f"{p} nodes cannot have {count} sources on one side.", next=f"Give 1 to {p - 1} sources.")
    share = fitting((USUAL if degree is None else degree) * p / 2 / (count * (p - count)), degree)
    return placed(names, [(a, b) for a in range(count) for b in range(count, p) if rng.random() < share], rng)


def random_tree(nodes: Nodes, rng: np.random.Generator) -> Graph:
    """Draw a tree uniformly and point it away from a random root, so that each other node has one parent."""
    names = named(nodes)
    neighbours: dict[int, list[int]] = {i: [] for i in range(len(names))}
    for a, b in tree_pairs(len(names), rng):
        neighbours[a].append(b)
        neighbours[b].append(a)
    root = int(rng.integers(len(names)))
    place, waiting = {root: 0}, [root]
    pairs = []
    for node in waiting:
        for other in neighbours[node]:
            if other not in place:
                place[other] = len(place)
                waiting.append(other)
                pairs.append((place[node], place[other]))
    return placed(names, pairs, rng)


def polytree(nodes: Nodes, rng: np.random.Generator) -> Graph:
    """Draw a tree uniformly and point each edge at random, so that a node may have several parents and no pair two paths."""
    names = named(nodes)
    edges = [(names[a], names[b]) if rng.random() < 0.5 else (names[b], names[a]) for a, b in tree_pairs(len(names), rng)]
    rank = {name: i for i, name in enumerate(names)}
    return drawn(names, sorted(edges, key=lambda edge: (rank[edge[0]], rank[edge[1]])))


def tree_pairs(p: int, rng: np.random.Generator) -> list[Pair]:
    """Draw the edges of a labelled tree uniformly, from its Prüfer sequence."""
    if p <= 2:
        return [(0, 1)] if p == 2 else []
    sequence = [int(x) for x in rng.integers(p, size=p - 2)]
    left = [1 + sequence.count(i) for i in range(p)]
    pairs = []
    for node in sequence:
        leaf = left.index(1)
        pairs.append((leaf, node))
        left[leaf] -= 1
        left[node] -= 1
    last = [i for i in range(p) if left[i] == 1]
    return [*pairs, (last[0], last[1])]


def stochastic_blocks(
    nodes: Nodes, rng: np.random.Generator, *, blocks: int = 2, degree: float | None = None, between: float = 0.1
) -> Graph:
    """Put nodes in blocks; an edge between blocks is `between` times as likely as one within, `degree` neighbours on average (2)."""
    names = named(nodes)
    p = len(names)
    if not 1 <= blocks <= p:
        raise BadOption(f"{p} nodes cannot lie in {blocks} blocks.", next=f"Give 1 to {p} blocks.")
    chance(between, "The share of edges between blocks")
    block = rng.permutation(np.arange(p) % blocks)
    pairs = list(itertools.combinations(range(p), 2))
    weight = np.array([1.0 if block[a] == block[b] else between for a, b in pairs])
    most = (USUAL if degree is None else degree) * p / 2 / weight.sum() if weight.sum() else 0.0
    share = weight * fitting(most, degree)
    return placed(names, [pair for pair, x in zip(pairs, share, strict=True) if rng.random() < x], rng)


def fixed_in_degree(nodes: Nodes, rng: np.random.Generator, *, parents: int = 2) -> Graph:
    """Give each node `parents` parents among the earlier ones, or all of them where there are fewer."""
    names = named(nodes)
    pairs = [(int(a), b) for b in range(len(names)) for a in rng.choice(b, size=min(parents, b), replace=False)]
    return placed(names, pairs, rng)


def enhanced_parallel(nodes: Nodes, rng: np.random.Generator) -> Graph:
    """Let every node cause the last one, and each but the first have one other parent among the earlier ones. [varici2023]"""
    names = named(nodes)
    last = len(names) - 1
    pairs = [(i, last) for i in range(last)] + [(int(rng.integers(i)), i) for i in range(1, last)]
    return placed(names, pairs, rng)


def with_hidden_causes(graph: Graph, rng: np.random.Generator, *, count: int = 1, reach: int = 2, prefix: str = "u") -> Graph:
    """Add `count` latent nodes u1, u2, … each of which causes `reach` measured nodes."""
    observed = graph.observed
    if count and not 2 <= reach <= len(observed):
        raise BadOption(f"A hidden cause cannot reach {reach} of {len(observed)} measured nodes.", next=f"Give 2 to {len(observed)}.")
    names = [name for name in (f"{prefix}{i + 1}" for i in range(count + len(graph.nodes))) if name not in graph.nodes][:count]
    edges = [
        Edge(source=name, target=observed[i]) for name in names for i in sorted(map(int, rng.choice(len(observed), reach, replace=False)))
    ]
    return Graph(nodes=(*graph.nodes, *names), edges=(*graph.edges, *edges), latent=(*graph.latent, *names), graph_class="dag")


def random_cpdag(nodes: Nodes, rng: np.random.Generator, *, degree: float = 2.0) -> Graph:
    """Return the CPDAG of a random DAG: what all DAGs with its separations agree on.

    >>> random_cpdag(2, np.random.default_rng(0), degree=1.0).edges[0].symbol
    '--'
    """
    return to_cpdag(erdos_renyi(nodes, rng, degree=degree))


def lagged(
    nodes: Nodes,
    rng: np.random.Generator,
    *,
    lags: int = 1,
    degree: float = 1.0,
    contemporaneous: float = 0.0,
    autoregression: float = 1.0,
) -> Graph:
    """Draw a graph of series: about `degree` causes with a lag for each node, `contemporaneous` neighbours in the same step.

    Each lagged edge has a lag of 1 … `lags`; a node depends on its own last value with chance `autoregression`.
    """
    names = named(nodes)
    p = len(names)
    if lags < 1:
        raise BadOption(f"A graph of series with {lags} lags has no past.", next="Give at least 1.")
    share = chance(degree / max(p - 1, 1), "The chance of a lagged edge")
    within = erdos_renyi(names, rng, degree=contemporaneous)
    own = [Edge(source=a, target=a, lag=1) for a in names if rng.random() < autoregression]
    across = [
        Edge(source=a, target=b, lag=1 + int(rng.integers(lags))) for a, b in itertools.permutations(names, 2) if rng.random() < share
    ]
    return Graph(nodes=names, edges=(*own, *across, *within.edges), graph_class="dag")

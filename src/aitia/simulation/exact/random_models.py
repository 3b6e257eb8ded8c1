"""Draw discrete models on a given graph: tables or functions with noise, in fractions of a small denominator or in floats."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from aitia.core.errors import BadOption
from aitia.core.graph import Edge, Graph
from aitia.graphs.classes import as_admg
from aitia.simulation.exact.arithmetic import Chances
from aitia.simulation.exact.models import DiscreteModel, StructuralModel, causal_order, discrete_model, structural_model

Span = tuple[int, int]  # the smallest and the largest number


def random_model(
    graph: Graph, rng: np.random.Generator, *, levels: Span = (2, 3), denominator: int | None = 12, positive: bool = True
) -> DiscreteModel:
    """Draw a table for every node of a DAG or ADMG, whose <-> become hidden common causes.

    Chances are fractions over `denominator`, or with None floats from the flat Dirichlet law; `positive` leaves none at 0.

    >>> from aitia.graphs.formats.text import parse
    >>> model = random_model(parse("x->y; x<->y"), np.random.default_rng(0))
    >>> model.graph.latent, model.exact, int((model.table("y") == 0).sum())
    (('hidden x y',), True, 0)
    """
    graph = with_hidden_causes(graph)
    parents = causal_order(graph, None)
    sizes = {node: int(rng.integers(levels[0], levels[1] + 1)) for node in parents}
    tables = {
        node: laws(rng, tuple(sizes[name] for name in parents[node]), sizes[node], denominator, positive=positive).numbers
        for node in parents
    }
    return discrete_model(graph, tables)


def random_structural(
    graph: Graph,
    rng: np.random.Generator,
    *,
    levels: Span = (2, 3),
    noises: Span = (2, 4),
    denominator: int | None = 12,
    positive: bool = False,
) -> StructuralModel:
    """Draw a function and a noise for every node of a DAG or ADMG, whose <-> become hidden common causes.

    With `positive` every value of a node is possible whatever its parents, for which a node has at least as many noises
    as levels. Without it, functions are drawn at random and some values may be impossible.
    """
    graph = with_hidden_causes(graph)
    parents = causal_order(graph, None)
    sizes = {node: int(rng.integers(levels[0], levels[1] + 1)) for node in parents}
    functions, chances = {}, {}
    for node, names in parents.items():
        count = max(int(rng.integers(noises[0], noises[1] + 1)), sizes[node] if positive else 1)
        shape = tuple(sizes[name] for name in names)
        functions[node] = drawn_function(rng, shape, count, sizes[node], positive=positive)
        chances[node] = laws(rng, (), count, denominator, positive=True).numbers
    named = {node: tuple(range(size)) for node, size in sizes.items()}
    return structural_model(graph, functions, chances, levels=named)


def drawn_function(rng: np.random.Generator, shape: tuple[int, ...], noises: int, size: int, *, positive: bool) -> np.ndarray:
    """Draw codes with axes parents, then noise; with `positive` every row has every code."""
    codes = rng.integers(0, size, (*shape, noises))
    if positive:
        codes[..., :size] = np.arange(size)
        codes = rng.permuted(codes, axis=-1)
    return codes


def laws(rng: np.random.Generator, shape: tuple[int, ...], size: int, denominator: int | None, *, positive: bool) -> Chances:
    """Draw chances (shape, size) that sum to 1 along the last axis, all ways to share out the denominator being equally likely."""
    if denominator is None:
        return Chances(rng.dirichlet(np.ones(size), shape or None))
    if denominator < size:
        raise BadOption(f"A node with {size} levels needs a denominator of at least {size}, not {denominator}.")
    rows = [composition(rng, denominator, size, positive=positive) for _ in range(int(np.prod(shape)))]
    return Chances(np.array(rows, dtype=np.int64).reshape(*shape, size), denominator)


def composition(rng: np.random.Generator, total: int, size: int, *, positive: bool) -> list[int]:
    """Share a whole number out among `size` parts."""
    spare = total if positive else total + size
    cuts = np.sort(rng.choice(spare - 1, size - 1, replace=False)) + 1
    return [int(part) - (not positive) for part in np.diff([0, *cuts, spare])]


def with_hidden_causes(graph: Graph) -> Graph:
    """Return an ADMG as a DAG in which every a <-> b is a latent node with an arrow to both.

    >>> from aitia.graphs.formats.text import parse
    >>> with_hidden_causes(parse("x->y; x<->y")).nodes
    ('x', 'y', 'hidden x y')
    """
    edges: list[Edge] = []
    hidden: list[str] = []
    for edge in as_admg(graph).edges:
        if edge.directed:
            edges.append(edge)
            continue
        name = f"hidden {edge.source} {edge.target}"
        while name in graph.nodes or name in hidden:
            name += "'"
        hidden.append(name)
        edges += [Edge(source=name, target=edge.source), Edge(source=name, target=edge.target)]
    return Graph(nodes=(*graph.nodes, *hidden), edges=tuple(edges), latent=(*graph.latent, *hidden))


def random_fraction(rng: np.random.Generator, denominator: int = 12) -> Fraction:
    """Draw a fraction strictly between 0 and 1.

    >>> 0 < random_fraction(np.random.default_rng(0)) < 1
    True
    """
    return Fraction(int(rng.integers(1, denominator)), denominator)

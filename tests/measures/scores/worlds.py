"""Draw tables with columns of chosen kinds from a known graph, and walk over graphs of a few nodes."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from aitia.core.card import Method
from aitia.core.table import KINDS, Table
from tests.measures.tables import draw, table_of

GRAPH = "a->y; b->y; a->c"  # c is a child of a: it goes with y and does not act on it
PARENTS: dict[str, tuple[str, ...]] = {"a": (), "b": (), "c": ("a",), "y": ("a", "b")}
DRAWN = ("continuous", "count", "binary", "categorical", "ordinal")
Parents = dict[str, tuple[str, ...]]


def kinds_of(method: Method) -> list[str]:
    """The kinds of the method's card for which a column can be drawn, in one order."""
    return [kind for kind in DRAWN if kind in method.card.kinds]


def options_of(method: Method, graph: str = GRAPH) -> dict[str, Any]:
    """What a method needs besides a table: the graph, where its card says so."""
    return {"graph": graph} if "graph" in method.card.needs else {}


def drawn(kind: str, score: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One column of a kind; an ordinal one is a cut of a continuous one."""
    if kind == "ordinal":
        return np.digitize(score + rng.logistic(size=len(score)), [-1.0, 0.0, 1.2]).astype(float)
    return draw(kind, score, rng)


def lift(kind: str, values: np.ndarray) -> np.ndarray:
    """A column as a score of unit scale that acts on others."""
    if kind == "categorical":
        return 1.5 * ((values == 1) - 1.0 * (values == 2))
    return (values - values.mean()) / max(values.std(), 1e-9)


def world(kinds: dict[str, str], n: int, seed: list[int], *, effect: float = 0.7, parents: Parents | None = None) -> Table:
    """A table of n rows in which every node of the graph moves by `effect` times each of its parents."""
    rng = np.random.default_rng(seed)
    values: dict[str, np.ndarray] = {}
    for name, causes in (PARENTS if parents is None else parents).items():
        score = np.zeros(n) + sum(effect * lift(kinds[cause], values[cause]) for cause in causes)
        values[name] = drawn(kinds[name], score, rng)
    return table_of(kinds, values)


def turned_through(kinds: list[str], first: int = 0) -> dict[str, str]:
    """Kinds for the four columns, one after the other from a list that goes round; y gets the first."""
    return {name: kinds[(first + i) % len(kinds)] for i, name in enumerate(("y", "a", "b", "c"))}


def with_gaps(table: Table, holes: dict[str, list[int]]) -> Table:
    """The table with the values at some places missing."""
    values = {name: array.copy() for name, array in table.rows().items()}
    for name, places in holes.items():
        values[name][places] = np.nan
    return table_of({column.name: column.kind for column in table.columns}, values)


def all_kinds() -> set[str]:
    """Every kind of column there is."""
    return set(KINDS)


def random_dag(names: list[str], rng: np.random.Generator) -> Parents:
    """A graph over the names in a random order, each earlier node a parent with probability one half."""
    order = [names[i] for i in rng.permutation(len(names))]
    return {node: tuple(other for other in order[:i] if rng.random() < 0.5) for i, node in enumerate(order)}


def covered_edges(parents: Parents) -> list[tuple[str, str]]:
    """The edges x -> y with parents(y) = parents(x) and x itself: turning one leaves the equivalence class."""
    return [(x, y) for y, causes in parents.items() for x in causes if set(causes) == {*parents[x], x}]


def with_turned(parents: Parents, x: str, y: str) -> Parents:
    """The graph with x -> y turned into y -> x."""
    return {**parents, y: tuple(p for p in parents[y] if p != x), x: (*parents[x], y)}


def dags(count: int) -> list[tuple[int, ...]]:
    """Every DAG of a few nodes, as the bit mask of each node's parents."""
    found = []
    for masks in itertools.product(range(1 << count), repeat=count):
        left, free = set(range(count)), True
        if any(masks[i] >> i & 1 for i in range(count)):
            continue
        while left and free:
            ready = [i for i in left if not any(masks[i] >> j & 1 for j in left)]
            free = bool(ready)
            left -= set(ready)
        if not left:
            found.append(masks)
    return found

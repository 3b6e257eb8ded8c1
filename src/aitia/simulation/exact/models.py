"""Hold a discrete causal model: a DAG with a conditional table for each node, or with a function and a private noise for each."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Mapping, Sequence
from fractions import Fraction
from typing import Any, final

import numpy as np

from aitia.core.errors import BadGraph, BadOption, unknown
from aitia.core.graph import Graph
from aitia.core.noun import Noun, holder
from aitia.core.show import View, views
from aitia.graphs.classes import is_dag, is_lagged
from aitia.graphs.neighbours import neighbours
from aitia.graphs.reachability import topological_order
from aitia.simulation.exact.arithmetic import Chances, chances, denominator, is_law

Level = Hashable
Names = Mapping[str, Sequence[str]]


@final
@holder
class DiscreteModel(Noun):
    """Hold a DAG, the levels of each node and its table P(node | parents), with axes parents, then node.

    `parents` lists the nodes causes first, each with its parents in the order of the table's axes. Nodes that the graph
    calls latent are in the model like any other; they are only not measured.
    """

    graph: Graph
    levels: dict[str, tuple[Level, ...]]
    parents: dict[str, tuple[str, ...]]
    chances: dict[str, Chances]

    @property
    def exact(self) -> bool:
        """Whether every table holds fractions."""
        return all(table.exact for table in self.chances.values())

    def table(self, node: str) -> np.ndarray:
        """Return P(node | parents) as fractions or floats, axes parents, then node."""
        return self.chances[self.graph.need(node)].numbers

    def size(self, node: str) -> int:
        """Return the number of levels of a node."""
        return len(self.levels[self.graph.need(node)])

    def code(self, node: str, level: Level) -> int:
        """Return the place of a level; raises `UnknownName` for one that the node does not have."""
        levels = self.levels[self.graph.need(node)]
        if level not in levels:
            raise unknown(f"level of {node}", str(level), map(str, levels))
        return levels.index(level)


@final
@holder
class StructuralModel(Noun):
    """Hold for each node the chances (noises,) of its own noise and its function: codes with axes parents, then noise.

    All noises are independent, so hidden common causes are nodes of their own. `projection` holds the graph, the levels
    and the tables that follow.
    """

    projection: DiscreteModel
    noises: dict[str, Chances]
    functions: dict[str, np.ndarray]

    @property
    def graph(self) -> Graph:
        """The graph of the model."""
        return self.projection.graph

    @property
    def exact(self) -> bool:
        """Whether every noise has fractions for chances."""
        return all(noise.exact for noise in self.noises.values())


Model = DiscreteModel | StructuralModel


def tables_of(model: Model) -> DiscreteModel:
    """Return the conditional tables of a model of either form."""
    return model.projection if isinstance(model, StructuralModel) else model


def discrete_model(
    graph: Graph,
    tables: Mapping[str, Any],
    *,
    levels: Mapping[str, Sequence[Level]] | None = None,
    parents: Names | None = None,
) -> DiscreteModel:
    """Build a model from one table P(node | parents) per node: nested lists or an array, axes parents, then node.

    Parents stand in the order of the graph's edges, or of `parents`. Levels are 0, 1, … where none are given. Tables of
    whole numbers and fractions are computed with exactly; one float makes the whole model floating point. Raises
    `BadGraph` for a graph that is not a DAG and `BadOption` for a table that does not fit.

    >>> from fractions import Fraction as F
    >>> from aitia.graphs.formats.text import parse
    >>> model = discrete_model(parse("x->y"), {"x": [F(1, 3), F(2, 3)], "y": [[F(1), F(0)], [F(1, 4), F(3, 4)]]})
    >>> model.table("y")[1, 1]
    Fraction(3, 4)
    """
    order = causal_order(graph, parents)
    need_each(graph, tables, "table")
    read = {node: chances(tables[node]) for node in order}
    if not all(table.exact for table in read.values()):
        read = {node: table.floating() for node, table in read.items()}
    named = levels_of(graph, {node: table.values.shape[-1] if table.values.ndim else 0 for node, table in read.items()}, levels)
    for node, table in read.items():
        check_shape(f"table of {node}", table.values.shape, (*order[node], node), named)
        check_law(f"table of {node}", table)
    return DiscreteModel(graph=graph, levels=named, parents=order, chances=read)


def structural_model(
    graph: Graph,
    functions: Mapping[str, Any],
    noises: Mapping[str, Any],
    *,
    levels: Mapping[str, Sequence[Level]] | None = None,
    parents: Names | None = None,
) -> StructuralModel:
    """Build a model from each node's function, an array of codes with axes parents, then noise, and the chances of its noise.

    A node without an entry in `noises` has none, and its function has no axis for it. Levels are 0, 1, … up to the
    largest code where none are given.

    >>> from fractions import Fraction as F
    >>> from aitia.graphs.formats.text import parse
    >>> model = structural_model(parse("x->y"), {"x": [0, 1], "y": [0, 1]}, {"x": [F(1, 2), F(1, 2)]})
    >>> model.projection.table("y").tolist()
    [[Fraction(1, 1), Fraction(0, 1)], [Fraction(0, 1), Fraction(1, 1)]]
    """
    order = causal_order(graph, parents)
    need_each(graph, functions, "function")
    noise = {node: chances(noises.get(node, [1])) for node in order}
    if not all(table.exact for table in noise.values()):
        noise = {node: table.floating() for node, table in noise.items()}
    codes = {node: codes_of(node, functions[node], with_noise=node in noises) for node in order}
    named = levels_of(graph, {node: int(function.max(initial=0)) + 1 for node, function in codes.items()}, levels)
    for node, function in codes.items():
        check_law(f"noise of {node}", noise[node])
        check_shape(f"function of {node}", function.shape[:-1], order[node], named)
        if function.shape[-1:] != noise[node].values.shape or function.min(initial=0) < 0 or function.max(initial=0) >= len(named[node]):
            raise BadOption(
                f"The function of {node} does not fit its noise and levels.",
                why=f"Its last axis has {function.shape[-1]} noises; it must have {noise[node].values.size}, and hold codes below "
                f"{len(named[node])}.",
            )
    table = {node: projected(codes[node], noise[node], len(named[node])) for node in order}
    projection = DiscreteModel(graph=graph, levels=named, parents=order, chances=table)
    return StructuralModel(projection=projection, noises=noise, functions=codes)


def codes_of(node: str, function: Any, *, with_noise: bool) -> np.ndarray:
    """Read a function as whole numbers, its last axis the noise."""
    codes = np.array(function)
    if codes.dtype.kind not in "iub" or (with_noise and codes.ndim == 0):
        raise BadOption(
            f"The function of {node} holds something that is not a code.", next="Give the place of each value among the levels."
        )
    codes = codes.astype(np.int64)
    return codes if with_noise else codes[..., None]


def indicator(function: np.ndarray, levels: int) -> np.ndarray:
    """Return 1 where a function has each value: axes parents, noise, node."""
    return (function[..., None] == np.arange(levels)).astype(np.int64)


def projected(function: np.ndarray, noise: Chances, levels: int) -> Chances:
    """Return the table that a function of parents and noise makes: axes parents, then node."""
    hits = indicator(function, levels)  # (parents, noise, node)
    return Chances((hits * noise.values[:, None]).sum(axis=-2), denominator([noise]))


def causal_order(graph: Graph, parents: Names | None) -> dict[str, tuple[str, ...]]:
    """List the nodes causes first, each with its parents in the order that is asked for; raises `BadGraph`."""
    order = topological_order(graph)
    if not is_dag(graph) or is_lagged(graph):
        raise BadGraph(
            "A discrete model needs a graph whose every edge is -> and has no lag.",
            next="Write a <-> b as a hidden common cause, u->a; u->b, and mark u as latent.",
        )
    own = neighbours(graph).parents
    asked = {node: tuple((parents or {}).get(node, own[node])) for node in order}
    for node in order:
        if sorted(asked[node]) != sorted(own[node]):
            raise BadOption(f"The graph gives {node} the parents {list(own[node])}, not {list(asked[node])}.")
    return asked


def need_each(graph: Graph, given: Mapping[str, Any], what: str) -> None:
    """Insist on one entry per node."""
    for node in given:
        graph.need(node)
    missing = [node for node in graph.nodes if node not in given]
    if missing:
        raise BadOption(f"There is no {what} of {missing[0]}.", next=f"Give each node of the graph its {what}.")


def levels_of(graph: Graph, sizes: Mapping[str, int], given: Mapping[str, Sequence[Level]] | None) -> dict[str, tuple[Level, ...]]:
    """Return the levels of every node: the given ones, or 0, 1, … as many as the table has."""
    named = {graph.need(node): tuple(names) for node, names in (given or {}).items()}
    found = {node: named.get(node, tuple(range(sizes[node]))) for node in graph.nodes}
    for node, names in found.items():
        if not names or len(set(names)) < len(names):
            raise BadOption(f"The levels of {node} must be different from each other and at least one.", why=f"They are {list(names)}.")
    return found


def check_shape(what: str, shape: tuple[int, ...], axes: Sequence[str], levels: Mapping[str, Sequence[Level]]) -> None:
    """Insist on one axis per node, as long as the node has levels."""
    expected = tuple(len(levels[node]) for node in axes)
    if shape != expected:
        raise BadOption(
            f"The {what} has the shape {shape}.", why=f"Its axes are {', '.join(axes) or 'none'}, so the shape must be {expected}."
        )


def check_law(what: str, table: Chances) -> None:
    """Insist on chances that sum to 1 along the last axis."""
    if not is_law(table):
        raise BadOption(
            f"The {what} is no table of chances.",
            why="Along its last axis every row must be non-negative and sum to 1.",
            next="Divide each row by its sum.",
        )


def binary_model(graph: Graph, ones: Mapping[str, Any], parents: Names | None = None) -> DiscreteModel:
    """Build a model whose nodes are all 0 or 1 from the chances of 1: a number for a root, an array with one axis per parent else.

    >>> from aitia.graphs.formats.text import parse
    >>> binary_model(parse("x->y"), {"x": 0.5, "y": [0.25, 0.75]}).table("y").tolist()
    [[0.75, 0.25], [0.25, 0.75]]
    """
    tables = {}
    for node, given in ones.items():
        high = chances(given).numbers
        tables[node] = np.stack([1 - high, high], axis=-1)
    return discrete_model(graph, tables, levels=dict.fromkeys(graph.nodes, (0, 1)), parents=parents)


def as_floats(model: DiscreteModel) -> DiscreteModel:
    """Return the model in floating point."""
    return dataclasses.replace(model, chances={node: table.floating() for node, table in model.chances.items()})


def as_fractions(model: DiscreteModel) -> DiscreteModel:
    """Return the model in fractions: each float as the shortest decimal that is it, each row then divided by its sum.

    >>> from aitia.graphs.formats.text import parse
    >>> as_fractions(binary_model(parse("x->y"), {"x": 0.1, "y": [0.25, 0.3]})).table("x").tolist()
    [Fraction(9, 10), Fraction(1, 10)]
    """
    return dataclasses.replace(model, chances={node: decimal(table) for node, table in model.chances.items()})


def decimal(table: Chances) -> Chances:
    """Return a table in fractions."""
    if table.exact:
        return table
    numbers = chances([Fraction(str(item)) for item in table.values.ravel().tolist()]).numbers.reshape(table.values.shape)
    return chances(numbers / numbers.sum(axis=-1, keepdims=True))


@views("discrete_model")
def view(model: DiscreteModel) -> View:
    """Show nodes with levels and parents."""
    rows = tuple((node, ", ".join(map(str, model.levels[node])), ", ".join(found) or "–") for node, found in model.parents.items())
    numbers = "fractions" if model.exact else "floats"
    return View(title=f"Discrete model of {len(rows)} nodes, in {numbers}", header=("node", "levels", "parents"), rows=rows)


@views("structural_model")
def structural_view(model: StructuralModel) -> View:
    """Show nodes with levels, parents and the number of values of their noise."""
    rows = tuple((*row, str(model.noises[row[0]].values.size)) for row in view(model.projection).rows)
    numbers = "fractions" if model.exact else "floats"
    return View(title=f"Structural model of {len(rows)} nodes, in {numbers}", header=("node", "levels", "parents", "noises"), rows=rows)

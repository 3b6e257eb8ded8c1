"""Set nodes of a discrete model from outside, or give them another table or function. [pearl2009]"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from aitia.core.graph import Edge, Graph
from aitia.graphs.neighbours import turned
from aitia.simulation.exact.arithmetic import certain
from aitia.simulation.exact.counterfactual import Level
from aitia.simulation.exact.models import DiscreteModel, StructuralModel, discrete_model, structural_model

AnyModel = TypeVar("AnyModel", DiscreteModel, StructuralModel)


def do(model: AnyModel, values: Mapping[str, Level]) -> AnyModel:
    """Return the model in which nodes are set from outside: their arrows in are cut and their level is certain.

    >>> from aitia.graphs.formats.text import parse
    >>> from aitia.simulation.exact.models import binary_model
    >>> do(binary_model(parse("x->y"), {"x": 0.5, "y": [0.25, 0.75]}), {"y": 1}).parents
    {'x': (), 'y': ()}
    """
    tables = model.projection if isinstance(model, StructuralModel) else model
    codes = {node: tables.code(node, level) for node, level in values.items()}
    points = {node: certain(code, tables.size(node), exact=model.exact) for node, code in codes.items()}
    graph = with_parents(tables.graph, dict.fromkeys(codes, ()))
    parents = {**tables.parents, **dict.fromkeys(codes, ())}
    found = dataclasses.replace(tables, graph=graph, parents=parents, chances={**tables.chances, **points})
    if not isinstance(model, StructuralModel):
        return found
    noises = {**model.noises, **dict.fromkeys(codes, certain(0, 1, exact=model.exact))}
    functions = {**model.functions, **{node: np.array([code]) for node, code in codes.items()}}
    return dataclasses.replace(model, projection=found, noises=noises, functions=functions)


def with_table(model: DiscreteModel, node: str, table: Any, parents: Sequence[str] | None = None) -> DiscreteModel:
    """Return the model in which a node follows another table: a soft intervention, or a policy that reads `parents`.

    Without `parents` the node keeps those that it has.

    >>> from aitia.graphs.formats.text import parse
    >>> from aitia.simulation.exact.models import binary_model
    >>> model = binary_model(parse("z->x; x->y"), {"z": 0.5, "x": [0.1, 0.9], "y": [0.2, 0.6]})
    >>> with_table(model, "x", [0.5, 0.5], parents=[]).table("x").tolist()
    [0.5, 0.5]
    """
    kept = model.parents[model.graph.need(node)] if parents is None else tuple(parents)
    tables = {name: found.numbers for name, found in model.chances.items()}
    graph = with_parents(model.graph, {node: kept})
    return discrete_model(graph, {**tables, node: table}, levels=model.levels, parents={**model.parents, node: kept})


def with_function(
    model: StructuralModel, node: str, function: Any, noise: Any = (1,), parents: Sequence[str] | None = None
) -> StructuralModel:
    """Return the model in which a node follows another function, its last axis the noise, and has a noise with other chances."""
    tables = model.projection
    kept = tables.parents[model.graph.need(node)] if parents is None else tuple(parents)
    noises = {name: found.numbers for name, found in model.noises.items()}
    return structural_model(
        with_parents(model.graph, {node: kept}),
        {**model.functions, node: function},
        {**noises, node: noise},
        levels=tables.levels,
        parents={**tables.parents, node: kept},
    )


def with_parents(graph: Graph, parents: Mapping[str, Sequence[str]]) -> Graph:
    """Return the graph in which some nodes have these parents instead."""
    edges = [edge for edge in map(turned, graph.edges) if edge.target not in parents]
    edges += [Edge(source=graph.need(name), target=graph.need(node)) for node, names in parents.items() for name in names]
    return graph.with_edges(tuple(edges))

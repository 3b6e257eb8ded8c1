"""Weigh several graphs: how likely is each edge, path and ancestor."""

from __future__ import annotations

from typing import Literal

from aitia.core.errors import InputError
from aitia.core.graph import Graph, Mark
from aitia.core.noun import Noun, named, noun

Matrix = tuple[tuple[float, ...], ...]


@noun
class MarkWeight(Noun):
    """Weigh one edge with its marks and lag."""

    source: str = named("from")
    target: str = named("to")
    at_source: Mark = named("at_from")
    at_target: Mark = named("at_to")
    lag: int = 0
    probability: float


@noun
class WeightedGraph(Noun):
    """Hold one graph and its weight."""

    graph: Graph
    weight: float


@noun
class Belief(Noun):
    """Hold what is believed about a graph; row = from, column = to.

    Only an exact or sampled posterior `means` probability; a bootstrap yields a selection frequency.
    """

    means: Literal["probability", "selection frequency"]
    nodes: tuple[str, ...]
    edge_probability: Matrix
    path_probability: Matrix | None = None
    ancestor_probability: Matrix | None = None
    marks: tuple[MarkWeight, ...] = ()
    graphs: tuple[WeightedGraph, ...] | None = None

    def __post_init__(self) -> None:
        for matrix in (self.edge_probability, self.path_probability, self.ancestor_probability):
            if matrix is not None and [len(line) for line in matrix] != [len(self.nodes)] * len(self.nodes):
                raise InputError(f"A belief over {len(self.nodes)} nodes needs {len(self.nodes)} rows of as many numbers.")

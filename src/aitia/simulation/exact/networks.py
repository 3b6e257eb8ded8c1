"""Make discrete models of Bayesian networks as they are published, and compute all their marginals."""

from __future__ import annotations

import numpy as np

from aitia.graphs.formats.bif import Network
from aitia.simulation.exact.arithmetic import Undefined
from aitia.simulation.exact.counterfactual import Events
from aitia.simulation.exact.models import DiscreteModel, Model, discrete_model, tables_of
from aitia.simulation.exact.queries import Route, distribution


def from_network(network: Network) -> DiscreteModel:
    """Return the model of a network that was read from a file, in floating point.

    Its chances are printed with few digits, so each row is divided by its sum.

    >>> from aitia.graphs.formats.bif import read_network
    >>> text = "variable a { type discrete [2] {yes, no}; } probability (a) { table 0.25, 0.75; }"
    >>> from_network(read_network(text)).table("a").tolist()
    [0.25, 0.75]
    """
    tables = {node: table / table.sum(axis=-1, keepdims=True) for node, table in network.tables.items()}
    return discrete_model(network.graph, tables, levels=network.levels, parents=network.parents)


def marginals(model: Model, given: Events = (), *, by: Route = "elimination") -> dict[str, np.ndarray] | Undefined:
    """Return the law (levels,) of every node given events."""
    found: dict[str, np.ndarray] = {}
    for node in tables_of(model).parents:
        law = distribution(model, node, given, by=by)
        if isinstance(law, Undefined):
            return law
        found[node] = law
    return found

"""Lose values by a missingness graph: completely at random, by other columns, or by the value itself. [mohan2013]"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from aitia.core.errors import BadOption
from aitia.core.graph import Edge, Graph
from aitia.simulation.logistic import below
from aitia.simulation.observation.sample import Sample, known, picked, score, share
from aitia.simulation.spec import MissingName

SLOPE = 1.5  # log odds of being missing per standard deviation of a cause
HALVINGS = 60


def missing(
    sample: Sample,
    rng: np.random.Generator,
    *,
    rate: float,
    mechanism: MissingName = "mcar",
    columns: Sequence[str] = (),
    causes: Sequence[str] = (),
) -> Sample:
    """Return the sample with about the share `rate` of the values of some columns missing, and its missingness graph.

    Without `columns` all lose values, or for mar a random half. For mar the `causes`, by default up to two of the other
    columns for each, stay complete; for mnar a column's own value decides.
    """
    if not 0 <= rate < 1:
        raise BadOption(f"{rate:g} of the values cannot be missing.", next="Give a share from 0 to below 1.")
    names = sample.names()
    able = [name for name in names if name not in causes]
    losing = known(columns, names, "that could lose values") or (picked(able, 0.5, rng) if mechanism == "mar" else names)
    complete = known(causes, names, "that could decide what is missing") or [name for name in names if name not in losing]
    if mechanism == "mar" and (not complete or set(complete) & set(losing)):
        raise BadOption(
            "Missing at random needs complete columns that decide.", next="Name some with missing_causes, and others to lose values."
        )
    rows, edges = {}, []
    for name in losing:
        own = {"mcar": [], "mnar": [name], "mar": list(causes) or pair(complete, rng)}[mechanism]
        gone = rng.random(sample.n) < chances(sample, own, rate, rng)
        rows[name] = np.where(gone, np.nan, sample.rows[name])
        edges += [(cause, indicator(name)) for cause in own]
    by = f" by {', '.join(dict.fromkeys(a for a, _ in edges))}" if mechanism == "mar" else ""
    says = f"{rate:.0%} of {', '.join(losing)} missing ({mechanism.upper()}{by})" if rate else ""
    graph = graph_of(sample.graph, [indicator(name) for name in losing], edges)
    return dataclasses.replace(sample.changed(rows, says), missingness=graph)


def indicator(name: str) -> str:
    """Name the node that says whether a column's value is missing."""
    return f"R_{name}"


def pair(names: Sequence[str], rng: np.random.Generator) -> list[str]:
    """Return up to two names at random."""
    return [names[i] for i in sorted(rng.permutation(len(names))[:2])]


def chances(sample: Sample, causes: Sequence[str], rate: float, rng: np.random.Generator) -> np.ndarray:
    """Return each row's chance (n,) of losing a value, `rate` on average."""
    if not causes or rate == 0:
        return np.full(sample.n, share(rate, "missing"))
    total = sum((rng.choice([-SLOPE, SLOPE]) * score(sample, cause, rng) for cause in causes), np.zeros(sample.n))
    low, high = -50.0, 50.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle + total).mean() < rate else (low, middle)
    return below(middle + total)


def graph_of(graph: Graph, indicators: Sequence[str], edges: Sequence[tuple[str, str]]) -> Graph:
    """Return the graph of the model with the indicators and what decides them."""
    more = tuple(Edge(source=cause, target=name) for cause, name in edges)
    return dataclasses.replace(graph, nodes=(*graph.nodes, *indicators), edges=(*graph.edges, *more))

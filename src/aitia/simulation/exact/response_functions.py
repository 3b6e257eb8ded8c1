"""Give a model of tables functions, by a stated choice of how a node's responses to different parents hang together. [balke1994]

Tables fix how often a node has each value for each state of its parents, not whether it is the same people. The choice
is part of every answer that compares worlds, so it is named by the caller:

- `monotone`: one noise ranks everybody, and the same rank decides under all states of the parents. A binary node then
  never falls where its chance rises. It has few noises.
- `independent`: what happens under one state of the parents says nothing about another.

Any other choice is a structural model of its own, `models.structural_model`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from aitia.core.errors import InputError
from aitia.simulation.exact.arithmetic import Chances
from aitia.simulation.exact.models import DiscreteModel, StructuralModel, structural_model

Coupling = Literal["monotone", "independent"]
MOST_NOISES = 2**16


def canonical(model: DiscreteModel, coupling: Coupling, per_node: Mapping[str, Coupling] | None = None) -> StructuralModel:
    """Return a structural model with these tables, its nodes coupled in one way, or each in its own.

    >>> from fractions import Fraction as F
    >>> from aitia.graphs.formats.text import parse
    >>> from aitia.simulation.exact.causation import pns
    >>> from aitia.simulation.exact.models import binary_model
    >>> from aitia.simulation.exact.effects import Comparison
    >>> model = binary_model(parse("x->y"), {"x": F(1, 2), "y": [F(1, 4), F(1, 2)]})
    >>> [pns(canonical(model, coupling), Comparison(treatment="x", outcome="y")) for coupling in ("monotone", "independent")]
    [Fraction(1, 4), Fraction(3, 8)]
    """
    chosen = {node: (per_node or {}).get(node, coupling) for node in model.parents}
    couple = {"monotone": monotone, "independent": independent}
    pairs = {node: couple[chosen[node]](node, model.chances[node]) for node in model.parents}
    return structural_model(
        model.graph,
        {node: function for node, (function, _) in pairs.items()},
        {node: noise for node, (_, noise) in pairs.items()},
        levels=model.levels,
        parents=model.parents,
    )


def monotone(node: str, table: Chances) -> tuple[np.ndarray, Any]:
    """Return codes with axes parents, then noise, and the noise's chances: the table's rows cut one line of ranks."""
    ends = np.cumsum(table.values, axis=-1)  # (parents, node), the last column is the whole
    cuts = np.unique(ends[..., :-1])
    whole = table.over or 1.0
    cuts = cuts[(cuts > 0) & (cuts < whole)]
    edges = np.concatenate([np.zeros(1, dtype=cuts.dtype), cuts, np.array([whole], dtype=cuts.dtype)])
    codes = (ends[..., None, :-1] <= edges[:-1, None]).sum(axis=-1)  # the first code whose end lies beyond the rank
    return codes, Chances(np.diff(edges), table.over).numbers


def independent(node: str, table: Chances) -> tuple[np.ndarray, Any]:
    """Return codes with axes parents, then noise, and the noise's chances: one noise per way to answer all states of the parents."""
    numbers = table.numbers.reshape(-1, table.values.shape[-1])  # (states of the parents, node)
    support = [np.flatnonzero(row) for row in numbers]
    count = math.prod(len(codes) for codes in support)
    if count > MOST_NOISES:
        raise InputError(
            f"{node} can answer its parents in {count:,} ways; the limit is {MOST_NOISES:,}.",
            next=f'Couple it as "monotone": canonical(..., per_node={{{node!r}: "monotone"}}).',
        )
    ways = np.array(list(itertools.product(*support)))  # (ways, states)
    start = Fraction(1) if table.exact else 1.0
    noise = [math.prod((row[code] for row, code in zip(numbers, way, strict=True)), start=start) for way in ways]
    return ways.T.reshape(*table.values.shape[:-1], count), noise

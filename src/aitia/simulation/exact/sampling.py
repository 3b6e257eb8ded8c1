"""Draw rows from a discrete model: causes first in the actual world, or the same people in several worlds at once. [henrion1988]"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aitia.simulation.exact.arithmetic import Chances
from aitia.simulation.exact.counterfactual import Potential, as_potential
from aitia.simulation.exact.enumeration import solve
from aitia.simulation.exact.models import Model, StructuralModel, tables_of

Codes = dict[str, np.ndarray]


def sample(model: Model, n: int, rng: np.random.Generator, *, latent: bool = False) -> Codes:
    """Draw n rows: for each measured node, or with `latent` for every node, codes (n,) of its levels, in the order of the graph.

    >>> from aitia.graphs.formats.text import parse
    >>> from aitia.simulation.exact.models import binary_model
    >>> rows = sample(binary_model(parse("x->y"), {"x": 0.5, "y": [0, 1]}), 100, np.random.default_rng(0))
    >>> bool((rows["x"] == rows["y"]).all()), 30 < int(rows["x"].sum()) < 70
    (True, True)
    """
    tables = tables_of(model)
    found: Codes = {}
    for node, parents in tables.parents.items():
        found[node] = drawn(tables.chances[node], [found[parent] for parent in parents], n, rng)
    return {node: found[node] for node in (tables.graph.nodes if latent else tables.graph.observed)}


def sample_worlds(model: StructuralModel, variables: Sequence[str | Potential], n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw n people and return the codes (n, variables) of each variable in its world."""
    noises = {node: drawn(noise, [], n, rng) for node, noise in model.noises.items()}
    solved = solve(model, noises, [as_potential(variable) for variable in variables])
    return np.stack(solved, axis=1)


def drawn(table: Chances, parents: Sequence[np.ndarray], n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw codes (n,) from the rows of a table that the parents' codes choose."""
    ends = np.cumsum(table.floating().values, axis=-1)[..., :-1]
    rows = ends[tuple(parents)]  # (n, levels - 1), or (levels - 1,) without parents
    rank = rng.random(n)
    codes = np.zeros(n, dtype=np.int64)
    for place in range(rows.shape[-1]):
        codes += rank >= rows[..., place]
    return codes

"""Draw a scenario of the grid from a seed, and give a method that wants numbers what it can read."""

from __future__ import annotations

import numpy as np

from aitia.core.graph import Graph
from aitia.core.noun import Noun, holder
from aitia.core.run import Run
from aitia.simulation.reading import read_spec
from aitia.simulation.scenarios.grid import named
from aitia.simulation.simulating import Simulated, simulated


@holder
class Problem(Noun):
    """Hold one problem of discovery: rows (n, p) of numbers, the names of their columns, and the graphs to find.

    `skeleton` is the DAG, or with latent nodes the MAG: what is joined there is to be joined. `marks` is the CPDAG or the
    PAG: no method can find more arrowheads. `latent` tells which of the two it is.
    """

    names: tuple[str, ...]
    rows: np.ndarray
    skeleton: Graph
    marks: Graph
    latent: bool = False


def scenario(name: str, seed: int) -> Simulated:
    """Draw a scenario; the same seed makes the same bytes. Raises `BadOption` for a name that is not there."""
    return simulated(read_spec(named(name).name, {"effects": "none"}), Run(seed=seed))


def problem(made: Simulated) -> Problem:
    """Return a drawn scenario as numbers: levels as their codes, complete rows only, columns that number rows left out."""
    truth, names = made.truth, made.truth.graph.observed
    rows = np.column_stack([made.sample.rows[name] for name in names])
    rows = rows[~np.isnan(rows).any(axis=1)]
    if truth.mag is not None and truth.pag is not None:
        return Problem(names=names, rows=rows, skeleton=truth.mag, marks=truth.pag, latent=True)
    assert truth.cpdag is not None
    return Problem(names=names, rows=rows, skeleton=truth.graph, marks=truth.cpdag)

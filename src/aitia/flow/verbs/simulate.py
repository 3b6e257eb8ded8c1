"""Make data with known truth: from a graph, a random graph, a scenario or a file that says how."""

from __future__ import annotations

import os
from typing import Any

from aitia.core.errors import BadOption
from aitia.core.run import Run
from aitia.core.simulation import Simulation
from aitia.flow.simulation import simulation_of
from aitia.simulation.reading import read_spec


def simulate(
    spec: Any = None,
    n: int | None = None,
    out: str | None = None,
    mechanism: str | None = None,
    noise: str | None = None,
    treatment: str | None = None,
    outcome: str | None = None,
    option: dict[str, Any] | None = None,
    twin: str | None = None,
    *,
    run: Run | None = None,
) -> Simulation:
    """Simulate; with `out` the data go to that CSV or Parquet file and the truth beside them.

    `option` holds any option by name, `NODE.name` for one node. The same spec, options and seed give the same bytes.

    >>> made = simulate("z->t; z->y; t->y", n=50, option={"t.kind": "binary"})
    >>> made.table.n, made.truth.effect("t", "y").how
    (50, 'path coefficients')
    """
    if twin is not None:
        raise BadOption(
            "Twins of a table are not built yet.",
            why="A twin is drawn from a model fitted to the table, and no such model is fitted yet.",
            next='Simulate from a graph instead: aitia simulate "z->t; z->y; t->y".',
        )
    short = {"n": n, "mechanism": mechanism, "noise": noise, "treatment": treatment, "outcome": outcome}
    options = {**(option or {}), **{name: value for name, value in short.items() if value is not None}}
    asked = read_spec(spec, options)
    if (asked.treatment is None) != (asked.outcome is None):
        raise BadOption("A true effect needs a treatment and an outcome.", next="Give both, or neither.")
    given = os.fspath(spec) if isinstance(spec, str | os.PathLike) else asked.name
    return simulation_of(asked, run or Run(), given=given, out=out)

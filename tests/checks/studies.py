"""Make studies of small planted worlds, so that a check can be asked without the whole flow."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from aitia.core.design import Design
from aitia.core.graph import Graph
from aitia.core.knowledge import Knowledge
from aitia.core.query import Query
from aitia.core.record import Record
from aitia.core.request import Plan, Reading, Request
from aitia.core.run import Run
from aitia.core.shelf import estimation
from aitia.core.study import Study
from aitia.core.table import Table
from aitia.graphs.formats.text import parse
from aitia.nuisance.design import build
from tests.measures.tables import draw, table_of

ADJUSTMENT = ("age", "sex", "region", "visits")
GRAPH = "; ".join([*(f"{name}->t; {name}->y" for name in ADJUSTMENT), "t->y", "before", *(f"{name}->before" for name in ADJUSTMENT)])
KINDS = {"age": "continuous", "sex": "binary", "region": "categorical", "visits": "count"}


@dataclasses.dataclass(frozen=True)
class World:
    """Set what goes on in a planted world; everything is as it should be by default."""

    n: int = 600
    effect: float = 0.5
    treatment: str = "binary"
    outcome: str = "continuous"
    push: float = 0.5  # of the covariates on the treatment
    hidden: float = 0.0  # of a hidden cause on treatment, outcome and the earlier outcome
    bend: float = 0.0  # of the square of age on the treatment
    beside: float = 0.0  # of age on sex, an arrow that the graph leaves out


def table_in(world: World, seed: Any) -> Table:
    """Draw the table of a world."""
    rng = np.random.default_rng(seed)
    n = world.n
    age = rng.normal(size=n)
    values = {"age": age, "sex": draw("binary", world.beside * age, rng), "visits": draw("count", 0 * age, rng)}
    values["region"] = draw("categorical", 0 * age, rng)
    score = 0.5 * age + 0.5 * (values["sex"] - 0.5) + 0.4 * ((values["region"] == 1) - 0.25) + 0.2 * (values["visits"] - 5)
    cause = rng.normal(size=n)
    values["t"] = draw(world.treatment, world.push * score + world.hidden * cause + world.bend * (age**2 - 1), rng)
    values["before"] = score + world.hidden * cause + rng.normal(size=n)
    values["y"] = draw(world.outcome, score + world.hidden * cause + world.effect * values["t"], rng)
    return table_of({**KINDS, "t": world.treatment, "y": world.outcome, "before": "continuous"}, values)


def studied(
    table: Table,
    method: str,
    run: Run,
    *,
    graph: str = GRAPH,
    adjustment: tuple[str, ...] = ADJUSTMENT,
    query: Query | None = None,
    knowledge: Knowledge | None = None,
    reading: Reading = Reading(),  # noqa: B008
    plan: Plan = Plan(),  # noqa: B008
    **options: Any,
) -> tuple[Study, Design]:
    """Estimate the effect of t on y by one method, and return the study with its design."""
    query = query or Query(treatment="t", outcome="y")
    drawn: Graph = parse(graph)
    design = build(table, query, adjustment, plan=plan, reading=reading).design
    estimate = run.use(estimation[method], design, **options)
    request = Request(
        data="in memory",
        fingerprint=run.keep(table),
        query=query,
        graph=drawn,
        knowledge=knowledge or Knowledge(),
        reading=reading,
        plan=plan,
        seed=run.seed,
    )
    records = (
        Record(step="graph", key="graph", output=drawn),
        Record(step="estimate", key="estimate", method=method, options=options, output=estimate),
    )
    return Study(request=request, records=records), design

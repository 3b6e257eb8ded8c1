"""Give rows the columns that number them: environments or regimes, time, groups."""

from __future__ import annotations

import dataclasses

from aitia.core.errors import BadOption
from aitia.core.graph import Graph
from aitia.core.table import Column
from aitia.graphs.classes import is_lagged
from aitia.simulation.functions.formula import names_in
from aitia.simulation.mechanisms.numbering import Numbering
from aitia.simulation.spec import Spec

TIME, ENVIRONMENT, REGIME, GROUP = "time", "environment", "regime", "group"
MOST_ENVIRONMENTS = 1000


@dataclasses.dataclass(frozen=True, slots=True)
class Index:
    """Hold one column that numbers rows, and how."""

    column: Column
    schedule: Numbering


def indices_of(spec: Spec, graph: Graph) -> tuple[Index, ...]:
    """Return the columns that a spec's rows are numbered by; raises `BadOption` where a node has such a name or they clash."""
    found = []
    if spec.environments.environments > 1:
        found.append(blocks(spec, REGIME if is_lagged(graph) else ENVIRONMENT))
    if spec.environments.drift or is_lagged(graph) or reads_time(spec):
        found.append(Index(Column(name=TIME, kind="time", why="place of the row"), Numbering(node=TIME, pattern="index")))
    if spec.groups.groups:
        found.append(groups(spec))
    if spec.groups.groups and len(found) > 1:
        raise BadOption("Groups cannot be combined with environments, drift or series.", next="Leave one of them out.")
    for index in found:
        if index.column.name in graph.nodes:
            raise BadOption(f"A node is called {index.column.name}, which the rows need as a column.", next="Rename the node.")
    return tuple(found)


def reads_time(spec: Spec) -> bool:
    """Tell whether a formula reads the time of a row, and no node has that name."""
    return any(TIME in names_in(str(own["formula"])) for own in spec.nodes.values() if own.get("formula")) and TIME not in spec.nodes


def blocks(spec: Spec, name: str) -> Index:
    """Return the column of environments or regimes, in blocks of rows."""
    plan = spec.environments
    count = plan.environments
    if count > MOST_ENVIRONMENTS:
        raise BadOption(f"{count} environments are too many.", next=f"Give at most {MOST_ENVIRONMENTS}, or groups for exchangeable data.")
    shares = plan.shares or (1.0,) * count
    if len(shares) != count or min(shares) <= 0:
        raise BadOption(f"{count} environments need {count} shares above 0.", next="Write shares=0.7+0.3, or leave them out.")
    digits = len(str(count))
    levels = tuple(f"{name[0]}{i + 1:0{digits}d}" for i in range(count))
    column = Column(name=name, kind="environment", why="simulated in blocks", levels=levels)
    return Index(column, Numbering(node=name, pattern="blocks", shares=shares))


def groups(spec: Spec) -> Index:
    """Return the column of groups."""
    plan = spec.groups
    if plan.groups < 2 or plan.draws < 2:
        raise BadOption(f"{plan.groups} groups of {plan.draws} rows do not tell groups apart.", next="Give at least 2 of each.")
    digits = len(str(plan.groups))
    levels = tuple(f"g{i + 1:0{digits}d}" for i in range(plan.groups))
    column = Column(name=GROUP, kind="environment", why=f"{plan.draws} rows each", levels=levels)
    return Index(column, Numbering(node=GROUP, pattern="groups", size=plan.draws))


def rows_wanted(spec: Spec) -> int:
    """Return the number of rows: as asked, or of all groups."""
    return spec.groups.groups * spec.groups.draws if spec.groups.groups else spec.n

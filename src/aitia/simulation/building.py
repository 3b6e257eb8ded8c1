"""Build the model that a spec describes: its graph, the kind of every node, its mechanisms and what changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from aitia.core.errors import BadOption
from aitia.core.graph import Edge, Graph
from aitia.core.run import Run
from aitia.core.scm import SCM, Mechanism
from aitia.core.simulation import Change
from aitia.core.table import Column
from aitia.graphs.classes import is_lagged
from aitia.simulation.assembling import Assembled, assembled
from aitia.simulation.balancing import PILOT, balanced
from aitia.simulation.drafts import Draft, drafts_of
from aitia.simulation.environments import Base, base_of, with_drift, with_environments
from aitia.simulation.exchangeable import BINARY, WHOLE, with_groups
from aitia.simulation.functions.formula import names_in
from aitia.simulation.graph_of_spec import graph_of
from aitia.simulation.index_columns import ENVIRONMENT, Index, indices_of, rows_wanted
from aitia.simulation.interventions import model_of
from aitia.simulation.mechanisms.structural import Structural
from aitia.simulation.node_kinds import column_of, kinds_of
from aitia.simulation.process import Process
from aitia.simulation.series import process_of
from aitia.simulation.sortability import path_counts
from aitia.simulation.spec import Making, Scaling, Spec, is_stated

FEWEST_PILOT, MOST_PILOT = 200, 20_000


@dataclasses.dataclass(frozen=True)
class Model:
    """Hold a model: its graph without index columns, a column for each node, the columns that number rows, and what changes.

    Either `scm` or, for series, `process` holds the mechanisms. `held` says that sortability was held near one half.
    """

    graph: Graph
    columns: dict[str, Column]
    indices: tuple[Index, ...]
    changes: tuple[Change, ...]
    held: bool
    scm: SCM | None = None
    process: Process | None = None

    @property
    def measured(self) -> dict[str, Column]:
        """The columns of the measured nodes."""
        return {node: self.columns[node] for node in self.graph.observed}


def build(spec: Spec, run: Run) -> Model:
    """Build the model of a spec; raises `BadOption` and `BadGraph` for what cannot be built."""
    graph = graph_of(spec, run.rng("simulate graph"))
    if rows_wanted(spec) < 1:
        raise BadOption(f"{spec.n} rows cannot be drawn.", next="Give n of at least 1.")
    indices = indices_of(spec, graph)
    columns = kinds_of(spec, graph, run.rng("simulate kinds"))
    if is_lagged(graph):
        process, changed = process_of(spec, graph, indices, run, rows_wanted(spec))
        return Model(graph, columns, indices, tuple(changed), False, process=process)
    if spec.groups.groups and spec.groups.exchangeable in WHOLE:
        return whole(spec, graph, indices, columns, run)
    return crossed(spec, graph, indices, columns, run)


def whole(spec: Spec, graph: Graph, indices: tuple[Index, ...], columns: dict[str, Column], run: Run) -> Model:
    """Build exchangeable data of one of the published forms, which make every node."""
    name = spec.groups.exchangeable
    if any(column.coded for column in columns.values()) or spec.nodes:
        raise BadOption(f"{name} makes every node itself.", next="Leave kinds and options of nodes out, or take exchangeable=shift.")
    if name in BINARY:
        columns = {node: column_of(node, Making(kind="binary"), "binary") for node in columns}
    mechanisms, changes = WHOLE[name](graph, run.rng("simulate groups"))
    return joined(graph, columns, indices, mechanisms.values(), changes, held=False)


def crossed(spec: Spec, graph: Graph, indices: tuple[Index, ...], columns: dict[str, Column], run: Run) -> Model:
    """Build rows that are drawn each on its own, in one or several environments."""
    scaling = scaling_of(spec, graph)
    everything = {**columns, **{index.column.name: index.column for index in indices}}
    fixed = {index.column.name: index.schedule for index in indices}
    found, drafts = scaled_model(spec, with_clock(spec, graph, indices), everything, scaling, fixed, run)
    base = base_of(found, drafts, everything, graph.latent)
    changes: list[Change] = []
    for index in indices:
        if index.column.name == ENVIRONMENT:
            mechanisms, more = with_environments(spec, base, index.column, run.rng("simulate environments"))
            base, changes = dataclasses.replace(base, mechanisms=mechanisms), [*changes, *more]
    if spec.environments.drift:
        mechanisms, more = with_drift(spec, base, rows_wanted(spec), run.rng("simulate drift"))
        base, changes = dataclasses.replace(base, mechanisms=mechanisms), [*changes, *more]
    if spec.groups.groups:
        mechanisms, more = with_groups(base, run.rng("simulate groups"))
        base, changes = dataclasses.replace(base, mechanisms=mechanisms), [*changes, *more]
    for name in fixed:
        changes += [Change(node=node, index=name, says=f"{node} depends on {name}") for node in readers(base, name, changes)]
    return joined(graph, columns, indices, base.mechanisms.values(), changes, held=scaling == "balanced")


def readers(base: Base, index: str, changes: Sequence[Change]) -> list[str]:
    """Return the nodes that read an index by a formula of their own."""
    known = {change.node for change in changes if change.index == index}
    return [node for node, mechanism in base.mechanisms.items() if index in mechanism.parents and node not in known]


def joined(
    graph: Graph,
    columns: dict[str, Column],
    indices: tuple[Index, ...],
    mechanisms: Iterable[Structural],
    changes: Sequence[Change],
    *,
    held: bool,
) -> Model:
    """Put mechanisms and the columns that number rows into one model."""
    made: list[Mechanism] = [*(index.schedule for index in indices), *mechanisms]
    unique = {m.node: m for m in made}
    names = tuple(index.column.name for index in indices)
    hidden = tuple(node for node in unique if node not in graph.nodes and node not in names)
    scm = model_of(unique.values(), (*graph.latent, *hidden), (*names, *graph.nodes))
    return Model(graph, columns, indices, tuple(changes), held, scm=scm)


def scaling_of(spec: Spec, graph: Graph) -> Scaling:
    """Return how drawn nodes are scaled: as said, raw where noise was sized, unit beside stated nodes, else balanced."""
    sized = spec.making.noise_scale is not None or spec.making.intercept is not None
    if sized and spec.scaling in ("unit", "balanced"):
        name = "noise_scale" if spec.making.noise_scale is not None else "intercept"
        raise BadOption(f"{name} has no meaning with scaling={spec.scaling}, which sizes the noise itself.", next="Say scaling=raw.")
    if spec.scaling is not None:
        return spec.scaling
    stated = [node for node in graph.nodes if is_stated(spec, node, bool(graph.parents(node)))]
    return "raw" if sized else "unit" if stated else "balanced"


def with_clock(spec: Spec, graph: Graph, indices: tuple[Index, ...]) -> Graph:
    """Return the graph with the columns that number rows as causes of the nodes whose formula reads them."""
    names = tuple(index.column.name for index in indices)
    read = [(name, node) for node in graph.nodes for name in formula_names(spec, node) if name in names]
    edges = tuple(Edge(source=name, target=node) for name, node in read)
    return dataclasses.replace(graph, nodes=(*dict.fromkeys(name for name, _ in read), *graph.nodes), edges=(*edges, *graph.edges))


def formula_names(spec: Spec, node: str) -> tuple[str, ...]:
    """Return what the formula of a node reads, nothing where it has none."""
    formula = spec.nodes.get(node, {}).get("formula")
    return names_in(str(formula)) if formula else ()


def scaled_model(
    spec: Spec, graph: Graph, columns: dict[str, Column], scaling: Scaling, fixed: Mapping[str, Mechanism], run: Run
) -> tuple[Assembled, Sequence[Draft]]:
    """Draw and scale the mechanisms of one environment; `fixed` are those of columns that number rows."""

    def redraw(attempt: int) -> Sequence[Draft]:
        return drafts_of(spec, graph, columns, lambda node: run.rng("simulate mechanism", f"{attempt} {node}"), scaling == "raw", fixed)

    if scaling == "balanced":
        names = tuple(node for node in graph.observed if not columns[node].coded and node not in fixed)
        return balanced(redraw, names, path_counts(graph, names), run, lambda node: run.rng("simulate pilot", node))
    rows = min(max(rows_wanted(spec), FEWEST_PILOT), MOST_PILOT) if fixed else PILOT  # what depends on time is scaled over the very rows
    drafts = redraw(0)
    return assembled(drafts, {}, rows, lambda node: run.rng("simulate pilot", node)), drafts

"""Build a process from a spec: lagged weights made stable, bounded smooth functions, regimes, trend and season."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

import numpy as np

from aitia.core.errors import BadOption
from aitia.core.graph import Graph
from aitia.core.run import Run
from aitia.core.simulation import Change
from aitia.graphs.reachability import topological_order
from aitia.simulation.drafts import DRAWN
from aitia.simulation.environments import chosen_nodes
from aitia.simulation.functions.additive import Additive, Part
from aitia.simulation.functions.affine import in_units, scaled
from aitia.simulation.functions.function import Function
from aitia.simulation.functions.linear import Linear
from aitia.simulation.functions.total import Total
from aitia.simulation.index_columns import REGIME, TIME, Index
from aitia.simulation.inputs import Input
from aitia.simulation.mechanisms.additive_noise import AdditiveNoise
from aitia.simulation.mechanisms.switch import Switch
from aitia.simulation.noise import Noise, noise
from aitia.simulation.process import Process, at_lag, lag_matrices, noise_for_steps, parted, run_process, spectral_radius
from aitia.simulation.spec import Spec, making_of

BOUNDED = ("linear", "additive", "sine", "tanh", "spline", "gp", "gp-additive", "mlp", "multiple-index")
ADDITIVE: tuple[str, ...] = ("sine", "tanh", "spline")  # what "additive" draws from in series: a square could explode
PASSES, PILOT_STEPS = 3, 400
SHRINK, MOST_SHRINKS = 0.85, 60
Values = Mapping[str, np.ndarray]


@dataclasses.dataclass(frozen=True, slots=True)
class SeriesDraft:
    """Hold what was drawn for one series: a line through its own past, a function of its other causes and its size."""

    node: str
    memory: Linear
    others: Function
    size: float
    noise: Noise

    @property
    def linear(self) -> bool:
        """Whether the series is a line of its past and its causes."""
        return isinstance(self.others, Linear)


def process_of(spec: Spec, graph: Graph, indices: Sequence[Index], run: Run, n: int) -> tuple[Process, list[Change]]:
    """Return the process of a spec and what changes between its regimes; raises `BadOption` for what series do not take."""
    refuse(spec)
    drafts = [series_draft(spec, graph, node, run, "base") for node in topological_order(graph)]
    drafts = stable(drafts, graph, spec.series.radius)
    values = measured(drafts, graph, run)
    mechanisms: list[AdditiveNoise | Switch] = [made(draft, values) for draft in drafts]
    changes: list[Change] = []
    regimes = next((index.column for index in indices if index.column.name == REGIME), None)
    if regimes is not None:
        mechanisms, changes = with_regimes(spec, graph, drafts, values, regimes.levels, run)
    if spec.series.trend or spec.series.season:
        mechanisms = [clocked(m, spec, n, run.rng("simulate season", m.node)) for m in mechanisms]
        changes += [Change(node=m.node, index=TIME, says=f"{m.node} has a trend or season") for m in mechanisms]
    return Process(graph=graph, mechanisms=tuple(mechanisms)), changes


def refuse(spec: Spec) -> None:
    """Raise `BadOption` for what series do not take."""
    stated = sorted({name for own in spec.nodes.values() for name in ("formula", "coefficients", "table") if own.get(name)})
    if stated:
        raise BadOption(f"Series cannot be stated by a {stated[0]} yet.", next="Leave it out; mechanisms of series are drawn.")
    makings = [spec.making, *(making_of(spec, node) for node in spec.nodes)]
    shares = (spec.kinds.binary, spec.kinds.categorical, spec.kinds.ordinal, spec.kinds.count)
    if {making.kind for making in makings} - {None, "continuous"} or spec.kinds.kinds != "continuous" or any(shares):
        raise BadOption("Series are continuous; other kinds are not made yet.", next="Leave the kinds out, or cut columns: discretise=0.5.")
    if strange := sorted({making.mechanism for making in makings} - set(BOUNDED)):
        raise BadOption(
            f"Series do not take the mechanism {strange[0]}: it can grow without bound.", next=f"They take {', '.join(BOUNDED)}."
        )
    if any(making.outer or making.spread for making in makings):
        raise BadOption("Series take neither an outer function nor uneven noise yet.", next="Leave outer and spread out.")
    if not 0 < spec.series.radius < 1:
        raise BadOption(f"A process with the radius {spec.series.radius:g} is not stable.", next="Give a number between 0 and 1.")
    if not -1 < spec.series.memory[0] <= spec.series.memory[1] < 1:
        raise BadOption("A series whose own last value has a weight of 1 or more explodes.", next="Give memory between -1 and 1.")


def causes_of(graph: Graph, node: str) -> list[tuple[str, int]]:
    """Return a node's causes with their lags."""
    return list(dict.fromkeys((edge.source, edge.lag) for edge in graph.edges if edge.directed and edge.target == node))


def series_draft(spec: Spec, graph: Graph, node: str, run: Run, key: str) -> SeriesDraft:
    """Draw one series."""
    making, rng = making_of(spec, node), run.rng("simulate series", f"{key} {node}")
    causes = causes_of(graph, node)
    own = [Input(name=at_lag(*pair)) for pair in causes if pair == (node, 1)]
    rest = tuple(Input(name=at_lag(*pair)) for pair in causes if pair != (node, 1))
    memory = float(rng.uniform(*spec.series.memory))
    name = ADDITIVE[int(rng.integers(len(ADDITIVE)))] if making.mechanism == "additive" else making.mechanism
    return SeriesDraft(
        node=node,
        memory=Linear(inputs=tuple(own), weights=((memory,),) * len(own)),
        others=DRAWN[name](rest, rng, making) if rest else Linear(),
        size=float(rng.uniform(*making.weights)),
        noise=noise(making.noise, float(rng.uniform(*(making.noise_scale or (1.0, 1.0)))), making.freedom),
    )


def made(draft: SeriesDraft, values: Values) -> AdditiveNoise:
    """Return the mechanism of a draft; a smooth function gets inputs in their own spread, mean zero and its drawn size.

    `values` (steps,) come from a pilot run.
    """
    if isinstance(draft.others, Linear):
        line = Linear(inputs=draft.memory.inputs + draft.others.inputs, weights=draft.memory.weights + draft.others.weights)
        return AdditiveNoise(node=draft.node, function=line, noise=draft.noise)
    past = {item.name: delayed(values, item.name) for item in draft.others.inputs}
    based = in_units(draft.others, {name: (float(x.mean()), max(float(x.std()), 1e-9)) for name, x in past.items()})
    raw = based(past)
    gain = draft.size / max(float(raw.std()), 1e-9)
    smooth = scaled(based, -gain * float(raw.mean()), gain)
    return AdditiveNoise(node=draft.node, function=Total(functions=(draft.memory, smooth)), noise=draft.noise)


def delayed(values: Values, name: str) -> np.ndarray:
    """Return a parent's pilot values (steps,), its last ones first where it has a lag."""
    node, lag = parted(name)
    return np.roll(values[node], lag)


def measured(drafts: Sequence[SeriesDraft], graph: Graph, run: Run) -> Values:
    """Return pilot values of the process, found in a few passes where its functions depend on them; empty for a linear one."""
    if all(draft.linear for draft in drafts):
        return {}
    values: Values = {draft.node: run.rng("simulate series pilot", draft.node).normal(size=PILOT_STEPS) for draft in drafts}
    for round_ in range(PASSES):
        process = Process(graph=graph, mechanisms=tuple(made(draft, values) for draft in drafts))
        noise_ = noise_for_steps(process, PILOT_STEPS, 1, lambda node, i=round_: run.rng("simulate series pilot", f"{i} {node}"))  # type: ignore[misc]
        values = {node: column[:, 0] for node, column in run_process(process, noise_, {}).items()}
    return values


def stable(drafts: list[SeriesDraft], graph: Graph, radius: float, free: frozenset[str] | None = None) -> list[SeriesDraft]:
    """Return linear drafts whose lagged weights were shrunk until the spectral radius is small enough; others are bounded as they are.

    With `free` only the weights of these nodes shrink.
    """
    if not all(draft.linear for draft in drafts):
        return drafts
    for _ in range(MOST_SHRINKS):
        process = Process(graph=graph, mechanisms=tuple(made(draft, {}) for draft in drafts))
        found = lag_matrices(process)
        assert found is not None
        if spectral_radius(found[1]) <= radius:
            break
        drafts = [shrunk(draft) if free is None or draft.node in free else draft for draft in drafts]
    return drafts


def shrunk(draft: SeriesDraft) -> SeriesDraft:
    """Return a linear draft with smaller weights on the past, the more so the longer ago; the present keeps its weights."""
    assert isinstance(draft.others, Linear)
    return dataclasses.replace(draft, memory=fainter(draft.memory), others=fainter(draft.others))


def fainter(line: Linear) -> Linear:
    """Return a line with each weight multiplied by a power of SHRINK, its lag."""
    weights = tuple((w[0] * SHRINK ** parted(item.name)[1],) for item, w in zip(line.inputs, line.weights, strict=True))
    return dataclasses.replace(line, weights=weights)


def with_regimes(
    spec: Spec, graph: Graph, drafts: list[SeriesDraft], values: Values, levels: Sequence[str], run: Run
) -> tuple[list[AdditiveNoise | Switch], list[Change]]:
    """Return the mechanisms with a switch for each series that is drawn anew in every further regime."""
    changed = frozenset(chosen_nodes(spec, [d.node for d in drafts if d.node in graph.observed], run.rng("simulate regimes")))
    cases: dict[str, list[AdditiveNoise]] = {draft.node: [made(draft, values)] for draft in drafts}
    changes = []
    for level in levels[1:]:
        others = [series_draft(spec, graph, draft.node, run, level) if draft.node in changed else draft for draft in drafts]
        for draft in stable(others, graph, spec.series.radius, changed):
            cases[draft.node].append(made(draft, values))
        changes += [
            Change(node=d.node, index=REGIME, level=level, says=f"new function of {d.node} in {level}") for d in drafts if d.node in changed
        ]
    switched = [Switch(node=n, by=REGIME, cases=tuple(own)) if n in changed else own[0] for n, own in cases.items()]
    return switched, changes


def clocked(mechanism: AdditiveNoise | Switch, spec: Spec, n: int, rng: np.random.Generator) -> AdditiveNoise | Switch:
    """Add a trend and a season to a mechanism, in all its regimes."""
    if isinstance(mechanism, Switch):
        return dataclasses.replace(
            mechanism, cases=tuple(added(case, spec, n, rng) for case in mechanism.cases if isinstance(case, AdditiveNoise))
        )
    return added(mechanism, spec, n, rng)


def added(mechanism: AdditiveNoise, spec: Spec, n: int, rng: np.random.Generator) -> AdditiveNoise:
    """Add a trend and a season to one mechanism."""
    size, past = mechanism.noise.scale, spec.series
    parts: list[Function] = [mechanism.function]
    if past.trend:
        clock = Input(name=TIME, centre=(n - 1) / 2, scale=max(n - 1, 1))
        parts.append(Additive(inputs=(clock,), parts=(Part(shape="linear", gain=size * past.trend),)))
    if past.season:
        phase = float(rng.uniform(-math.pi, math.pi))
        turn = Part(shape="sine", numbers=(2 * math.pi / past.season, phase), gain=size)
        parts.append(Additive(inputs=(Input(name=TIME),), parts=(turn,)))
    return dataclasses.replace(mechanism, function=Total(functions=tuple(parts)))

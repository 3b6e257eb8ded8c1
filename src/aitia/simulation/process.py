"""Hold a model of series: mechanisms that read their parents' present and past values, run step by step."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np

from aitia.core.graph import Graph
from aitia.core.noun import Noun, holder
from aitia.simulation.functions.function import Function
from aitia.simulation.functions.linear import Linear, natural
from aitia.simulation.functions.total import Total
from aitia.simulation.mechanisms.additive_noise import AdditiveNoise
from aitia.simulation.mechanisms.structural import Structural

PAST = re.compile(r"(.*)\[-(\d+)\]")
Setting = Mapping[tuple[str, int], float]


def at_lag(node: str, lag: int) -> str:
    """Name a node's value some steps ago, as a graph's text does.

    >>> at_lag("x", 2), at_lag("x", 0)
    ('x[-2]', 'x')
    """
    return f"{node}[-{lag}]" if lag else node


def parted(name: str) -> tuple[str, int]:
    """Return the node and the lag of a parent's name."""
    found = PAST.fullmatch(name)
    return (found[1], int(found[2])) if found else (name, 0)


@holder
class Process(Noun):
    """Hold the graph with lags and the mechanisms in an order in which causes of the same step come first.

    A mechanism's parents are named `x`, `x[-1]`, …; columns that number rows, such as time and regime, are read as they
    stand.
    """

    graph: Graph
    mechanisms: tuple[Structural, ...]

    @property
    def lags(self) -> int:
        """The largest lag."""
        return max((edge.lag for edge in self.graph.edges), default=0)


def run_process(
    process: Process,
    noise: Mapping[str, np.ndarray],
    index: Mapping[str, np.ndarray],
    *,
    setting: Setting | None = None,
    past: Mapping[str, np.ndarray] | None = None,
) -> dict[str, np.ndarray]:
    """Return the values (steps, series) that noise (steps, series) makes; `index` columns are (steps,).

    `setting` sets a node from outside at a step. `past` holds earlier values (at least as many as the largest lag,
    series); without it they are zero.
    """
    first = next(iter(noise.values()))
    steps, series = first.shape
    lags = process.lags
    values = {m.node: np.zeros((lags + steps, series)) for m in process.mechanisms}
    for node, column in (past or {}).items():
        values[node][:lags] = column[len(column) - lags :]
    reads = [[(parent, *parted(parent)) for parent in m.parents] for m in process.mechanisms]
    for t in range(steps):
        for m, read in zip(process.mechanisms, reads, strict=True):
            if setting is not None and (m.node, t) in setting:
                values[m.node][lags + t] = setting[m.node, t]
                continue
            given = {
                parent: values[node][lags + t - lag] if node in values else np.full(series, index[node][t]) for parent, node, lag in read
            }
            values[m.node][lags + t] = m.predict(noise[m.node][t], given)
    return {node: column[lags:] for node, column in values.items()}


def noise_for_steps(process: Process, steps: int, series: int, stream: Callable[[str], np.random.Generator]) -> dict[str, np.ndarray]:
    """Draw the noise (steps, series) of every node, each from its own stream."""
    return {m.node: m.draw(steps * series, stream(m.node)).reshape(steps, series) for m in process.mechanisms}


def lag_matrices(process: Process) -> tuple[tuple[str, ...], np.ndarray] | None:
    """Return the nodes and the weights (lags + 1, p, p) of a linear process, [l, i, j] that of i l steps ago on j; None for others."""
    names = tuple(m.node for m in process.mechanisms)
    place = {name: i for i, name in enumerate(names)}
    weights: np.ndarray = np.zeros((process.lags + 1, len(names), len(names)))
    for m in process.mechanisms:
        line = line_of(m.function, names) if isinstance(m, AdditiveNoise) else None
        if line is None:
            return None
        for item, weight in zip(line.inputs, line.weights, strict=True):
            node, lag = parted(item.name)
            if node in place:
                weights[lag, place[node], place[m.node]] += weight[0]
    return names, weights


def line_of(function: Function, names: tuple[str, ...]) -> Linear | None:
    """Return the line of a function's nodes, what it adds by time left out, or None where it is not linear in them."""
    if isinstance(function, Linear):
        return natural(function)
    if isinstance(function, Total):
        reading = [part for part in function.functions if any(parted(item.name)[0] in names for item in part.inputs)]
        lines = [part for part in reading if isinstance(part, Linear)]
        if len(lines) == len(reading) <= 1:
            return natural(lines[0]) if lines else Linear()
    return None


def spectral_radius(weights: np.ndarray) -> float:
    """Return the largest modulus of the companion matrix's eigenvalues: the process is stable below one."""
    lags, p = weights.shape[0] - 1, weights.shape[1]
    if lags == 0:
        return 0.0
    total = np.linalg.inv(np.eye(p) - weights[0])
    reduced = [(weights[lag] @ total).T for lag in range(1, lags + 1)]
    companion = np.zeros((p * lags, p * lags))
    companion[:p] = np.hstack(reduced)
    companion[p:, :-p] = np.eye(p * (lags - 1))
    return float(np.abs(np.linalg.eigvals(companion)).max())


def responses(weights: np.ndarray, horizon: int) -> np.ndarray:
    """Return (horizon + 1, p, p): how far node j moves h steps after node i was set one unit higher at one step."""
    total = np.linalg.inv(np.eye(weights.shape[1]) - weights[0])
    found = [total]
    for h in range(1, horizon + 1):
        past = sum((found[h - lag] @ weights[lag] for lag in range(1, min(h, len(weights) - 1) + 1)), np.zeros_like(total))
        found.append(past @ total)
    return np.array(found)

"""Read the exact moments and path coefficients of models whose numeric nodes are linear. [wright1921]"""

from __future__ import annotations

import dataclasses

import numpy as np

from aitia.core.scm import SCM, Mechanism
from aitia.simulation.functions.affine import Affine
from aitia.simulation.functions.function import Function
from aitia.simulation.functions.linear import Linear, natural
from aitia.simulation.functions.total import Total
from aitia.simulation.mechanisms.additive_noise import AdditiveNoise
from aitia.simulation.mechanisms.altered import Altered
from aitia.simulation.mechanisms.switch import Switch


def line_of(mechanism: Mechanism) -> Linear | None:
    """Return the line that a node's mean follows, in the parents' own units, or None where it follows none."""
    if isinstance(mechanism, AdditiveNoise) and isinstance(mechanism.function, Linear):
        return natural(mechanism.function)
    return None


def is_linear(scm: SCM) -> bool:
    """Tell whether every node is a line of numeric parents plus noise of one spread."""
    for m in scm.mechanisms:
        line = line_of(m)
        if line is None or any(item.levels for item in line.inputs) or (isinstance(m, AdditiveNoise) and m.spread is not None):
            return False
    return True


def coefficients(scm: SCM) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Return the nodes of a linear model in causal order, B (p, p) with B[i, j] the weight of i -> j, and the noises' variances."""
    names = tuple(m.node for m in scm.mechanisms)
    place = {name: i for i, name in enumerate(names)}
    weights, variance = np.zeros((len(names), len(names))), np.zeros(len(names))
    for m in scm.mechanisms:
        line = line_of(m)
        assert line is not None and isinstance(m, AdditiveNoise)
        variance[place[m.node]] = m.noise.scale**2
        for item, weight in zip(line.inputs, line.weights, strict=True):
            weights[place[item.name], place[m.node]] += weight[0]
    return names, weights, variance


def covariance(scm: SCM, nodes: tuple[str, ...]) -> np.ndarray:
    """Return the exact covariance (k, k) of some nodes of a linear model."""
    names, weights, variance = coefficients(scm)
    total = np.linalg.inv(np.eye(len(names)) - weights)  # total[i, j]: effect of one unit of i's noise on j
    chosen = [names.index(node) for node in nodes]
    return ((total.T * variance) @ total)[np.ix_(chosen, chosen)]


Moved = dict[str, float | None]


def path_effects(scm: SCM, treatment: str, arm: float, versus: float) -> Moved:
    """Return how far the mean of each node that a treatment causes moves when `arm` is set rather than `versus`.

    None where a node between is not linear. The treatment may be of any kind, and so may nodes that it does not move;
    noise may be of any spread.
    """
    moved: Moved = {treatment: float(arm - versus)}
    contrast = Contrast(treatment, arm, versus)
    for m in scm.mechanisms:
        if m.node != treatment and any(parent in moved for parent in m.parents):
            moved[m.node] = shift_of(m, contrast, moved)
    return moved


@dataclasses.dataclass(frozen=True, slots=True)
class Contrast:
    """Hold a treatment and two of its values."""

    treatment: str
    arm: float
    versus: float


def shift_of(mechanism: Mechanism, contrast: Contrast, moved: Moved) -> float | None:
    """Return how far a node's mean moves when its parents do, or None where that is no matter of lines."""
    if isinstance(mechanism, AdditiveNoise):
        return shift(mechanism.function, contrast, moved)
    if isinstance(mechanism, Altered):
        inside = shift_of(mechanism.mechanism, contrast, moved)
        return None if inside is None else mechanism.stretch * inside
    if isinstance(mechanism, Switch) and mechanism.by not in moved:
        cases = {shift_of(case, contrast, moved) for case in mechanism.cases}
        return cases.pop() if len(cases) == 1 else None
    return None


def shift(function: Function, contrast: Contrast, moved: Moved) -> float | None:
    """Return how far a function moves; one that reads nothing that moved stays."""
    if isinstance(function, Total):
        parts = [shift(part, contrast, moved) for part in function.functions]
        return None if None in parts else sum(part for part in parts if part is not None)
    if isinstance(function, Affine):
        inside = shift(function.function, contrast, moved)
        return None if inside is None else function.gain * inside
    if isinstance(function, Linear):
        return step(natural(function), contrast, moved)
    return None if any(item.name in moved for item in function.inputs) else 0.0


def step(line: Linear, contrast: Contrast, moved: Moved) -> float | None:
    """Return how far a line moves when its inputs do."""
    total = 0.0
    for item, weight in zip(line.inputs, line.weights, strict=True):
        if item.levels and item.name == contrast.treatment:
            total += weight[int(contrast.arm)] - weight[int(contrast.versus)]
        elif item.name in moved:
            change = moved[item.name]
            if change is None or (item.levels and change):
                return None
            total += 0.0 if item.levels else weight[0] * change
    return total


def path_effect(scm: SCM, treatment: str, outcome: str, arm: float, versus: float) -> float | None:
    """Return the exact mean effect on one outcome, 0 where the treatment does not cause it, None where it is not linear."""
    return path_effects(scm, treatment, arm, versus).get(outcome, 0.0)

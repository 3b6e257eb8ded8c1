"""Scale drafts into mechanisms, node by node on a pilot sample, so that every parent counts and no value explodes. [ormaniec2025]"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from aitia.core.errors import BadOption
from aitia.core.scm import Mechanism
from aitia.simulation.drafts import Draft, Stream
from aitia.simulation.functions.affine import Units, in_units, scaled
from aitia.simulation.functions.bounded import Bounded
from aitia.simulation.functions.function import Function
from aitia.simulation.functions.linear import Linear
from aitia.simulation.mechanisms.additive_noise import AdditiveNoise
from aitia.simulation.mechanisms.count import Count
from aitia.simulation.mechanisms.multinomial import Multinomial
from aitia.simulation.mechanisms.post_nonlinear import OUTER, PostNonlinear
from aitia.simulation.mechanisms.structural import noise_of
from aitia.simulation.mechanisms.threshold import Threshold

LOGISTIC_SPREAD = math.pi / math.sqrt(3.0)
COUNT_SPREAD = 0.8  # standard deviation of the log rate of a count that its parents explain wholly
EXPANDING = ("sinh", "exp", "cube")  # outer functions that grow faster than a line
SMALL = 1e-9
Values = dict[str, np.ndarray]


@dataclasses.dataclass(frozen=True)
class Assembled:
    """Hold mechanisms, causes first, and the pilot values that they make; `covariance` is exact where all nodes are lines."""

    mechanisms: tuple[Mechanism, ...]
    values: Values
    covariance: np.ndarray | None = None


def assembled(drafts: Sequence[Draft], shares: Mapping[str, float], n: int, stream: Stream) -> Assembled:
    """Scale every draft so that its parents explain the share of its variance; exact for lines, else on n pilot rows."""
    if all(draft.is_line for draft in drafts):
        return lines(drafts, shares, n, stream)
    values: Values = {}
    mechanisms = []
    for draft in drafts:
        mechanism = draft.fixed or MAKE[draft.column.kind](draft, values, shares.get(draft.node, draft.share), n, stream(draft.node))
        noise = noise_of(mechanism, n, stream(draft.node))
        values[draft.node] = checked(draft.node, mechanism.predict(noise, {p: values[p] for p in mechanism.parents}))
        mechanisms.append(mechanism)
    return Assembled(tuple(mechanisms), values)


def checked(node: str, values: np.ndarray) -> np.ndarray:
    """Return values; raises `BadOption` where they are no numbers."""
    if not np.isfinite(values).all():
        raise BadOption(
            f"{node} is no number in {1 - np.isfinite(values).mean():.2%} of the rows.",
            why="Its mechanism divides by zero, takes a root or log of a negative number, or grows beyond all bounds.",
            next="Change its formula or outer function, or the scale of its causes.",
        )
    return values


def lines(drafts: Sequence[Draft], shares: Mapping[str, float], n: int, stream: Stream) -> Assembled:
    """Scale a linear model exactly: each node gets variance one, by the covariance of its parents."""
    place = {draft.node: i for i, draft in enumerate(drafts)}
    covariance = np.eye(len(drafts))
    mechanisms: list[Mechanism] = []
    values: Values = {}
    for i, draft in enumerate(drafts):
        function = draft.functions[0]
        assert isinstance(function, Linear)
        own = [place[item.name] for item in function.inputs]
        share = shares.get(draft.node, draft.share) if own else 0.0
        if own:
            weights = np.array([weight[0] for weight in function.weights])
            variance = float(weights @ covariance[np.ix_(own, own)] @ weights)
            gain = math.sqrt(share / max(variance, SMALL))
            covariance[i, :i] = covariance[:i, i] = gain * (covariance[:i, own] @ weights)
            function = dataclasses.replace(function, weights=tuple((gain * w,) for w in weights.tolist()))
        noise = dataclasses.replace(draft.noise, scale=math.sqrt(1 - share))
        mechanism = AdditiveNoise(node=draft.node, function=function, noise=noise)
        if n:
            values[draft.node] = mechanism.sample({p: values[p] for p in mechanism.parents}, n, stream(draft.node))
        mechanisms.append(mechanism)
    return Assembled(tuple(mechanisms), values, covariance)


def rebased(function: Function, values: Mapping[str, np.ndarray]) -> Function:
    """Return a function whose numeric inputs are centred and scaled by their pilot values."""
    units = {item.name: (float(values[item.name].mean()), max(float(values[item.name].std()), SMALL)) for item in function.inputs}
    return in_units(function, units)


def standard(function: Function, values: Mapping[str, np.ndarray]) -> Function:
    """Return a function of mean 0 and standard deviation 1 over the pilot rows, its inputs in their own standard deviations."""
    return centred(rebased(function, values), values)


def centred(function: Function, values: Mapping[str, np.ndarray]) -> Function:
    """Return a function shifted and stretched to mean 0 and standard deviation 1 over the pilot rows; zero where it is constant."""
    if not function.inputs:
        return scaled(function, 0.0, 0.0)
    raw = function(values)
    spread = float(raw.std())
    gain = 1 / spread if spread > SMALL else 0.0
    return scaled(function, -gain * float(raw.mean()), gain)


def make_number(draft: Draft, values: Values, share: float, n: int, rng: np.random.Generator) -> Mechanism:
    """Make a continuous node: of variance one, or as it was drawn."""
    spread = None if draft.spread is None else rebased(draft.spread, values)
    width = 1.0 if spread is None else math.sqrt(float(np.mean(AdditiveNoise(node="", spread=spread).width(values) ** 2)))
    function = raw_function(draft, values) if draft.raw else scaled(inner(draft, values), 0.0, math.sqrt(share))
    noise = dataclasses.replace(draft.noise, scale=(draft.noise.scale if draft.raw else math.sqrt(1 - share)) / width)
    if draft.outer is None:
        return AdditiveNoise(node=draft.node, function=function, noise=noise, spread=spread)
    if draft.raw:
        return PostNonlinear(node=draft.node, function=function, noise=noise, outer=draft.outer)
    with np.errstate(over="ignore"):
        bent = checked(draft.node, OUTER[draft.outer][0](function(values) + noise.scale * noise.draw(n, rng)))
    gain = 1 / max(float(bent.std()), SMALL)
    return PostNonlinear(node=draft.node, function=function, noise=noise, outer=draft.outer, offset=-gain * float(bent.mean()), gain=gain)


def inner(draft: Draft, values: Values) -> Function:
    """Return the standard function of a node; one inside an outer function that expands is bounded, or chains of them explode."""
    found = standard(draft.functions[0], values)
    return centred(Bounded(function=found), values) if draft.outer in EXPANDING and draft.parents else found


def raw_function(draft: Draft, values: Values) -> Function:
    """Return a function with the weights that were drawn; one that has none gets a size instead."""
    function = draft.functions[0]
    line = function if isinstance(function, Linear) else scaled(standard(function, values), 0.0, draft.gain)
    return scaled(line, draft.intercept, 1.0)


def latent_spread(share: float) -> float:
    """Return the standard deviation of a score of which parents explain the share beside standard logistic noise."""
    return LOGISTIC_SPREAD * math.sqrt(share / (1 - share))


def make_threshold(draft: Draft, values: Values, share: float, n: int, rng: np.random.Generator) -> Mechanism:
    """Make a binary or ordinal node whose levels have about the chances that were drawn."""
    under = np.cumsum(draft.base)[:-1]
    widened = 1 / math.sqrt(1 - share)  # score and noise together spread wider than the noise alone
    cuts = tuple((widened * np.log(under / (1 - under))).tolist())
    return Threshold(node=draft.node, function=scaled(standard(draft.functions[0], values), 0.0, latent_spread(share)), cuts=cuts)


def make_categorical(draft: Draft, values: Values, share: float, n: int, rng: np.random.Generator) -> Mechanism:
    """Make a categorical node: one score per level around the log of its chance.

    Only differences between scores matter, so it is these whose spread is set.
    """
    based = [rebased(function, values) for function in draft.functions]
    chances = [math.log(chance) for chance in draft.base]
    if not draft.parents:
        return Multinomial(node=draft.node, functions=tuple(Linear(intercept=c) for c in chances))
    raw = np.column_stack([function(values) for function in based])
    spread = math.sqrt(float((raw - raw.mean(axis=1, keepdims=True)).var(axis=0).mean()))
    gain = latent_spread(share) / max(spread, SMALL)
    scores = (scaled(f, c - gain * float(m), gain) for f, c, m in zip(based, chances, raw.mean(axis=0), strict=True))
    return Multinomial(node=draft.node, functions=tuple(scores))


def make_count(draft: Draft, values: Values, share: float, n: int, rng: np.random.Generator) -> Mechanism:
    """Make a count around the mean that was drawn."""
    spread = COUNT_SPREAD * math.sqrt(share)
    return Count(node=draft.node, function=scaled(standard(draft.functions[0], values), math.log(draft.base[0]) - spread**2 / 2, spread))


Maker = Callable[[Draft, Values, float, int, np.random.Generator], Mechanism]
MAKE: Mapping[str, Maker] = {
    "continuous": make_number,
    "count": make_count,
    "binary": make_threshold,
    "ordinal": make_threshold,
    "categorical": make_categorical,
}


def converted(mechanism: Mechanism, units: Units) -> Mechanism:
    """Return a mechanism for nodes whose values were changed to offset + gain · value, its own node among them."""
    offset, gain = units.get(mechanism.node, (0.0, 1.0))
    anything = mechanism
    if isinstance(anything, AdditiveNoise):
        noise = dataclasses.replace(anything.noise, scale=anything.noise.scale * gain)
        spread = None if anything.spread is None else in_units(anything.spread, units)
        return dataclasses.replace(anything, function=scaled(in_units(anything.function, units), offset, gain), noise=noise, spread=spread)
    if isinstance(anything, PostNonlinear):
        function = in_units(anything.function, units)
        return dataclasses.replace(anything, function=function, offset=offset + gain * anything.offset, gain=gain * anything.gain)
    if isinstance(anything, Count | Threshold):
        return dataclasses.replace(anything, function=in_units(anything.function, units))
    if isinstance(anything, Multinomial):
        return dataclasses.replace(anything, functions=tuple(in_units(f, units) for f in anything.functions))
    return mechanism

"""Make exchangeable data: in each group hidden values are drawn once and several rows follow from them. [guo2023]"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np

from aitia.core.errors import BadOption
from aitia.core.graph import Graph
from aitia.core.simulation import Change
from aitia.simulation.environments import Base
from aitia.simulation.functions.additive import Additive, Part
from aitia.simulation.functions.linear import Linear
from aitia.simulation.functions.total import Total
from aitia.simulation.index_columns import GROUP
from aitia.simulation.inputs import Input
from aitia.simulation.mechanisms.additive_noise import AdditiveNoise
from aitia.simulation.mechanisms.exclusive_or import ExclusiveOr
from aitia.simulation.mechanisms.shared import Shared
from aitia.simulation.mechanisms.structural import Structural
from aitia.simulation.mechanisms.switch import Switch
from aitia.simulation.noise import Noise

Mechanisms = dict[str, Structural]
LAPLACE_ONE = 2.0**0.5  # the standard deviation of a Laplace variable of scale 1
LARGEST_COEFFICIENT = 9


def hidden(node: str) -> str:
    """Name the hidden value of a node's group."""
    return f"theta_{node}"


def with_groups(base: Base, rng: np.random.Generator) -> tuple[Mechanisms, list[Change]]:
    """Shift every number by a hidden value of its group, about as large as its own spread."""
    found, changes = dict(base.mechanisms), []
    for node in base.nodes:
        mechanism = base.mechanisms[node]
        if isinstance(mechanism, AdditiveNoise) and node not in base.latent:
            weight = float(rng.uniform(0.7, 1.3)) * base.spread(node)
            lift = Linear(inputs=(Input(name=hidden(node)),), weights=((weight,),))
            found[hidden(node)] = Shared(node=hidden(node), by=GROUP)
            found[node] = dataclasses.replace(mechanism, function=Total(functions=(mechanism.function, lift)))
            changes.append(change(node))
    if not changes:
        raise BadOption("No node is a number with additive noise that a group could shift.", next="Leave groups out, or take numbers.")
    return found, changes


def change(node: str) -> Change:
    """Say that a node's mechanism depends on its group."""
    return Change(node=node, index=GROUP, says=f"{node} has a hidden value of its own in each group")


def laplace_square(graph: Graph, rng: np.random.Generator) -> tuple[Mechanisms, list[Change]]:
    """Make x = theta + Σ a·parent (+ Σ b·parent² in half of the groups) + Laplace noise, theta uniform in (-1, 1) per group."""
    found: Mechanisms = {}
    for node in graph.nodes:
        parents = graph.parents(node)
        found[hidden(node)] = Shared(node=hidden(node), by=GROUP, law_name="uniform", first=-1.0, second=1.0)
        lift = (Input(name=hidden(node)), *(Input(name=p) for p in parents))
        a = [float(rng.integers(1, LARGEST_COEFFICIENT + 1)) for _ in parents]
        line = Linear(inputs=lift, weights=((1.0,), *((w,) for w in a)))
        noise = Noise(name="laplace", scale=LAPLACE_ONE)
        plain = AdditiveNoise(node=node, function=line, noise=noise)
        found[node] = plain
        if parents:
            b = float(rng.integers(1, LARGEST_COEFFICIENT + 1))
            bent = tuple(Part(shape="quadratic", numbers=(0.0,), gain=w * b) for w in a)
            square = Additive(inputs=tuple(Input(name=p) for p in parents), parts=bent)
            coin = f"bent_{node}"
            found[coin] = Shared(node=coin, by=GROUP, law_name="coin", first=0.5)
            curved = AdditiveNoise(node=node, function=Total(functions=(line, square)), noise=noise)
            found[node] = Switch(node=node, by=coin, cases=(plain, curved))
    return found, [change(node) for node in graph.nodes]


def beta_binary(graph: Graph, rng: np.random.Generator) -> tuple[Mechanisms, list[Change]]:
    """Make x = Bernoulli(theta) XOR the product of its parents, theta drawn from beta(1, 3) per group."""
    found: Mechanisms = {}
    for node in graph.nodes:
        found[hidden(node)] = Shared(node=hidden(node), by=GROUP, law_name="beta", first=1.0, second=3.0)
        found[node] = ExclusiveOr(node=node, rate=hidden(node), causes=graph.parents(node))
    return found, [change(node) for node in graph.nodes]


Maker = Callable[[Graph, np.random.Generator], tuple[Mechanisms, list[Change]]]
WHOLE: Mapping[str, Maker] = {"laplace-square": laplace_square, "beta-binary": beta_binary}  # these make the whole model
BINARY = frozenset({"beta-binary"})

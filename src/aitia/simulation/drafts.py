"""Draw how each node follows from its parents, before anything is scaled."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np

from aitia.core.errors import BadOption
from aitia.core.graph import Graph
from aitia.core.scm import Mechanism
from aitia.core.table import Column
from aitia.graphs.reachability import topological_order
from aitia.simulation.functions.additive import SMOOTH, draw_additive
from aitia.simulation.functions.affine import scaled
from aitia.simulation.functions.function import Function
from aitia.simulation.functions.gaussian_process import draw_gaussian_process
from aitia.simulation.functions.linear import Linear, draw_linear
from aitia.simulation.functions.mlp import draw_mlp
from aitia.simulation.functions.multiple_index import draw_multiple_index
from aitia.simulation.inputs import Input
from aitia.simulation.mechanisms.conditional_table import draw_table
from aitia.simulation.mechanisms.post_nonlinear import OUTERS, OuterName
from aitia.simulation.noise import Noise, noise
from aitia.simulation.spec import Making, Spec, is_stated, making_of
from aitia.simulation.stated import Columns, inputs_of, stated

Stream = Callable[[str], np.random.Generator]
Inputs = tuple[Input, ...]
DRAWN: Mapping[str, Callable[[Inputs, np.random.Generator, Making], Function]] = {
    "linear": lambda inputs, rng, making: draw_linear(inputs, rng, *making.weights),
    "additive": lambda inputs, rng, _: draw_additive(inputs, rng, SMOOTH),
    "sine": lambda inputs, rng, _: draw_additive(inputs, rng, ("sine",)),
    "quadratic": lambda inputs, rng, _: draw_additive(inputs, rng, ("bowl",)),
    "tanh": lambda inputs, rng, _: draw_additive(inputs, rng, ("tanh",)),
    "spline": lambda inputs, rng, _: draw_additive(inputs, rng, ("spline",)),
    "gp-additive": lambda inputs, rng, _: draw_additive(inputs, rng, ("wave",)),
    "gp": lambda inputs, rng, _: draw_gaussian_process(inputs, rng),
    "mlp": lambda inputs, rng, making: draw_mlp(inputs, rng, *making.weights),
    "multiple-index": lambda inputs, rng, making: draw_multiple_index(inputs, rng, *making.weights),
    "post-nonlinear": lambda inputs, rng, _: draw_gaussian_process(inputs, rng),
}
ANY = ("linear", "additive", "gp", "mlp", "multiple-index")
CURVED: tuple[OuterName, ...] = tuple(name for name in OUTERS if name not in ("exp", "cube"))  # type: ignore[misc]

PLAIN = Noise()


@dataclasses.dataclass(frozen=True, slots=True)
class Draft:
    """Hold what was drawn for one node; scaling turns it into a mechanism.

    `functions` hold one function, or one per level of a categorical node, with plain inputs. `share` is how much of the
    variance the parents are to explain, `base` the chances of levels or the mean of a count without causes. `raw` leaves
    function and noise as they were drawn. `fixed` is the mechanism of a node that is stated exactly or has a table.
    """

    node: str
    column: Column
    parents: tuple[str, ...]
    functions: tuple[Function, ...] = ()
    noise: Noise = PLAIN
    spread: Function | None = None
    outer: OuterName | None = None
    share: float = 0.0
    limits: tuple[float, float] = (0.0, 0.0)
    intercept: float = 0.0
    gain: float = 1.0
    base: tuple[float, ...] = ()
    raw: bool = False
    fixed: Mechanism | None = None

    @property
    def is_line(self) -> bool:
        """Whether the node will be a line of its parents plus noise of one spread."""
        plain = self.spread is None and self.outer is None and self.fixed is None and not self.raw
        return plain and self.column.kind == "continuous" and isinstance(self.functions[0], Linear)


def drafts_of(spec: Spec, graph: Graph, columns: Columns, stream: Stream, raw: bool, fixed: Mapping[str, Mechanism]) -> list[Draft]:
    """Return a draft for every node, causes first; each node has its own stream of chance. `fixed` nodes have a mechanism already."""
    found = []
    for node in topological_order(graph):
        parents = tuple(dict.fromkeys(graph.parents(node)))
        if node in fixed:
            found.append(Draft(node=node, column=columns[node], parents=parents, fixed=fixed[node]))
            continue
        own_raw = raw or spec.nodes.get(node, {}).get("noise_scale") is not None
        found.append(draft(spec, node, parents, columns, stream(node), own_raw))
    return found


def draft(spec: Spec, node: str, parents: tuple[str, ...], columns: Columns, rng: np.random.Generator, raw: bool) -> Draft:
    """Draw one node."""
    making, column = making_of(spec, node), columns[node]
    if is_stated(spec, node, bool(parents)):
        return Draft(node=node, column=column, parents=parents, fixed=stated(node, parents, columns, making, rng))
    inputs = inputs_of(parents, columns)
    if making.mechanism == "table":
        return Draft(node=node, column=column, parents=parents, fixed=table(node, column, inputs, making, rng))
    count = len(column.levels) if column.kind == "categorical" else 1
    name = ANY[int(rng.integers(len(ANY)))] if making.mechanism == "any" else making.mechanism
    outer = making.outer or (CURVED[int(rng.integers(len(CURVED)))] if making.mechanism == "post-nonlinear" else None)
    scale = float(rng.uniform(*(making.noise_scale or (1.0, 1.0))))
    spread = draw_additive(inputs, rng, ("tanh",)) if making.spread and parents else None
    return Draft(
        node=node,
        column=column,
        parents=parents,
        functions=tuple(DRAWN[name](inputs, rng, making) if parents else Linear() for _ in range(count)),
        noise=noise(making.noise, scale, making.freedom),
        spread=None if spread is None else scaled(spread, 0.0, making.spread),
        outer=outer if column.kind == "continuous" else None,
        share=float(rng.uniform(*checked_share(making.explained))) if parents else 0.0,
        limits=making.explained if parents else (0.0, 0.0),
        intercept=float(rng.uniform(*(making.intercept or (0.0, 0.0)))),
        gain=float(rng.uniform(*making.weights)),
        base=base_of(column, rng),
        raw=raw,
    )


def checked_share(limits: tuple[float, float]) -> tuple[float, float]:
    """Return a range of shares; raises `BadOption` outside (0, 1)."""
    if not 0 < limits[0] <= limits[1] < 1:
        raise BadOption(f"Parents cannot explain {limits[0]:g} to {limits[1]:g} of the variance.", next="Give shares between 0 and 1.")
    return limits


def table(node: str, column: Column, inputs: Inputs, making: Making, rng: np.random.Generator) -> Mechanism:
    """Draw a table; raises `BadOption` where a number is involved."""
    if not column.coded or any(not item.levels for item in inputs):
        name = node if not column.coded else next(item.name for item in inputs if not item.levels)
        raise BadOption(
            f"The table of {node} needs levels, but {name} is a number.", next="Add kinds=categorical, or another mechanism such as linear."
        )
    if not making.concentration > 0:
        raise BadOption(f"A Dirichlet law has no concentration {making.concentration:g}.", next="Give a number above 0.")
    return draw_table(node, inputs, len(column.levels), rng, making.concentration, making.coupling)


def base_of(column: Column, rng: np.random.Generator) -> tuple[float, ...]:
    """Draw the chances of a node's levels without causes, or the mean of a count; no level is rare."""
    if column.kind == "count":
        return (float(rng.uniform(1.5, 6.0)),)
    if column.kind == "binary":
        chance = float(rng.uniform(0.3, 0.7))
        return 1 - chance, chance
    weights = rng.uniform(0.6, 1.4, len(column.levels))
    return tuple((weights / weights.sum()).tolist()) if column.coded else ()

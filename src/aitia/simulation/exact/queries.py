"""Ask a discrete model for chances, laws and means, in the actual world, after interventions and across worlds."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

import numpy as np

from aitia.core.errors import BadOption
from aitia.simulation.exact.arithmetic import IMPOSSIBLE, Answer, Chances, Undefined
from aitia.simulation.exact.counterfactual import Event, Events, Level, Potential, as_events, as_potential
from aitia.simulation.exact.elimination import eliminated
from aitia.simulation.exact.enumeration import added_up, enumerated
from aitia.simulation.exact.models import Model, StructuralModel, tables_of
from aitia.simulation.exact.parallel_worlds import weave

Route = Literal["elimination", "enumeration"]


def probability(model: Model, event: Events, given: Events = (), *, by: Route = "elimination") -> Answer:
    """Return the chance of all events together given others; each may be about another world.

    Both are mappings of nodes to levels, for the actual world, or events made by `potential(...)`. The answer is a
    fraction in an exact model and a float otherwise. It is `Undefined`, with the reason, where the evidence has chance 0
    and where it would take functions and the model has only tables. `by` chooses one of two independent routes.

    >>> from aitia.graphs.formats.text import parse
    >>> from aitia.simulation.exact.counterfactual import potential
    >>> from aitia.simulation.exact.models import binary_model
    >>> model = binary_model(parse("z->x; z->y; x->y"), {"z": Fraction(1, 2), "x": [Fraction(1, 4), Fraction(3, 4)], "y": [[0, 0], [1, 1]]})
    >>> probability(model, {"y": 1}, given={"x": 0}), probability(model, potential("y", x=0).equals(1))
    (Fraction(1, 4), Fraction(1, 2))
    """
    evidence = as_events(given)
    both = joint(model, (), (*as_events(event), *evidence), by)
    alone = joint(model, (), evidence, by)
    if isinstance(alone, Undefined):
        return alone
    if not alone.values.item():
        return Undefined(reason=IMPOSSIBLE)
    return both if isinstance(both, Undefined) else both.per(alone)


def distribution(
    model: Model, variables: str | Potential | Sequence[str | Potential], given: Events = (), *, by: Route = "elimination"
) -> np.ndarray | Undefined:
    """Return the joint law of one or more variables given events: an array with one axis per variable, of fractions or floats.

    >>> from aitia.graphs.formats.text import parse
    >>> from aitia.simulation.exact.models import binary_model
    >>> distribution(binary_model(parse("x->y"), {"x": 0.5, "y": [0.25, 0.75]}), "x", given={"y": 1}).tolist()
    [0.25, 0.75]
    """
    several = [variables] if isinstance(variables, str | Potential) else variables
    targets = [as_potential(variable) for variable in several]
    law = joint(model, targets, as_events(given), by)
    if isinstance(law, Undefined):
        return law
    shares = law.shares()
    return Undefined(reason=IMPOSSIBLE) if shares is None else shares


def expectation(model: Model, variable: str | Potential, given: Events = (), *, level: Level = None, by: Route = "elimination") -> Answer:
    """Return the mean of a variable whose levels are numbers, or with `level` the chance of that level."""
    target = as_potential(variable)
    if level is not None:
        return probability(model, target.equals(level), given, by=by)
    values = numbers_of(model, target.node)
    law = distribution(model, target, given, by=by)
    return law if isinstance(law, Undefined) else sum(value * share for value, share in zip(values, law, strict=True))


def numbers_of(model: Model, node: str) -> list[Fraction | float]:
    """Return the levels of a node as numbers, exact in an exact model; raises `BadOption` where they are words."""
    levels = tables_of(model).levels[model.graph.need(node)]
    numbers = [level for level in levels if isinstance(level, int | float | Fraction | np.integer | np.floating)]
    if len(numbers) < len(levels):
        raise BadOption(f"The levels of {node} are not numbers, so it has no mean.", next="Name the level whose chance is asked for.")
    if not model.exact:
        return [float(level) for level in numbers]
    return [Fraction(level) if isinstance(level, int | Fraction) else Fraction(float(level)) for level in numbers]


def joint(model: Model, targets: Sequence[Potential], events: Sequence[Event], by: Route) -> Chances | Undefined:
    """Return the chances of all combinations of targets together with the events, by one route; they sum to the events' chance."""
    network = weave(model, targets, events)
    if isinstance(network, Undefined):
        return network
    if by == "enumeration" and isinstance(model, StructuralModel):
        found = enumerated(model, targets, events)
    elif network.impossible:
        found = Chances(np.zeros(network.shape, dtype=np.int64), 1)
    else:
        found = added_up(tables_of(model), network) if by == "enumeration" else eliminated(model, network)
    return found if model.exact else found.floating()

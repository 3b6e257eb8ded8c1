"""Answer by running through every noise, or every combination of codes, one by one: slow, and true by definition. [pearl2009]

A structural model is solved in every world for every combination of its noises. This shares no step with elimination
but the words in which a question is asked.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from aitia.core.errors import InputError
from aitia.simulation.exact.arithmetic import Chances, alike, denominator
from aitia.simulation.exact.counterfactual import Event, Potential, mentioned
from aitia.simulation.exact.models import DiscreteModel, StructuralModel
from aitia.simulation.exact.parallel_worlds import Fixed, Network, Reference, spread

MOST_ROWS = 2**24
ROWS_AT_ONCE = 2**16
Codes = dict[str, np.ndarray]


def solve(model: StructuralModel, noises: Codes, variables: Sequence[Potential]) -> list[np.ndarray]:
    """Return the code of each variable for every row of noises, arrays (n,) of codes of each node's noise.

    >>> from aitia.graphs.formats.text import parse
    >>> from aitia.simulation.exact.counterfactual import potential
    >>> from aitia.simulation.exact.models import structural_model
    >>> model = structural_model(parse("x->y"), {"x": [0, 1], "y": [0, 1]}, {"x": [0.5, 0.5]})
    >>> solve(model, {"x": np.array([0, 1])}, [potential("y"), potential("y", x=0)])
    [array([0, 1]), array([0, 0])]
    """
    n = len(next(iter(noises.values()))) if noises else 1
    worlds: dict[object, Codes] = {}
    return [value_in(model, noises, n, variable, worlds) for variable in variables]


def value_in(model: StructuralModel, noises: Codes, n: int, variable: Potential, worlds: dict[object, Codes]) -> np.ndarray:
    """Return the codes (n,) of one variable, solving its world node by node."""
    tables = model.projection
    settings = dict(variable.settings)
    world = worlds.setdefault(variable.settings, {})
    for node in upstream(tables, variable.node):
        if node in world:
            continue
        if node in settings:
            value = settings[node]
            if isinstance(value, Potential):
                world[node] = value_in(model, noises, n, value, worlds)
            else:
                world[node] = np.full(n, tables.code(node, value))
        else:
            noise = noises.get(node, np.zeros(n, dtype=np.int64))
            world[node] = model.functions[node][(*(world[parent] for parent in tables.parents[node]), noise)]
    return world[variable.node]


def upstream(tables: DiscreteModel, *nodes: str) -> list[str]:
    """Return nodes and their ancestors, causes first."""
    found = set(nodes)
    for node in reversed(list(tables.parents)):
        if node in found:
            found.update(tables.parents[node])
    return [node for node in tables.parents if node in found]


def enumerated(model: StructuralModel, targets: Sequence[Potential], events: Sequence[Event]) -> Chances:
    """Return the chances of every combination of the targets' codes together with the events, over all noises."""
    tables = model.projection
    named = mentioned([*targets, *(event.potential for event in events)])
    nodes = upstream(tables, *{node for variable in named for node in (variable.node, *(name for name, _ in variable.settings))})
    weights = alike([model.noises[node] for node in nodes])
    found = np.zeros([tables.size(target.node) for target in targets], dtype=weights[0].dtype if weights else np.int64)
    for rows in combinations([weight.size for weight in weights]):
        noises = dict(zip(nodes, rows, strict=True))
        solved = solve(model, noises, [*targets, *(event.potential for event in events)])
        held = np.ones(len(solved[0]) if solved else 1, dtype=bool)
        for event, codes in zip(events, solved[len(targets) :], strict=True):
            held &= np.isin(codes, [tables.code(event.potential.node, level) for level in event.levels]) != event.excluded
        add(found, [codes[held] for codes in solved[: len(targets)]], [w[row[held]] for w, row in zip(weights, rows, strict=True)])
    return Chances(found, denominator([model.noises[node] for node in nodes]))


def added_up(model: DiscreteModel, network: Network) -> Chances:
    """Return the same for a model that has only tables: over all combinations of codes of the network's copies."""
    copies = network.copies
    tables = [model.chances[copy.node] for copy in copies.values()]
    arrays = alike(tables)
    found = np.zeros([model.size(copies[place].node) for place in network.asked], dtype=arrays[0].dtype if arrays else np.int64)
    choices = [sorted(network.allowed.get(place, range(model.size(copy.node)))) for place, copy in copies.items()]
    for rows in combinations([len(codes) for codes in choices]):
        codes = {place: np.asarray(choice)[row] for place, choice, row in zip(copies, choices, rows, strict=True)}
        weights = [
            array[tuple(code_of(item, codes) for item in (*copy.parents, place))]
            for array, (place, copy) in zip(arrays, copies.items(), strict=True)
        ]
        add(found, [codes[place] for place in network.asked], weights)
    return Chances(spread(found, network), denominator(tables))


def code_of(reference: Reference, codes: dict[int, np.ndarray]) -> np.ndarray | int:
    """Return the codes of a copy, or the one of a certain value."""
    return reference.code if isinstance(reference, Fixed) else codes[reference]


def add(found: np.ndarray, cells: Sequence[np.ndarray], weights: Sequence[np.ndarray]) -> None:
    """Add the products of weights to their cells."""
    total = math.prod(weights[1:], start=weights[0]) if weights else np.ones(1, dtype=np.int64)
    if cells:
        np.add.at(found, tuple(cells), total)
    else:
        found[()] += total.sum()


def combinations(sizes: Sequence[int]) -> Iterator[list[np.ndarray]]:
    """Yield every combination of codes, one array per size, some rows at a time; raises `InputError` for too many."""
    count = math.prod(sizes)
    if count > MOST_ROWS:
        raise InputError(
            f"This question has {count:,} combinations to run through; the limit is {MOST_ROWS:,}.",
            next='Leave it to by="elimination", or give nodes fewer levels or noises.',
        )
    for start in range(0, count, ROWS_AT_ONCE):
        rows = np.arange(start, min(start + ROWS_AT_ONCE, count))
        yield list(np.unravel_index(rows, sizes)) if sizes else []

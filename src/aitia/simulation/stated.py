"""Make the mechanism of a node that was stated exactly: by coefficients, a formula or a table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from aitia.core.errors import BadOption, near
from aitia.core.scm import Mechanism
from aitia.core.table import Column
from aitia.simulation.functions.additive import draw_additive
from aitia.simulation.functions.affine import scaled
from aitia.simulation.functions.formula import Formula, line_of, names_in, parsed
from aitia.simulation.functions.function import Function
from aitia.simulation.functions.linear import Linear
from aitia.simulation.inputs import Input
from aitia.simulation.mechanisms.additive_noise import AdditiveNoise
from aitia.simulation.mechanisms.conditional_table import ConditionalTable
from aitia.simulation.mechanisms.count import Count
from aitia.simulation.mechanisms.multinomial import Multinomial
from aitia.simulation.mechanisms.post_nonlinear import PostNonlinear
from aitia.simulation.mechanisms.threshold import Threshold
from aitia.simulation.noise import noise
from aitia.simulation.spec import Making

Columns = Mapping[str, Column]


def inputs_of(parents: tuple[str, ...], columns: Columns) -> tuple[Input, ...]:
    """Return the plain inputs of some parents: numbers as they are, coded ones by level."""
    return tuple(Input(name=p, levels=len(columns[p].levels) if columns[p].coded else 0) for p in parents)


def stated(node: str, parents: tuple[str, ...], columns: Columns, making: Making, rng: np.random.Generator) -> Mechanism:
    """Return the mechanism that the options of a node state; ranges among them are drawn once."""
    column = columns[node]
    if making.table is not None:
        return from_table(node, parents, columns, making)
    functions = [one(node, parents, columns, making, level) for level in range(len(column.levels) if column.kind == "categorical" else 1)]
    if making.intercept is not None:
        functions = [scaled(f, float(rng.uniform(*making.intercept)), 1.0) for f in functions]
    if column.kind == "categorical":
        return Multinomial(node=node, functions=tuple(functions))
    if column.kind == "count":
        return Count(node=node, function=functions[0])
    if column.coded:
        return Threshold(node=node, function=functions[0], cuts=cuts_of(node, making, len(column.levels)))
    return numeric(node, parents, columns, making, functions[0], rng)


def numeric(
    node: str, parents: tuple[str, ...], columns: Columns, making: Making, function: Function, rng: np.random.Generator
) -> Mechanism:
    """Return function plus noise, bent where an outer function was given."""
    own = noise(making.noise, float(rng.uniform(*(making.noise_scale or (1.0, 1.0)))), making.freedom)
    if making.outer is not None:
        return PostNonlinear(node=node, function=function, noise=own, outer=making.outer)
    spread = scaled(draw_additive(inputs_of(parents, columns), rng, ("tanh",)), 0.0, making.spread) if making.spread and parents else None
    return AdditiveNoise(node=node, function=function, noise=own, spread=spread)


def one(node: str, parents: tuple[str, ...], columns: Columns, making: Making, level: int) -> Function:
    """Return the function of a node, or of one level of a categorical node."""
    if making.formula is not None:
        read = tuple(name for name in names_in(making.formula) if name in columns)
        if strange := [name for name in names_in(making.formula) if name not in columns or name not in parents]:
            raise BadOption(f"The formula of {node} reads {strange[0]}, which is not among its causes.", next=near(strange[0], parents))
        if unread := [name for name in parents if name not in read]:
            raise BadOption(f"By the graph {unread[0]} causes {node}, but the formula does not read it.", next="Add it, or drop the edge.")
        if columns[node].kind == "categorical":
            raise BadOption(f"{node} is categorical and cannot follow one formula.", next="Give coefficients or a table.")
        return from_formula(making.formula, read, columns)
    coefficients = making.coefficients or {}
    if strange := [name for name in coefficients if name not in parents]:
        raise BadOption(f"{node} has a coefficient for {strange[0]}, which is not among its causes.", next=near(strange[0], parents))
    if unread := [name for name in parents if name not in coefficients]:
        raise BadOption(f"{node} has no coefficient for its cause {unread[0]}.", next="Give one, or drop the edge.")
    many = columns[node].kind == "categorical"
    weights = tuple(weight_of(node, columns[p], picked(node, coefficients[p], level) if many else coefficients[p]) for p in parents)
    return Linear(inputs=inputs_of(parents, columns), weights=weights)


def from_formula(text: str, read: tuple[str, ...], columns: Columns) -> Function:
    """Return a formula as a function, a line where it is one."""
    line = line_of(parsed(text))
    words = [name for name in read if columns[name].coded and any(isinstance(level, str) for level in columns[name].levels)]
    if line is None or words:
        labels = {name: columns[name].levels for name in read if columns[name].coded}
        return Formula(inputs=inputs_of(read, columns), text=text, labels=labels)
    weights = tuple(
        tuple(line.weights[name] * float(level) for level in columns[name].levels) if columns[name].coded else (line.weights[name],)
        for name in read
    )
    return Linear(inputs=inputs_of(read, columns), weights=weights, intercept=line.intercept)


def picked(node: str, value: Any, level: int) -> Any:
    """Return the coefficient of one level of a categorical node."""
    if not isinstance(value, list | tuple) or level >= len(value):
        raise BadOption(
            f"A coefficient of the categorical {node} is a list with one entry for each of its levels.", next=f"It was {value!r}."
        )
    return value[level]


def weight_of(node: str, parent: Column, value: Any) -> tuple[float, ...]:
    """Return one weight, or one effect per level of the parent, from a number, a list, or a table by level."""
    if isinstance(value, Mapping):
        named = {str(level): i for i, level in enumerate(parent.levels)}
        if strange := [key for key in value if str(key) not in named]:
            raise BadOption(f"{parent.name} has no level {strange[0]!r}.", next=near(str(strange[0]), named))
        value = [value.get(level, value.get(str(level), 0.0)) for level in parent.levels]
    if not parent.coded:
        if isinstance(value, list | tuple):
            raise BadOption(f"{parent.name} is a number: its coefficient for {node} is one number.", next=f"It was {value!r}.")
        return (as_number(node, value),)
    if isinstance(value, int | float) and len(parent.levels) == 2:
        return 0.0, as_number(node, value)
    if not isinstance(value, list | tuple) or len(value) != len(parent.levels):
        many = len(parent.levels)
        raise BadOption(
            f"{parent.name} has {many} levels: its coefficient for {node} is a list of {many} effects.", next=f"It was {value!r}."
        )
    return tuple(as_number(node, item) for item in value)


def as_number(node: str, value: Any) -> float:
    """Return a coefficient as a number; raises `BadOption`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadOption(f"{value!r} is not a coefficient for {node}.", next="Give a number.")
    return float(value)


def cuts_of(node: str, making: Making, levels: int) -> tuple[float, ...]:
    """Return where a score is cut: as stated, else so that the levels are equally likely without causes."""
    cuts = making.cuts or tuple(math.log(k / (levels - k)) for k in range(1, levels))
    if len(cuts) != levels - 1 or list(cuts) != sorted(cuts):
        raise BadOption(
            f"{node} has {levels} levels and needs {levels - 1} rising cuts.", next=f"It was given: {', '.join(map(str, cuts))}."
        )
    return cuts


def from_table(node: str, parents: tuple[str, ...], columns: Columns, making: Making) -> Mechanism:
    """Return the mechanism of a table; raises `BadOption` where its size or its rows do not fit."""
    column = columns[node]
    if numbers := [name for name in (node, *parents) if not columns[name].coded]:
        raise BadOption(f"The table of {node} needs levels, but {numbers[0]} is a number.", next=f"Set {numbers[0]}.kind to categorical.")
    shape = tuple(len(columns[p].levels) for p in parents)
    try:
        table = np.array(making.table, dtype=float)
    except (TypeError, ValueError) as error:
        raise BadOption(f"The table of {node} does not hold numbers.", next="Give one row of probabilities per combination.") from error
    wanted = (*shape, len(column.levels))
    if table.size != math.prod(wanted):
        raise BadOption(f"The table of {node} has {table.size} numbers.", next=f"It needs {' × '.join(map(str, wanted))}.")
    table = table.reshape(wanted)
    if (table < 0).any() or not np.allclose(table.sum(axis=-1), 1.0, atol=1e-6):
        raise BadOption(f"A row of the table of {node} is no distribution.", next="Each row holds chances that add up to 1.")
    table = table / table.sum(axis=-1, keepdims=True)
    return ConditionalTable(node=node, causes=inputs_of(parents, columns), table=table, coupling=making.coupling)

"""Sum a network out one variable at a time, the one that joins fewest others first. [zhang1994] [kjaerulff1990]"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

import numpy as np

from aitia.core.errors import InputError
from aitia.simulation.exact.arithmetic import Chances, alike, denominator
from aitia.simulation.exact.models import Model, StructuralModel, indicator, tables_of
from aitia.simulation.exact.parallel_worlds import Fixed, Network, Reference, is_certain, spread

MOST_CELLS = 2**25


@dataclasses.dataclass(frozen=True, slots=True)
class Factor:
    """Hold an array and the variable of each of its axes."""

    axes: tuple[int, ...]
    values: np.ndarray


def eliminated(model: Model, network: Network) -> Chances:
    """Return the chances of every combination of the targets' codes together with the events."""
    tables = tables_of(model)
    sizes = {place: tables.size(copy.node) for place, copy in network.copies.items()}
    pieces = parts(model, network, sizes)
    arrays = alike([chance for _, chance in pieces])
    factors = [Factor(axes, values) for (axes, _), values in zip(pieces, arrays, strict=True)]
    return Chances(spread(reduced(factors, network.asked, sizes), network), denominator([chance for _, chance in pieces]))


def parts(model: Model, network: Network, sizes: dict[int, int]) -> list[tuple[tuple[int, ...], Chances]]:
    """Return the factors of a network: one table per node with one copy, else its noise and one function per copy.

    Noises get axes of their own below 0; their sizes are added to `sizes`.
    """
    tables = tables_of(model)
    found: list[tuple[tuple[int, ...], Chances]] = []
    for number, (node, places) in enumerate(network.copies_of().items()):
        if len(places) == 1 or not isinstance(model, StructuralModel) or is_certain(tables, node):
            found += [cut(network, place, (), tables.chances[node]) for place in places]
            continue
        noise = -1 - number
        sizes[noise] = model.noises[node].values.size
        found.append(((noise,), model.noises[node]))
        hits = Chances(indicator(model.functions[node], tables.size(node)), 1 if model.exact else None)
        found += [cut(network, place, (noise,), hits) for place in places]
    return found


def cut(network: Network, place: int, noise: tuple[int, ...], table: Chances) -> tuple[tuple[int, ...], Chances]:
    """Return a copy's table with the axes of certain values taken away and the codes that events forbid set to 0."""
    references: list[Reference] = [pin(item, network) for item in (*network.copies[place].parents, *noise, place)]
    values = table.values[tuple(item.code if isinstance(item, Fixed) else slice(None) for item in references)]
    axes = tuple(item for item in references if isinstance(item, int))  # a copy may stand twice: einsum takes the diagonal
    if place in network.allowed and place in axes:
        values = values * np.isin(np.arange(values.shape[-1]), list(network.allowed[place]))
    return axes, Chances(np.asarray(values), table.over)


def pin(reference: Reference, network: Network) -> Reference:
    """Return a copy that events leave one code as that code."""
    codes = network.allowed.get(reference, ()) if isinstance(reference, int) else ()
    return Fixed(next(iter(codes))) if len(codes) == 1 else reference


def reduced(factors: Sequence[Factor], keep: tuple[int, ...], sizes: Mapping[int, int]) -> np.ndarray:
    """Sum the product of factors over all axes but `keep`, and return it with the axes in that order."""
    left = list(factors)
    for axis in min_fill([factor.axes for factor in factors], keep, sizes):
        bucket = [factor for factor in left if axis in factor.axes]
        left = [factor for factor in left if axis not in factor.axes]
        axes = tuple(dict.fromkeys(a for factor in bucket for a in factor.axes if a != axis))
        left.append(Factor(axes, summed(bucket, axes)))
    return summed(left, keep)


def summed(factors: Sequence[Factor], keep: tuple[int, ...]) -> np.ndarray:
    """Multiply factors, small ones first, and sum over all axes but `keep`."""
    if not factors:
        return np.ones((), dtype=np.int64)
    first, *rest = sorted(factors, key=lambda factor: factor.values.size)
    for i, factor in enumerate(rest):
        wanted = {*keep, *(axis for later in rest[i + 1 :] for axis in later.axes)}
        axes = tuple(axis for axis in dict.fromkeys((*first.axes, *factor.axes)) if axis in wanted)
        first = Factor(axes, contracted(first, factor, axes))
    return np.asarray(np.einsum(first.values, *labels([first.axes], keep)))


def contracted(one: Factor, other: Factor, axes: tuple[int, ...]) -> np.ndarray:
    """Multiply two factors and sum over the axes that are not kept."""
    first, second, kept = labels([one.axes, other.axes], axes)
    return np.asarray(np.einsum(one.values, first, other.values, second, kept))


def labels(inputs: Sequence[tuple[int, ...]], output: tuple[int, ...]) -> list[list[int]]:
    """Number the axes from 0, as einsum needs them."""
    number = {axis: i for i, axis in enumerate(dict.fromkeys(axis for axes in (*inputs, output) for axis in axes))}
    return [[number[axis] for axis in axes] for axes in (*inputs, output)]


def min_fill(scopes: Sequence[tuple[int, ...]], keep: tuple[int, ...], sizes: Mapping[int, int]) -> list[int]:
    """Order the axes to be summed out: next the one whose neighbours lack fewest joins, then the smallest table.

    Raises `InputError` before any work when a table would have more than `MOST_CELLS` cells.
    """
    joined: dict[int, set[int]] = {axis: set() for scope in scopes for axis in scope}
    for scope in scopes:
        for axis in scope:
            joined[axis].update(scope)
    for axis, others in joined.items():
        others.discard(axis)
    prices = {axis: price(axis, joined, sizes) for axis in joined if axis not in keep}
    order = []
    while prices:
        axis = min(prices, key=lambda item: (*prices[item], item))
        check_cells(prices.pop(axis)[1])
        around = joined.pop(axis)
        for other in around:
            joined[other] |= around
            joined[other] -= {axis, other}
        order.append(axis)
        touched = around.union(*(joined[other] for other in around))
        prices.update({item: price(item, joined, sizes) for item in touched if item in prices})
    check_cells(math.prod(sizes[axis] for axis in keep))
    return order


def price(axis: int, joined: Mapping[int, set[int]], sizes: Mapping[int, int]) -> tuple[int, int]:
    """Return how many joins the neighbours of an axis lack, and the cells of the table that they make together."""
    around = joined[axis]
    present = sum(len(joined[other] & around) for other in around) // 2
    return len(around) * (len(around) - 1) // 2 - present, sizes[axis] * math.prod(sizes[other] for other in around)


def check_cells(cells: int) -> None:
    """Refuse a table that is too large to hold."""
    if cells > MOST_CELLS:
        raise InputError(
            f"This question needs a table of {cells:,} cells; the limit is {MOST_CELLS:,}.",
            why="The nodes that it joins are too many, or have too many levels.",
            next="Ask about fewer variables at once, condition on nodes that separate them, give nodes fewer levels, or draw rows with "
            "networks.sample and count.",
        )

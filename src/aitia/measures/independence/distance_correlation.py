"""Test independence of columns of any kind by distance covariance, given others by what they leave of the distances. [szekely2007]

Distances between numbers are absolute differences, between levels 0 or 1. A distance is a sum over steps: it counts the
thresholds that lie between two values. Given others, kernel ridge regression takes their part from each step, and the
products of what is left are summed; without given columns that sum is the distance covariance. [sejdinovic2013]
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Annotated

import numpy as np

from aitia.compiled import kernel
from aitia.core.card import Card, Option
from aitia.core.independence import Test
from aitia.core.run import Run
from aitia.core.shelf import independence
from aitia.core.table import Table
from aitia.measures.content import Variable, alike, distinct, drawn_rows, in_order, standardised
from aitia.measures.kernel_laws import Spread, gamma_tail, product_moments
from aitia.measures.kernels import chosen_ridge, compressed, points_of
from aitia.measures.kinds import Triple, names_in, need_kinds
from aitia.measures.testwise import Rows, each
from aitia.measures.weighted_chi_square import weighted_tail

NAME = "distance-correlation"
CARD = Card(
    says="Tests whether two columns of any kind are unrelated in any way given others, by their distances.",
    kinds=frozenset({"continuous", "count", "binary", "categorical", "ordinal", "environment"}),
    needs=frozenset({"rows"}),
    minimum_n=50,
    cost="rows^2",
    cites=("szekely2007", "sejdinovic2013", "kazi1995", "huo2016"),
)
FEWEST = 8
STEPS = 100
SMALLEST = 1e-3


@dataclasses.dataclass(frozen=True)
class Choice:
    """Hold the options of one call."""

    most: int
    run: Run


def distance_correlation_batch(table: Table, triples: Sequence[Triple], run: Run, *, most: int = 10_000) -> list[Test]:
    """Test many triples (first, second, given)."""
    need_kinds(table, names_in(triples), CARD.kinds, NAME)
    choice = Choice(most, run)
    return each(table, triples, run, lambda rows, first, second, given: answer(rows, first, second, given, choice))


@independence.add(NAME, CARD, batch=distance_correlation_batch)
def distance_correlation(
    table: Table,
    x: str,
    y: str,
    given: tuple[str, ...],
    run: Run,
    *,
    most: Annotated[int, Option("rows used at most where columns are given; of more, some are chosen by their content")] = 10_000,
) -> Test:
    """Test x and y given others on the rows complete in all of them; the effect is the distance correlation, of what is left."""
    return distance_correlation_batch(table, [(x, y, tuple(given))], run, most=most)[0]


def answer(rows: Rows, first: str, second: str, given: tuple[str, ...], choice: Choice) -> Test:
    """Answer one triple; no evidence (p = 1) when a side does not vary or the given columns say what it says."""
    one, other, rest = rows.variables[first], rows.variables[second], distinct([rows.variables[name] for name in given])
    if rows.n < FEWEST or one.constant or other.constant or any(alike(side, v) for side in (one, other) for v in rest):
        return Test(p=1.0, statistic=0.0, n_used=rows.n, effect=0.0)
    if not rest:
        return marginal(one, other)
    roles = in_order(one, other, rest)
    if rows.n <= choice.most:
        return conditional(one, other, roles.given, choice)
    taken = roles.taken(drawn_rows([roles.first, roles.second, *roles.given], choice.most, choice.run.rng(NAME, roles.key)))
    found = conditional(taken.first, taken.second, taken.given, choice)
    return dataclasses.replace(found, note=f"{choice.most} of {rows.n} rows were used, chosen by their content.")


def marginal(one: Variable, other: Variable) -> Test:
    """Test two columns by their distance covariance, whose law is one of weighted chi-squares."""
    n = len(one.values)
    sides = [side if side.coded else Variable(standardised(side.values), False) for side in (one, other)]
    means = [mean_distances(side) for side in sides]
    spreads = [spread_of(side, mean) for side, mean in zip(sides, means, strict=True)]
    covariance = centred(cross(sides[0], sides[1]), means[0], means[1])
    effect = math.sqrt(max(covariance, 0.0) / math.sqrt(spreads[0].square * spreads[1].square))
    sizes = [np.maximum(np.linalg.eigvalsh(part.T @ part), 0.0) for part in map(steps, sides)]
    weights = np.outer(*(size * spread.trace / size.sum() for size, spread in zip(sizes, spreads, strict=True))).ravel() / (n - 1)
    p = weighted_tail(covariance, weights)
    return Test(p=p, statistic=4 * covariance / n, n_used=n, effect=min(effect, 1.0))


def mean_distances(side: Variable) -> np.ndarray:
    """Return the mean distance (n,) of each row to all rows."""
    n = len(side.values)
    if side.coded:
        return np.asarray(1 - np.bincount(side.values.astype(np.int64))[side.values.astype(np.int64)] / n)
    order = np.argsort(side.values, kind="stable")
    ordered = side.values[order]
    before = np.concatenate([[0.0], np.cumsum(ordered)])
    found = np.empty(n)
    found[order] = (ordered * (2 * np.arange(n) + 1 - n) + before[-1] - before[1:] - before[:-1]) / n
    return found


def spread_of(side: Variable, mean: np.ndarray) -> Spread:
    """Return the spread of the kernel matrix that a column's distances make: minus half of them, centred."""
    grand = float(mean.mean())
    diagonal = mean - grand / 2
    squares = cross(side, side)
    return Spread(float(diagonal.sum()), centred(squares, mean, mean), float((diagonal**2).sum()))


def cross(one: Variable, other: Variable) -> float:
    """Return the sum over all pairs of rows of the product of both sides' distances."""
    n = len(one.values)
    if one is other and not one.coded:
        return float(2 * n * (one.values**2).sum() - 2 * one.values.sum() ** 2)
    if one.coded and other.coded:
        pairs = [
            np.unique(side, return_counts=True)[1]
            for side in (one.values, other.values, one.values * (other.values.max() + 1) + other.values)
        ]
        same = [float((count.astype(float) ** 2).sum()) for count in pairs]
        return n**2 - same[0] - same[1] + same[2]
    if one.coded or other.coded:
        codes, numbers = (one, other) if one.coded else (other, one)
        within = [Variable(numbers.values[codes.values == level], False) for level in np.unique(codes.values)]
        return float(n * mean_distances(numbers).sum() - sum(len(part.values) * mean_distances(part).sum() for part in within))
    return float(kernel("distances", "product_sum")(one.values, other.values))


def centred(total: float, one: np.ndarray, other: np.ndarray) -> float:
    """Return the sum of products of centred, halved distances from that of plain ones and the rows' mean distances (n,)."""
    n = len(one)
    return (total - 2 * n * float(one @ other) + n**2 * float(one.mean() * other.mean())) / 4


def conditional(one: Variable, other: Variable, given: Sequence[Variable], choice: Choice) -> Test:
    """Test two columns by what the given columns leave of their steps."""
    sides = [compressed(steps(side), SMALLEST) for side in (one, other)]
    fit = chosen_ridge(points_of(given), sides, choice.run)
    left = [compressed(fit.left_of(side), SMALLEST) for side in sides]
    statistic = float(((left[0].T @ left[1]) ** 2).sum())
    squares = [float(((side**2).sum(axis=0) ** 2).sum()) for side in left]
    effect = math.sqrt(statistic / math.sqrt(squares[0] * squares[1])) if squares[0] * squares[1] > 0 else 0.0
    p = gamma_tail(statistic / fit.growth, *product_moments(left[0], left[1], choice.run))
    return Test(p=p, statistic=4 * statistic / len(left[0]), n_used=len(left[0]), effect=min(effect, 1.0))


def steps(side: Variable) -> np.ndarray:
    """Return centred features (n, m) whose squared distances are a column's distances, those of numbers rounded to 100 steps."""
    if side.coded:
        codes = np.unique(side.values, return_inverse=True)[1].reshape(-1)
        found = (codes[:, None] == np.arange(int(codes.max()) + 1)) / math.sqrt(2)
    else:
        numbers = standardised(side.values)
        places = np.unique(numbers)
        knots = places if len(places) <= STEPS + 1 else np.unique(np.quantile(numbers, np.linspace(0, 1, STEPS + 1)))
        found = (numbers[:, None] > (knots[1:] + knots[:-1]) / 2) * np.sqrt(np.diff(knots))
    return np.asarray(found - found.mean(axis=0))

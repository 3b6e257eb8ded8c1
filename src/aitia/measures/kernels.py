"""Hold the kernel matrices of columns as few features, and take from them what given columns predict. [zhang2011, bach2002]

Numbers have a Gaussian kernel on their standardised values; levels have the kernel that is 1 for the same level and 0
otherwise; several columns have the product. A matrix is held as F F', F (n, m) by incomplete Cholesky with pivots, so
that everything is linear in the rows.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np

from aitia.compiled import kernel
from aitia.core.keys import row_keys
from aitia.core.run import Run
from aitia.measures.content import Variable, ranks_of, standardised

MOST_FEATURES = 1000
MOST_FOR_MEDIAN = 1000
TRACE_LEFT = 1e-6
SMALL_FEATURE = 1e-5
FEW_PLACES = 200
FINER = (1, 2, 4, 8, 16)
MOST_CHOSEN = 300
RIDGES = (1e-3, 1e-2, 1e-1, 1.0, 10.0)
ROUNDING = 1e-12
NOTHING = 1e-3  # a direction this small beside the ridge is left as it is
STEPS = 20_000_000  # multiplications between two looks at the clock


@dataclasses.dataclass(frozen=True)
class Points:
    """Hold rows as places in space, numbers (n, d), and as one label each (n,) for all their levels together."""

    numbers: np.ndarray
    labels: np.ndarray

    def beside(self, other: Points, weight: float) -> Points:
        """Return these points with another's numbers, times a weight, and its labels added."""
        return Points(np.column_stack([self.numbers, weight * other.numbers]), joined(self.labels, other.labels))


def points_of(variables: Sequence[Variable]) -> Points:
    """Return the points of variables that vary: numbers standardised, levels as labels."""
    n = len(variables[0].values)
    numbers = [standardised(v.values) for v in variables if not v.coded]
    labels = np.zeros(n, dtype=np.int64)
    for variable in variables:
        if variable.coded:
            labels = joined(labels, variable.values.astype(np.int64))
    return Points(np.column_stack(numbers) if numbers else np.empty((n, 0)), labels)


def joined(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return one label (n,) from 0 for each pair of labels that occurs."""
    return np.asarray(np.unique(one * (int(other.max(initial=0)) + 1) + other, return_inverse=True)[1]).reshape(-1)


def median_width(points: Points) -> float:
    """Return √2 times the median distance above zero of the points, of 1000 chosen by their content where there are more."""
    numbers = points.numbers
    if len(numbers) > MOST_FOR_MEDIAN:
        keys = row_keys([ranks_of(column) for column in numbers.T]) if numbers.shape[1] else np.arange(len(numbers))
        numbers = numbers[np.argpartition(keys, MOST_FOR_MEDIAN)[:MOST_FOR_MEDIAN]]
    found = kernel("kernel_moments", "median_distance")(np.ascontiguousarray(numbers)) if numbers.shape[1] else 0.0
    return math.sqrt(2) * found if found > 0 else 1.0


def features(points: Points, width: float, run: Run, trace_left: float = TRACE_LEFT, most: int = MOST_FEATURES) -> np.ndarray:
    """Return centred features F (n, m) of the kernel exp(-|a - b|² / (2 width²)), at most `most` of them.

    `trace_left` is the share of the kernel's trace that may stay outside.
    """
    n = len(points.labels)
    order, first = sorted_rows(points)
    numbers = np.ascontiguousarray(points.numbers[order][first])
    labels, weights = np.ascontiguousarray(points.labels[order][first]), np.diff(np.append(np.flatnonzero(first), n)).astype(float)
    if len(labels) <= FEW_PLACES:
        trace_left = min(trace_left, ROUNDING)  # all of it, whatever the pivots
    most = min(len(labels), most)
    left, precision, add = np.ones(len(labels)), 0.5 / width**2, kernel("kernel_moments", "factor")
    out, rank, before = np.zeros((min(most, 64), len(labels))), 0, -1
    while rank > before:
        run.check()
        if rank == len(out) < most:
            out = np.concatenate([out, np.zeros_like(out)])[:most]
        before = rank
        steps = max(1, STEPS // (len(labels) * (rank + 16)))
        rank = add(numbers, labels, weights, precision, trace_left * n, left, out, rank, steps)
        before = -1 if rank == len(out) < most else before
    found = np.empty((n, rank))
    found[order] = out[:rank].T[np.cumsum(first) - 1]
    return np.asarray(found - found.mean(axis=0))


def sorted_rows(points: Points) -> tuple[np.ndarray, np.ndarray]:
    """Return an order (n,) of the rows by their content, and which rows in it are the first of their kind."""
    order = np.lexsort((points.labels, *points.numbers.T))
    numbers, labels = points.numbers[order], points.labels[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (labels[1:] != labels[:-1]) | (numbers[1:] != numbers[:-1]).any(axis=1)
    return order, first


@dataclasses.dataclass(frozen=True)
class Ridge:
    """Hold a kernel ridge regression by its orthogonal directions (n, m) and the share (m,) that it leaves of each."""

    directions: np.ndarray
    shares: np.ndarray

    def left_of(self, values: np.ndarray) -> np.ndarray:
        """Return what the regression leaves of centred columns (n, d): ridge (K + ridge)⁻¹ of them."""
        return np.asarray(values - self.directions @ ((1 - self.shares)[:, None] * (self.directions.T @ values)))

    def left_out(self, values: np.ndarray) -> float:
        """Return the sum of squared errors in centred columns (n, d) when each row is predicted by the others."""
        own = 1 - 1 / len(self.directions) - self.directions**2 @ (1 - self.shares)
        return float(((self.left_of(values) / np.maximum(own, SMALL_FEATURE)[:, None]) ** 2).sum())

    @property
    def growth(self) -> float:
        """How many times larger the sum of products of two sides is than the spread of what is left of each lets expect.

        Both fits follow their own data: each side's spread is too small by about 1 - rank / n, their product only once.
        """
        n, rank = self.directions.shape
        diagonal = 1 - 1 / n - self.directions**2 @ (1 - self.shares**2)
        return float((n - 1 - rank + (self.shares**4).sum()) / (diagonal**2).sum())


def ridges_on(found: np.ndarray, ridges: Sequence[float]) -> list[Ridge]:
    """Return the regressions on centred features (n, m) with each of these ridges."""
    sizes, turned = np.linalg.eigh(found.T @ found)
    kept = sizes > NOTHING * min(ridges)
    directions = found @ (turned[:, kept] / np.sqrt(sizes[kept]))
    return [Ridge(directions, ridge / (sizes[kept] + ridge)) for ridge in ridges]


def chosen_ridge(points: Points, sides: Sequence[np.ndarray], run: Run) -> Ridge:
    """Return the regression on given points whose width and ridge predict the sides' features (n, m) best, each row left out once.

    Widths go down from the median rule, and end where the kernel takes more than a third of the rows or 300 features.
    """
    targets = np.column_stack([side / math.sqrt(float((side**2).sum())) for side in sides if side.size])
    most, width = max(min(len(targets) // 3, MOST_CHOSEN), 10), median_width(points)
    fits: list[Ridge] = []
    for finer in FINER if points.numbers.shape[1] else FINER[:1]:
        found = features(points, width / finer, run, RIDGES[0] / len(targets), most)
        if fits and found.shape[1] == most:
            break
        fits += ridges_on(found, RIDGES)
    return min(fits, key=lambda fit: fit.left_out(targets))


def compressed(found: np.ndarray, smallest: float = SMALL_FEATURE) -> np.ndarray:
    """Return orthogonal features (n, r) of the same kernel, the largest first, those below `smallest` of it dropped."""
    if not found.shape[1]:
        return found
    sizes, directions = np.linalg.eigh(found.T @ found)
    kept = sizes > smallest * max(float(sizes[-1]), 0.0)
    return np.asarray(found @ directions[:, kept][:, ::-1])

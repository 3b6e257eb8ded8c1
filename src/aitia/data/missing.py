"""Test whether values are missing completely at random: do the means of what is known differ between patterns of gaps? [little1988]"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from aitia.core.errors import UnusableColumn
from aitia.core.missing import LittleTest
from aitia.core.run import Run
from aitia.core.table import NUMERIC, Column, Table

MOST_STEPS = 5000
SETTLED = 1e-10
NOTHING_LEFT = 1e-10
NO_MEANS = frozenset({"unit", "text"})


@dataclasses.dataclass(frozen=True)
class Pattern:
    """Hold the rows with one pattern of gaps: which columns are known, how many rows, their means and covariance (divisor n)."""

    known: np.ndarray
    n: int
    mean: np.ndarray
    covariance: np.ndarray


@dataclasses.dataclass(frozen=True)
class Normal:
    """Hold the mean (p,) and covariance (p, p) of a normal law, and how many steps it took to find them."""

    mean: np.ndarray
    covariance: np.ndarray
    steps: int


def little_test(table: Table, names: Sequence[str] | None = None, run: Run | None = None) -> LittleTest:
    """Test whether the means of what is known are alike in every pattern of gaps, by Little's d².

    Numbers enter as they are, ordinal columns by rank, other codes as an indicator per level but one; means are compared
    with the maximum-likelihood estimates under a normal law. It sees only shifts of means: a pass says that no column
    was seen to decide, not that nothing does. Raises `UnusableColumn` when nothing is missing or all is.
    """
    asked = tuple(name for name in (table.names if names is None else names) if table.column(name).kind not in NO_MEANS)
    matrix = standardised(expanded(table, asked))
    found = patterns(matrix)
    if len(found) < 2:
        why = "Every row has the same gaps." if found else "Every value is missing."
        raise UnusableColumn("Little's test cannot compare patterns of gaps.", why=why, next="Name columns of which some have gaps.")
    law = fit_normal(found, run)
    terms = [distance(pattern, law) for pattern in found]
    statistic = sum(term for term, _ in terms)
    degrees = sum(rank for _, rank in terms) - pseudo_inverse(law.covariance)[1]
    return LittleTest(
        p=tail(statistic, degrees), statistic=statistic, degrees=degrees, patterns=len(found), n=sum(pattern.n for pattern in found)
    )


def expanded(table: Table, names: Sequence[str]) -> np.ndarray:
    """Return the columns as numbers (n, p), NaN where missing; constant ones drop out."""
    rows = table.rows(names)
    parts = [part for name in names for part in as_numbers(table.column(name), rows[name])]
    parts = [part for part in parts if np.nanmax(part, initial=-np.inf) > np.nanmin(part, initial=np.inf)]
    return np.column_stack(parts) if parts else np.empty((table.n, 0))


def as_numbers(column: Column, values: np.ndarray) -> list[np.ndarray]:
    """Return one column as numbers: itself, or an indicator for each of its levels but the most frequent."""
    if column.kind in NUMERIC or column.kind in ("ordinal", "binary"):
        return [values]
    levels, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    shown = [level for i, level in enumerate(levels) if i != int(counts.argmax())]
    return [np.where(np.isnan(values), np.nan, (values == level).astype(float)) for level in shown]


def standardised(matrix: np.ndarray) -> np.ndarray:
    """Return columns of mean 0 and spread 1, which changes no statistic and keeps the sums accurate."""
    return np.asarray((matrix - np.nanmean(matrix, axis=0)) / np.nanstd(matrix, axis=0)) if matrix.size else matrix


def patterns(matrix: np.ndarray) -> list[Pattern]:
    """Group rows (n, p) by which of their values are known; rows that know nothing are left out."""
    known = ~np.isnan(matrix)
    shape = shapes(known)
    order = np.argsort(shape, kind="stable")
    found = []
    for rows in np.split(order, np.flatnonzero(np.diff(shape[order])) + 1) if len(order) else []:
        own = np.flatnonzero(known[rows[0]])
        if len(own):
            values = matrix[np.ix_(rows, own)]
            mean = values.mean(axis=0)
            found.append(Pattern(own, len(rows), mean, (values - mean).T @ (values - mean) / len(rows)))
    return found


def shapes(known: np.ndarray) -> np.ndarray:
    """Number the patterns of rows (n, p), one number (n,) for each pattern."""
    packed = np.ascontiguousarray(np.packbits(known, axis=1))
    if not packed.shape[1]:
        return np.zeros(len(known), dtype=np.int64)
    return np.asarray(np.unique(packed.view(np.dtype((np.void, packed.shape[1]))).ravel(), return_inverse=True)[1])


def fit_normal(found: Sequence[Pattern], run: Run | None = None) -> Normal:
    """Fit a normal law to rows with gaps by expectation and maximisation, from the patterns' means and covariances. [dempster1977]"""
    width = 1 + max(int(pattern.known.max()) for pattern in found)
    n = sum(pattern.n for pattern in found)
    mean, covariance = np.zeros(width), np.eye(width)
    for step in range(1, MOST_STEPS + 1):
        if run is not None:
            run.check()
        shift, spread = np.zeros(width), np.zeros((width, width))
        for pattern in found:
            moved, second = expected(pattern, mean, covariance)
            shift += pattern.n / n * moved
            spread += pattern.n / n * second
        spread -= np.outer(shift, shift)
        change = max(float(np.abs(shift).max()), float(np.abs(spread - covariance).max()))
        mean, covariance = mean + shift, spread
        if change < SETTLED:
            return Normal(mean, covariance, step)
    return Normal(mean, covariance, MOST_STEPS)


def expected(pattern: Pattern, mean: np.ndarray, covariance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the expected deviation (p,) from the mean of a pattern's rows, and the expected product (p, p) of deviations."""
    known = pattern.known
    inverse, _ = pseudo_inverse(covariance[np.ix_(known, known)])
    slopes = covariance[:, known] @ inverse  # (p, known): the identity on what is known
    slopes[known] = np.eye(len(known))
    deviation = pattern.mean - mean[known]
    inside = pattern.covariance + np.outer(deviation, deviation)
    left = covariance - slopes @ covariance[known]
    left[known] = 0.0
    left[:, known] = 0.0
    return slopes @ deviation, slopes @ inside @ slopes.T + (left + left.T) / 2


def distance(pattern: Pattern, law: Normal) -> tuple[float, int]:
    """Return how far a pattern's means lie from the law's, as a chi-square, and its degrees."""
    known = pattern.known
    deviation = pattern.mean - law.mean[known]
    inverse, rank = pseudo_inverse(law.covariance[np.ix_(known, known)])
    return float(pattern.n * deviation @ inverse @ deviation), rank


def pseudo_inverse(covariance: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the inverse of a covariance on the directions in which anything varies, and their number."""
    sizes, directions = np.linalg.eigh(covariance)
    used = sizes > NOTHING_LEFT * max(float(sizes[-1]), 1e-300)
    half = directions[:, used] / np.sqrt(sizes[used])
    return half @ half.T, int(used.sum())


def tail(statistic: float, degrees: int) -> float:
    """Return the chance that a chi-square of so many degrees exceeds the statistic; 1 without degrees."""
    from scipy import special

    return float(special.chdtrc(degrees, statistic)) if degrees > 0 else 1.0

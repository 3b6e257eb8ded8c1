"""Let tests know how many rows dependent rows are worth: by clusters, or by how series remember. [liang1986, newey1987, andrews1992]

A test sums scores over rows, such as products of residuals. Where rows of one cluster belong together, or rows stand in
time, the spread of that sum is found from the scores themselves, and n is the number of independent rows with the same
spread.
"""

from __future__ import annotations

import dataclasses
from typing import Literal

import numpy as np

from aitia.core.table import Table

Effective = Literal["auto", "rows"]
EFFECTIVE = "rows that depend on each other: auto weighs clusters and time that the reading names, rows takes all for independent"
FEWEST = 4
STEEPEST = 0.97


@dataclasses.dataclass(frozen=True)
class Dependence:
    """Hold the cluster (n,) of each row, from 0, or the place in time (n,) by which rows are ordered; one of them is None."""

    clusters: np.ndarray | None = None
    times: np.ndarray | None = None

    def taken(self, rows: np.ndarray | None) -> Dependence:
        """Return the dependence of some rows."""
        if rows is None:
            return self
        parts = [None if part is None else part[rows] for part in (self.clusters, self.times)]
        return Dependence(*parts)


@dataclasses.dataclass(frozen=True)
class Spread:
    """Hold the covariance (d, d) of summed scores, its degrees of freedom, and the number of independent rows with that spread."""

    covariance: np.ndarray
    freedom: float
    rows: int


def dependence_of(table: Table, effective: Effective = "auto") -> Dependence | None:
    """Return how the rows of a table depend on each other by its reading; None where they are taken for independent.

    A cluster column comes first; a unit column that repeats makes clusters where time is named too; then time alone.
    """
    reading = table.reading
    if effective == "rows":
        return None
    panel = reading.unit if reading.time else None
    for name in (reading.cluster, panel):
        if name is not None and name in table.names:
            clusters = numbered(table.rows([name])[name])
            if clusters.max(initial=-1) + 1 < table.n:
                return Dependence(clusters=clusters)
    if reading.time is not None and reading.time in table.names:
        return Dependence(times=table.rows([reading.time])[reading.time])
    return None


def numbered(codes: np.ndarray) -> np.ndarray:
    """Return clusters (n,) from 0; a row whose cluster is missing is one of its own."""
    gaps = np.isnan(codes)
    found = np.empty(len(codes), dtype=np.int64)
    found[~gaps] = np.unique(codes[~gaps], return_inverse=True)[1].reshape(-1)
    found[gaps] = (found[~gaps].max() + 1 if not gaps.all() else 0) + np.arange(int(gaps.sum()))
    return found


def spread_of(scores: np.ndarray, dependence: Dependence) -> Spread:
    """Return the spread of the sum of scores (n, d) whose mean is zero under the null."""
    if dependence.clusters is not None:
        covariance, freedom = by_clusters(scores, dependence.clusters)
    else:
        assert dependence.times is not None
        covariance, freedom = over_time(scores[np.argsort(dependence.times, kind="stable")])
    return Spread(covariance, freedom, worth(scores, covariance))


def by_clusters(scores: np.ndarray, clusters: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the covariance of the summed scores from the sums of each cluster, and one degree of freedom less than clusters."""
    present, place = np.unique(clusters, return_inverse=True)
    count = len(present)
    sums = np.zeros((count, scores.shape[1]))
    np.add.at(sums, place.reshape(-1), scores)
    return sums.T @ sums * (count / max(count - 1, 1)), float(count - 1)


def over_time(scores: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the long-run covariance of the summed scores (n, d) in order of time, times n, and its degrees of freedom.

    Each score is first freed of what it remembers of the one before; the rest is weighted by Bartlett's triangle over a
    span that follows from the data.
    """
    n = len(scores)
    memory = remembered(scores)
    fresh = scores[1:] - memory * scores[:-1]
    again = remembered(fresh)
    growth = 4 * again**2 / ((1 - again) ** 2 * (1 + again) ** 2)
    span = int(min(1.1447 * (float(growth.max(initial=0.0)) * n) ** (1 / 3), n / 3))
    found = fresh.T @ fresh
    for lag in range(1, span + 1):
        part = fresh[lag:].T @ fresh[:-lag]
        found += (1 - lag / (span + 1)) * (part + part.T)
    return found / np.outer(1 - memory, 1 - memory) * (n / max(n - 1, 1)), max(1.5 * n / (span + 1) - 2, 1.0)


def remembered(scores: np.ndarray) -> np.ndarray:
    """Return the correlation (d,) of each score with the one before it."""
    if len(scores) < 2:
        return np.zeros(scores.shape[1])
    total = np.maximum((scores**2).sum(axis=0), 1e-300)
    return np.clip((scores[1:] * scores[:-1]).sum(axis=0) / total, -STEEPEST, STEEPEST)


def worth(scores: np.ndarray, covariance: np.ndarray) -> int:
    """Return the number of independent rows whose sum of scores spreads as much; at most the rows there are."""
    plain, own = np.diag(scores.T @ scores), np.diag(covariance)
    kept = (plain > 0) & (own > 0)
    share = float(np.mean(plain[kept] / own[kept])) if kept.any() else 1.0
    return max(1, round(len(scores) * min(share, 1.0)))


def hotelling(statistic: float, degrees: int, freedom: float) -> float:
    """Return the tail of a quadratic form in `degrees` sums whose covariance was found with these degrees of freedom."""
    from scipy import special

    rest = freedom - degrees + 1
    return float(special.fdtrc(degrees, rest, statistic * rest / (freedom * degrees))) if rest > 0 else 1.0

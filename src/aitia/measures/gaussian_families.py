"""Score families of columns that are thought to be jointly normal, by log-determinants of their covariance."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from aitia.compiled import kernel
from aitia.core.run import Run
from aitia.measures import subsets
from aitia.measures.families import Placed, SetFamilies

RIDGE = 1e-10
NOTHING_LEFT = 1e-9
LONGEST = 1 << 18
CHUNK = 20_000


@dataclasses.dataclass
class GaussianFamilies(SetFamilies):
    """Value a set of columns by `extra[m] - weight[m] · ln det`, m the number of its expanded columns.

    `widths` (d,) are the expanded columns of each column; sets of more than `most` expanded columns are worth -inf.
    """

    covariance: Any
    widths: np.ndarray
    weight: np.ndarray
    extra: np.ndarray
    most: int
    plain: tuple[list[int], list[float], list[float]] = ([], [], [])  # widths, weight and extra again: lists are quicker one by one

    def __post_init__(self) -> None:
        self.plain = (self.widths.tolist(), self.weight.tolist(), self.extra.tolist())

    def value(self, members: tuple[int, ...]) -> float:
        """Return the value of one set of columns."""
        if not members:
            return float(self.extra[0])
        determinants = np.array([self.covariance.pair(members[-1], members[:-1])[1]])
        return float(self._valued(determinants, np.array([self._width(members)]))[0])

    def score(self, node: int, parents: tuple[int, ...]) -> float:
        """Return the score of one family."""
        widths, weight, extra = self.plain
        before, after = self.covariance.pair(node, parents)
        width = self._width(parents)
        whole = width + widths[node]
        if whole > self.most:
            return -math.inf
        return float(extra[whole] - extra[width] - weight[whole] * after + weight[width] * before)

    def scores(self, families: Sequence[Placed], run: Run) -> np.ndarray:
        """Return the scores (m,) of many families."""
        found = np.empty(len(families))
        for begin in range(0, len(families), CHUNK):
            run.check()
            part = families[begin : begin + CHUNK]
            nodes = np.array([node for node, _ in part], dtype=np.int64)
            starts = np.cumsum([0, *(len(parents) for _, parents in part)]).astype(np.int64)
            flat = np.array([p for _, parents in part for p in parents], dtype=np.int64)
            if min(nodes.min(), flat.min(initial=0)) < 0 or max(nodes.max(), flat.max(initial=0)) >= len(self.names):
                raise IndexError(f"There are {len(self.names)} columns, and a family names another.")
            pairs = np.empty((len(part), 2))
            self.covariance.pairs(nodes, flat, starts, pairs)
            width = np.array([self._width(parents) for _, parents in part], dtype=np.int64)
            found[begin : begin + CHUNK] = self._differences(pairs, width, self.widths[nodes])
        return found

    def toggled(self, node: int, parents: tuple[int, ...], others: Sequence[int], run: Run) -> np.ndarray:
        """Return the scores (m,) after each other column became a parent, or ceased to be one if it was."""
        pairs = np.empty((len(others), 2))
        self.covariance.toggles(node, parents, others, pairs)
        widths, width = self.plain[0], self._width(parents)
        after = [width - widths[other] if other in parents else width + widths[other] for other in others]
        return self._differences(pairs, np.array(after, dtype=np.int64), self.widths[node])

    def values(self, most: int, run: Run) -> np.ndarray:
        """Return the values of all sets of at most `most` columns, in ascending order of their bit masks."""
        count = len(self.names)
        determinants = subsets.fill(
            count, most, LONGEST, lambda piece, out: self.covariance.below(piece.members, piece.limit, piece.most, out), run
        )
        return self._valued(determinants, subsets.added(subsets.masks(count, most), self.widths))

    def _width(self, members: tuple[int, ...]) -> int:
        widths = self.plain[0]
        return sum([widths[j] for j in members])

    def _valued(self, determinants: np.ndarray, width: np.ndarray) -> np.ndarray:
        return np.where(width > self.most, -np.inf, self.extra[width] - self.weight[width] * determinants)

    def _differences(self, pairs: np.ndarray, width: np.ndarray, own: np.ndarray) -> np.ndarray:
        whole = self._valued(pairs[:, 1], width + own)
        return np.where(whole == -np.inf, -np.inf, whole - (self.extra[width] - self.weight[width] * pairs[:, 0]))


def covariance_of(matrix: np.ndarray, widths: np.ndarray, ridge: float = RIDGE) -> Any:
    """Return the kernel for a covariance matrix (w, w): scaled to a diagonal of 1 + ridge, the scales kept as logs.

    The ridge keeps columns that determine each other finite. A constant column counts as one of variance 1, unrelated
    to all others.
    """
    scale = np.sqrt(np.diag(matrix))
    varies = scale > 0
    scale = np.where(varies, scale, 1.0)
    correlations = np.where(np.outer(varies, varies), matrix / np.outer(scale, scale), 0.0)
    np.fill_diagonal(correlations, 1.0 + ridge)
    offsets = np.concatenate([[0], np.cumsum(widths)]).astype(np.int64)
    logs = np.array([2 * np.log(scale[a:b]).sum() for a, b in itertools.pairwise(offsets)], dtype=np.float64)
    return kernel("determinants", "Covariance")(np.ascontiguousarray(correlations), offsets, logs)


def without_constants(mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Return the covariance with exact zeros for columns that vary by no more than rounding."""
    still = np.sqrt(np.maximum(np.diag(covariance), 0.0)) <= NOTHING_LEFT * np.maximum(1e-300, np.abs(mean))
    return np.where(still[:, None] | still[None, :], 0.0, covariance)


def penalised(
    names: tuple[str, ...], n: int, covariance: np.ndarray, widths: np.ndarray, penalty: float, surcharge: np.ndarray | None = None
) -> GaussianFamilies:
    """Score by the largest normal log-likelihood less `penalty` · ½ ln n per parameter (means, variances, coefficients).

    `covariance` has divisor n; `surcharge[k]` is paid besides for a family of k parents. One row more than parameters of
    a mean is needed.
    """
    width = np.arange(int(widths.sum()) + 1)
    size = math.log(max(n, 1))
    extra = -0.5 * n * width * (math.log(2 * math.pi) + 1) - penalty * 0.5 * size * (width * (width + 1) / 2 + width)
    if surcharge is not None:
        extra[1:] -= np.cumsum(surcharge)
    weight = np.full(len(width), 0.5 * n)
    return GaussianFamilies(names, n, covariance_of(covariance, widths), widths, weight, extra, most=n - 2)

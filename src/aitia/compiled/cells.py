"""Count rows by the combination of codes that they hold, and add up a function of the counts: the work of discrete scores."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


class Cells:
    """Answer for the counts of the combinations of some columns' codes.

    `codes` (d, u) are the codes of distinct rows, column by column, below `sizes` (d,); `weights` (u,) says how often
    each of these rows occurs.
    """

    def __init__(self, codes: np.ndarray, sizes: np.ndarray, weights: np.ndarray) -> None:
        self.codes, self.sizes, self.weights = codes, sizes, weights

    def label(self, members: Sequence[int], out: np.ndarray) -> int:
        """Fill `out` (u,) with the number of each row's combination, in the order in which they first occur; return how many."""
        labels = np.zeros(len(self.weights), dtype=np.int64)
        for j in members:
            labels = refined(labels, self.codes[j], int(self.sizes[j]))
        out[:] = labels
        return int(labels.max(initial=-1)) + 1

    def total(self, members: Sequence[int], concentration: float) -> tuple[float, int]:
        """Return Σ lnΓ(N + a) - lnΓ(a) over the combinations that occur, a the concentration, and their number.

        A concentration of 0 asks for Σ N ln N instead.
        """
        labels = np.empty(len(self.weights), dtype=np.int64)
        cells = self.label(members, labels)
        return summed(np.bincount(labels, weights=self.weights), concentration), cells

    def below(self, members: Sequence[int], limit: int, most: int, alpha: float, out: np.ndarray) -> None:
        """Fill `out` with the totals of the members joined with each set of at most `most` columns below `limit`.

        The sets come in ascending order of their bit masks. The concentration of a set is `alpha` over the number of
        combinations that its columns could show.
        """
        labels, size = np.zeros(len(self.weights), dtype=np.int64), 1.0
        for j in members:
            labels, size = refined(labels, self.codes[j], int(self.sizes[j])), size * float(self.sizes[j])
        self._fill(labels, size, limit, most, alpha, out, 0)

    def _fill(self, labels: np.ndarray, size: float, limit: int, most: int, alpha: float, out: np.ndarray, at: int) -> int:
        out[at] = summed(np.bincount(labels, weights=self.weights), alpha / size)
        at += 1
        for j in range(limit if most else 0):
            finer = refined(labels, self.codes[j], int(self.sizes[j]))
            at = self._fill(finer, size * float(self.sizes[j]), j, most - 1, alpha, out, at)
        return at


def refined(labels: np.ndarray, codes: np.ndarray, size: int) -> np.ndarray:
    """Return labels 0, 1, … (u,) of the combinations of old labels and codes, in the order in which they first occur."""
    _, first, place = np.unique(labels * size + codes, return_index=True, return_inverse=True)
    number = np.empty(len(first), dtype=np.int64)
    number[np.argsort(first)] = np.arange(len(first))
    return np.asarray(number[place])


def summed(counts: np.ndarray, concentration: float) -> float:
    """Return Σ lnΓ(N + a) - lnΓ(a) over counts, or Σ N ln N for a = 0; equal counts are worked out once."""
    values, times = np.unique(counts[counts > 0], return_counts=True)
    if concentration == 0:
        return float(np.sum(times * values * np.log(values)))
    start = math.lgamma(concentration)
    return float(sum(t * (math.lgamma(v + concentration) - start) for v, t in zip(values.tolist(), times.tolist(), strict=True)))

"""Compute log-determinants of chosen blocks of a covariance matrix, one set after the other or of all subsets at once.

A set function of this kind is all that a Gaussian score of a family needs: its value with the node less its value without.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

SMALLEST = 1e-13


class Covariance:
    """Answer for log-determinants of a positive definite matrix (w, w) with a diagonal near 1.

    Element j of a set stands for the columns `offsets[j]` to `offsets[j + 1] - 1`, and adds `logs[j]` of its own to
    every log-determinant, such as the log of the scale that was taken out of the matrix.
    """

    def __init__(self, matrix: np.ndarray, offsets: np.ndarray, logs: np.ndarray) -> None:
        self.matrix, self.offsets, self.logs = matrix, offsets, logs

    def pair(self, node: int, parents: Sequence[int]) -> tuple[float, float]:
        """Return the log-determinants of the parents and of the parents with the node."""
        matrix, before = self._without(tuple(parents), (node,))
        return before, before + eliminated(matrix, 0)[1] + float(self.logs[node])

    def pairs(self, nodes: np.ndarray, parents: np.ndarray, starts: np.ndarray, out: np.ndarray) -> None:
        """Fill `out` (m, 2) with the pair of each family; the parents of family t are `parents[starts[t]:starts[t + 1]]`."""
        for t, node in enumerate(nodes.tolist()):
            out[t] = self.pair(node, parents[starts[t] : starts[t + 1]].tolist())

    def toggles(self, node: int, parents: Sequence[int], others: Sequence[int], out: np.ndarray) -> None:
        """Fill `out` (m, 2) with the pairs after each other element was added to the parents, or taken out if it is one."""
        now = tuple(parents)
        for t, other in enumerate(others):
            out[t] = self.pair(node, tuple(p for p in now if p != other) if other in now else (*now, other))

    def below(self, members: Sequence[int], limit: int, most: int, out: np.ndarray) -> None:
        """Fill `out` with the value of the members joined with each set of at most `most` elements below `limit`.

        The sets come in ascending order of their bit masks.
        """
        matrix, base = self._without(tuple(members), tuple(range(limit)))
        self._fill(matrix, limit, base, most, out, 0)

    def _without(self, members: tuple[int, ...], kept: tuple[int, ...]) -> tuple[np.ndarray, float]:
        """Return the matrix of the kept elements conditional on the members, and the members' log-determinant."""
        columns = [c for j in (*kept, *members) for c in range(self.offsets[j], self.offsets[j + 1])]
        width = sum(int(self.offsets[j + 1] - self.offsets[j]) for j in kept)
        matrix, grown = eliminated(self.matrix[np.ix_(columns, columns)], width)
        return matrix, grown + float(sum(self.logs[j] for j in members))

    def _fill(self, matrix: np.ndarray, limit: int, base: float, most: int, out: np.ndarray, at: int) -> int:
        out[at] = base
        at += 1
        for j in range(limit if most else 0):
            end = self.offsets[j + 1]
            left, grown = eliminated(matrix[:end, :end], int(self.offsets[j]))
            at = self._fill(left, j, base + grown + float(self.logs[j]), most - 1, out, at)
        return at


def eliminated(matrix: np.ndarray, width: int) -> tuple[np.ndarray, float]:
    """Return the first `width` columns conditional on the rest, and the log-determinant of the rest."""
    grown = 0.0
    for c in range(len(matrix) - 1, width - 1, -1):
        pivot = max(float(matrix[c, c]), SMALLEST)
        grown += math.log(pivot)
        matrix = matrix[:c, :c] - np.outer(matrix[:c, c], matrix[:c, c]) / pivot
    return matrix, grown

"""Score columns of mixed kinds by a normal law of the numbers in each cell of the codes. [lauritzen1989, heckerman1995b, andrews2018]

A set of columns is worth its marginal likelihood: a Dirichlet prior over the cells of its coded columns and, in every
cell, a normal-Wishart prior for its numeric ones. A family is worth the set with its node less the set without, so
that graphs of one class score alike. On coded columns alone this is BDeu, on numeric ones BGe.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Annotated, Any

import numpy as np

from aitia.compiled import kernel
from aitia.core.card import Card, Option
from aitia.core.errors import BadOption
from aitia.core.run import Run
from aitia.core.shelf import scores
from aitia.core.table import Table
from aitia.measures.families import SetFamilies, complete, kernels, score_one
from aitia.measures.gaussian_families import NOTHING_LEFT
from aitia.measures.kinds import need_kinds
from aitia.measures.mixed_columns import measured

NAME = "conditional-gaussian"
CARD = Card(
    says="Scores columns of any kind by the marginal likelihood of a normal law of the numbers in each cell of the codes.",
    kinds=frozenset({"continuous", "count", "binary", "categorical", "ordinal"}),
    assumes=frozenset({"linear relations", "normal errors"}),
    needs=frozenset({"rows"}),
    minimum_n=100,
    equivalent=True,
    cost="rows",
    cites=("lauritzen1989", "heckerman1995b", "andrews2018", "bartlett1936"),
)
FREEDOM = 2.0  # alpha_w less the number of columns, as in bge
MOST_KEPT = 200_000


@dataclasses.dataclass
class MixedFamilies(SetFamilies):
    """Value sets of coded and numeric columns; `place` says which code row or which number row (standardised) a column is."""

    coded: tuple[bool, ...]
    place: tuple[int, ...]
    cells: Any
    sizes: np.ndarray
    numbers: np.ndarray
    alpha: float
    alpha_mu: float
    kept: dict[tuple[int, ...], float] = dataclasses.field(default_factory=dict)

    def value(self, members: tuple[int, ...]) -> float:
        """Return the log marginal likelihood of one set of columns."""
        key = tuple(sorted(members))
        if key not in self.kept:
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            self.kept[key] = self._value(key)
        return self.kept[key]

    def _value(self, members: tuple[int, ...]) -> float:
        codes = tuple(self.place[j] for j in members if self.coded[j])
        rows = [self.place[j] for j in members if not self.coded[j]]
        total = 0.0
        if codes:
            possible = math.prod(float(self.sizes[j]) for j in codes)
            start = math.lgamma(self.alpha) - math.lgamma(self.n + self.alpha)
            total += start + float(self.cells.total(codes, self.alpha / possible)[0])
        return total + (self._normal(codes, self.numbers[rows]) if rows and self.n else 0.0)

    def _normal(self, codes: tuple[int, ...], numbers: np.ndarray) -> float:
        """Return the log marginal likelihood of numbers (m, n), the cells of the codes independent of each other."""
        labels = np.empty(self.n, dtype=np.int32)
        cells = self.cells.label(codes, labels)
        order = np.argsort(labels, kind="stable")
        counts = np.bincount(labels, minlength=cells)
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        ordered = numbers[:, order]
        mean = np.add.reduceat(ordered, starts, axis=1) / counts
        centred = ordered - np.repeat(mean, counts, axis=1)
        scatter = np.add.reduceat(centred[:, None, :] * centred[None, :, :], starts, axis=2)
        scatter += counts * self.alpha_mu / (counts + self.alpha_mu) * mean[:, None, :] * mean[None, :, :]
        return float(np.sum(marginal(np.moveaxis(scatter, 2, 0), counts, self.alpha_mu)))


def marginal(scatter: np.ndarray, counts: np.ndarray, alpha_mu: float) -> np.ndarray:
    """Return the log marginal likelihood (c,) of normal rows in each cell from their scatter (c, m, m) and number (c,).

    >>> round(float(marginal(np.zeros((1, 1, 1)), np.array([0]), 1.0)[0]), 12)
    0.0
    """
    from scipy.special import gammaln

    m = scatter.shape[1]
    t = alpha_mu * (FREEDOM - 1) / (alpha_mu + 1)
    grades = np.arange(m)
    gammas = gammaln(0.5 * (counts[:, None] + FREEDOM + m - grades)) - gammaln(0.5 * (FREEDOM + m - grades))
    determinants = np.linalg.slogdet(scatter + t * np.eye(m))[1]
    found = 0.5 * m * np.log(alpha_mu / (counts + alpha_mu)) + gammas.sum(axis=1) - 0.5 * counts * m * math.log(math.pi)
    return np.asarray(found + 0.5 * (FREEDOM + m) * m * math.log(t) - 0.5 * (counts + FREEDOM + m) * determinants)


def prepare(table: Table, names: tuple[str, ...], run: Run, *, alpha: float = 1.0, alpha_mu: float = 1.0) -> MixedFamilies:
    """Take the rows complete in the named columns; numbers are standardised, counts after their square root is taken."""
    if alpha <= 0 or alpha_mu <= 0:
        raise BadOption(f"{NAME} takes no alpha or alpha_mu of 0 or less.", next="Give numbers above 0, such as 1.")
    need_kinds(table, names, CARD.kinds, NAME)
    columns = [table.column(name) for name in names]
    arrays = complete(table.rows(names), names)
    n = len(arrays[0]) if arrays else 0
    coded = tuple(column.coded for column in columns)
    codes = [values.astype(np.int32) for own, values in zip(coded, arrays, strict=True) if own]
    sizes = np.array([max(len(column.levels), 1) for column in columns if column.coded], dtype=np.int64)
    numbers = [standard(measured(column, values)) for column, values in zip(columns, arrays, strict=True) if not column.coded]
    place = tuple(sum(coded[:i]) if own else i - sum(coded[:i]) for i, own in enumerate(coded))
    cells = kernel("cells", "Cells")(np.array(codes, dtype=np.int32).reshape(len(codes), n), sizes, np.ones(n))
    return MixedFamilies(tuple(names), n, coded, place, cells, sizes, np.array(numbers).reshape(len(numbers), n), alpha, alpha_mu)


@scores.add(NAME, CARD, **kernels(prepare))
def conditional_gaussian(
    table: Table,
    node: str,
    parents: tuple[str, ...],
    run: Run,
    *,
    alpha: Annotated[float, Option("rows that the prior of the cells is worth in all (equivalent sample size)")] = 1.0,
    alpha_mu: Annotated[float, Option("rows that the prior of the means is worth in each cell")] = 1.0,
) -> float:
    """Score one node given its parents on the rows complete in all of them."""
    return score_one(prepare, table, node, parents, run, alpha=alpha, alpha_mu=alpha_mu)


def standard(values: np.ndarray) -> np.ndarray:
    """Return a column (n,) with mean 0 and variance 1 (divisor n - 1), a constant one as zeros."""
    if len(values) < 2:
        return np.zeros(len(values))
    centred = values - values.mean()
    scale = float(np.sqrt(np.sum(centred**2) / (len(values) - 1)))
    return centred / scale if scale > NOTHING_LEFT * abs(float(values.mean())) else np.zeros(len(values))

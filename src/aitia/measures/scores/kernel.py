"""Score by how well a Gaussian process on the parents predicts a node's kernel features: any relation, any kind. [huang2018, ren2025]

A node is described by the leading components of its kernel matrix, each a number per row; they tell its whole
distribution apart, not its mean alone. The score is their marginal likelihood under a Gaussian process whose kernel is
the product of the parents' kernels, averaged over a grid of signal strengths, less BIC's price for one parameter (a width)
per parent. Kernel matrices are kept as a few columns found by incomplete Cholesky, so time grows with the rows.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Annotated

import numpy as np

from aitia.core.card import Card, Option
from aitia.core.errors import BadOption
from aitia.core.keys import row_keys
from aitia.core.run import Run, one_thread
from aitia.core.shelf import scores
from aitia.core.table import Table
from aitia.measures.families import Families, Placed, complete, kernels, score_one
from aitia.measures.kinds import need_kinds
from aitia.measures.residuals import merge_sparse

NAME = "kernel"
CARD = Card(
    says="Scores columns of any kind by how well a Gaussian process on the parents predicts the node's kernel features.",
    kinds=frozenset({"continuous", "count", "binary", "categorical", "ordinal"}),
    needs=frozenset({"rows"}),
    minimum_n=100,
    equivalent=False,
    cost="rows",
    cites=("huang2018", "ren2025", "fine2001"),
)
SIGNALS = np.array([0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0])
EXPLAINED = 0.95
LEFT_OVER = 1e-4
MOST_FEATURES = 8
SPREAD_OVER = 200


@dataclasses.dataclass
class KernelFamilies(Families):
    """Hold for each column its numbers or codes, its kernel's width (0 for codes), and its features (n, r) of variance 1."""

    columns: list[np.ndarray]
    widths: list[float]
    features: list[np.ndarray]
    rank: int
    penalty: float
    basis: tuple[tuple[int, ...], np.ndarray, np.ndarray] | None = None

    def score(self, node: int, parents: tuple[int, ...]) -> float:
        """Return the log marginal likelihood of the node's features, summed, less the price of the parents."""
        return float(self.scores([(node, parents)], Run())[0])

    def scores(self, families: Sequence[Placed], run: Run) -> np.ndarray:
        """Return the scores (m,) of many families; those of one parent set that follow each other share its kernel."""
        found = np.empty(len(families))
        price = self.penalty * 0.5 * math.log(max(self.n, 1))
        with one_thread():
            for i, (node, parents) in enumerate(families):
                run.check()
                if self.basis is None or self.basis[0] != parents:
                    self.basis = (parents, *self.basis_of(parents, run))
                found[i] = self.evidence(self.features[node], *self.basis[1:]) - price * len(parents)
        return found

    def evidence(self, outputs: np.ndarray, directions: np.ndarray, sizes: np.ndarray) -> float:
        """Return the log marginal likelihood of features (n, r) on a kernel, averaged over the signal's strength."""
        along = directions.T @ outputs  # (m, r)
        shrunk = SIGNALS[:, None] / (1 + SIGNALS[:, None] * sizes)  # (g, m)
        left = np.maximum(np.sum(outputs**2, axis=0) - shrunk @ along**2, 1e-12 * self.n)  # (g, r)
        fits = -0.5 * self.n * (np.log(2 * math.pi * left / self.n) + 1)
        fits -= 0.5 * np.log1p(SIGNALS[:, None] * sizes).sum(axis=1)[:, None]
        top = fits.max(axis=0, initial=-np.inf)
        return float(np.sum(top + np.log(np.mean(np.exp(fits - top), axis=0))))

    def basis_of(self, parents: tuple[int, ...], run: Run) -> tuple[np.ndarray, np.ndarray]:
        """Return directions (n, m) and sizes (m,) of the parents' centred kernel, scaled to a mean diagonal of 1."""
        if not parents or self.n == 0:
            return np.empty((self.n, 0)), np.empty(0)
        # in k dimensions distances grow like the root of k, and widths with them
        widths = [self.widths[p] * math.sqrt(sum(self.widths[q] > 0 for q in parents)) for p in parents]
        return leading(incomplete_cholesky([self.columns[p] for p in parents], widths, self.rank, run))


def incomplete_cholesky(columns: list[np.ndarray], widths: list[float], rank: int, run: Run) -> np.ndarray:
    """Return centred columns (n, m) whose products give the product kernel, to within a ten-thousandth of its trace.

    The next row taken is the one that is told worst so far; of equal ones the one nearest to the middle, then by content.
    """
    n = len(columns[0])
    numbers = [(column, width) for column, width in zip(columns, widths, strict=True) if width > 0]
    away = sum((((column - np.median(column)) / width) ** 2 for column, width in numbers), np.zeros(n))
    order = np.lexsort((row_keys(columns), away))
    arrays = [column[order] for column in columns]
    found = np.empty((n, min(rank, n)))
    left = np.ones(n)
    used = 0
    while used < found.shape[1] and left.sum() > LEFT_OVER * n:
        run.check()
        pivot = int(left.argmax())
        column = similarity(arrays, widths, pivot) - found[:, :used] @ found[pivot, :used]
        found[:, used] = column / math.sqrt(left[pivot])
        left = np.maximum(left - found[:, used] ** 2, 0.0)
        left[pivot] = 0.0
        used += 1
    back = np.empty((n, used))
    back[order] = found[:, :used] - found[:, :used].mean(axis=0)
    return back


def similarity(columns: list[np.ndarray], widths: list[float], row: int) -> np.ndarray:
    """Return the kernel (n,) of every row with one row: Gaussian for numbers, equality for codes, multiplied."""
    distance, same = np.zeros(len(columns[0])), np.ones(len(columns[0]))
    for column, width in zip(columns, widths, strict=True):
        if width > 0:
            distance += ((column - column[row]) / width) ** 2
        else:
            same *= column == column[row]
    return same * np.exp(-0.5 * distance)


def leading(factor: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the factor (n, m) turned to orthogonal directions and their squared lengths, with a mean square of 1 a row."""
    n = len(factor)
    trace = float(np.sum(factor**2))
    if trace <= 1e-12 * n:
        return np.empty((n, 0)), np.empty(0)
    sizes, turn = np.linalg.eigh(factor.T @ factor * (n / trace))
    kept = sizes > 1e-10 * sizes[-1]
    return factor @ turn[:, kept][:, ::-1] * math.sqrt(n / trace), sizes[kept][::-1]


def features(column: np.ndarray, width: float, rank: int, run: Run) -> np.ndarray:
    """Return the leading components (n, r) of one column's kernel, each of variance 1; none for a constant column."""
    directions, sizes = leading(incomplete_cholesky([column], [width], rank, run))
    enough = int(np.searchsorted(np.cumsum(sizes), EXPLAINED * sizes.sum())) + 1
    kept = min(enough, MOST_FEATURES, len(sizes))
    return directions[:, :kept] * np.sqrt(len(column) / sizes[:kept])


def middle_distance(values: np.ndarray) -> float:
    """Return the median distance of two rows, from evenly spaced quantiles of many rows."""
    shown = np.quantile(values, (np.arange(SPREAD_OVER) + 0.5) / SPREAD_OVER) if len(values) > SPREAD_OVER else values
    distances = np.abs(shown[:, None] - shown[None, :])
    median = float(np.median(distances[np.triu_indices(len(shown), 1)])) if len(shown) > 1 else 1.0
    return median if median > 0 else float(np.mean(distances)) or 1.0


def by_frequency(codes: np.ndarray) -> np.ndarray:
    """Return codes (n,) renumbered by how often they occur, so that what a level is called changes nothing."""
    order = np.argsort(-np.bincount(codes), kind="stable")
    number = np.empty(len(order))
    number[order] = np.arange(len(order))
    return number[codes]


def prepare(table: Table, names: tuple[str, ...], run: Run, *, rank: int = 100, penalty: float = 1.0) -> KernelFamilies:
    """Take the rows complete in the named columns and describe each column by its kernel."""
    if rank < 1 or penalty < 0:
        raise BadOption(f"{NAME} takes no rank below 1 and no negative penalty.", next="Give a rank such as 100 and a penalty such as 1.")
    need_kinds(table, names, CARD.kinds, NAME)
    arrays = complete(table.rows(names), names)
    n = len(arrays[0]) if arrays else 0
    coded = [table.column(name).coded for name in names]
    columns = [by_frequency(merge_sparse(a.astype(np.int64))) if own and n else a for own, a in zip(coded, arrays, strict=True)]
    widths = [0.0 if own else middle_distance(a) for own, a in zip(coded, columns, strict=True)]
    with one_thread():
        described = [features(column, width, rank, run) if n else np.empty((0, 0)) for column, width in zip(columns, widths, strict=True)]
    return KernelFamilies(tuple(names), n, columns, widths, described, rank, penalty)


@scores.add(NAME, CARD, **kernels(prepare))
def kernel(
    table: Table,
    node: str,
    parents: tuple[str, ...],
    run: Run,
    *,
    rank: Annotated[int, Option("most columns that stand for a kernel matrix")] = 100,
    penalty: Annotated[
        float, Option("how many times BIC's price for one parameter is paid per parent; above 1 gives sparser graphs")
    ] = 1.0,
) -> float:
    """Score one node given its parents on the rows complete in all of them."""
    return score_one(prepare, table, node, parents, run, rank=rank, penalty=penalty)

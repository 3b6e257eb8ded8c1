"""Score families of coded columns by how often each combination of codes occurs."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np

from aitia.compiled import kernel
from aitia.core.errors import UnusableColumn
from aitia.core.run import Run
from aitia.core.table import Table
from aitia.measures import subsets
from aitia.measures.families import SetFamilies, complete

MOST_CELLS = 100_000
STEPS_A_PIECE = 20_000_000
MOST_KEPT = 200_000
LARGEST = 1e300


@dataclasses.dataclass
class DiscreteFamilies(SetFamilies):
    """Value a set of columns by a sum over the combinations that occur, less `price` for each that could occur.

    With `alpha` above 0 the sum is that of a Dirichlet prior worth `alpha` rows in all, Σ lnΓ(N + α/r) - lnΓ(α/r); with
    0 it is Σ N ln N, the log-likelihood.
    """

    cells: Any
    sizes: np.ndarray
    distinct: int
    alpha: float
    price: float = 0.0
    kept: dict[tuple[int, ...], float] = dataclasses.field(default_factory=dict)

    def value(self, members: tuple[int, ...]) -> float:
        """Return the value of one set of columns; it is kept, since many families share it."""
        key = tuple(sorted(members))
        if key not in self.kept:
            if len(self.kept) >= MOST_KEPT:
                self.kept.clear()
            possible = min(math.prod(float(self.sizes[j]) for j in key), LARGEST)
            self.kept[key] = self.cells.total(key, self.alpha / possible)[0] - self.price * possible
        return self.kept[key]

    def values(self, most: int, run: Run) -> np.ndarray:
        """Return the values of all sets of at most `most` columns, in ascending order of their bit masks."""
        count = len(self.names)
        longest = max(64, STEPS_A_PIECE // max(self.distinct, 1))

        def work(piece: subsets.Piece, out: np.ndarray) -> None:
            self.cells.below(piece.members, piece.limit, piece.most, self.alpha, out)

        found = subsets.fill(count, most, longest, work, run)
        return found - self.price * subsets.multiplied(subsets.masks(count, most), self.sizes) if self.price else found


def cells_of(table: Table, names: tuple[str, ...]) -> tuple[Any, np.ndarray, int, int]:
    """Return the kernel for the rows complete in the columns, the numbers of levels, the distinct rows and the rows.

    Where the columns have few combinations in all, their contingency table is asked for and no row is read.
    """
    levels = [table.column(name).levels for name in names]
    bare = next((name for name, own in zip(names, levels, strict=True) if not own), None)
    if bare is not None:
        raise UnusableColumn(f"{bare} has no levels to count.", next=f"Say --column {bare}=categorical if its values are labels.")
    sizes = np.array([len(own) for own in levels], dtype=np.int64)
    if math.prod(sizes.tolist()) <= MOST_CELLS:
        counts = table.counts(names).counts
        at = np.nonzero(counts)
        codes, weights = np.array(at, dtype=np.int32).reshape(len(names), -1), counts[at].astype(np.float64)
    else:
        codes, weights = distinct_rows(table, names, sizes)
    cells = kernel("cells", "Cells")(np.ascontiguousarray(codes), sizes, weights)
    return cells, sizes, len(weights), int(weights.sum())


def distinct_rows(table: Table, names: tuple[str, ...], sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the codes (d, u) of the distinct complete rows, and how often each occurs."""
    columns = complete(table.rows(names), names)
    codes = np.array(columns, dtype=np.int32).reshape(len(names), -1)
    n = codes.shape[1]
    if n == 0:
        return codes, np.zeros(0)
    labels = np.empty(n, dtype=np.int32)
    kernel("cells", "Cells")(codes, sizes, np.ones(n)).label(tuple(range(len(names))), labels)
    weights = np.bincount(labels).astype(np.float64)
    first = np.full(len(weights), n, dtype=np.int64)
    np.minimum.at(first, labels, np.arange(n))
    return codes[:, first], weights

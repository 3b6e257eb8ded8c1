"""Score coded columns by the marginal likelihood of their counts, the prior spread over the parents' observed combinations. [scutari2016]

Where the parents have more combinations than the data show, BDeu's prior goes mostly to what was not seen and favours
graphs that are too dense; this one does not. The price: graphs of one equivalence class may differ in score.
"""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

import numpy as np

from aitia.core.card import Card, Option
from aitia.core.errors import BadOption
from aitia.core.run import Run
from aitia.core.shelf import scores
from aitia.core.table import Table
from aitia.measures.discrete_families import cells_of
from aitia.measures.families import Families, kernels, score_one
from aitia.measures.kinds import need_kinds

NAME = "bds"
CARD = Card(
    says="Scores coded columns by the marginal likelihood of their counts; the prior is spread over observed combinations only.",
    kinds=frozenset({"binary", "categorical", "ordinal"}),
    needs=frozenset({"counts"}),
    minimum_n=1,
    equivalent=False,
    cost="counts",
    cites=("scutari2016",),
)


@dataclasses.dataclass
class SparseFamilies(Families):
    """Score a family with a concentration of alpha / (levels · observed combinations of the parents) in each cell."""

    cells: Any
    sizes: np.ndarray
    alpha: float

    def score(self, node: int, parents: tuple[int, ...]) -> float:
        """Return the score of one family."""
        observed = self.cells.total(parents, self.alpha)[1] if self.n else 1
        before = self.cells.total(parents, self.alpha / observed)[0]
        return float(self.cells.total((*parents, node), self.alpha / (observed * float(self.sizes[node])))[0] - before)


def prepare(table: Table, names: tuple[str, ...], run: Run, *, alpha: float = 1.0) -> SparseFamilies:
    """Count the rows complete in the named columns."""
    if alpha <= 0:
        raise BadOption(f"{NAME} takes no alpha of {alpha:g}.", next="Give a number above 0, such as 1.")
    need_kinds(table, names, CARD.kinds, NAME)
    cells, sizes, _, n = cells_of(table, tuple(names))
    return SparseFamilies(tuple(names), n, cells, sizes, alpha)


@scores.add(NAME, CARD, **kernels(prepare))
def bds(
    table: Table,
    node: str,
    parents: tuple[str, ...],
    run: Run,
    *,
    alpha: Annotated[float, Option("rows that the prior is worth in all (equivalent sample size)")] = 1.0,
) -> float:
    """Score one node given its parents on the rows complete in all of them."""
    return score_one(prepare, table, node, parents, run, alpha=alpha)

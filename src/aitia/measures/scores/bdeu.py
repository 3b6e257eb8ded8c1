"""Score coded columns by the marginal likelihood of their counts under a Dirichlet prior even over all cells. [heckerman1995]"""

from __future__ import annotations

from typing import Annotated

from aitia.core.card import Card, Option
from aitia.core.errors import BadOption
from aitia.core.run import Run
from aitia.core.shelf import scores
from aitia.core.table import Table
from aitia.measures.discrete_families import DiscreteFamilies, cells_of
from aitia.measures.families import kernels, score_one
from aitia.measures.kinds import need_kinds

NAME = "bdeu"
CARD = Card(
    says="Scores coded columns by the marginal likelihood of their counts; the prior is spread evenly over all combinations.",
    kinds=frozenset({"binary", "categorical", "ordinal"}),
    needs=frozenset({"counts"}),
    minimum_n=1,
    equivalent=True,
    cost="counts",
    cites=("heckerman1995",),
)


def prepare(table: Table, names: tuple[str, ...], run: Run, *, alpha: float = 1.0) -> DiscreteFamilies:
    """Count the rows complete in the named columns; levels that no row shows count as possible."""
    if alpha <= 0:
        raise BadOption(f"{NAME} takes no alpha of {alpha:g}.", next="Give a number above 0, such as 1.")
    need_kinds(table, names, CARD.kinds, NAME)
    cells, sizes, distinct, n = cells_of(table, tuple(names))
    return DiscreteFamilies(tuple(names), n, cells, sizes, distinct, alpha)


@scores.add(NAME, CARD, **kernels(prepare))
def bdeu(
    table: Table,
    node: str,
    parents: tuple[str, ...],
    run: Run,
    *,
    alpha: Annotated[float, Option("rows that the prior is worth in all (equivalent sample size)")] = 1.0,
) -> float:
    """Score one node given its parents on the rows complete in all of them."""
    return score_one(prepare, table, node, parents, run, alpha=alpha)

"""Score coded columns by the log-likelihood of their counts less BIC's price per free probability. [schwarz1978]"""

from __future__ import annotations

import math
from typing import Annotated

from aitia.core.card import Card, Option
from aitia.core.errors import BadOption
from aitia.core.run import Run
from aitia.core.shelf import scores
from aitia.core.table import Table
from aitia.measures.discrete_families import DiscreteFamilies, cells_of
from aitia.measures.families import kernels, score_one
from aitia.measures.kinds import need_kinds

NAME = "discrete-bic"
CARD = Card(
    says="Scores coded columns by the likelihood of their counts, less BIC's price per free probability.",
    kinds=frozenset({"binary", "categorical", "ordinal"}),
    needs=frozenset({"counts"}),
    minimum_n=20,
    equivalent=True,
    cost="counts",
    cites=("schwarz1978",),
)


def prepare(table: Table, names: tuple[str, ...], run: Run, *, penalty: float = 1.0) -> DiscreteFamilies:
    """Count the rows complete in the named columns; (levels - 1) probabilities are paid for per combination of the parents."""
    if penalty < 0:
        raise BadOption(f"{NAME} takes no negative penalty.", next="Give 0 or more.")
    need_kinds(table, names, CARD.kinds, NAME)
    cells, sizes, distinct, n = cells_of(table, tuple(names))
    return DiscreteFamilies(tuple(names), n, cells, sizes, distinct, 0.0, penalty * 0.5 * math.log(max(n, 1)))


@scores.add(NAME, CARD, **kernels(prepare))
def discrete_bic(
    table: Table,
    node: str,
    parents: tuple[str, ...],
    run: Run,
    *,
    penalty: Annotated[float, Option("how many times BIC's price is paid; above 1 gives sparser graphs")] = 1.0,
) -> float:
    """Score one node given its parents on the rows complete in all of them."""
    return score_one(prepare, table, node, parents, run, penalty=penalty)

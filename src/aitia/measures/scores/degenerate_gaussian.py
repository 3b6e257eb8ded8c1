"""Score columns of mixed kinds by a joint normal law of numbers and indicators of levels. [andrews2019]

A coded column enters as one indicator per level but one, so a family is a regression of several numbers at once. The
law is wrong in shape and right in what it tells apart: it sees every dependence that shows in means or shares.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from aitia.core.card import Card, Option
from aitia.core.errors import BadOption
from aitia.core.run import Run, one_thread
from aitia.core.shelf import scores
from aitia.core.table import Table
from aitia.measures.families import kernels, score_one
from aitia.measures.gaussian_families import GaussianFamilies, penalised, without_constants
from aitia.measures.kinds import need_kinds
from aitia.measures.mixed_columns import expanded

NAME = "degenerate-gaussian"
CARD = Card(
    says="Scores columns of any kind by a joint normal law of numbers and level indicators, less BIC's price per parameter.",
    kinds=frozenset({"continuous", "count", "binary", "categorical", "ordinal"}),
    assumes=frozenset({"linear relations"}),
    needs=frozenset({"rows"}),
    minimum_n=100,
    equivalent=True,
    cost="rows",
    cites=("andrews2019", "bartlett1936"),
)


def prepare(table: Table, names: tuple[str, ...], run: Run, *, penalty: float = 1.0) -> GaussianFamilies:
    """Take the covariance of the expanded columns on the rows complete in the named columns."""
    if penalty < 0:
        raise BadOption(f"{NAME} takes no negative penalty.", next="Give 0 or more.")
    need_kinds(table, names, CARD.kinds, NAME)
    columns, n = expanded(table, names)
    joined = np.column_stack(columns) if columns else np.empty((0, 0))
    mean = joined.mean(axis=0) if n else np.zeros(joined.shape[1])
    with one_thread():
        covariance = (joined - mean).T @ (joined - mean) / max(n, 1)
    widths = np.array([column.shape[1] for column in columns], dtype=np.int64)
    return penalised(tuple(names), n, without_constants(mean, covariance), widths, penalty)


@scores.add(NAME, CARD, **kernels(prepare))
def degenerate_gaussian(
    table: Table,
    node: str,
    parents: tuple[str, ...],
    run: Run,
    *,
    penalty: Annotated[float, Option("how many times BIC's price is paid; above 1 gives sparser graphs")] = 1.0,
) -> float:
    """Score one node given its parents on the rows complete in all of them."""
    return score_one(prepare, table, node, parents, run, penalty=penalty)

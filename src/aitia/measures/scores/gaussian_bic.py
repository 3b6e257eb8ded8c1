"""Score by the normal log-likelihood of a linear regression less BIC's price per parameter. [schwarz1978, chen2008]

The constants are kept, so the scores of a graph's families add up to ln p(data | best parameters) - ½ ln n · parameters.
"""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np

from aitia.core.card import Card, Option
from aitia.core.errors import BadOption
from aitia.core.run import Run
from aitia.core.shelf import scores
from aitia.core.table import Table
from aitia.measures.families import kernels, score_one, usable
from aitia.measures.gaussian_families import GaussianFamilies, penalised, without_constants
from aitia.measures.kinds import need_kinds

NAME = "gaussian-bic"
CARD = Card(
    says="Scores numeric columns by the likelihood of a linear regression on the parents, less BIC's price per parameter.",
    kinds=frozenset({"continuous", "count"}),
    assumes=frozenset({"linear relations", "normal errors"}),
    needs=frozenset({"moments"}),
    minimum_n=20,
    equivalent=True,
    cost="moments",
    cites=("schwarz1978", "chen2008", "foygel2010"),
)


def prepare(table: Table, names: tuple[str, ...], run: Run, *, penalty: float = 1.0, gamma: float = 0.0) -> GaussianFamilies:
    """Take the moments of the rows complete in the named columns.

    `gamma` adds γ ln C(p, k) for k parents, p the numeric columns of the table less one (EBIC).
    """
    if penalty < 0 or gamma < 0:
        raise BadOption(f"{NAME} takes no negative penalty or gamma.", next="Give 0 or more.")
    need_kinds(table, names, CARD.kinds, NAME)
    moments = table.moments(names)
    n = moments.n
    covariance = moments.covariance * ((n - 1) / n) if n > 1 else np.zeros((len(names), len(names)))
    candidates = max(usable(table, CARD.kinds) - 1, len(names) - 1)
    surcharge = gamma * np.array([log_choices(candidates, k) for k in range(len(names))])
    widths = np.ones(len(names), dtype=np.int64)
    return penalised(tuple(names), n, without_constants(moments.mean, covariance), widths, penalty, surcharge)


@scores.add(NAME, CARD, **kernels(prepare))
def gaussian_bic(
    table: Table,
    node: str,
    parents: tuple[str, ...],
    run: Run,
    *,
    penalty: Annotated[float, Option("how many times BIC's price is paid; above 1 gives sparser graphs")] = 1.0,
    gamma: Annotated[float, Option("weight of the number of parent sets of equal size (EBIC); 0 is BIC, 0.5 to 1 for many columns")] = 0.0,
) -> float:
    """Score one node given its parents on the rows complete in all of them."""
    return score_one(prepare, table, node, parents, run, penalty=penalty, gamma=gamma)


def log_choices(candidates: int, size: int) -> float:
    """Return the log of the number of sets of one size.

    >>> round(log_choices(5, 2), 3)
    2.303
    """
    return math.lgamma(candidates + 1) - math.lgamma(size + 1) - math.lgamma(candidates - size + 1)

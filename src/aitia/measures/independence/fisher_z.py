"""Test independence of numbers by the partial correlation, on Fisher's scale. [fisher1924]"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

import numpy as np

from aitia.core.card import Card, Option
from aitia.core.independence import Test
from aitia.core.run import Run
from aitia.core.shelf import independence
from aitia.core.table import Moments, Table
from aitia.measures.effective_n import EFFECTIVE, Dependence, Effective, dependence_of, spread_of
from aitia.measures.kinds import Triple, names_in, need_kinds
from aitia.measures.residuals import basis, expand_number, residuals
from aitia.measures.tails import t_tail
from aitia.measures.testwise import Rows, each

NAME = "fisher-z"
CARD = Card(
    says="Tests whether two numeric columns are linearly unrelated given others, by their partial correlation.",
    kinds=frozenset({"continuous", "count"}),
    assumes=frozenset({"linear relations"}),
    needs=frozenset({"moments"}),
    minimum_n=20,
    cost="moments",
    dependent=True,
    cites=("fisher1924",),
)
NOTHING_LEFT = 1e-9


def fisher_z_batch(table: Table, triples: Sequence[Triple], run: Run, *, effective: Effective = "auto") -> list[Test]:
    """Test many triples (first, second, given) at once; one moments matrix serves all when nothing is missing."""
    names = names_in(triples)
    need_kinds(table, names, CARD.kinds, NAME)
    dependence = dependence_of(table, effective)
    if dependence is not None:
        return each(table, triples, run, lambda rows, first, second, given: from_rows(rows, first, second, given, dependence))
    complete = not any(table.column(name).missing for name in names)
    whole = table.moments(names) if complete and triples else None
    found = []
    for first, second, given in triples:
        run.check()
        moments = table.moments((first, second, *given)) if whole is None else whole
        found.append(from_moments(moments, first, second, given))
    return found


@independence.add(NAME, CARD, batch=fisher_z_batch)
def fisher_z(
    table: Table, x: str, y: str, given: tuple[str, ...], run: Run, *, effective: Annotated[Effective, Option(EFFECTIVE)] = "auto"
) -> Test:
    """Test x and y given others on the rows complete in all of them; the effect is the partial correlation."""
    return fisher_z_batch(table, [(x, y, tuple(given))], run, effective=effective)[0]


def from_moments(moments: Moments, first: str, second: str, given: tuple[str, ...]) -> Test:
    """Test one triple from the moments of columns that include it; no evidence (p = 1) when nothing is left to compare."""
    correlation, rank = partial_correlation(moments, first, second, given)
    freedom = moments.n - rank - 3
    if correlation is None or freedom < 1:
        return Test(p=1.0, statistic=0.0, n_used=moments.n, effect=0.0, degrees=1)
    inside = min(max(correlation, -1 + 1e-15), 1 - 1e-15)
    statistic = math.sqrt(freedom) * math.atanh(inside)
    return Test(p=math.erfc(abs(statistic) / math.sqrt(2)), statistic=statistic, n_used=moments.n, effect=correlation, degrees=1)


def from_rows(rows: Rows, first: str, second: str, given: tuple[str, ...], dependence: Dependence) -> Test:
    """Test one triple on rows that depend on each other: n is what they are worth, and Student's t takes the normal's place."""
    held = basis([expand_number(rows.variables[name].values).values for name in given], rows.n)
    sides = [residuals(expand_number(rows.variables[name].values), held).errors for name in (first, second)]
    if not sides[0].shape[1] or not sides[1].shape[1] or min(float((side**2).mean()) for side in sides) < NOTHING_LEFT:
        return Test(p=1.0, statistic=0.0, n_used=rows.n, effect=0.0, degrees=1)
    products = sides[0] * sides[1]
    correlation = float(products.mean() / np.sqrt((sides[0] ** 2).mean() * (sides[1] ** 2).mean()))
    spread = spread_of(products, dependence.taken(rows.where))
    statistic = math.sqrt(max(spread.rows - held.shape[1] - 2, 0)) * math.atanh(min(max(correlation, -1 + 1e-15), 1 - 1e-15))
    p = min(1.0, 2 * t_tail(abs(statistic), spread.freedom))
    return Test(p=p, statistic=statistic, n_used=spread.rows, effect=correlation, degrees=1)


def partial_correlation(moments: Moments, first: str, second: str, given: tuple[str, ...]) -> tuple[float | None, int]:
    """Return the partial correlation and the rank of the given columns; None when the given columns determine a side."""
    at = {name: i for i, name in enumerate(moments.names)}
    order = [at[name] for name in (first, second, *given)]
    covariance = moments.covariance[np.ix_(order, order)]
    scale = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    varies = scale > NOTHING_LEFT * np.maximum(1.0, np.abs(moments.mean[order]))
    if not varies[:2].all():
        return None, int(varies[2:].sum())
    kept = np.flatnonzero(varies)
    correlations = covariance[np.ix_(kept, kept)] / np.outer(scale[kept], scale[kept])
    sizes, directions = np.linalg.eigh(correlations[2:, 2:])
    used = sizes > NOTHING_LEFT * max(1.0, float(sizes.max(initial=0.0)))
    explained = (directions[:, used] / np.sqrt(sizes[used])).T @ correlations[2:, :2]
    left = correlations[:2, :2] - explained.T @ explained
    if min(left[0, 0], left[1, 1]) < NOTHING_LEFT:
        return None, int(used.sum())
    return float(left[0, 1] / math.sqrt(left[0, 0] * left[1, 1])), int(used.sum())

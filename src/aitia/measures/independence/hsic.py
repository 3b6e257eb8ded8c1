"""Test whether two columns of any kind are unrelated by the Hilbert-Schmidt criterion, without given columns. [gretton2007]"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np

from aitia.core.card import Card, Option
from aitia.core.independence import Test
from aitia.core.run import Run
from aitia.core.shelf import independence
from aitia.core.table import Table
from aitia.measures.content import Variable, in_order
from aitia.measures.kernel_laws import gamma_tail, shuffled, spectral_marginal, spread_of
from aitia.measures.kernels import features, median_width, points_of
from aitia.measures.kinds import Triple, names_in, need_kinds, need_no_given
from aitia.measures.testwise import Rows, each

NAME = "hsic"
CARD = Card(
    says="Tests whether two columns of any kind are unrelated in any way, by the Hilbert-Schmidt criterion.",
    kinds=frozenset({"continuous", "count", "binary", "categorical", "ordinal", "environment"}),
    needs=frozenset({"rows"}),
    random=True,
    minimum_n=50,
    cost="rows",
    given=False,
    cites=("gretton2007", "kazi1995"),
)
FEWEST = 5
Null = Literal["gamma", "spectral", "permutation"]


def hsic_batch(table: Table, triples: Sequence[Triple], run: Run, *, null: Null = "gamma", draws: int = 999) -> list[Test]:
    """Test many pairs; the features of a column are found once."""
    need_kinds(table, names_in(triples), CARD.kinds, NAME)
    need_no_given(triples, NAME)
    return each(table, triples, run, lambda rows, first, second, given: answer(rows, first, second, null, draws, run))


@independence.add(NAME, CARD, batch=hsic_batch)
def hsic(
    table: Table,
    x: str,
    y: str,
    given: tuple[str, ...],
    run: Run,
    *,
    null: Annotated[
        Null, Option("law of the statistic: gamma of the same moments, spectral (weighted chi-squares), or permutation")
    ] = "gamma",
    draws: Annotated[int, Option("permutations, where they are asked for")] = 999,
) -> Test:
    """Test x and y on the rows complete in both; the effect is the alignment of both kernels. Takes no given columns."""
    return hsic_batch(table, [(x, y, tuple(given))], run, null=null, draws=draws)[0]


def answer(rows: Rows, first: str, second: str, null: Null, draws: int, run: Run) -> Test:
    """Answer one pair; no evidence (p = 1) when a side does not vary."""
    one, other = rows.variables[first], rows.variables[second]
    if rows.n < FEWEST or one.constant or other.constant:
        return Test(p=1.0, statistic=0.0, n_used=rows.n, effect=0.0)
    for name in (first, second):
        if name not in rows.kept:
            points = points_of([rows.variables[name]])
            rows.kept[name] = features(points, median_width(points) / math.sqrt(2), run)
    sides = [np.asarray(rows.kept[name]) for name in (first, second)]
    statistic = float(((sides[0].T @ sides[1]) ** 2).sum())
    spreads = [spread_of(side) for side in sides]
    if null == "permutation":
        p = shuffled_p(one, other, sides, draws, run)
    elif null == "gamma":
        p = gamma_tail(statistic, *shuffled(spreads[0], spreads[1], rows.n))
    else:
        p = spectral_marginal(statistic, sides[0], sides[1])
    effect = min(statistic / math.sqrt(spreads[0].square * spreads[1].square), 1.0)
    return Test(p=p, statistic=statistic / rows.n**2, n_used=rows.n, effect=effect)


def shuffled_p(one: Variable, other: Variable, sides: Sequence[np.ndarray], draws: int, run: Run) -> float:
    """Return p by shuffling the rows of one side; which side, and the chance, follow from the content."""
    roles = in_order(one, other, ())
    order = np.lexsort((roles.second.values, roles.first.values))
    still, moved = (side[order] for side in (sides if roles.first is one else sides[::-1]))
    rng, beyond = run.rng(NAME, roles.key), 0
    actual = float(((still.T @ moved) ** 2).sum())
    for _ in range(draws):
        run.check()
        beyond += float(((still.T @ moved[rng.permutation(len(moved))]) ** 2).sum()) >= actual * (1 - 1e-12)
    return (1 + beyond) / (1 + draws)

"""Test independence of columns of any kind by regressing each side on the given ones and relating what is left. [tsagris2018, shah2020]

As in Tsagris et al. each side has the regression of its kind. Their two likelihood-ratio tests, one per direction,
become one score test: the products of both sides' residuals have mean zero when the columns are independent, and
that stays so to first order when one of the two regressions is somewhat wrong (Shah and Peters). Counts get a linear
regression and a variance taken from the residuals, so that their size does not rest on a Poisson law. Where rows depend
on each other, the products' variance is found from them by clusters or over time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np

from aitia.core.card import Card, Option
from aitia.core.independence import Test
from aitia.core.run import Run
from aitia.core.shelf import independence
from aitia.core.table import Table
from aitia.measures.blocks import Block, block_for, holes_of
from aitia.measures.effective_n import EFFECTIVE, Effective, dependence_of, hotelling
from aitia.measures.kinds import Triple, names_in, need_kinds
from aitia.measures.quadratic import quadratic_form
from aitia.measures.residuals import Residuals

NAME = "regression-score"
CARD = Card(
    says="Tests whether two columns of any kind are unrelated given others, by what regressions leave of both.",
    kinds=frozenset({"continuous", "count", "binary", "categorical", "ordinal"}),
    assumes=frozenset({"linear relations"}),
    needs=frozenset({"rows"}),
    minimum_n=100,
    cost="rows",
    dependent=True,
    cites=("tsagris2018", "shah2020"),
)


def regression_score_batch(table: Table, triples: Sequence[Triple], run: Run, *, effective: Effective = "auto") -> list[Test]:
    """Test many triples (first, second, given); those with one given set share its regressions."""
    names = names_in(triples)
    need_kinds(table, names, CARD.kinds, NAME)
    values = table.rows(names) if triples else {}
    gaps = set(holes_of(values, names))
    dependence = dependence_of(table, effective)
    blocks: dict[tuple[str, ...], Block] = {}
    found: dict[int, Test] = {}
    for i in sorted(range(len(triples)), key=lambda i: triples[i][2]):
        run.check()
        first, second, given = triples[i]
        holes = tuple(sorted(gaps & {first, second, *given}))
        if holes not in blocks:
            blocks = {key: block for key, block in blocks.items() if not key}  # one block with gaps at a time
            blocks[holes] = block_for(table, values, holes, names, dependence)
        found[i] = test(blocks[holes], first, second, given)
    return [found[i] for i in range(len(triples))]


@independence.add(NAME, CARD, batch=regression_score_batch)
def regression_score(
    table: Table, x: str, y: str, given: tuple[str, ...], run: Run, *, effective: Annotated[Effective, Option(EFFECTIVE)] = "auto"
) -> Test:
    """Test x and y given others on the rows complete in all of them; the effect is the residual correlation (or Cramér's V)."""
    return regression_score_batch(table, [(x, y, tuple(given))], run, effective=effective)[0]


def test(block: Block, first: str, second: str, given: tuple[str, ...]) -> Test:
    """Test one triple on one block; no evidence (p = 1) when nothing is left to compare."""
    if block.n <= len(given) + 3:
        return Test(p=1.0, statistic=0.0, n_used=block.n, effect=0.0, degrees=0)
    one, other = block.left_of(first, given), block.left_of(second, given)
    if not one.errors.shape[1] or not other.errors.shape[1]:  # constant on these rows
        return Test(p=1.0, statistic=0.0, n_used=block.n, effect=0.0, degrees=0)
    rank = block.basis_of(given).shape[1]
    products = one.errors.T @ other.errors  # (d_first, d_second)
    # Both fits follow their own data, so each side's fitted variance is too small by 1 - rank / n, their product only once.
    spread = block.spread(first, second, given)
    variance = (product_variance(one, other) if spread is None else spread.covariance) / (1 - rank / block.n)
    statistic, degrees = quadratic_form(products.ravel(), variance)
    n = block.n if spread is None else spread.rows
    freedom = block.n - rank - degrees
    if degrees == 0 or freedom < 1:
        return Test(p=1.0, statistic=0.0, n_used=n, effect=0.0, degrees=degrees)
    share = min(statistic / max(n - rank, 1), 1.0)
    if spread is None:
        p = tail(statistic, share, degrees, freedom, exact=one.probabilities is None or other.probabilities is None)
    else:
        p = hotelling(statistic, degrees, spread.freedom)
    effect = float(np.sqrt(share / min(products.shape)))
    return Test(
        p=p,
        statistic=statistic,
        n_used=n,
        effect=effect * float(np.sign(products.sum())) if degrees == 1 else effect,
        degrees=degrees,
    )


def tail(statistic: float, share: float, degrees: int, freedom: int, *, exact: bool) -> float:
    """Return the p-value: by F where a side is numeric (exact for normal errors), else by chi-square."""
    from scipy import special

    if not exact:
        return float(special.chdtrc(degrees, statistic))
    return float(special.fdtrc(degrees, freedom, share / max(1 - share, 1e-300) * freedom / degrees))


def product_variance(one: Residuals, other: Residuals) -> np.ndarray:
    """Return the variance (d, d) of the summed residual products: fitted where coded, observed where numeric."""
    first, second = conditional_variance(one), conditional_variance(other)  # lists of rows of (n,) arrays
    width, depth = len(first), len(second)
    found = np.empty((width, depth, width, depth))
    flat = np.array([second[c][d] for c in range(depth) for d in range(depth)])  # (depth², n)
    for a in range(width):
        for b in range(a, width):
            found[a, :, b, :] = found[b, :, a, :] = (flat @ first[a][b]).reshape(depth, depth)
    return found.reshape(width * depth, width * depth)


def conditional_variance(side: Residuals) -> list[list[np.ndarray]]:
    """Return the variance of a side in each row, as a d × d list of arrays (n,)."""
    if side.probabilities is None:
        return [[column**2 for column in side.errors.T]] if side.errors.shape[1] else []
    p = side.probabilities.T
    return [[p[a] * (float(a == b) - p[b]) for b in range(len(p))] for a in range(len(p))]

"""Test independence of columns of mixed kinds by likelihood ratios of regressions in both directions. [tsagris2018]

Each side is regressed on the given columns with and without the other side, by the regression of its kind. The two
p-values become one that does not depend on which side comes first.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Annotated

import numpy as np

from aitia.core.card import Card, Option
from aitia.core.independence import Test
from aitia.core.run import Run
from aitia.core.shelf import independence
from aitia.core.table import Table
from aitia.measures.blocks import Block, block_for, holes_of
from aitia.measures.effective_n import EFFECTIVE, Effective, Spread, dependence_of, hotelling
from aitia.measures.kinds import Triple, names_in, need_kinds
from aitia.measures.residuals import basis, residuals

NAME = "likelihood-ratio"
CARD = Card(
    says="Tests whether two columns of mixed kinds are unrelated given others, by likelihood ratios in both directions.",
    kinds=frozenset({"continuous", "binary", "categorical", "ordinal"}),
    assumes=frozenset({"linear relations", "even spread"}),
    needs=frozenset({"rows"}),
    minimum_n=200,
    cost="rows",
    dependent=True,
    cites=("tsagris2018",),
)


def likelihood_ratio_batch(table: Table, triples: Sequence[Triple], run: Run, *, effective: Effective = "auto") -> list[Test]:
    """Test many triples (first, second, given)."""
    names = names_in(triples)
    need_kinds(table, names, CARD.kinds, NAME)
    values = table.rows(names) if triples else {}
    gaps = set(holes_of(values, names))
    dependence = dependence_of(table, effective)
    blocks: dict[tuple[str, ...], Block] = {}
    found = []
    for first, second, given in triples:
        run.check()
        holes = tuple(sorted(gaps & {first, second, *given}))
        if holes not in blocks:
            blocks[holes] = block_for(table, values, holes, names, dependence)
        found.append(test(blocks[holes], first, second, given))
    return found


@independence.add(NAME, CARD, batch=likelihood_ratio_batch)
def likelihood_ratio(
    table: Table, x: str, y: str, given: tuple[str, ...], run: Run, *, effective: Annotated[Effective, Option(EFFECTIVE)] = "auto"
) -> Test:
    """Test x and y given others on the rows complete in all of them; the effect is the larger of the two partial correlations."""
    return likelihood_ratio_batch(table, [(x, y, tuple(given))], run, effective=effective)[0]


def test(block: Block, first: str, second: str, given: tuple[str, ...]) -> Test:
    """Test one triple in both directions; p = min(2 min(p₁, p₂), max(p₁, p₂))."""
    one, other = one_way(block, first, second, given), one_way(block, second, first, given)
    spread = block.spread(first, second, given)
    if spread is not None:
        one, other = shrunk(one, spread), shrunk(other, spread)
    p = min(2 * min(one.p, other.p), max(one.p, other.p))
    strong = max((one, other), key=lambda found: (found.statistic, found.degrees or 0))
    effect = max(one.effect or 0.0, other.effect or 0.0)
    return Test(p=p, statistic=strong.statistic, n_used=strong.n_used, effect=effect, degrees=strong.degrees)


def one_way(block: Block, target: str, other: str, given: tuple[str, ...]) -> Test:
    """Compare the regressions of one side on the given columns without and with the other side."""
    column, added = block.columns[target], block.columns[other].values
    short = block.basis_of(given)
    wide = basis([short[:, 1:], added], block.n)
    degrees = (wide.shape[1] - short.shape[1]) * column.values.shape[1]
    freedom = block.n - wide.shape[1]
    if degrees < 1 or freedom < 1:
        return Test(p=1.0, statistic=0.0, n_used=block.n, effect=0.0, degrees=0)
    before, after = block.left_of(target, given), residuals(column, wide)
    if before.probabilities is None or after.probabilities is None:
        return linear(float((before.errors**2).sum()), float((after.errors**2).sum()), block.n, degrees, freedom)
    ratio = max(2 * (log_likelihood(column.values, after.probabilities) - log_likelihood(column.values, before.probabilities)), 0.0)
    return from_ratio(ratio, block.n, degrees)


def shrunk(found: Test, spread: Spread) -> Test:
    """Return a test with its statistic scaled to the rows that dependent rows are worth. [rao1984]"""
    statistic, degrees = found.statistic * spread.rows / found.n_used, found.degrees or 0
    p = hotelling(statistic, degrees, spread.freedom) if degrees else 1.0
    return dataclasses.replace(found, p=p, statistic=statistic, n_used=spread.rows)


def linear(before: float, after: float, n: int, degrees: int, freedom: int) -> Test:
    """Return the test of two residual sums of squares, by the exact law of their ratio for normal errors."""
    from scipy import special

    share = min(max(1 - after / before, 0.0), 1.0) if before > 0 else 0.0
    p = float(special.fdtrc(degrees, freedom, share / max(1 - share, 1e-300) * freedom / degrees))
    return Test(p=p, statistic=-n * float(np.log(max(1 - share, 1e-300))), n_used=n, effect=float(np.sqrt(share)), degrees=degrees)


def from_ratio(ratio: float, n: int, degrees: int) -> Test:
    """Return the test of a likelihood ratio by its chi-square law."""
    from scipy import special

    return Test(
        p=float(special.chdtrc(degrees, ratio)), statistic=ratio, n_used=n, effect=float(np.sqrt(1 - np.exp(-ratio / n))), degrees=degrees
    )


def log_likelihood(indicators: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the log-likelihood of indicators (n, d) of all levels but one under their fitted probabilities."""
    left = 1 - indicators.sum(axis=1)
    own = (indicators * probabilities).sum(axis=1) + left * (1 - probabilities.sum(axis=1))
    return float(np.log(np.maximum(own, 1e-300)).sum())

"""Ask whether straight lines describe how columns hang together, by what squares add to each regression. [ramsey1969, white1980]"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from aitia.core.card import Card, Option
from aitia.core.finding import Finding
from aitia.core.run import Run
from aitia.core.shelf import properties
from aitia.core.table import Table
from aitia.measures.complete import FEWEST, Complete, complete_rows
from aitia.measures.tails import LEVEL, chi_square_power, chi_square_tail, holm

NAME = "linearity"
CARD = Card(
    says="Asks whether straight lines describe how numeric columns hang together.",
    kinds=frozenset({"continuous", "count"}),
    gives="test",
    minimum_n=FEWEST,
    cost="rows",
    cites=("ramsey1969", "white1980"),
)
NOTHING_LEFT = 1e-9


@properties.add(NAME, CARD)
def linearity(
    table: Table,
    run: Run,
    *,
    least: Annotated[float, Option("share of a regression's residual variance that a square must explain to count")] = 0.02,
) -> Finding:
    """Regress each numeric column on all others and test the square of each other one, and of the fit, by a robust score test.

    The value is the number of curved relations: those significant together by Holm that explain at least `least`.
    """
    rows = complete_rows(table, run)
    if rows.n < CARD.minimum_n or len(rows.numbers) < 1 or len(rows.expanded) < 2:
        return Finding(check=NAME, passed=None, says="There are too few complete rows or numeric columns to ask for linearity.")
    found = [(target, *item) for target in rows.numbers for item in squares(rows, target, run)]
    if not found:
        return Finding(check=NAME, passed=None, says="No numeric column stands beside another, so there is no line to bend.")
    adjusted = holm([p for _, _, p, _ in found])
    curved = sorted(
        ((t, s, share) for (t, s, _, share), p in zip(found, adjusted, strict=True) if p <= LEVEL and share >= least), key=order
    )
    power = chi_square_power(rows.n * least / (1 - least), 1, LEVEL / len(found))
    if not curved:
        says = f"Straight lines describe the {len(rows.numbers)} numeric columns: no square adds {100 * least:g} % to any regression."
        return Finding(check=NAME, passed=True, value=0.0, threshold=0.0, power=power, says=says, p=min(adjusted))
    named = "; ".join(f"{target} bends in {source} ({100 * share:.0f} %)" for target, source, share in curved[:3])
    more = f"; and {len(curved) - 3} more" if len(curved) > 3 else ""
    return Finding(
        check=NAME,
        passed=False,
        value=float(len(curved)),
        threshold=0.0,
        power=power,
        says=f"{len(curved)} relations are curved: {named}{more}. In brackets: what the square explains of what lines left.",
        next="Use methods that do not assume lines: kernel tests, --learner boosting, or terms such as x^2.",
        p=min(adjusted),
    )


def order(item: tuple[str, str, float]) -> tuple[float, str, str]:
    """Sort the most curved first."""
    return -item[2], item[0], item[1]


def squares(rows: Complete, target: str, run: Run) -> list[tuple[str, float, float]]:
    """Return for the square of each other numeric column, and of the fit: its name, p-value and share of residual variance."""
    run.check()
    given = rows.others(target)
    fitted, left, rank = rows.residual(target)
    sources = [name for name in rows.numbers if name != target]
    columns = [rows.expanded[name].values[:, 0] ** 2 for name in sources]
    if len(rows.expanded) > 2:
        sources, columns = [*sources, "the others together"], [*columns, fitted**2]
    if not columns or rows.n <= 2 * rank:
        return []
    added = np.column_stack(columns)
    added -= given @ (given.T @ added) / rows.n
    size, spread = (added**2).sum(axis=0), (added**2).T @ left**2 * rows.n / (rows.n - rank)
    score, kept = added.T @ left, (size > NOTHING_LEFT * rows.n) & (spread > 0)
    total = max(float(left @ left), 1e-300)
    return [
        (sources[i], chi_square_tail(float(score[i] ** 2 / spread[i]), 1), float(score[i] ** 2 / (size[i] * total)))
        for i in np.flatnonzero(kept)
    ]

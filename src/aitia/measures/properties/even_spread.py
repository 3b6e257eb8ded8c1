"""Ask whether the noise of numeric columns spreads evenly, by what squared residuals have to do with the others. [koenker1981]"""

from __future__ import annotations

from typing import Annotated

from aitia.core.card import Card, Option
from aitia.core.finding import Finding
from aitia.core.run import Run
from aitia.core.shelf import properties
from aitia.core.table import Table
from aitia.measures.complete import FEWEST, complete_rows
from aitia.measures.tails import LEVEL, chi_square_power, chi_square_tail, holm

NAME = "even-spread"
CARD = Card(
    says="Asks whether the noise of numeric columns has the same spread everywhere.",
    kinds=frozenset({"continuous", "count"}),
    gives="test",
    minimum_n=FEWEST,
    cost="rows",
    cites=("koenker1981",),
)


@properties.add(NAME, CARD)
def even_spread(
    table: Table,
    run: Run,
    *,
    least: Annotated[float, Option("share of the squared residuals' variance that the other columns must explain to count")] = 0.02,
) -> Finding:
    """Regress each numeric column on all others, and its squared residuals again; the value is how many spread unevenly."""
    rows = complete_rows(table, run)
    found = []
    for name in rows.numbers if rows.n >= CARD.minimum_n and len(rows.expanded) > 1 else ():
        run.check()
        given = rows.others(name)
        _, left, rank = rows.residual(name)
        squared = left**2 - (left**2).mean()
        total = float(squared @ squared)
        if rows.n > 2 * rank and rank > 1 and total > 1e-18 * rows.n:
            share = float(((given[:, 1:].T @ squared) ** 2).sum() / rows.n / total)
            found.append((name, chi_square_tail(rows.n * share, rank - 1), share))
    if not found:
        return Finding(check=NAME, passed=None, says="There are too few complete rows or numeric columns to ask for even spread.")
    adjusted = holm([p for _, p, _ in found])
    uneven = sorted(((-share, name) for (name, _, share), p in zip(found, adjusted, strict=True) if p <= LEVEL and share >= least))
    degrees = max(rows.others(found[0][0]).shape[1] - 1, 1)
    power = chi_square_power(rows.n * least, degrees, LEVEL / len(found))
    if not uneven:
        says = f"The noise of the {len(found)} numeric columns spreads evenly."
        return Finding(check=NAME, passed=True, value=0.0, threshold=0.0, power=power, says=says, p=min(adjusted))
    named = ", ".join(name for _, name in uneven[:4]) + (f" and {len(uneven) - 4} more" if len(uneven) > 4 else "")
    return Finding(
        check=NAME,
        passed=False,
        value=float(len(uneven)),
        threshold=0.0,
        power=power,
        says=f"The noise of {len(uneven)} of {len(found)} numeric columns depends on the others: {named}.",
        next="Use hc1 or cluster standard errors, and tests that do not assume even spread.",
        p=min(adjusted),
    )

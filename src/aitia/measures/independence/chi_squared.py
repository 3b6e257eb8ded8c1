"""Test independence of coded columns by Pearson's chi-square in every stratum of the given ones. [pearson1900]"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aitia.core.card import Card, Option
from aitia.core.independence import Test
from aitia.core.run import Run
from aitia.core.shelf import independence
from aitia.core.table import Table
from aitia.measures.count_tests import DRAWS, KINDS, LAW, CountTests, Law, Rule, count_tests, tests_of
from aitia.measures.kinds import Triple

NAME = "chi-squared"
CARD = Card(
    says="Tests whether two coded columns are unrelated given coded others, by chi-square summed over strata.",
    kinds=KINDS,
    needs=frozenset({"counts"}),
    minimum_n=50,
    cost="counts",
    cites=("pearson1900", "dawson1954"),
)


def prepare(table: Table, names: Sequence[str], run: Run, *, law: Law = "moments", draws: int = 0) -> CountTests:
    """Count columns once for all triples to come."""
    return count_tests(table, names, run, Rule(NAME, "chi-square", law, draws))


def chi_squared_batch(table: Table, triples: Sequence[Triple], run: Run, *, law: Law = "moments", draws: int = 0) -> list[Test]:
    """Test many triples (first, second, given); those with one given set side by side share its strata."""
    return tests_of(table, triples, run, Rule(NAME, "chi-square", law, draws))


@independence.add(NAME, CARD, batch=chi_squared_batch, prepare=prepare)
def chi_squared(
    table: Table,
    x: str,
    y: str,
    given: tuple[str, ...],
    run: Run,
    *,
    law: Annotated[Law, Option(LAW)] = "moments",
    draws: Annotated[int, Option(DRAWS)] = 0,
) -> Test:
    """Test x and y given others on the rows complete in all of them; the effect is Cramér's V over all strata."""
    return chi_squared_batch(table, [(x, y, tuple(given))], run, law=law, draws=draws)[0]

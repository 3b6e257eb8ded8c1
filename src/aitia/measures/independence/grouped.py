"""Test columns that were drawn several times in each environment, one draw against another draw of the same environment. [guo2023]

The environments are the independent rows. A column's draw is tested against the other column's other draw, given the
given columns in the first one's draw; the p-values of all ordered pairs of draws become one by the Cauchy combination.
Given the other column itself, this asks whether the mechanisms of both are independent: with draws of x and y in each
environment, y in one draw is independent of x in another given x in the first just when x causes y or nothing does.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from aitia.core.card import Card, Method, Option
from aitia.core.errors import BadOption, InputError
from aitia.core.independence import Test
from aitia.core.keys import row_keys
from aitia.core.run import Run
from aitia.core.shelf import independence
from aitia.core.table import Table
from aitia.measures.choice import run_tests
from aitia.measures.kinds import Triple, names_in, need_kinds
from aitia.measures.part import table_like
from aitia.measures.tails import cauchy_combination

NAME = "grouped"
CARD = Card(
    says="Tests columns drawn several times in each environment, one draw against another, by another test.",
    kinds=frozenset({"continuous", "count", "binary", "categorical", "ordinal"}),
    needs=frozenset({"rows", "environment"}),
    uses=("independence",),
    minimum_n=100,
    cost="rows",
    cites=("guo2023", "liu2020"),
)
DRAW = "{} (draw {})"


def grouped_batch(
    table: Table,
    triples: Sequence[Triple],
    run: Run,
    *,
    test: str = "kci",
    pairs: int = 6,
    options: dict[str, Any] | None = None,
) -> list[Test]:
    """Test many triples (first, second, given), each over the same pairs of draws."""
    names = names_in(triples)
    need_kinds(table, names, CARD.kinds, NAME)
    method = wrapped(test)
    if not triples:
        return []
    wide, draws = side_by_side(table, names)
    chosen = list(itertools.permutations(range(draws), 2))[: max(pairs, 2)]
    asked = [
        (DRAW.format(first, a), DRAW.format(second, b), tuple(DRAW.format(name, a) for name in given))
        for first, second, given in triples
        for a, b in chosen
    ]
    answers = run_tests(method, wide, asked, run, **(options or {}))
    return [joined(answers[i : i + len(chosen)]) for i in range(0, len(answers), len(chosen))]


@independence.add(NAME, CARD, batch=grouped_batch)
def grouped(
    table: Table,
    x: str,
    y: str,
    given: tuple[str, ...],
    run: Run,
    *,
    test: Annotated[str, Option("the test that is asked of two draws")] = "kci",
    pairs: Annotated[int, Option("ordered pairs of draws that are asked at most")] = 6,
    options: Annotated[dict[str, Any] | None, Option("options of the test that is asked")] = None,
) -> Test:
    """Test x in one draw against y in another given others in x's draw; y may be given too. n_used counts environments."""
    return grouped_batch(table, [(x, y, tuple(given))], run, test=test, pairs=pairs, options=options)[0]


def wrapped(name: str) -> Method:
    """Return the test to ask; raises `BadOption` for one that itself needs environments or a graph."""
    method = independence[name]
    if method.card.needs & {"graph", "environment"}:
        raise BadOption(f"{NAME} cannot ask {name}.", next="Name a test of columns alone, such as kci or g-squared.")
    return method


def joined(tests: Sequence[Test]) -> Test:
    """Return one test from those of several pairs of draws; the one of the least p lends statistic and effect."""
    strongest = min(tests, key=lambda found: found.p)
    return dataclasses.replace(strongest, p=cauchy_combination([found.p for found in tests]), n_used=min(found.n_used for found in tests))


def side_by_side(table: Table, names: Sequence[str]) -> tuple[Table, int]:
    """Return a table with one row for each environment of two draws or more, a column for each draw of each name, and how many draws.

    Draws are put in an order by their content, which tells nothing about their values. Raises `InputError` without environments.
    """
    domain = table.reading.domain
    if domain is None or domain not in table.names:
        raise InputError(f"{NAME} needs to know the environment of each row.", next="Name its column: Reading(domain=...), or --domain.")
    rows = table.rows([*names, domain])
    codes = rows[domain]
    keys = row_keys([rows[name] for name in names])
    order = np.lexsort((keys, codes))
    order = order[~np.isnan(codes[order])]
    _, starts, sizes = np.unique(codes[order], return_index=True, return_counts=True)
    if not (sizes >= 2).any():
        raise InputError(
            f"No environment in {domain} has two rows.", next="The test compares draws within an environment; bring some more."
        )
    draws = int(np.median(sizes[sizes >= 2]))
    places = np.where(np.arange(draws) < sizes[:, None], starts[:, None] + np.arange(draws), -1)[sizes >= 2]
    columns: dict[str, tuple[str, np.ndarray]] = {}
    for name in names:
        drawn = np.where(places >= 0, rows[name][order][places], np.nan)
        columns |= {DRAW.format(name, k): (name, drawn[:, k]) for k in range(draws)}
    plain = dataclasses.replace(table, reading=dataclasses.replace(table.reading, cluster=None, time=None))
    return table_like(plain, columns), draws

"""Find in data which columns decide whether a value of another is missing. [tu2019]

An indicator of missingness has no effects, so its causes are what keeps depending on it when the others are given. That
a value itself decides cannot be found: it is never seen where it is missing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from aitia.core.independence import Test
from aitia.core.memory import table_from
from aitia.core.missing import MissingCauses, unused
from aitia.core.run import Run
from aitia.core.table import Column, Kind, Table
from aitia.graphs.missingness import direct_causes
from aitia.measures.choice import cheapest_test, run_tests
from aitia.measures.kinds import Triple

LEVEL = 0.05
MOST_ROWS, MOST_COLUMNS, MOST_LEVELS = 20_000, 60, 40
AS_TESTED: dict[str, Kind] = {"environment": "categorical", "time": "continuous", "weight": "continuous"}


def missing_causes(table: Table, columns: Iterable[str], run: Run, among: Sequence[str] | None = None) -> tuple[MissingCauses, ...]:
    """Return for each column with missing values which of the other columns go with its being missing.

    Each other column that a test on the shelf takes is tried, judged together by Holm; of those that remain, the ones
    stay that the rest do not explain. Large tables are tested on 20,000 rows.
    """
    asked = tuple(name for name in dict.fromkeys(columns) if table.column(name).missing)
    if not asked:
        return ()
    wide, signs = with_indicators(plain(table, asked, among), asked)
    found = [causes_of(wide, name, signs, run) for name in asked]
    return tuple(dataclasses.replace(item, missing=table.column(item.column).missing) for item in found)


def plain(table: Table, asked: Sequence[str], among: Sequence[str] | None) -> Table:
    """Return the columns to look at, of at most so many rows, each with a kind that tests take."""
    names = tuple(dict.fromkeys([*asked, *(table.names if among is None else among)]))
    usable = [name for name in names if name in asked or fits(table.column(name))][: max(MOST_COLUMNS, len(asked))]
    columns = [as_tested(table.column(name)) for name in usable]
    return table_from(columns, table.sample(MOST_ROWS, usable))


def with_indicators(table: Table, columns: Sequence[str]) -> tuple[Table, dict[str, str]]:
    """Return the table with a binary column for each of some columns, 1 where its value is missing, and their names."""
    values = dict(table.rows())
    added: list[Column] = []
    names: dict[str, str] = {}
    for column in columns:
        name = unused(f"R_{column}", (*table.names, *names.values()))
        names[column] = name
        added.append(Column(name=name, kind="binary", levels=(0, 1)))
        values[name] = np.isnan(values[column]).astype(float)
    return table_from((*table.columns, *added), values), names


def as_tested(column: Column) -> Column:
    """Return the column as one of a kind that tests take."""
    return dataclasses.replace(column, kind=AS_TESTED.get(column.kind, column.kind))


def fits(column: Column) -> bool:
    """Tell whether a column can be looked at as a cause: not a mere name of rows, and not of very many levels."""
    return column.kind not in ("unit", "text") and len(column.levels) <= MOST_LEVELS


def causes_of(table: Table, column: str, signs: Mapping[str, str], run: Run) -> MissingCauses:
    """Return what goes with one column being missing."""
    sign, own = signs[column], set(signs.values())
    others = tuple(name for name in table.names if name != column and name not in own and fits(table.column(name)))
    first = tested(table, [(sign, name, ()) for name in others], run)

    def p_value(name: str, given: tuple[str, ...]) -> float:
        found = tested(table, [(sign, name, given)], run)
        return next(iter(found.values())).p if found else 0.0

    marginal = {triple[1]: test.p for triple, test in first.items()}
    return MissingCauses(
        column=column,
        missing=int(np.nansum(table.rows([sign])[sign])),
        causes=direct_causes(marginal, p_value, LEVEL),
        tried=len(marginal),
        rows=min((test.n_used for test in first.values()), default=0),
        p=min(1.0, len(marginal) * min(marginal.values(), default=1.0)),
    )


def tested(table: Table, triples: Sequence[Triple], run: Run) -> dict[Triple, Test]:
    """Test triples by the cheapest methods that take them, those with one method together; others are left out."""
    chosen = {triple: cheapest_test(table, (triple[0], triple[1], *triple[2])) for triple in triples}
    found: dict[Triple, Test] = {}
    for method in dict.fromkeys(m for m in chosen.values() if m is not None):
        own = [triple for triple in triples if chosen[triple] is method]
        found.update(zip(own, run_tests(method, table, own, run), strict=True))
    return {triple: found[triple] for triple in triples if triple in found}

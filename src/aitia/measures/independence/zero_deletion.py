"""Test independence of measurements with dropouts: rows with zeros in the given columns are left out, and another test asked. [dai2024]

Where a zero may stand for a value that was not caught, and whether it was caught depends on the value alone, two columns
are independent given others just when they are so among the rows in which the given ones are not zero. Zeros of the two
columns themselves stay.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np

from aitia.core.card import Card, Method, Option
from aitia.core.errors import BadOption
from aitia.core.independence import Test
from aitia.core.run import Run
from aitia.core.shelf import independence
from aitia.core.table import Table
from aitia.measures.choice import run_tests
from aitia.measures.kinds import Triple, names_in, need_kinds
from aitia.measures.part import part_of

NAME = "zero-deletion"
CARD = Card(
    says="Tests columns with dropouts by another test, on the rows in which no given column is zero.",
    kinds=frozenset({"continuous", "count"}),
    assumes=frozenset({"linear relations"}),
    needs=frozenset({"rows"}),
    uses=("independence",),
    minimum_n=100,
    cost="rows",
    cites=("dai2024",),
)
Deleted = Literal["conditioning", "all"]
FEW = "Only {} rows are left without zeros in the given columns; {} are needed."


@dataclasses.dataclass(frozen=True)
class Ask:
    """Hold the test to ask, with its options, and how many rows it needs."""

    method: Method
    options: dict[str, Any]
    min_rows: int


def zero_deletion_batch(
    table: Table,
    triples: Sequence[Triple],
    run: Run,
    *,
    test: str = "fisher-z",
    delete: Deleted = "conditioning",
    min_rows: int = 30,
    options: dict[str, Any] | None = None,
) -> list[Test]:
    """Test many triples (first, second, given); those that leave out the same rows are asked together."""
    names = names_in(triples)
    need_kinds(table, names, CARD.kinds, NAME)
    ask = Ask(wrapped(test), options or {}, min_rows)
    values = table.rows(names) if triples else {}
    zero = {name: array == 0 for name, array in values.items()}
    groups: dict[frozenset[str], list[int]] = {}
    for i, (first, second, given) in enumerate(triples):
        watched = (first, second, *given) if delete == "all" else given
        groups.setdefault(frozenset(name for name in watched if zero[name].any()), []).append(i)
    found: dict[int, Test] = {}
    for columns, members in groups.items():
        kept = ~np.logical_or.reduce([zero[name] for name in sorted(columns)]) if columns else None
        found.update(zip(members, on_rows(table, kept, [triples[i] for i in members], run, ask), strict=True))
    return [found[i] for i in range(len(triples))]


def wrapped(name: str) -> Method:
    """Return the test to ask; raises `BadOption` for one that wraps another or needs more than rows."""
    method = independence[name]
    if method.card.uses or method.card.needs & {"graph", "environment"}:
        raise BadOption(f"{NAME} cannot ask {name}.", next="Name a test of columns alone, such as fisher-z or kci.")
    return method


@independence.add(NAME, CARD, batch=zero_deletion_batch)
def zero_deletion(
    table: Table,
    x: str,
    y: str,
    given: tuple[str, ...],
    run: Run,
    *,
    test: Annotated[str, Option("the test that is asked on the rows that are left")] = "fisher-z",
    delete: Annotated[Deleted, Option("columns whose zeros leave a row out: the conditioning ones, or all of the triple")] = "conditioning",
    min_rows: Annotated[int, Option("rows that must be left; with fewer there is no evidence")] = 30,
    options: Annotated[dict[str, Any] | None, Option("options of the test that is asked")] = None,
) -> Test:
    """Test x and y given others on the rows left; n_used counts them, and a note says when they are too few (p = 1)."""
    triples = [(x, y, tuple(given))]
    return zero_deletion_batch(table, triples, run, test=test, delete=delete, min_rows=min_rows, options=options)[0]


def on_rows(table: Table, kept: np.ndarray | None, own: list[Triple], run: Run, ask: Ask) -> list[Test]:
    """Ask the wrapped test on some rows; no evidence, with a note, where they are too few."""
    left = table.n if kept is None else int(kept.sum())
    enough = [left >= max(ask.min_rows, len(given) + 4) for _, _, given in own]
    asked = [triple for triple, fits in zip(own, enough, strict=True) if fits]
    part = table if kept is None else part_of(table, names_in(asked), kept)
    answers = iter(run_tests(ask.method, part, asked, run, **ask.options) if asked else ())
    none = Test(p=1.0, statistic=0.0, n_used=left, effect=0.0, note=FEW.format(left, ask.min_rows))
    return [next(answers) if fits else none for fits in enough]

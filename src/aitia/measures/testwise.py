"""Give tests the rows complete in the columns of a triple, with triples that share rows and a given set side by side."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from aitia.core.independence import Test
from aitia.core.run import Run
from aitia.core.table import Table
from aitia.measures.content import Variable
from aitia.measures.kinds import Triple, names_in


@dataclasses.dataclass
class Rows:
    """Hold the variables of the rows complete in some columns, which rows those are, and a place for what the next triple may need."""

    n: int
    variables: dict[str, Variable]
    where: np.ndarray | None = None
    kept: dict[object, object] = dataclasses.field(default_factory=dict)


Answer = Callable[[Rows, str, str, tuple[str, ...]], Test]


def each(table: Table, triples: Sequence[Triple], run: Run, answer: Answer) -> list[Test]:
    """Answer every triple on its complete rows; those with the same gaps and the same given set follow each other."""
    names = names_in(triples)
    values = table.rows(names) if triples else {}
    gaps = {name for name in names if np.isnan(values[name]).any()}
    holes = [tuple(sorted(gaps & {first, second, *given})) for first, second, given in triples]
    found: dict[int, Test] = {}
    rows, at = None, None
    for i in sorted(range(len(triples)), key=lambda i: (holes[i], sorted(triples[i][2]))):
        run.check()
        first, second, given = triples[i]
        if rows is None or at != holes[i]:
            rows, at = complete(table, values, holes[i]), holes[i]
        found[i] = answer(rows, first, second, tuple(given))
    return [found[i] for i in range(len(triples))]


def complete(table: Table, values: dict[str, np.ndarray], holes: tuple[str, ...]) -> Rows:
    """Return the rows complete in `holes`; columns that still have gaps keep them."""
    whole = None if not holes else ~np.logical_or.reduce([np.isnan(values[name]) for name in holes])
    parts = {name: array if whole is None else array[whole] for name, array in values.items()}
    n = table.n if whole is None else int(whole.sum())
    return Rows(n=n, variables={name: Variable(part, table.column(name).coded) for name, part in parts.items()}, where=whole)

"""Choose an independence test by what its card says, and run it on many triples at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

from aitia.core.card import COSTS, Method
from aitia.core.independence import Test
from aitia.core.run import Run
from aitia.core.shelf import independence
from aitia.core.table import Table
from aitia.measures.kinds import Triple

ON_REQUEST = frozenset({"graph", "environment"})


def cheapest_test(table: Table, names: Iterable[str]) -> Method | None:
    """Return the cheapest independence test whose card takes all the kinds involved and this many rows, then the least demanding.

    Tests that wrap another, those that take no given columns, and those that need more than columns are left to those who
    ask for them. Where rows depend on each other (clusters, time), it is one that weighs them.
    """
    dependent = bool(table.reading.cluster or table.reading.time)
    kinds = {table.column(name).kind for name in names}
    fit = [
        m
        for m in independence
        if kinds <= m.card.kinds and table.n >= m.card.minimum_n and m.card.given and not m.card.uses and not m.card.needs & ON_REQUEST
        if m.card.dependent or not dependent
    ]
    return min(fit, key=lambda m: (COSTS.index(m.card.cost), m.card.random, m.card.minimum_n, m.name), default=None)


def run_tests(method: Method, table: Table, triples: Sequence[Triple], run: Run, **options: Any) -> list[Test]:
    """Test many triples (first, second, given) by one method, by its batch kernel where it has one."""
    batch = method.kernels.get("batch")
    if batch is None:
        return [run.use(method, table, first, second, given, **options) for first, second, given in triples]
    tests: list[Test] = run.use(dataclasses.replace(method, function=batch), table, list(triples), **options)
    return tests

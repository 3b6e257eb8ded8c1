"""Test independence on complete rows, corrected where other columns decide which rows are complete. [tu2019] [mohan2013]

Two columns can be dependent among complete rows though they are independent among all: when both, or their common
effect, decide on a missing value. Another test is run on the complete rows, each repeated by its weight, and its
statistic is divided by what the repeating does to its variance. A test without degrees of freedom is run once on
complete rows kept with a chance proportional to their weight, which are rows as if nothing were missing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

import numpy as np

from aitia.core.card import AUTO, Card, Method, Option
from aitia.core.errors import BadOption, unknown
from aitia.core.independence import Test
from aitia.core.memory import table_from
from aitia.core.run import Run
from aitia.core.shelf import independence
from aitia.core.table import Table
from aitia.graphs.formats.text import parse
from aitia.graphs.missingness import spellings
from aitia.measures.choice import cheapest_test, run_tests
from aitia.measures.completeness import GROUPS, Problem, design_effect, problem_of, uniforms, weights_of
from aitia.measures.kinds import Triple, names_in, need_kinds
from aitia.measures.missing_causes import missing_causes

NAME = "missing-corrected"
CARD = Card(
    says="Tests two columns on complete rows, weighted to stand for all rows where other columns decide what is missing.",
    kinds=frozenset({"continuous", "count", "binary", "categorical", "ordinal"}),
    assumes=frozenset({"linear relations", "no value decides whether it is itself missing"}),
    needs=frozenset({"rows"}),
    uses=("independence",),
    random=True,
    minimum_n=100,
    cost="rows",
    cites=("tu2019", "mohan2013"),
)
REPEATS = 4
FEWEST_ROWS = 20
SMALLEST_P = 1e-300
SLOW = frozenset({"rows^2", "rows^3"})
Wrapped = Annotated[str, Option("test to correct, or auto for the cheapest that takes the columns")]
Stated = Annotated[str | None, Option('what decides on missing values, such as "age->R_income"; looked for in the data when left out')]


def missing_corrected_batch(
    table: Table, triples: Sequence[Triple], run: Run, *, test: str = AUTO, causes: str | None = None
) -> list[Test]:
    """Test many triples (first, second, given); those that need no correction go to the wrapped test together."""
    names = names_in(triples)
    need_kinds(table, names, CARD.kinds, NAME)
    known = Causes(table, run, stated_causes(causes, table) if causes is not None else None)
    found: dict[int, Test] = {}
    plain: dict[Method, list[int]] = {}
    for i, (first, second, given) in enumerate(triples):
        run.check()
        method = wrapped(test, table, (first, second, *given))
        if known.harmless(first, second, given):
            plain.setdefault(method, []).append(i)
        else:
            found[i] = corrected(table, (first, second), tuple(given), known, method, run)
    for method, own in plain.items():
        found.update(zip(own, run_tests(method, table, [triples[i] for i in own], run), strict=True))
    return [found[i] for i in range(len(triples))]


@independence.add(NAME, CARD, batch=missing_corrected_batch)
def missing_corrected(
    table: Table, x: str, y: str, given: tuple[str, ...], run: Run, *, test: Wrapped = AUTO, causes: Stated = None
) -> Test:
    """Test x and y given others on the rows complete in all of them and in what decides on their gaps."""
    return missing_corrected_batch(table, [(x, y, tuple(given))], run, test=test, causes=causes)[0]


@dataclasses.dataclass
class Causes:
    """Find what decides on the gaps of each column, once; what was stated is taken as it is."""

    table: Table
    run: Run
    stated: Mapping[str, tuple[str, ...]] | None = None
    kept: dict[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)

    def of(self, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return the causes of missingness of each of these columns that has gaps."""
        holes = [name for name in names if self.table.column(name).missing]
        if self.stated is not None:
            return {name: self.stated.get(name, ()) for name in holes}
        new = [name for name in holes if name not in self.kept]
        self.kept.update({found.column: found.causes for found in missing_causes(self.table, new, self.run)})
        return {name: self.kept[name] for name in holes}

    def reach(self, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return the causes of the columns' gaps, of those causes' own gaps, and so on."""
        found, waiting = {}, tuple(names)
        while waiting:
            new = self.of(waiting)
            found.update(new)
            waiting = tuple(
                dict.fromkeys(cause for causes in new.values() for cause in causes if cause not in found and cause not in waiting)
            )
        return found

    def harmless(self, first: str, second: str, given: Sequence[str]) -> bool:
        """Tell whether one side is independent of which rows are complete, given the other side and the given columns."""
        decides = {cause for causes in self.of((first, second, *given)).values() for cause in causes}
        return decides <= {first, *given} or decides <= {second, *given}


def wrapped(name: str, table: Table, columns: Sequence[str]) -> Method:
    """Return the test to correct; raises `BadOption` for one that wraps another, or where none takes the columns."""
    method = independence[name] if name != AUTO else cheapest_test(table, columns) or least_demanding(table, columns)
    if method.card.uses:
        raise BadOption(f"{NAME} cannot wrap {name}.", why="It wraps another test itself.", next="Name a test that stands on its own.")
    return method


def least_demanding(table: Table, columns: Sequence[str]) -> Method:
    """Return the test that asks for the fewest rows of those that take the columns; the shelf has one for every kind on the card."""
    kinds = {table.column(name).kind for name in columns}
    fit = [m for m in independence if kinds <= m.card.kinds and not m.card.uses]
    return min(fit, key=lambda m: (m.card.minimum_n, m.name))


def stated_causes(text: str, table: Table) -> dict[str, tuple[str, ...]]:
    """Read causes of missingness written as a graph whose arrows point at `R_x`; raises `UnknownName` and `BadOption`."""
    graph = parse(text)
    signs = {sign: name for name in table.names for sign in spellings(name) if sign not in table.names}
    found: dict[str, tuple[str, ...]] = {}
    for edge in graph.edges:
        if not edge.directed or edge.target not in signs:
            raise BadOption(f"{edge.source} {edge.symbol} {edge.target} says nothing of missing values.", next='Write "age->R_income".')
        if edge.source not in table.names:
            raise unknown("column", edge.source, table.names)
        found[signs[edge.target]] = (*found.get(signs[edge.target], ()), edge.source)
    return found


def corrected(table: Table, pair: tuple[str, str], given: tuple[str, ...], known: Causes, method: Method, run: Run) -> Test:
    """Test one pair on its weighted complete rows."""
    causes = known.reach((*pair, *given))
    extra = [cause for own in causes.values() for cause in own]
    problem = problem_of(table, pair, given, causes, extra)
    weights = weights_of(problem)
    if len(weights) < FEWEST_ROWS:
        return Test(p=1.0, statistic=0.0, n_used=len(weights), effect=0.0, degrees=0)
    seed = int(run.rng(NAME).integers(2**32))
    drawn = uniforms(problem, seed)
    first = (
        None if method.card.cost in SLOW else run.use(method, repeated(table, problem, np.floor(weights * REPEATS + drawn)), *pair, given)
    )
    if first is None or first.degrees is None:
        kept = run.use(method, repeated(table, problem, (drawn < weights / weights.max()).astype(float)), *pair, given)
        return dataclasses.replace(kept, n_used=len(weights))
    return scaled(first, design_effect(problem, seed) * REPEATS, len(weights))


def repeated(table: Table, problem: Problem, times: np.ndarray) -> Table:
    """Return a table of the tested columns in which each complete row stands so many times, in an order made from content."""
    names = (problem.first, problem.second, *problem.given)
    rows = np.flatnonzero(problem.complete)
    order = np.argsort(problem.keys[rows], kind="stable")
    chosen = np.repeat(rows[order], times[order].astype(np.int64))
    return table_from([table.column(name) for name in dict.fromkeys(names)], {name: problem.values[name][chosen] for name in names})


def scaled(test: Test, effect: float, n: int) -> Test:
    """Return a test on repeated rows as it would be without repeating: its chi-square over the design effect, judged by F."""
    from scipy import special

    degrees = test.degrees or 0
    if degrees < 1 or not np.isfinite(effect) or effect <= 0:
        return Test(p=1.0, statistic=0.0, n_used=n, effect=0.0, degrees=degrees)
    statistic = float(special.chdtri(degrees, max(test.p, SMALLEST_P))) / effect
    p = float(special.fdtrc(degrees, GROUPS - 1, statistic / degrees))
    return Test(p=p, statistic=statistic, n_used=n, effect=test.effect, degrees=degrees)

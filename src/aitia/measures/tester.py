"""Ask independence tests for a search: each question once, counted, and never mixed up between tables or options."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable, Sequence
from typing import Any

from aitia.core.card import Method
from aitia.core.independence import Test
from aitia.core.run import Run
from aitia.core.table import Table
from aitia.measures.choice import run_tests
from aitia.measures.kinds import Triple, names_in, need_kinds

Key = tuple[Any, ...]


@dataclasses.dataclass
class Tally:
    """Count what a tester was asked: questions, those it knew already, rows that tests used, and seconds that they took."""

    calls: int = 0
    hits: int = 0
    rows: int = 0
    seconds: float = 0.0


class Tester:
    """Answer independence questions about one table by one method, from memory where they were asked before.

    `options` are checked against the method's. `memory` may be shared between testers: what it holds is kept under the
    table's fingerprint and reading, the method, its options and the run's seed, so that nothing is taken for something else.
    """

    __test__ = False

    def __init__(
        self, table: Table, method: Method, run: Run, options: dict[str, Any] | None = None, memory: dict[Key, Test] | None = None
    ) -> None:
        self.table, self.method, self.run = table, method, run
        self.options = method.checked(options or {})
        self.memory: dict[Key, Test] = {} if memory is None else memory
        self.tally = Tally()
        reading = table.reading
        roles = (reading.unit, reading.time, reading.domain, reading.cluster, reading.weights)
        self.about: Key = (table.fingerprint(), roles, method.shelf, method.name, frozen(self.options), run.seed)
        self.sided = "environment" in method.card.needs  # there the two sides have different roles
        self._ask: Method | None = None

    def test(self, x: str, y: str, given: Iterable[str] = ()) -> Test:
        """Test two columns given others."""
        return self.batch([(x, y, tuple(given))])[0]

    def batch(self, triples: Sequence[Triple]) -> list[Test]:
        """Test many triples (x, y, given) at once; those that are new go to the method together."""
        keys = [self.key(x, y, given) for x, y, given in triples]
        fresh = {key: triple for key, triple in zip(keys, triples, strict=True) if key not in self.memory}
        if fresh:
            began = time.perf_counter()
            found = self.asked(list(fresh.values()))
            self.tally.seconds += time.perf_counter() - began
            self.tally.rows += sum(test.n_used for test in found)
            self.memory.update(zip(fresh, found, strict=True))
        self.tally.calls += len(triples)
        self.tally.hits += len(triples) - len(fresh)
        return [self.memory[key] for key in keys]

    def asked(self, triples: list[Triple]) -> list[Test]:
        """Ask the method, by columns prepared once where it can prepare them."""
        prepare = self.method.kernels.get("prepare")
        if prepare is None:
            return run_tests(self.method, self.table, triples, self.run, **self.options)
        if self._ask is None:
            names = [column.name for column in self.table.columns if column.kind in self.method.card.kinds]
            prepared = prepare(self.table, names, self.run, **self.options)
            self._ask = dataclasses.replace(self.method, function=lambda asked, run: prepared.tests(asked))
        need_kinds(self.table, names_in(triples), self.method.card.kinds, self.method.name)
        found: list[Test] = self.run.use(self._ask, triples)
        return found

    def key(self, x: str, y: str, given: Iterable[str]) -> Key:
        """Return what an answer is kept under: the same for both orders of the sides and any order of the given columns."""
        sides = (x, y) if self.sided or x <= y else (y, x)
        return (*self.about, *sides, frozenset(given))


def frozen(value: Any) -> Any:
    """Return a value that can be looked up, the same for the same options only."""
    if isinstance(value, dict):
        return tuple(sorted((str(name), frozen(part)) for name, part in value.items()))
    if isinstance(value, list | tuple):
        return tuple(frozen(part) for part in value)
    return value

"""Score families one by one as a search asks for them, each family once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from aitia.core.card import Method
from aitia.core.errors import InputError
from aitia.core.run import Run
from aitia.core.shelf import scores
from aitia.core.table import Table
from aitia.measures.families import Families, Family, Placed, toggle

MOST_KEPT = 1_000_000
Key = tuple[int, tuple[int, ...]]


@dataclasses.dataclass
class CalledFamilies(Families):
    """Score families by calling a method that prepares nothing, such as one of another package."""

    table: Table
    method: Method
    options: dict[str, Any]

    def score(self, node: int, parents: tuple[int, ...]) -> float:
        """Return the score of one family."""
        return float(self.scores([(node, parents)], Run())[0])

    def scores(self, families: Sequence[Placed], run: Run) -> np.ndarray:
        """Return the scores (m,) of many families, by the method's batch where it has one."""
        named: list[Family] = [(self.names[node], tuple(self.names[p] for p in parents)) for node, parents in families]
        if "batch" in self.method.kernels:
            return np.asarray(self.method.kernels["batch"](self.table, named, run, **self.options), dtype=float)
        return np.array([self.method.function(self.table, node, parents, run, **self.options) for node, parents in named])


def open_families(table: Table, method: Method | str, names: Sequence[str], run: Run, options: dict[str, Any] | None = None) -> Families:
    """Prepare a score of the shelf for families of the named columns, on the rows complete in all of them."""
    chosen = scores[method] if isinstance(method, str) else method
    checked = chosen.checked(dict(options or {}))
    known = tuple(dict.fromkeys(table.column(name).name for name in names))
    if "prepare" in chosen.kernels:
        return chosen.kernels["prepare"](table, known, run, **checked)
    gap = next((name for name in known if table.column(name).missing), None)
    if gap is not None:
        raise InputError(
            f"{chosen.name} cannot compare families, because {gap} has missing values.",
            why="It scores each family on other rows.",
            next="Leave out the rows with missing values first, or choose another score.",
        )
    return CalledFamilies(known, table.n, table, chosen, checked)


class LocalScores:
    """Keep the scores of families of `names`, by one method with one set of options, on one set of `n` rows.

    Nodes and parents are places in `names`. `key` says what the scores hold for: table, method, options, columns.
    `asked` counts the scores asked for, `computed` those that were not at hand.

    >>> local = LocalScores(table, "bge", run)  # doctest: +SKIP
    >>> local.score(2, (0, 1)), local.changes(2, (0,), [1, 3])  # doctest: +SKIP
    """

    def __init__(
        self, table: Table, method: Method | str, run: Run, *, nodes: Sequence[str] | None = None, options: dict[str, Any] | None = None
    ) -> None:
        self.method = scores[method] if isinstance(method, str) else method
        self.families = open_families(table, self.method, table.names if nodes is None else nodes, run, options)
        self.names, self.n, self.run = self.families.names, self.families.n, run
        self.key = (table.fingerprint(), self.method.name, tuple(sorted((options or {}).items())), self.names)
        self.asked = self.computed = 0
        self._kept: dict[Key, float] = {}

    def score(self, node: int, parents: Iterable[int]) -> float:
        """Return the score of one family; the order of the parents does not matter."""
        self.asked += 1
        key = (node, tuple(sorted(parents)))
        found = self._kept.get(key)
        if found is None:
            self.run.check()
            found = self._keep(key, self.families.score(*key))
        return found

    def scores(self, families: Sequence[tuple[int, Iterable[int]]]) -> np.ndarray:
        """Return the scores (m,) of many families; those not at hand are computed together."""
        keys = [(node, tuple(sorted(parents))) for node, parents in families]
        self.asked += len(keys)
        new = [key for key in dict.fromkeys(keys) if key not in self._kept]
        fresh = dict(zip(new, self.families.scores(new, self.run).tolist(), strict=True)) if new else {}
        found = np.array([fresh[key] if key in fresh else self._kept[key] for key in keys])
        for key, value in fresh.items():
            self._keep(key, value)
        return found

    def changes(self, node: int, parents: Iterable[int], others: Sequence[int]) -> np.ndarray:
        """Return by how much the score grows (m,) when each other column becomes a parent, or ceases to be one if it was."""
        now = tuple(sorted(parents))
        base = self.score(node, now)
        keys = [(node, toggle(now, other)) for other in others]
        self.asked += len(keys)
        new = [i for i, key in enumerate(keys) if key not in self._kept]
        fresh: dict[Key, float] = {}
        if new:
            self.run.check()
            values = self.families.toggled(node, now, [others[i] for i in new], self.run)
            fresh = {keys[i]: value for i, value in zip(new, values.tolist(), strict=True)}
        found = np.array([fresh[key] if key in fresh else self._kept[key] for key in keys])
        for key, value in fresh.items():
            self._keep(key, value)
        return differences(found, base)

    def total(self, parents: Sequence[Iterable[int]]) -> float:
        """Return the score of the graph in which node i has the i-th of these parent sets."""
        return float(self.scores(list(enumerate(parents))).sum())

    def _keep(self, key: Key, value: float) -> float:
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self.computed += 1
        self._kept[key] = value
        return value


def differences(after: np.ndarray, before: float) -> np.ndarray:
    """Return after - before, with no change between two scores of -inf.

    >>> differences(np.array([1.0, -np.inf]), -np.inf).tolist()
    [inf, 0.0]
    """
    if np.isfinite(before):
        return after - before
    return np.where(np.isfinite(after), np.inf, 0.0)

"""Score families, a node with its parents, all on the same rows, so that their scores can be compared and added.

A score of the shelf `scores` prepares what it needs from a table once (moments, counts, expanded columns) and answers
from that. Rows that miss a value in any of the named columns are left out for every family: scores on different rows
say nothing about each other.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from aitia.core.errors import InputError
from aitia.core.run import Run
from aitia.core.table import Table
from aitia.measures import subsets

Family = tuple[str, tuple[str, ...]]
Placed = tuple[int, tuple[int, ...]]  # a family by the places of its columns


@dataclasses.dataclass
class Families(abc.ABC):
    """Answer for the scores of families of the columns `names`, on the `n` rows that are complete in all of them."""

    names: tuple[str, ...]
    n: int

    @abc.abstractmethod
    def score(self, node: int, parents: tuple[int, ...]) -> float:
        """Return the score of one family: larger is better, -inf where too few rows are left to tell."""

    def scores(self, families: Sequence[Placed], run: Run) -> np.ndarray:
        """Return the scores (m,) of many families."""
        found = np.empty(len(families))
        for i, (node, parents) in enumerate(families):
            run.check()
            found[i] = self.score(node, parents)
        return found

    def toggled(self, node: int, parents: tuple[int, ...], others: Sequence[int], run: Run) -> np.ndarray:
        """Return the scores (m,) after each other column became a parent, or ceased to be one if it was."""
        return self.scores([(node, toggle(parents, other)) for other in others], run)


@dataclasses.dataclass
class SetFamilies(Families):
    """Score a family by the value of the set of its columns less the value of its parents.

    Whatever the value is, turning a covered edge then leaves the sum over a graph as it was.
    """

    @abc.abstractmethod
    def value(self, members: tuple[int, ...]) -> float:
        """Return the value of one set of columns; -inf where too few rows are left to tell."""

    def score(self, node: int, parents: tuple[int, ...]) -> float:
        """Return the value of the family's columns less that of the parents."""
        whole = self.value((*parents, node))
        return whole if whole == -np.inf else whole - self.value(parents)

    def values(self, most: int, run: Run) -> np.ndarray:
        """Return the values of all sets of at most `most` columns, in ascending order of their bit masks."""
        sets = subsets.masks(len(self.names), most)
        return subsets.fill(len(self.names), most, 1, lambda piece, out: self._each(sets, piece, out), run)

    def _each(self, sets: np.ndarray, piece: subsets.Piece, out: np.ndarray) -> None:
        for i in range(piece.size):
            out[i] = self.value(subsets.members(int(sets[piece.at + i])))


Prepare = Callable[..., Families]


def toggle(parents: tuple[int, ...], other: int) -> tuple[int, ...]:
    """Return the parents with another column, or without it if it is one of them.

    >>> toggle((1, 4), 2), toggle((1, 4), 4)
    ((1, 2, 4), (1,))
    """
    return tuple(p for p in parents if p != other) if other in parents else tuple(sorted((*parents, other)))


def kernels(prepare: Prepare) -> dict[str, Callable[..., Any]]:
    """Return the kernels of a score that prepares: `prepare` itself, and `batch` over families of one call."""

    def batch(table: Table, families: Sequence[Family], run: Run, **options: Any) -> np.ndarray:
        return score_all(prepare, table, families, run, **options)

    return {"prepare": prepare, "batch": batch}


def score_all(prepare: Prepare, table: Table, families: Sequence[Family], run: Run, **options: Any) -> np.ndarray:
    """Return the scores (m,) of families on the rows complete in every column that any of them names."""
    names = tuple(dict.fromkeys(name for node, parents in families for name in (node, *parents)))
    prepared = prepare(table, names, run, **options)
    return prepared.scores([placed(family, names) for family in families], run)


def score_one(prepare: Prepare, table: Table, node: str, parents: Sequence[str], run: Run, **options: Any) -> float:
    """Return the score of one family on the rows complete in its columns."""
    return float(score_all(prepare, table, [(node, tuple(parents))], run, **options)[0])


def placed(family: Family, names: Sequence[str]) -> Placed:
    """Return a family by the places of its columns, parents ascending and each once; raises `InputError` for a loop."""
    node, parents = family
    if node in parents:
        raise InputError(f"{node} cannot be its own parent.", next="Leave it out of the parents.")
    return names.index(node), tuple(sorted({names.index(parent) for parent in parents}))


def usable(table: Table, kinds: Collection[str]) -> int:
    """Return how many columns of the table are of these kinds: the size of the network that a score thinks of."""
    return sum(column.kind in kinds for column in table.columns)


def complete(values: dict[str, np.ndarray], names: Sequence[str]) -> list[np.ndarray]:
    """Return the arrays of the named columns, on the rows that miss no value in any of them."""
    columns = [values[name] for name in names]
    gaps = [np.isnan(column) for column in columns]
    if not any(gap.any() for gap in gaps):
        return columns
    kept = ~np.logical_or.reduce(gaps)
    return [column[kept] for column in columns]

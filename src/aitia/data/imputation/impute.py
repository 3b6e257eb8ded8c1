"""Fill missing values in by chained equations: each column in turn, from a regression on all others. [vanbuuren2011] [rubin1987]"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import Annotated

import numpy as np

from aitia.core.card import Card, Option
from aitia.core.errors import BadOption
from aitia.core.keys import column_keys, mix, row_keys
from aitia.core.memory import in_memory
from aitia.core.missing import Imputation
from aitia.core.run import Run
from aitia.core.shelf import imputation
from aitia.core.table import Column, Table
from aitia.data.imputation.draws import ROWS_PER_FEATURE, Way, draw_codes, draw_numbers

NAME = "impute"
CARD = Card(
    says="Fills missing values in several times by chained equations, each column from a regression on the others.",
    kinds=frozenset({"continuous", "count", "binary", "categorical", "ordinal", "environment"}),
    assumes=frozenset({"missing values"}),
    gives="tables",
    needs=frozenset({"rows"}),
    random=True,
    cost="rows",
    cites=("vanbuuren2011", "rubin1987", "barnard1999"),
)
FILLED = CARD.kinds
PREDICTING = FILLED | {"weight", "time"}
MOST_SHOWN = 30
Names = tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Cells:
    """Hold the columns of an imputation in an order that follows from content: values (n, p), which are missing, their kinds.

    `order` (n,) are the rows' places in the table; `crossed` is the column whose products with the others are used too.
    """

    names: Names
    kinds: Names
    values: np.ndarray
    holes: np.ndarray
    order: np.ndarray
    crossed: int | None


@dataclasses.dataclass(frozen=True)
class Setting:
    """Hold how to draw."""

    sweeps: int
    donors: int
    way: Way


@imputation.add(NAME, CARD)
def impute(
    table: Table,
    names: Names,
    run: Run,
    *,
    crossed: str | None = None,
    draws: Annotated[int, Option("completed tables to draw")] = 20,
    sweeps: Annotated[int, Option("times each column is drawn anew before a table is kept")] = 5,
    donors: Annotated[int, Option("rows with near predictions, one of which gives its value or residual")] = 5,
    numbers: Annotated[
        Way, Option("continuous numbers by residuals or values of rows with near predictions, or by a normal law")
    ] = "residuals",
) -> tuple[Imputation, tuple[Table, ...]]:
    """Return completed tables, and what was filled in: the gaps of `names`, each column from all the other ones named.

    Products of the column `crossed` with the others are used too, so that effects may differ between its levels. Which
    values are drawn follows from the rows' content, the seed and the draw alone, not from names or order. Columns of
    other kinds than the card's keep their gaps. Raises `BadOption` for fewer than two draws.
    """
    if draws < 2 or sweeps < 1 or donors < 1:
        raise BadOption("Imputation needs two draws, one sweep and one donor at least.", next="Set impute.draws=20, impute.sweeps=5.")
    cells = cells_of(table, names, crossed)
    gaps = np.asarray(cells.holes.any(axis=0))
    setting = Setting(sweeps if gaps.sum() > 1 else 1, donors, numbers)
    tasks = functools.partial(one_draw, cells, setting)
    filled = run.map(tasks, range(draws), name=NAME)
    tables = tuple(completed(table, cells, values) for values in filled)
    place = {name: j for j, name in enumerate(cells.names)}
    shown = tuple(name for name in names if name in place and gaps[place[name]])
    found = Imputation(
        columns=shown,
        cells=tuple(int(cells.holes[:, place[name]].sum()) for name in shown),
        using=tuple(name for name in names if name in place),
        rows=table.n,
        draws=draws,
        sweeps=setting.sweeps,
    )
    return found, tables


def cells_of(table: Table, names: Sequence[str], crossed: str | None) -> Cells:
    """Read the columns that can be filled in or foretell, in an order that follows from their content.

    A column that cannot be filled in and has gaps itself is left out.
    """
    columns = [table.column(name) for name in dict.fromkeys(names)]
    usable = [c for c in columns if c.kind in FILLED or (c.kind in PREDICTING and not c.missing)]
    rows = table.rows([c.name for c in usable])
    usable = [c for c in usable if not np.isnan(rows[c.name]).all()]
    values, roles = [rows[c.name] for c in usable], [int(c.coded) + 2 * int(c.kind == "ordinal") for c in usable]
    keys = row_keys(values, roles)
    salts = mix(np.array(roles, dtype=np.uint64))
    across = np.argsort(column_keys(values, keys) ^ salts, kind="stable") if usable else np.zeros(0, dtype=np.int64)
    order = np.argsort(keys, kind="stable")
    matrix = np.column_stack([values[j][order] for j in across]) if usable else np.empty((table.n, 0))
    kept = tuple(usable[j].name for j in across)
    kinds = tuple(kind_of(usable[j]) for j in across)
    return Cells(kept, kinds, matrix, np.isnan(matrix), order, kept.index(crossed) if crossed in kept else None)


def kind_of(column: Column) -> str:
    """Return how a column is drawn: by number, by whole number, by code or by ordered code."""
    if column.coded:
        return "ordered" if column.kind == "ordinal" else "code"
    return "whole" if column.kind == "count" else "number"


def one_draw(cells: Cells, setting: Setting, draw: int, run: Run) -> np.ndarray:
    """Return the values (n, p) of one completed table."""
    rng = run.rng(NAME, draw)
    values = np.array(cells.values)
    gaps = cells.holes.sum(axis=0)
    queue = [int(j) for j in np.argsort(gaps, kind="stable") if gaps[j]]
    for j in queue:
        known = values[~cells.holes[:, j], j]
        values[cells.holes[:, j], j] = known[rng.integers(0, len(known), int(gaps[j]))]
    kept: dict[int, dict[str, np.ndarray]] = {j: {} for j in queue}
    blocks = [block(values[:, j], cells.kinds[j]) for j in range(values.shape[1])]
    for _ in range(setting.sweeps):
        for j in queue:
            run.check()
            hole = cells.holes[:, j]
            features = features_for(blocks, j, cells.crossed, int((~hole).sum()))
            values[hole, j] = drawn(features[~hole], values[~hole, j], features[hole], cells.kinds[j], setting, rng, kept[j])
            blocks[j] = block(values[:, j], cells.kinds[j])
    return values


def drawn(
    known: np.ndarray,
    target: np.ndarray,
    missing: np.ndarray,
    kind: str,
    setting: Setting,
    rng: np.random.Generator,
    kept: dict[str, np.ndarray],
) -> np.ndarray:
    """Draw the missing values of one column; `kept` carries its last fit."""
    if kind in ("number", "whole"):
        way = "matching" if kind == "whole" else setting.way
        return draw_numbers(known, target, missing, rng, donors=setting.donors, way=way)
    return draw_codes(known, target, missing, rng, donors=setting.donors, ordered=kind == "ordered", kept=kept)


def block(values: np.ndarray, kind: str) -> np.ndarray:
    """Return a column as features (n, q) of mean 0 and spread 1: numbers and ranks as they are, an indicator per level but one of codes."""
    columns = values[:, None] if kind != "code" else indicators(values)
    centred = columns - columns.mean(axis=0)
    spread = np.asarray(centred.std(axis=0))
    kept = spread > 1e-12 * np.maximum(1.0, np.abs(columns).max(axis=0, initial=0.0))
    return np.asarray(centred[:, kept] / spread[kept])


def indicators(values: np.ndarray) -> np.ndarray:
    """Return an indicator of each level but the most frequent, the 30 most frequent of many."""
    levels, counts = np.unique(values, return_counts=True)
    shown = levels[np.sort(np.argsort(-counts, kind="stable")[1 : MOST_SHOWN + 1])]
    return np.asarray((values[:, None] == shown[None, :]).astype(float))


def features_for(blocks: Sequence[np.ndarray], target: int, crossed: int | None, rows: int) -> np.ndarray:
    """Return the features (n, q) for one column: all the others, and their products with the crossed one while rows suffice."""
    others = [j for j in range(len(blocks)) if j != target]
    parts = [blocks[j] for j in others]
    if crossed is not None and crossed != target:
        parts += [(blocks[crossed][:, :, None] * blocks[j][:, None, :]).reshape(len(blocks[j]), -1) for j in others if j != crossed]
    width = np.cumsum([part.shape[1] for part in parts])
    fit = [part for part, total in zip(parts, width, strict=True) if total * ROWS_PER_FEATURE <= rows] or parts[:1]
    return np.column_stack(fit) if fit else np.empty((len(blocks[target]), 0))


def completed(table: Table, cells: Cells, values: np.ndarray) -> Table:
    """Return the table with the gaps of these columns filled in."""
    rows = dict(table.rows())
    for j, name in enumerate(cells.names):
        if cells.holes[:, j].any():
            whole = np.empty(table.n)
            whole[cells.order] = values[:, j]
            rows[name] = whole
    columns = tuple(dataclasses.replace(c, missing=int(np.isnan(rows[c.name]).sum())) for c in table.columns)
    return dataclasses.replace(table, columns=columns, source=in_memory(columns, rows))

"""Find columns that say the same thing twice: nearly perfectly correlated, or labels that stand for each other."""

from __future__ import annotations

import itertools
from typing import Annotated

import numpy as np

from aitia.core.card import Card, Option
from aitia.core.finding import Finding
from aitia.core.run import Run
from aitia.core.shelf import properties
from aitia.core.table import Table
from aitia.measures.complete import LABELS, NUMBERS

NAME = "near-duplicates"
CARD = Card(
    says="Finds columns that are nearly copies of another, which no method can tell apart.",
    kinds=frozenset(NUMBERS | LABELS),
    gives="rule",
    cost="rows",
)
MOST_PAIRED = 200


@properties.add(NAME, CARD)
def near_duplicates(
    table: Table, run: Run, *, correlation: Annotated[float, Option("absolute correlation from which two columns count as one")] = 0.99
) -> Finding:
    """Compare every pair of numeric columns by correlation and every pair of labels by whether one names the other."""
    pairs = [*numeric_pairs(table, correlation), *label_pairs(table, run)]
    if not pairs:
        return Finding(check=NAME, passed=True, value=0.0, threshold=0.0, power=1.0, says="No two columns say the same thing.")
    named = "; ".join(f"{first} and {second}" for first, second in pairs[:4]) + (f"; and {len(pairs) - 4} more" if len(pairs) > 4 else "")
    return Finding(
        check=NAME,
        passed=False,
        value=float(len(pairs)),
        threshold=0.0,
        power=1.0,
        says=f"{len(pairs)} pairs of columns say the same thing: {named}." if len(pairs) > 1 else f"{named} say the same thing.",
        next="Keep one of each pair: an effect of one given the other cannot be told from data.",
    )


def numeric_pairs(table: Table, least: float) -> list[tuple[str, str]]:
    """Return pairs of numeric columns whose correlation is nearly ± 1."""
    names = [c.name for c in table.columns if c.kind in NUMBERS and c.missing < 0.5 * table.n]
    if len(names) < 2:
        return []
    moments = table.moments(names)
    scale = np.sqrt(np.diag(moments.covariance))
    with np.errstate(invalid="ignore", divide="ignore"):
        close = np.abs(moments.covariance / np.outer(scale, scale)) >= least
    return [(names[i], names[j]) for i, j in itertools.combinations(range(len(names)), 2) if close[i, j]]


def label_pairs(table: Table, run: Run) -> list[tuple[str, str]]:
    """Return pairs of coded columns with as many levels each that name each other one to one."""
    coded = [c for c in table.columns if c.kind in LABELS][:MOST_PAIRED]
    found = []
    for first, second in itertools.combinations(coded, 2):
        if len(first.levels) == len(second.levels):
            run.check()
            occurs = table.counts([first.name, second.name]).counts > 0
            if occurs.any() and (occurs.sum(axis=0) <= 1).all() and (occurs.sum(axis=1) <= 1).all():
                found.append((first.name, second.name))
    return found

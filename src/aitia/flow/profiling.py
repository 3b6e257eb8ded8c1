"""Look at a table before any question is asked: its columns, how they hang together, and what methods would assume of them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from aitia.core.card import Method
from aitia.core.errors import CannotEstimate
from aitia.core.finding import Finding
from aitia.core.profile import ColumnProfile, Dependence, Frequent
from aitia.core.query import Query
from aitia.core.request import Plan
from aitia.core.run import Run
from aitia.core.shelf import checks
from aitia.core.table import Column, Table
from aitia.measures.choice import cheapest_test, run_tests
from aitia.measures.complete import LABELS, MOST_MISSING, NUMBERS
from aitia.measures.tails import LEVEL, holm
from aitia.nuisance.design import build

MOST_ROWS = 100_000
MOST_COLUMNS = 40
MOST_SHOWN = 10
FREQUENT = 5
FEWEST_ROWS = 20


def column_profile(table: Table, column: Column, run: Run) -> ColumnProfile:
    """Describe one column by a sample of at most 100,000 rows."""
    run.check()
    values = table.sample(MOST_ROWS, [column.name], seed=run.seed)[column.name]
    present = values[~np.isnan(values)]
    share = column.missing / max(table.n, 1)
    facts: dict[str, Any] = {"name": column.name, "kind": column.kind, "why": column.why, "missing": column.missing, "missing_share": share}
    if column.coded:
        codes, counts = np.unique(present, return_counts=True)
        most = np.argsort(-counts, kind="stable")[:FREQUENT]
        scale = table.n / max(len(values), 1)
        shown = tuple(Frequent(level=str(column.levels[int(codes[i])]), rows=round(float(counts[i]) * scale)) for i in most)
        return ColumnProfile(**facts, levels=len(column.levels), frequent=shown)
    low, *quartiles, high = (float(q) for q in np.quantile(present, (0, 0.25, 0.5, 0.75, 1)))
    sd = float(present.std(ddof=1)) if len(present) > 1 else None
    return ColumnProfile(**facts, mean=float(present.mean()), sd=sd, low=low, quartiles=tuple(quartiles), high=high)


def dependences(table: Table, run: Run) -> tuple[tuple[Dependence, ...], Finding]:
    """Test every pair of the first 40 columns, by the cheapest test that takes both; returns the strongest that hold together."""
    names = [c.name for c in table.columns if c.kind in NUMBERS | LABELS][:MOST_COLUMNS]
    tested = pairs_tested(table, names, run) if table.n >= FEWEST_ROWS else []
    if not tested:
        return (), Finding(check="dependence", passed=None, says="There are too few rows or columns to ask which depend on each other.")
    adjusted = holm([item.p for item in tested])
    held = [item for item, p in zip(tested, adjusted, strict=True) if p <= LEVEL]
    held.sort(key=lambda item: (-abs(item.effect or 0.0), item.first, item.second))
    unseen = sum(c.kind in NUMBERS | LABELS for c in table.columns) - len(names)
    rest = f" ({unseen} further columns were not paired)" if unseen > 0 else ""
    says = f"{len(held)} of {len(tested)} pairs of columns depend on each other{rest}."
    return tuple(held[:MOST_SHOWN]), Finding(check="dependence", passed=None, value=float(len(held)), says=says)


def pairs_tested(table: Table, names: Sequence[str], run: Run) -> list[Dependence]:
    """Test all pairs, those with one method together."""
    groups: dict[str, tuple[Method, list[tuple[str, str]]]] = {}
    for pair in itertools.combinations(names, 2):
        method = cheapest_test(table, pair)
        if method is not None:
            groups.setdefault(method.name, (method, []))[1].append(pair)
    found = []
    for name, (method, pairs) in groups.items():
        tests = run_tests(method, table, [(first, second, ()) for first, second in pairs], run)
        found += [
            Dependence(first=first, second=second, test=name, effect=test.effect, p=test.p, n_used=test.n_used)
            for (first, second), test in zip(pairs, tests, strict=True)
        ]
    return found


def overlap(table: Table, treatment: str, outcome: str | None, given: Sequence[str], run: Run) -> Finding:
    """Ask whether rows alike in the covariates had each treatment; by default all columns with few missing values are covariates."""
    usable = [c for c in table.columns if c.kind in NUMBERS | LABELS and c.missing <= MOST_MISSING * table.n]
    others = [c.name for c in usable if c.name not in (treatment, outcome)]
    covariates = tuple(given) or tuple(others)
    response = outcome or next((name for name in others if name not in given), None)
    if response is None or not covariates:
        return Finding(check="overlap", passed=None, says="There is no covariate to compare the treatments by.")
    adjusted = tuple(name for name in covariates if name != response)
    try:
        design = build(table, Query(treatment=treatment, outcome=response), adjusted, plan=Plan(), reading=table.reading).design
        found: Finding = run.use(checks["overlap"], None, design)
    except CannotEstimate as error:
        return Finding(check="overlap", passed=None, says=f"Overlap cannot be told: {error.what}", next=error.next or None)
    return found

"""Choose how much each node's parents explain, and each node's unit, so that sorting by R² or by variance tells nothing.

In simulated data variances, and the share of a column that all others explain, tend to rise along the causal order, which
some methods read off. Here the shares are moved by a random local search until R²-sortability lies near one half, and the
units, which are arbitrary in real data, until varsortability does. [reisach2021, reisach2023, ormaniec2025]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from aitia.core.run import Run
from aitia.simulation.assembling import Assembled, assembled, converted
from aitia.simulation.balance_scores import LineScores, PilotScores, Scores, Shares
from aitia.simulation.drafts import Draft, Stream
from aitia.simulation.sortability import agreement

CLOSE = 0.02
STEPS_EXACT, STEPS_PILOT, STEPS_UNITS = 3000, 150, 600
SETS = 5  # how many functions each node may choose from
PILOT, PILOT_SEARCH = 5000, 1500
WIDEST_UNIT = 3.0  # the largest unit is nine times the smallest
Redraw = Callable[[int], Sequence[Draft]]


def balanced(redraw: Redraw, names: tuple[str, ...], counts: np.ndarray, run: Run, stream: Stream) -> tuple[Assembled, Sequence[Draft]]:
    """Return a model with both sortabilities as near one half as the search comes, in its units, and its drafts.

    `redraw(i)` draws the i-th set of drafts; the search moves shares, and takes a node's function from another set.
    `counts` (k, k) are the lengths of paths between the measured numeric nodes, `names`.
    """
    drafts, shares = held_shares(redraw, names, counts, run, stream)
    return in_held_units(assembled(drafts, shares, PILOT, stream), drafts, names, counts, run.rng("simulate units")), drafts


def held_shares(redraw: Redraw, names: tuple[str, ...], counts: np.ndarray, run: Run, stream: Stream) -> tuple[Sequence[Draft], Shares]:
    """Return drafts, and shares that their parents explain, that bring R²-sortability near one half."""
    drafts = list(redraw(0))
    shares: dict[str, float] = {draft.node: draft.share for draft in drafts}
    free = [i for i, draft in enumerate(drafts) if is_free(draft)]
    exact = all(draft.is_line for draft in drafts)
    scores: Scores = LineScores(drafts, names, counts) if exact else PilotScores(names, counts, PILOT_SEARCH, stream)
    best = scores.value(drafts, shares)
    scores.accept()
    goal = max(CLOSE, 0.5 / max(float(counts.sum()), 1.0))  # an odd number of paths cannot be split evenly
    if best is None or not free or abs(best - 0.5) <= goal:
        return drafts, shares
    sets = [drafts, *(redraw(i) for i in range(1, SETS))]
    rng = run.rng("simulate balance")
    for _ in range(STEPS_EXACT if exact else STEPS_PILOT):
        run.check()
        i = free[int(rng.integers(len(free)))]
        other, tried = list(drafts), dict(shares)
        if rng.random() < 0.5:
            other[i] = sets[int(rng.integers(SETS))][i]
        tried[drafts[i].node] = float(rng.uniform(*drafts[i].limits))
        value = scores.value(other, tried)
        if value is not None and abs(value - 0.5) <= abs(best - 0.5):
            drafts, shares, best = other, tried, value
            scores.accept()
        if abs(best - 0.5) <= goal:
            break
    return drafts, shares


def is_free(draft: Draft) -> bool:
    """Tell whether the search may move how much a node's parents explain."""
    return draft.fixed is None and not draft.raw and draft.column.kind == "continuous" and bool(draft.parents)


def in_held_units(
    found: Assembled, drafts: Sequence[Draft], names: tuple[str, ...], counts: np.ndarray, rng: np.random.Generator
) -> Assembled:
    """Return the model in units that bring varsortability near one half."""
    by_node = {draft.node: draft for draft in drafts}
    free = np.array([by_node[name].column.kind == "continuous" and by_node[name].fixed is None for name in names], dtype=bool)
    if not free.any():
        return found
    exact = found.covariance is not None
    place = {draft.node: i for i, draft in enumerate(drafts)}
    variances = np.array([found.covariance[place[n], place[n]] if exact else found.values[n].var() for n in names])  # type: ignore[index]
    units = held_units(variances, free, counts, rng)
    gains = {name: float(unit) for name, unit in zip(names, units, strict=True) if unit != 1.0}
    mechanisms = tuple(converted(m, {node: (0.0, gain) for node, gain in gains.items()}) for m in found.mechanisms)
    return Assembled(mechanisms, {node: gains.get(node, 1.0) * column for node, column in found.values.items()})


def held_units(variances: np.ndarray, free: np.ndarray, counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a unit (k,) for each node, 1 where it is not `free` (k,), that brings varsortability near one half.

    The free nodes' spreads are spaced evenly on the log scale, so that they differ by more than chance would make them.
    """
    k = int(free.sum())
    spreads = np.sqrt(variances)
    if k > 1:
        spreads[free] = rng.permutation(np.exp(np.linspace(-1, 1, k) * np.log(WIDEST_UNIT)))
    else:
        spreads[free] = 1.0
    places, best = np.flatnonzero(free), distance(counts, spreads)
    for _ in range(STEPS_UNITS if k > 1 else 0):
        if best <= CLOSE:
            break
        tried = spreads.copy()
        pair = places[rng.choice(k, 2, replace=False)]
        tried[pair] = tried[pair[::-1]]
        if (value := distance(counts, tried)) <= best:
            spreads, best = tried, value
    level = np.where(free, 1.0, spreads)  # all equal: every pair of free nodes is a tie
    chosen = level if distance(counts, level) < best - CLOSE else spreads
    return np.where(free, chosen / np.sqrt(variances), 1.0)


def distance(counts: np.ndarray, scores: np.ndarray) -> float:
    """Return how far a sortability is from one half; 0 where there is none."""
    value = agreement(counts, scores)
    return 0.0 if value is None else abs(value - 0.5)

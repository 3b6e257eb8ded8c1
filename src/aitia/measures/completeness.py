"""Weigh complete rows so that two columns are independent among them exactly when they are in all rows. [tu2019] [mohan2013]

A complete row counts one over its chance of being complete, estimated from what decides on missing values. Any factor of
the weights that depends on the first column and the given ones only, or on the second and the given ones, changes no
odds ratio between the two: such factors are taken out, which leaves weights that vary much less.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from aitia.core.keys import fold_of, mix, row_keys, running_number
from aitia.core.table import Table
from aitia.learners.linear import fit_logistic, with_constant

GROUPS = 20
SMALLEST_CHANCE = 1e-3


@dataclasses.dataclass(frozen=True)
class Problem:
    """Hold what the weights of one pair need: values (n,) of every column involved, and which are coded.

    `causes` names for each column with gaps what decides on them; `keys` (n,) follow from the rows' content.
    """

    values: Mapping[str, np.ndarray]
    coded: frozenset[str]
    causes: Mapping[str, tuple[str, ...]]
    first: str
    second: str
    given: tuple[str, ...]
    keys: np.ndarray

    @property
    def complete(self) -> np.ndarray:
        """Which rows (n,) are complete in every column involved."""
        return np.asarray(~np.logical_or.reduce([np.isnan(column) for column in self.values.values()]))

    def of_rows(self, rows: np.ndarray) -> Problem:
        """Return the problem of some rows."""
        kept = {name: column[rows] for name, column in self.values.items()}
        return dataclasses.replace(self, values=kept, keys=self.keys[rows])


def problem_of(
    table: Table, pair: tuple[str, str], given: tuple[str, ...], causes: Mapping[str, tuple[str, ...]], extra: Sequence[str]
) -> Problem:
    """Read what the weights of a pair need; `extra` are the columns besides the tested ones."""
    names = tuple(dict.fromkeys([*pair, *given, *extra]))
    values = table.rows(names)
    coded = frozenset(name for name in names if table.column(name).coded)
    keys = row_keys([values[name] for name in sorted(names)], [int(name in coded) for name in sorted(names)])
    return Problem(values, coded, {name: causes[name] for name in names if causes.get(name)}, *pair, given, keys)


def weights_of(problem: Problem) -> np.ndarray:
    """Return the weights (rows complete,) with mean 1: one over the product of chances, without the factors that change nothing."""
    complete = problem.complete
    surprise = np.zeros(int(complete.sum()))
    for column, causes in problem.causes.items():
        known = ~np.logical_or.reduce([np.isnan(problem.values[cause]) for cause in causes])
        there = ~np.isnan(problem.values[column])
        if there[known].all():
            continue
        predict = fit_logistic(features(problem, causes, known), there[known].astype(np.int64))
        chance = np.full(len(known), np.nan)
        chance[known] = predict(features(problem, causes, known))[:, 1]
        surprise -= np.log(np.maximum(chance[complete], SMALLEST_CHANCE))
    free = with_constant(features(problem, (problem.first, problem.second, *problem.given), complete))
    tilted = surprise - free @ np.linalg.lstsq(free, surprise, rcond=None)[0]
    grown = np.exp(tilted - tilted.max())
    return np.asarray(grown / grown.mean())


def features(problem: Problem, names: Sequence[str], rows: np.ndarray, *, squares: bool = True) -> np.ndarray:
    """Return columns (n, q) of some rows: numbers with their squares, an indicator per level but one of codes."""
    parts = [expanded(problem.values[name][rows], coded=name in problem.coded, squares=squares) for name in names]
    return np.column_stack(parts) if parts else np.empty((int(rows.sum()), 0))


def expanded(values: np.ndarray, *, coded: bool, squares: bool) -> np.ndarray:
    """Return one column as numbers (n, q); nothing when it is constant."""
    if coded:
        return (values[:, None] == np.unique(values)[None, 1:]).astype(float)
    spread = values.std()
    if not spread > 1e-12 * max(1.0, float(np.abs(values).max(initial=0.0))):
        return np.empty((len(values), 0))
    standard = (values - values.mean()) / spread
    return np.column_stack([standard, standard**2]) if squares else standard[:, None]


def design_effect(problem: Problem, seed: int) -> float:
    """Return how much larger the variance of the weighted products is than if rows were alike: by deleting groups of rows.

    The weights are estimated anew without each group, so that their own error counts. Pairs of levels have an effect
    each; the larger of their median and geometric mean stands for them, since those of rare levels are hardly known.
    """
    fold = fold_of(problem.keys, seed, GROUPS)
    levels = {name: np.unique(problem.values[name][problem.complete]) for name in (problem.first, problem.second)}
    left = np.array([products(problem.of_rows(fold != group), levels) for group in range(GROUPS)]) * np.sqrt(GROUPS / (GROUPS - 1))
    usable = np.isfinite(left).all(axis=0)
    if not usable.any():
        return np.inf
    spread = left[:, usable] - left[:, usable].mean(axis=0)
    effects = np.maximum((GROUPS - 1) / GROUPS * (spread**2).sum(axis=0), 1e-12)
    return max(float(np.median(effects)), float(np.exp(np.log(effects).mean())))


def products(problem: Problem, levels: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the weighted products of residuals of both sides, one per pair of levels, each over its size were rows alike."""
    complete, weights = problem.complete, weights_of(problem)
    base = with_constant(features(problem, problem.given, complete, squares=False))
    sides = [side(problem.values[name][complete], levels[name], coded=name in problem.coded) for name in (problem.first, problem.second)]
    left = [residual(columns, base, weights) for columns in sides]
    joined = (left[0][:, :, None] * left[1][:, None, :]).reshape(len(weights), -1)
    size = np.sqrt(weights @ joined**2)
    found: np.ndarray = np.full(joined.shape[1], np.nan)
    np.divide(weights @ joined, size, out=found, where=size > 1e-12)
    return found


def side(values: np.ndarray, levels: np.ndarray, *, coded: bool) -> np.ndarray:
    """Return one side as numbers: itself, or an indicator per level but one, the same whichever rows are left."""
    return (values[:, None] == levels[None, 1:]).astype(float) if coded else values[:, None] - values.mean()


def residual(columns: np.ndarray, base: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return what weighted least squares on a base (n, r) leaves of columns (n, d)."""
    root = np.sqrt(weights)[:, None]
    return np.asarray(columns - base @ np.linalg.lstsq(base * root, columns * root, rcond=None)[0])


def uniforms(problem: Problem, seed: int) -> np.ndarray:
    """Return a number in [0, 1) for each complete row that follows from its content and the seed."""
    mixed = mix(mix(problem.keys ^ mix(np.array([seed], dtype=np.uint64))) + running_number(problem.keys))
    return np.asarray(mixed[problem.complete].astype(np.float64) / 2.0**64)

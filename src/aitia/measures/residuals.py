"""Predict columns of any kind from others by the regression that fits the kind, and keep what is left over."""

from __future__ import annotations

import dataclasses

import numpy as np

FEWEST_ROWS = 10
MOST_LEVELS = 16
NOTHING_LEFT = 1e-9
STEPS = 30
SETTLED = 1e-6


@dataclasses.dataclass(frozen=True)
class Expanded:
    """Hold one column as numbers (n, d): a numeric column standardised, a coded one as an indicator per level but one."""

    values: np.ndarray
    coded: bool


@dataclasses.dataclass(frozen=True)
class Residuals:
    """Hold what a regression leaves of a column: errors (n, d) and, for a coded column, the fitted probabilities (n, d)."""

    errors: np.ndarray
    probabilities: np.ndarray | None


def expand_number(values: np.ndarray) -> Expanded:
    """Return a numeric column (n,) standardised; no column at all when it is constant."""
    centred = values - values.mean() if len(values) else values
    scale = float(np.sqrt(np.mean(centred**2))) if len(values) else 0.0
    if scale <= NOTHING_LEFT * max(1.0, float(np.abs(values).max(initial=0.0))):
        return Expanded(np.empty((len(values), 0)), False)
    return Expanded((centred / scale)[:, None], False)


def expand_codes(codes: np.ndarray) -> Expanded:
    """Return indicators of the levels of a coded column (n,), the most frequent of three or more left out.

    Levels with fewer than 10 rows, and all beyond the 16 most frequent, are taken together as one level.
    """
    merged = merge_sparse(codes.astype(np.int64))
    counts = np.bincount(merged)
    base = 0 if len(counts) <= 2 else int(counts.argmax())
    shown = [level for level in range(len(counts)) if level != base]
    return Expanded((merged[:, None] == np.array(shown, dtype=np.int64)[None, :]).astype(float), True)


def indicators_of(codes: np.ndarray) -> np.ndarray:
    """Return an indicator (n, levels) of every level of codes (n,), of two one; rare levels are taken together."""
    merged = merge_sparse(codes.astype(np.int64))
    found = (merged[:, None] == np.arange(int(merged.max(initial=0)) + 1)).astype(float)
    return found[:, 1:] if found.shape[1] == 2 else found


def merge_sparse(codes: np.ndarray) -> np.ndarray:
    """Return codes 0, 1, … in the order of the given ones, sparse levels merged into one (the last)."""
    levels, place, counts = np.unique(codes, return_inverse=True, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    sparse = counts < FEWEST_ROWS
    sparse[order[MOST_LEVELS:]] = True
    if sparse.any() and counts[sparse].sum() < FEWEST_ROWS and not sparse.all():
        sparse[order[~sparse[order]][-1]] = True  # the rest would be sparse again: the least frequent level joins it
    target = np.cumsum(~sparse) - 1
    target[sparse] = int((~sparse).sum())
    return np.asarray(target[place] if len(levels) else place)


def basis(columns: list[np.ndarray], n: int) -> np.ndarray:
    """Return columns (n, r) that span a constant and the given ones, orthogonal with mean square 1; collinear ones drop out."""
    constant = np.ones((n, 1))
    joined = np.column_stack(columns) if columns else np.empty((n, 0))
    joined = joined - joined.mean(axis=0)
    scales = np.sqrt(np.mean(joined**2, axis=0))
    joined = joined[:, scales > 0] / scales[scales > 0]
    if not joined.shape[1]:
        return constant
    sizes, directions = np.linalg.eigh(joined.T @ joined / n)
    used = sizes > NOTHING_LEFT * sizes.max()
    return np.column_stack([constant, joined @ (directions[:, used] / np.sqrt(sizes[used]))])


def residuals(target: Expanded, given: np.ndarray) -> Residuals:
    """Regress a column on a `basis` (n, r): linear for numbers, multinomial logistic for codes."""
    if not target.coded:
        return Residuals(target.values - given @ (given.T @ target.values / len(given)), None)
    fitted = logistic(target.values, given)
    return Residuals(target.values - fitted, fitted)


def logistic(indicators: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Return the fitted probabilities (n, d) of a multinomial logistic regression on a `basis` (n, r).

    Newton's method; the first step is closed because the basis is orthogonal, and the curvature of several levels is
    computed again only while the score falls slowly.
    """
    n, rank = given.shape
    share = indicators.mean(axis=0)
    score = given.T @ (indicators - share)
    probabilities = np.broadcast_to(share, indicators.shape)
    if rank == 1 or not indicators.shape[1] or share.sum() >= 1 or not share.all():
        return np.array(probabilities)
    scores = np.log(share / (1 - share.sum())) + given @ np.linalg.solve(np.diag(share) - np.outer(share, share), score.T / n).T
    size, factor = np.inf, None
    for _ in range(STEPS):
        probabilities = softmax(scores)
        score = given.T @ (indicators - probabilities)
        before, size = size, float(np.abs(score).max())
        if size < SETTLED * np.sqrt(n):
            break
        if factor is None or indicators.shape[1] == 1 or size > 0.2 * before:
            factor = np.linalg.inv(curvature(probabilities, given))
        change = given @ (factor @ score.T.ravel()).reshape(score.T.shape).T
        scores = scores + change * min(1.0, 5.0 / max(float(np.abs(change).max()), 5.0))
    return probabilities


def softmax(scores: np.ndarray) -> np.ndarray:
    """Return the probabilities (n, d) of all levels but the one left out from their log odds against it."""
    grown = np.exp(np.clip(scores, -30, 30))
    return np.asarray(grown / (1 + grown.sum(axis=1, keepdims=True)))


def curvature(probabilities: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Return the information matrix (d r, d r) of a multinomial logistic regression, barely ridged against separation."""
    n, rank = given.shape
    d = probabilities.shape[1]
    blocks = np.empty((d, rank, d, rank))
    for a in range(d):
        for b in range(a, d):
            weights = probabilities[:, a] * (float(a == b) - probabilities[:, b])
            blocks[a, :, b, :] = (given * weights[:, None]).T @ given
            blocks[b, :, a, :] = blocks[a, :, b, :]
    return np.asarray(blocks.reshape(d * rank, d * rank) + 1e-6 * n * np.eye(d * rank))

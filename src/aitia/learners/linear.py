"""Fit least squares and (multinomial) logistic regression, once or out of every fold at little more than the cost of once."""

from __future__ import annotations

import dataclasses

import numpy as np

from aitia.learners.protocol import Predict
from aitia.learners.solving import inverse_of

RIDGE = 1e-6
MOST_STEPS = 100
MOST_CHORDS = 15
MOST_HALVINGS = 30
# Half the squared step in the fitted metric, per row. Nearly separated classes have flat directions, in which a small
# decrement still leaves a visible step, so Newton goes on until the step is far below what a prediction shows.
SETTLED, NEAR, CHORDS_SETTLED = 1e-15, 1e-10, 1e-22


def with_constant(features: np.ndarray) -> np.ndarray:
    """Put a column of ones before the features (n, p)."""
    full = np.empty((len(features), features.shape[1] + 1))
    full[:, 0] = 1.0
    full[:, 1:] = features
    return full


def fit_least_squares(features: np.ndarray, target: np.ndarray, weights: np.ndarray | None = None) -> Predict:
    """Fit a mean by (weighted) least squares with a constant; repeated columns share the shortest solution."""
    full = with_constant(features)
    weighted = full if weights is None else full * weights[:, None]
    coefficients = inverse_of(weighted.T @ full)[0] @ (weighted.T @ target)

    def predict(at: np.ndarray) -> np.ndarray:
        return coefficients[0] + at @ coefficients[1:]  # type: ignore[no-any-return]

    return predict


def least_squares_out_of_fold(
    features: np.ndarray, target: np.ndarray, fold: np.ndarray, weights: np.ndarray | None = None, rows: np.ndarray | None = None
) -> np.ndarray:
    """Predict each row (n,) by least squares fitted to the `rows` of the other folds.

    Each fold's cross products are taken from their total, so that all fits together read the rows once.
    """
    full = with_constant(features)
    folds = int(fold.max()) + 1
    used = np.arange(len(full)) if rows is None else np.flatnonzero(rows)
    used = used[np.argsort(fold[used], kind="stable")]
    bounds = np.searchsorted(fold[used], np.arange(folds + 1))
    chosen, response = full[used], target[used]
    weighted = chosen if weights is None else chosen * weights[used][:, None]
    parts = [slice(bounds[f], bounds[f + 1]) for f in range(folds)]
    grams = np.array([weighted[part].T @ chosen[part] for part in parts])
    crosses = np.array([weighted[part].T @ response[part] for part in parts])
    gram, cross = grams.sum(axis=0), crosses.sum(axis=0)
    coefficients = np.array([inverse_of(gram - grams[f])[0] @ (cross - crosses[f]) for f in range(folds)])
    return (full @ coefficients.T)[np.arange(len(full)), fold]  # type: ignore[no-any-return]


@dataclasses.dataclass(frozen=True, slots=True)
class Logits:
    """Hold a fitted logistic model: coefficients (classes - 1, p + 1) against class 0, and whether Newton converged."""

    coefficients: np.ndarray
    converged: bool

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Return the probability (n, classes) of each class."""
        return softmax(self.coefficients @ with_constant(features).T)[0].T


def softmax(logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities (…, classes, n) and log normalisers (…, n) of logits (…, classes - 1, n) against class 0."""
    top = np.maximum(logits.max(axis=-2), 0.0)
    found = np.empty((*logits.shape[:-2], logits.shape[-2] + 1, logits.shape[-1]))
    np.exp(-top, out=found[..., 0, :])
    np.exp(logits - top[..., None, :], out=found[..., 1:, :])
    sums = found.sum(axis=-2)
    found /= sums[..., None, :]
    return found, top + np.log(sums)


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """Hold a logistic likelihood: rows with a constant (n, p + 1), class indicators (classes - 1, n), weights (n,)."""

    full: np.ndarray
    hot: np.ndarray
    weights: np.ndarray

    @property
    def penalty(self) -> np.ndarray:
        """The tiny ridge (classes - 1, p + 1) that keeps separated classes finite; constants are free of it."""
        found = np.full((len(self.hot), self.full.shape[1]), RIDGE)
        found[:, 0] = 0.0
        return found

    def loss(self, coefficients: np.ndarray) -> float:
        """Return minus the penalised log-likelihood."""
        logits = coefficients @ self.full.T
        fit = softmax(logits)[1] - (self.hot * logits).sum(axis=0)
        return float(self.weights @ fit + 0.5 * (self.penalty * coefficients**2).sum())

    def gradient(self, coefficients: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
        """Return the gradient (classes - 1, p + 1) of the loss."""
        return ((probabilities[1:] - self.hot) * self.weights) @ self.full + self.penalty * coefficients

    def curvature(self, probabilities: np.ndarray, part: slice = slice(None)) -> np.ndarray:
        """Return the second derivatives over some rows, without the penalty, as a square matrix."""
        classes, width = len(self.hot), self.full.shape[1]
        full, weights, p = self.full[part], self.weights[part], probabilities[1:, part]
        found = np.empty((classes, width, classes, width))
        for j in range(classes):
            for k in range(j + 1):
                weight = weights * p[j] * ((j == k) - p[k])
                found[j, :, k, :] = found[k, :, j, :] = (full * weight[:, None]).T @ full
        return found.reshape(classes * width, classes * width)

    def subset(self, rows: np.ndarray) -> Problem:
        """Return the likelihood of some rows."""
        return Problem(self.full[rows], self.hot[:, rows], self.weights[rows])


def problem(features: np.ndarray, codes: np.ndarray, weights: np.ndarray | None) -> Problem:
    """Set up the likelihood of class codes 0, 1, … (n,)."""
    classes = max(int(codes.max()) + 1, 2)
    hot = (np.arange(1, classes)[:, None] == codes[None, :]).astype(float)
    return Problem(with_constant(features), hot, np.ones(len(codes)) if weights is None else weights)


def newton(found: Problem, start: np.ndarray | None = None) -> Logits:
    """Minimise the loss by Newton steps, halved until they help."""
    beta = np.zeros((len(found.hot), found.full.shape[1])) if start is None else start
    total, penalty = float(found.weights.sum()), np.diag(found.penalty.ravel())
    loss = found.loss(beta)
    for _ in range(MOST_STEPS):
        p = softmax(beta @ found.full.T)[0]
        gradient = found.gradient(beta, p)
        step = (inverse_of(found.curvature(p) + penalty)[0] @ gradient.ravel()).reshape(beta.shape)
        decrement = float((gradient * step).sum())
        if decrement < SETTLED * total:
            return Logits(beta - step, True)
        beta, loss, moved = _halved(found, beta, step, loss)
        if not moved:  # the loss cannot tell so small a step from rounding; the gradient still can
            near = decrement < NEAR * total
            return Logits(beta - step if near else beta, near)
    return Logits(beta, False)


def _halved(found: Problem, beta: np.ndarray, step: np.ndarray, loss: float) -> tuple[np.ndarray, float, bool]:
    for halving in range(MOST_HALVINGS):
        tried = beta - step * 0.5**halving
        reached = found.loss(tried)
        if reached < loss:
            return tried, reached, True
    return beta, loss, False


def fit_logistic(features: np.ndarray, target: np.ndarray, weights: np.ndarray | None = None) -> Predict:
    """Fit class probabilities (n, classes) of codes by maximum likelihood with a tiny ridge against separation."""
    return newton(problem(features, target, weights)).probabilities


def logistic_out_of_fold(
    features: np.ndarray, target: np.ndarray, fold: np.ndarray, weights: np.ndarray | None = None, rows: np.ndarray | None = None
) -> np.ndarray:
    """Predict each row's class probabilities (n, classes) by logistic regression fitted to the `rows` of the other folds.

    All folds start from the fit to every row and step together with the curvature found there, less their own fold's;
    a fold that does not settle is fitted on its own.
    """
    used = np.ones(len(target)) if rows is None else rows.astype(float)
    whole = problem(features, target, used if weights is None else used * weights)
    order = np.argsort(fold, kind="stable")
    ordered, ordered_fold = whole.subset(order), fold[order]
    folds = int(fold.max()) + 1
    start = newton(ordered).coefficients
    beta, settled = _chords(ordered, ordered_fold, start, folds)
    for f in np.flatnonzero(~settled).tolist():
        beta[f] = newton(whole.subset(np.flatnonzero(fold != f)), start).coefficients
    logits = np.empty((len(start), len(fold)))
    bounds = np.searchsorted(ordered_fold, np.arange(folds + 1))
    for f in range(folds):
        part = slice(bounds[f], bounds[f + 1])
        logits[:, part] = beta[f] @ ordered.full[part].T
    found = np.empty((len(fold), len(start) + 1))
    found[order] = softmax(logits)[0].T
    return found


def _chords(found: Problem, fold: np.ndarray, start: np.ndarray, folds: int) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients (folds, classes - 1, p + 1) without each fold, and which of them settled; rows lie fold by fold."""
    p = softmax(start @ found.full.T)[0]
    bounds = np.searchsorted(fold, np.arange(folds + 1))
    parts = [found.curvature(p, slice(bounds[f], bounds[f + 1])) for f in range(folds)]
    whole = np.sum(parts, axis=0) + np.diag(found.penalty.ravel())
    inverses = [inverse_of(whole - part)[0] for part in parts]
    weights = found.weights * (np.arange(folds)[:, None] != fold[None, :])  # (folds, n)
    beta = np.repeat(start[None], folds, axis=0)
    settled = np.zeros(folds, dtype=bool)
    for _ in range(MOST_CHORDS):
        p = softmax((beta.reshape(-1, start.shape[1]) @ found.full.T).reshape(folds, len(start), -1))[0]
        errors = (p[:, 1:] - found.hot) * weights[:, None]
        gradient = (errors.reshape(-1, errors.shape[-1]) @ found.full).reshape(beta.shape) + found.penalty * beta
        step = np.array([(inverses[f] @ gradient[f].ravel()).reshape(start.shape) for f in range(folds)])
        beta = beta - step
        settled = (gradient * step).sum(axis=(1, 2)) < CHORDS_SETTLED * weights.sum(axis=1)
        if settled.all() or not np.isfinite(beta).all():
            break
    return beta, settled & np.isfinite(beta).all(axis=(1, 2))

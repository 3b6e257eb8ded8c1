"""Predict every row by a fit that has not seen it. [chernozhukov2018]"""

from __future__ import annotations

import numpy as np

from aitia.core.keys import fold_of, mix
from aitia.learners.protocol import Learner


def folds_of(keys: np.ndarray, seed: int, folds: int, strata: np.ndarray | None = None, clusters: np.ndarray | None = None) -> np.ndarray:
    """Return the fold (n,) of each row: balanced within strata, or with whole clusters (codes from 0) kept together."""
    if clusters is None:
        return fold_of(keys, seed, folds, strata)
    order = np.argsort(clusters, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(clusters[order]) != 0])
    names = np.add.reduceat(mix(keys[order]), starts)
    found = fold_of(names, seed, folds)
    place = np.searchsorted(clusters[order][starts], clusters)
    return found[place]


def cross_fit(
    learner: Learner,
    features: np.ndarray,
    target: np.ndarray,
    fold: np.ndarray,
    weights: np.ndarray | None = None,
    rows: np.ndarray | None = None,
) -> np.ndarray:
    """Return out-of-fold predictions of every row: means (n,), or probabilities (n, classes) from a learner of those.

    With one fold only, the fit sees every row. `rows` (n,), a mask, are the ones fitted.
    """
    if int(fold.max()) > 0 and learner.out_of_fold is not None:
        return learner.out_of_fold(features, target, fold, weights, rows)
    found: np.ndarray | None = None
    used = np.ones(len(target), dtype=bool) if rows is None else rows
    for f in np.unique(fold):
        train = used & (fold != f) if fold.max() > 0 else used
        test = fold == f
        predicted = learner.fit(features[train], target[train], None if weights is None else weights[train])(features[test])
        if found is None:
            found = np.zeros((len(target), *_width(predicted, target)))
        found[(test, *(slice(0, size) for size in predicted.shape[1:]))] = predicted
    assert found is not None
    return found


def _width(predicted: np.ndarray, target: np.ndarray) -> tuple[int, ...]:
    return (max(int(target.max()) + 1, 2),) if predicted.ndim == 2 else ()

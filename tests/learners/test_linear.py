"""The linear learners equal plain second implementations, once and out of fold, and stay finite where data are hard."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression, LogisticRegression

from aitia.learners.linear import (
    fit_least_squares,
    fit_logistic,
    least_squares_out_of_fold,
    logistic_out_of_fold,
    newton,
    problem,
)
from aitia.learners.solving import independent, inverse_of


def data(n: int, p: int, classes: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p))
    utility = np.column_stack([np.zeros(n), x @ rng.normal(size=(p, classes - 1)) * 0.5]) + rng.gumbel(size=(n, classes))
    return x, x @ rng.normal(size=p) + rng.normal(size=n), utility.argmax(axis=1), rng.uniform(0.2, 3, size=n)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("classes", [2, 3, 4])
def test_logistic_equals_scikit_learn(classes: int, weighted: bool) -> None:
    x, _, codes, weights = data(600, 4, classes, classes)
    w = weights if weighted else None
    other = LogisticRegression(C=np.inf, tol=1e-12, max_iter=5000).fit(x, codes, sample_weight=w)
    assert np.abs(fit_logistic(x, codes, w)(x) - other.predict_proba(x)).max() < 1e-6


@pytest.mark.parametrize("weighted", [False, True])
def test_least_squares_equals_scikit_learn(weighted: bool) -> None:
    x, y, _, weights = data(300, 5, 2, 0)
    w = weights if weighted else None
    assert np.abs(fit_least_squares(x, y, w)(x) - LinearRegression().fit(x, y, sample_weight=w).predict(x)).max() < 1e-10


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(40, 300), p=st.integers(1, 6), folds=st.integers(2, 6), weighted=st.booleans())
def test_out_of_fold_by_subtraction_equals_fitting_each_fold(seed: int, n: int, p: int, folds: int, weighted: bool) -> None:
    x, y, _, weights = data(n, p, 2, seed)
    w = weights if weighted else None
    rng = np.random.default_rng(seed)
    fold, rows = rng.permutation(n) % folds, rng.random(n) < 0.7
    fast = least_squares_out_of_fold(x, y, fold, w, rows)
    for f in range(folds):
        train = rows & (fold != f)
        slow = fit_least_squares(x[train], y[train], None if w is None else w[train])(x[fold == f])
        assert np.abs(fast[fold == f] - slow).max() < 1e-6


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(30, 400), classes=st.integers(2, 4), folds=st.integers(2, 6), weighted=st.booleans())
@example(seed=21533, n=30, classes=4, folds=2, weighted=False)  # nearly separated classes: flat directions
def test_out_of_fold_logistic_equals_fitting_each_fold(seed: int, n: int, classes: int, folds: int, weighted: bool) -> None:
    x, _, codes, weights = data(n, 3, classes, seed)
    w = weights if weighted else None
    fold = np.random.default_rng(seed).permutation(n) % folds
    fast = logistic_out_of_fold(x, codes, fold, w)
    for f in range(folds):
        train = fold != f
        if codes[train].max() < codes.max():
            continue
        slow = fit_logistic(x[train], codes[train], None if w is None else w[train])(x[fold == f])
        assert np.abs(fast[fold == f] - slow).max() < 1e-7


def test_separated_classes_stay_finite_and_converge() -> None:
    x = np.linspace(-1, 1, 40)[:, None]
    found = newton(problem(x, (x[:, 0] > 0).astype(int), None))
    assert found.converged and np.isfinite(found.coefficients).all()
    assert found.probabilities(x)[-1, 1] > 0.999
    out = logistic_out_of_fold(x, (x[:, 0] > 0).astype(int), np.arange(40) % 4)
    assert np.isfinite(out).all() and np.allclose(out.sum(axis=1), 1)


def test_repeated_columns_change_no_prediction() -> None:
    x, y, codes, _ = data(200, 3, 2, 5)
    twice = np.column_stack([x, x[:, 0], x[:, 1] - 2 * x[:, 2]])
    assert np.abs(fit_least_squares(twice, y)(twice) - fit_least_squares(x, y)(x)).max() < 1e-8
    assert np.abs(fit_logistic(twice, codes)(twice) - fit_logistic(x, codes)(x)).max() < 1e-6


def test_an_arm_smaller_than_the_columns_still_predicts() -> None:
    x, y, _, _ = data(60, 20, 2, 6)
    found = least_squares_out_of_fold(x, y, np.arange(60) % 3, None, np.arange(60) < 12)
    assert np.isfinite(found).all()


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), p=st.integers(1, 8), repeats=st.integers(0, 4))
def test_independent_columns_span_all(seed: int, p: int, repeats: int) -> None:
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(60, p))
    full = np.column_stack([base, base @ rng.integers(1, 4, size=(p, repeats))])[:, rng.permutation(p + repeats)]
    full = full * 10.0 ** rng.integers(-6, 7, size=p + repeats)
    kept, left = independent(full.T @ full)
    length = np.linalg.norm(full, axis=0)
    assert len(kept) == p == np.linalg.matrix_rank(full / length)
    for j, coefficients in left.items():
        assert np.abs(full[:, j] / length[j] - (full / length) @ coefficients).max() < 1e-8


def test_inverse_of_badly_scaled_and_singular_matrices() -> None:
    scale = np.diag([1e6, 1.0, 1e-6])
    gram = scale @ (np.eye(3) + 0.3) @ scale
    inverse, rank = inverse_of(gram)
    assert rank == 3 and np.abs(scale @ inverse @ scale - np.linalg.inv(np.eye(3) + 0.3)).max() < 1e-12
    inverse, rank = inverse_of(np.array([[1.0, 1.0], [1.0, 1.0]]))
    assert rank == 1 and np.allclose(inverse, 0.25)
    assert inverse_of(np.zeros((2, 2)))[1] == 0

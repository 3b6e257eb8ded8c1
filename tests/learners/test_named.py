"""Learners are found by name, do their task, and say why they cannot."""

from __future__ import annotations

import numpy as np
import pytest

from aitia.core.errors import BadOption
from aitia.learners.cross_fitting import cross_fit, folds_of
from aitia.learners.named import learner

RNG = np.random.default_rng(0)
X = RNG.normal(size=(400, 3))
Y = X[:, 0] + 0.3 * RNG.normal(size=400)
CODES = (X[:, 0] + 0.5 * RNG.normal(size=400) > 0).astype(int) + (X[:, 1] > 1)
FOLD = np.arange(400) % 4


@pytest.mark.parametrize("name", ["linear", "boosting", "forest", "sklearn.neighbors.KNeighborsRegressor"])
def test_means_are_learned(name: str) -> None:
    predicted = cross_fit(learner(name, "mean", 3), X, Y, FOLD)
    assert np.corrcoef(predicted, Y)[0, 1] > 0.7
    assert np.array_equal(predicted, cross_fit(learner(name, "mean", 3), X, Y, FOLD))


@pytest.mark.parametrize("name", ["linear", "boosting", "forest", "sklearn.naive_bayes.GaussianNB"])
def test_probabilities_are_learned(name: str) -> None:
    predicted = cross_fit(learner(name, "probability", 3), X, CODES, FOLD)
    assert predicted.shape == (400, 3)
    assert np.allclose(predicted.sum(axis=1), 1)
    assert (predicted.argmax(axis=1) == CODES).mean() > 0.7


@pytest.mark.parametrize("task", ["mean", "probability"])
def test_rows_are_predicted_without_themselves(task: str) -> None:
    target = CODES if task == "probability" else Y
    for name in ("linear", "forest"):
        fits = learner(name, task, 0)  # type: ignore[arg-type]
        before = cross_fit(fits, X, target, FOLD)
        changed = target.copy()
        changed[0] = 1 - changed[0]
        after = cross_fit(fits, X, changed, FOLD)
        assert np.allclose(before[0], after[0], atol=1e-9)
        assert not np.allclose(before[1:], after[1:], atol=1e-9)


@pytest.mark.parametrize("name", ["forest", "boosting"])
def test_weights_are_used(name: str) -> None:
    heavy = np.where(Y > 0, 50.0, 0.1)
    fits = learner(name, "mean", 0)
    assert fits.fit(X, Y, heavy)(X).mean() > fits.fit(X, Y)(X).mean() + 0.1


def test_a_classifier_gives_the_mean_of_two_values() -> None:
    fits = learner("sklearn.linear_model.LogisticRegression", "mean", 0)
    two = np.where(CODES > 0, 5.0, 2.0)
    found = fits.fit(X, two)(X)
    assert found.min() > 2 and found.max() < 5 and abs(found.mean() - two.mean()) < 0.05
    with pytest.raises(BadOption, match="classifier"):
        fits.fit(X, Y)


def test_a_class_absent_from_a_fold_has_chance_zero() -> None:
    codes = np.zeros(40, dtype=int)
    codes[:20] = 1
    codes[0] = 2
    fold = np.arange(40) % 4
    predicted = cross_fit(learner("forest", "probability", 0), X[:40], codes, fold)
    assert predicted.shape == (40, 3) and (predicted[fold == 0, 2] == 0).all()
    only = cross_fit(learner("forest", "probability", 0), X[:40], np.zeros(40, dtype=int), fold)
    assert np.array_equal(only, np.tile([1.0, 0.0], (40, 1)))


@pytest.mark.parametrize(
    ("name", "task", "says"),
    [
        ("boostin", "mean", "boosting"),
        ("no.such.Thing", "mean", "cannot be made"),
        ("sklearn.nothing_here", "mean", "cannot be made"),
        ("sklearn.pipeline.Pipeline", "mean", "cannot be made"),
        ("sklearn.preprocessing.StandardScaler", "mean", "has no predict"),
        ("sklearn.svm.SVR", "probability", "predict_proba"),
    ],
)
def test_refusals_say_why(name: str, task: str, says: str) -> None:
    with pytest.raises(BadOption, match=says):
        learner(name, task, 0)  # type: ignore[arg-type]


def test_weights_are_refused_by_what_takes_none() -> None:
    with pytest.raises(BadOption, match="takes no weights"):
        learner("sklearn.neighbors.KNeighborsRegressor", "mean").fit(X, Y, np.ones(400))


def test_clusters_are_kept_whole() -> None:
    keys = RNG.integers(0, 2**63, size=300).astype(np.uint64)
    clusters = RNG.integers(0, 40, size=300)
    fold = folds_of(keys, 1, 5, None, clusters)
    assert all(len(set(fold[clusters == c])) == 1 for c in np.unique(clusters))
    assert set(fold) == set(range(5))
    order = RNG.permutation(300)
    assert np.array_equal(folds_of(keys[order], 1, 5, None, clusters[order]), fold[order])

"""Find a learner by name: our own linear ones, scikit-learn's boosting and forest, or any estimator by its import path."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from aitia.core.errors import BadOption, near
from aitia.learners.linear import fit_least_squares, fit_logistic, least_squares_out_of_fold, logistic_out_of_fold
from aitia.learners.protocol import Learner, Predict, Task

Make = Callable[[], Any]


def learner(name: str, task: Task, seed: int = 0) -> Learner:
    """Return the learner of a name for a task; raises `BadOption` when there is none or it cannot do the task.

    "mean" learns E[y | x], "probability" the chance of each class code. `seed` makes random ones repeatable.
    """
    if name in BUILT_IN:
        return BUILT_IN[name](task, seed)
    if "." not in name:
        raise BadOption(f"There is no learner {name!r}.", next=near(name, (*BUILT_IN, "IMPORT.PATH")))
    make = imported(name)
    return FOREIGN[task](name, make, seed)


def linear(task: Task, seed: int) -> Learner:
    """Return least squares for a mean, logistic regression for probabilities."""
    fits = {
        "mean": Learner(fit_least_squares, least_squares_out_of_fold, rows_per_column=2.0),
        "probability": Learner(fit_logistic, logistic_out_of_fold),
    }
    return fits[task]


def boosting(task: Task, seed: int) -> Learner:
    """Return scikit-learn's histogram gradient boosting."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    makes = {"mean": HistGradientBoostingRegressor, "probability": HistGradientBoostingClassifier}
    return FOREIGN[task]("boosting", makes[task], seed)


def forest(task: Task, seed: int) -> Learner:
    """Return scikit-learn's random forest, with leaves of at least five rows."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    makes = {"mean": RandomForestRegressor, "probability": RandomForestClassifier}
    return FOREIGN[task]("forest", lambda: makes[task](n_estimators=200, min_samples_leaf=5), seed)


def imported(path: str) -> Make:
    """Import a class or factory of a scikit-learn estimator by its path; raises `BadOption` with the reason."""
    module, _, attribute = path.rpartition(".")
    try:
        make = getattr(importlib.import_module(module), attribute)
        made = make()
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise BadOption(
            f"The learner {path!r} cannot be made.",
            why=f"{error}.",
            next="Give the import path of a class or function that makes an estimator without arguments.",
        ) from error
    for verb in ("fit", "predict"):
        if not callable(getattr(made, verb, None)):
            raise BadOption(f"The learner {path!r} has no {verb}.", next="Give a scikit-learn estimator, such as sklearn.svm.SVR.")
    return make  # type: ignore[no-any-return]


def mean_learner(name: str, make: Make, seed: int) -> Learner:
    """Wrap an estimator as a learner of means; a classifier gives the mean of a two-valued target."""
    from sklearn.base import is_classifier

    def fit(features: np.ndarray, target: np.ndarray, weights: np.ndarray | None = None) -> Predict:
        model = seeded(make(), seed)
        if not is_classifier(model):
            return alone(fitted(name, model, features, target, weights).predict)
        values, codes = np.unique(target, return_inverse=True)
        if len(values) > 2:
            raise BadOption(f"The learner {name!r} is a classifier.", why="The outcome is a number.", next="Give a regressor.")
        if len(values) < 2:
            return lambda at: np.full(len(at), values[0])
        predict = probability_learner(name, make, seed).fit(features, codes, weights)
        return lambda at: predict(at) @ values

    return Learner(fit)


def probability_learner(name: str, make: Make, seed: int) -> Learner:
    """Wrap a classifier as a learner of class probabilities."""
    if not callable(getattr(make(), "predict_proba", None)):
        raise BadOption(
            f"The learner {name!r} has no predict_proba.",
            why="The chance of each treatment is learned by a classifier.",
            next="Give a classifier, or another learner for the treatment alone.",
        )

    def fit(features: np.ndarray, target: np.ndarray, weights: np.ndarray | None = None) -> Predict:
        codes = target.astype(int)
        if len(np.unique(codes)) < 2:
            return lambda at: np.repeat(np.eye(codes[0] + 1)[codes[:1]], len(at), axis=0)
        model = fitted(name, seeded(make(), seed), features, codes, weights)

        def predict(at: np.ndarray) -> np.ndarray:
            found = np.zeros((len(at), int(codes.max()) + 1))
            found[:, model.classes_] = alone(model.predict_proba)(at)
            return found

        return predict

    return Learner(fit)


def seeded(model: Any, seed: int) -> Any:
    """Set the seed of an estimator that has one."""
    parameters = model.get_params() if callable(getattr(model, "get_params", None)) else {}
    return model.set_params(random_state=seed % 2**32) if "random_state" in parameters else model


def fitted(name: str, model: Any, features: np.ndarray, target: np.ndarray, weights: np.ndarray | None) -> Any:
    """Fit an estimator, with weights where there are any; raises `BadOption` when it takes none."""
    if weights is None:
        return alone(model.fit)(features, target)
    from sklearn.utils.validation import has_fit_parameter

    if not has_fit_parameter(model, "sample_weight"):
        raise BadOption(f"The learner {name!r} takes no weights.", next="Give another learner, or leave out --weights.")
    return alone(model.fit)(features, target, sample_weight=weights)


def alone(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Let an estimator's verb run on one thread: sums do not depend on the machine, and no thread waits for a busy core."""

    def on_one_thread(*arguments: Any, **options: Any) -> Any:
        import threadpoolctl

        with threadpoolctl.threadpool_limits(1):
            return verb(*arguments, **options)

    return on_one_thread


BUILT_IN: dict[str, Callable[[Task, int], Learner]] = {"linear": linear, "boosting": boosting, "forest": forest}
FOREIGN: dict[str, Callable[[str, Make, int], Learner]] = {"mean": mean_learner, "probability": probability_learner}

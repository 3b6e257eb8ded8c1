"""The generalised covariance measure takes any learner, and with weights finds dependence that cancels on average."""

from __future__ import annotations

import numpy as np
import pytest

from aitia.core.errors import BadOption
from aitia.core.run import Run
from aitia.core.shelf import independence
from aitia.core.table import Table
from tests.measures.tables import table_of


def bent(seed: int, n: int = 400, effect: float = 0.0) -> Table:
    """z acts on both sides in bends that straight lines cannot follow."""
    rng = np.random.default_rng([3, seed])
    z = rng.uniform(-3, 3, n)
    x = np.abs(z) + rng.normal(size=n)
    values = {"x": x, "y": np.abs(z) + effect * (x - np.abs(z)) + rng.normal(size=n), "z": z}
    return table_of(dict.fromkeys(values, "continuous"), values)


def test_a_learner_that_follows_bends_keeps_the_size_where_straight_lines_do_not() -> None:
    gcm, runs = independence["gcm"], 30
    bending = sum(gcm(bent(s), "x", "y", ("z",), Run(), learner="boosting", folds=2).p <= 0.05 for s in range(runs))
    straight = sum(gcm(bent(s), "x", "y", ("z",), Run()).p <= 0.05 for s in range(runs))
    assert bending <= 5  # chance puts more there once in 300 times
    assert straight >= 27


def test_a_learner_by_its_import_path_finds_what_is_left() -> None:
    path = "sklearn.neighbors.KNeighborsRegressor"
    found = [independence["gcm"](bent(s, effect=0.5), "x", "y", ("z",), Run(), learner=path).p for s in range(5)]
    assert max(found) < 0.01
    with pytest.raises(BadOption, match="no learner"):
        independence["gcm"](bent(0), "x", "y", ("z",), Run(), learner="bosting")


def test_weights_find_dependence_whose_sign_changes_with_the_given_column() -> None:
    found = []
    for seed in range(10):
        rng = np.random.default_rng([4, seed])
        z = rng.normal(size=600)
        x = rng.normal(size=600)
        values = {"x": x, "y": 0.6 * z * x + rng.normal(size=600), "z": z}
        table = table_of(dict.fromkeys(values, "continuous"), values)
        found.append([independence["gcm"](table, "x", "y", ("z",), Run(), weighted=weighted).p for weighted in (False, True)])
    plain, weighted = (np.array(found) <= 0.05).sum(axis=0)
    assert plain <= 4
    assert weighted == 10


def test_the_effect_is_the_correlation_of_both_errors() -> None:
    rng = np.random.default_rng(5)
    z, shared = rng.normal(size=4000), rng.normal(size=4000)
    values = {"x": z + shared + rng.normal(size=4000), "y": z - shared + rng.normal(size=4000), "z": z}
    found = independence["gcm"](table_of(dict.fromkeys(values, "continuous"), values), "x", "y", ("z",), Run())
    assert found.effect == pytest.approx(-0.5, abs=0.03)
    assert found.degrees == 1

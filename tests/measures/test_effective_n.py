"""Rows that belong together count for what they are worth: the size of tests holds where rows taken for independent reject too often."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from aitia.core.request import Reading
from aitia.core.run import Run
from aitia.core.shelf import independence
from aitia.core.table import Table
from aitia.measures.effective_n import by_clusters, dependence_of, hotelling, over_time
from tests.measures.tables import draw, table_of

METHODS = [method.name for method in independence if method.card.dependent]
LEVEL = 0.05


def read_as(table: Table, **roles: str) -> Table:
    return dataclasses.replace(table, reading=Reading(**roles))


def clustered(seed: int, kinds: tuple[str, str] = ("continuous", "continuous"), effect: float = 0.0) -> Table:
    """Forty clusters of ten rows that share part of z and of both noises."""
    rng = np.random.default_rng([1, seed])
    cluster = np.repeat(np.arange(40), 10)
    shared = rng.normal(size=(3, 40))[:, cluster]
    z = shared[0] + rng.normal(size=400)
    x = draw(kinds[0], 0.5 * z + 1.2 * shared[1], rng)
    y = draw(kinds[1], 0.5 * z + 1.2 * shared[2] + effect * (x - x.mean()) / x.std(), rng)
    table = table_of({"x": kinds[0], "y": kinds[1], "z": "continuous", "c": "unit"}, {"x": x, "y": y, "z": z, "c": cluster.astype(float)})
    return read_as(table, cluster="c")


def remembering(rng: np.random.Generator, n: int, share: float) -> np.ndarray:
    noise, found = rng.normal(size=n + 100), np.zeros(n + 100)
    for t in range(1, n + 100):
        found[t] = share * found[t - 1] + noise[t]
    return found[100:]


def in_time(seed: int, effect: float = 0.0) -> Table:
    """Three hundred steps of series that remember .6 of the step before, in shuffled rows."""
    rng = np.random.default_rng([2, seed])
    x, y, z = (remembering(rng, 300, 0.6) for _ in range(3))
    order = rng.permutation(300)
    values = {"x": (x + 0.5 * z)[order], "y": (y + 0.5 * z + effect * x)[order], "z": z[order], "when": np.arange(300.0)[order]}
    return read_as(table_of(dict.fromkeys(values, "continuous"), values), time="when")


def test_the_tests_whose_cards_promise_it_have_the_option() -> None:
    for method in independence:
        assert method.card.dependent == ("effective" in {setting.name for setting in method.settings}), method.name


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("world", [clustered, in_time], ids=["clusters", "time"])
def test_size_holds_and_independent_rows_would_reject_too_often(name: str, world: object) -> None:
    runs, run = 150, Run()
    ps = []
    for seed in range(runs):
        table = world(seed)  # type: ignore[operator]
        ps.append([independence[name](table, "x", "y", ("z",), run, effective=way).p for way in ("auto", "rows")])
    weighed, plain = (np.array(ps) <= LEVEL).mean(axis=0)
    assert weighed <= LEVEL + 3 * (LEVEL * (1 - LEVEL) / runs) ** 0.5
    assert plain > 0.1


@pytest.mark.long
@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("world", [clustered, in_time], ids=["clusters", "time"])
def test_size_holds_in_a_thousand_runs_and_independent_rows_reject_thrice_as_often(name: str, world: object) -> None:
    runs, run = 1000, Run()
    ps = []
    for seed in range(1000, 1000 + runs):
        table = world(seed)  # type: ignore[operator]
        ps.append([independence[name](table, "x", "y", ("z",), run, effective=way).p for way in ("auto", "rows")])
    weighed, plain = (np.array(ps) <= LEVEL).mean(axis=0)
    assert weighed <= LEVEL + 3 * (LEVEL * (1 - LEVEL) / runs) ** 0.5
    assert plain > 0.15


@pytest.mark.parametrize("kinds", [("continuous", "categorical"), ("binary", "binary"), ("categorical", "categorical")])
def test_size_holds_for_levels_in_clusters(kinds: tuple[str, str]) -> None:
    runs, run = 120, Run()
    for name in ("regression-score", "gcm"):
        rate = np.mean([independence[name](clustered(seed, kinds), "x", "y", ("z",), run).p <= LEVEL for seed in range(runs)])
        assert rate <= LEVEL + 3 * (LEVEL * (1 - LEVEL) / runs) ** 0.5


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("world", [clustered, in_time], ids=["clusters", "time"])
def test_a_plain_effect_is_still_found_with_fewer_rows_than_there_are(name: str, world: object) -> None:
    found = [independence[name](world(seed, effect=0.6), "x", "y", ("z",), Run()) for seed in range(20)]  # type: ignore[operator]
    assert sum(test.p <= LEVEL for test in found) >= 18
    assert all(test.n_used <= (400 if world is clustered else 300) for test in found)
    quiet = [independence[name](world(seed), "x", "y", ("z",), Run()).n_used for seed in range(20)]  # type: ignore[operator]
    assert np.median(quiet) < 0.75 * (400 if world is clustered else 300)


def test_the_reading_says_how_rows_depend_and_rows_can_be_taken_for_independent() -> None:
    table = clustered(0)
    found = dependence_of(table)
    assert found is not None and found.clusters is not None and found.clusters.max() == 39
    assert dependence_of(table, "rows") is None
    assert dependence_of(read_as(table)) is None
    alone = table_of({"x": "continuous", "c": "unit"}, {"x": np.arange(5.0), "c": np.arange(5.0)})
    assert dependence_of(read_as(alone, cluster="c")) is None, "clusters of one row are no clusters"
    steps = in_time(0)
    series = dependence_of(steps)
    assert series is not None and series.times is not None
    panel = dependence_of(
        read_as(
            table_of(
                {"x": "continuous", "t": "continuous", "u": "unit"},
                {"x": np.arange(6.0), "t": np.tile([0.0, 1, 2], 2), "u": np.repeat([0.0, 1], 3)},
            ),
            time="t",
            unit="u",
        )
    )
    assert panel is not None and panel.clusters is not None and panel.clusters.tolist() == [0, 0, 0, 1, 1, 1]


def test_clusters_of_one_row_give_the_plain_covariance() -> None:
    scores = np.random.default_rng(0).normal(size=(500, 2))
    covariance, freedom = by_clusters(scores, np.arange(500))
    assert np.allclose(covariance, scores.T @ scores * 500 / 499)
    assert freedom == 499
    assert hotelling(5.99, 2, 1e7) == pytest.approx(0.05, abs=1e-3)


def test_scores_that_remember_nothing_spread_as_independent_ones() -> None:
    scores = np.random.default_rng(1).normal(size=(4000, 2))
    covariance, _ = over_time(scores)
    assert np.allclose(np.diag(covariance) / np.diag(scores.T @ scores), 1, atol=0.12)


def test_a_gap_in_the_clusters_is_a_cluster_of_its_own() -> None:
    table = clustered(3)
    rows = {k: v.copy() for k, v in table.rows().items()}
    rows["c"][:5] = np.nan
    holed = read_as(table_of({c.name: c.kind for c in table.columns}, rows), cluster="c")
    found = dependence_of(holed)
    assert found is not None and found.clusters is not None
    assert len(set(found.clusters[:5].tolist())) == 5
    assert 0 <= independence["fisher-z"](holed, "x", "y", ("z",), Run()).p <= 1

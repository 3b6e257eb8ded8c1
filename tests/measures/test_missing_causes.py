"""What decides on missing values is found, what only goes along is not, and where nothing decides little is named."""

from __future__ import annotations

import numpy as np

from aitia.core.run import Run
from aitia.measures.missing_causes import missing_causes, with_indicators
from tests.measures.tables import draw, table_of

KINDS = {"a": "continuous", "b": "continuous", "k": "categorical", "d": "count", "u": "unit", "y": "continuous"}


def world(seed: int, strength: float, n: int = 800) -> object:
    """y is missing by b and one level of k; a goes along with b, d with nothing."""
    rng = np.random.default_rng([seed, n])
    a = rng.normal(size=n)
    b, k, d = a + rng.normal(size=n), draw("categorical", np.zeros(n), rng), rng.poisson(4, n).astype(float)
    y = b + rng.normal(size=n)
    y[rng.random(n) < 1 / (1 + np.exp(1.5 - strength * (b + 1.5 * (k == 1))))] = np.nan
    return table_of(KINDS, {"a": a, "b": b, "k": k, "d": d, "u": np.arange(n, dtype=float), "y": y})


def test_what_decides_is_found_and_what_goes_along_is_left_out() -> None:
    found = [set(missing_causes(world(seed, 1.0), ["y"], Run())[0].causes) for seed in range(30)]  # type: ignore[arg-type]
    assert np.mean([{"b", "k"} <= causes for causes in found]) >= 0.95
    assert np.mean(["a" in causes for causes in found]) <= 0.15
    assert np.mean(["d" in causes for causes in found]) <= 0.1


def test_where_nothing_decides_a_cause_is_named_once_in_twenty_times() -> None:
    found = [missing_causes(world(100 + seed, 0.0, 300), ["y"], Run())[0] for seed in range(150)]  # type: ignore[arg-type]
    assert np.mean([bool(item.causes) for item in found]) <= 0.05 + 3 * (0.05 * 0.95 / 150) ** 0.5
    assert {item.tried for item in found} == {4}, "names of rows are not tried, nor the column itself"
    assert all(item.missing > 0 and item.rows == 300 and 0 <= item.p <= 1 for item in found)


def test_a_column_without_gaps_has_no_causes_of_gaps() -> None:
    assert missing_causes(world(1, 1.0), ["a", "b"], Run()) == ()  # type: ignore[arg-type]


def test_a_value_that_decides_on_itself_shows_only_through_what_goes_along() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=1000)
    y = x + rng.normal(size=1000)
    alone = rng.normal(size=1000)
    hidden = np.where(rng.random(1000) < 1 / (1 + np.exp(1 - 2 * y)), np.nan, y)
    lonely = np.where(rng.random(1000) < 1 / (1 + np.exp(1 - 2 * alone)), np.nan, alone)
    table = table_of(dict.fromkeys("xyz", "continuous"), {"x": x, "y": hidden, "z": lonely})
    first, second = missing_causes(table, ["y", "z"], Run())
    assert first.causes == ("x",), "x stands for y, which cannot be seen"
    assert second.causes == ()


def test_indicators_get_names_of_their_own() -> None:
    x = np.array([1.0, np.nan, 3.0])
    table = table_of({"x": "continuous", "R_x": "continuous"}, {"x": x, "R_x": np.arange(3.0)})
    wide, names = with_indicators(table, ["x"])
    assert names == {"x": "R_x'"}
    assert wide.rows(["R_x'"])["R_x'"].tolist() == [0, 1, 0]

"""Nodes that are stated exactly are made exactly so."""

from __future__ import annotations

import numpy as np
import pytest

from aitia.core.errors import BadOption
from aitia.core.run import Run
from aitia.simulation.building import build
from aitia.simulation.reading import read_spec
from aitia.simulation.simulating import Simulated, simulated


def made(nodes: dict, seed: int = 0, **more: object) -> Simulated:
    return simulated(read_spec({"nodes": nodes, "n": 40_000, "effects": "none", **more}), Run(seed=seed))


def test_coefficients_intercepts_and_noise_are_as_stated() -> None:
    rows = made(
        {"z": {"intercept": 5.0, "noise_scale": 2.0}, "y": {"coefficients": {"z": -1.5}, "intercept": 1.0, "noise_scale": 0.5}}
    ).sample.rows
    assert rows["z"].mean() == pytest.approx(5, abs=0.04)
    assert rows["z"].std() == pytest.approx(2, abs=0.03)
    slope, start = np.polyfit(rows["z"], rows["y"], 1)
    assert (slope, start) == (pytest.approx(-1.5, abs=0.01), pytest.approx(1, abs=0.05))
    assert (rows["y"] - 1 + 1.5 * rows["z"]).std() == pytest.approx(0.5, abs=0.01)


def test_a_binary_node_follows_its_log_odds() -> None:
    rows = made({"z": {}, "t": {"kind": "binary", "coefficients": {"z": 2.0}, "intercept": -1.0}}).sample.rows
    near = np.abs(rows["z"] - 0.5) < 0.05
    assert rows["t"][near].mean() == pytest.approx(0.5, abs=0.03)
    assert rows["t"].mean() == pytest.approx((1 / (1 + np.exp(1 - 2 * np.random.default_rng(0).normal(size=100_000)))).mean(), abs=0.01)


def test_counts_follow_their_log_rate_and_ordinal_nodes_their_cuts() -> None:
    nodes = {"c": {"kind": "count", "intercept": 1.0}, "o": {"kind": "ordinal", "levels": 3, "cuts": [-1.0, 1.0]}}
    rows = made(nodes, graph="c; o").sample.rows
    assert rows["c"].mean() == pytest.approx(np.e, abs=0.03)
    assert rows["c"].var() == pytest.approx(np.e, abs=0.08)
    low = 1 / (1 + np.e)
    assert [(rows["o"] == k).mean() for k in range(3)] == pytest.approx([low, 1 - 2 * low, low], abs=0.01)


def test_tables_and_labels_are_as_stated() -> None:
    nodes = {
        "g": {"kind": "categorical", "labels": ["red", "green", "blue"], "table": [0.5, 0.3, 0.2]},
        "t": {"kind": "binary", "table": [[0.9, 0.1], [0.5, 0.5], [0.1, 0.9]]},
    }
    found = made(nodes, graph="g->t")
    rows = found.sample.rows
    assert found.truth.columns[0].levels == ("red", "green", "blue")
    assert [rows["t"][rows["g"] == k].mean() for k in range(3)] == pytest.approx([0.1, 0.5, 0.9], abs=0.02)


def test_a_categorical_node_takes_one_coefficient_per_level() -> None:
    nodes = {"z": {}, "g": {"kind": "categorical", "coefficients": {"z": [0.0, 1.0, -1.0]}}}
    rows = made(nodes).sample.rows
    at = np.abs(rows["z"] - 1.0) < 0.1
    wanted = np.exp([0, 1, -1]) / np.exp([0, 1, -1]).sum()
    assert [(rows["g"][at] == k).mean() for k in range(3)] == pytest.approx(wanted, abs=0.04)


def test_effects_of_levels_may_be_named() -> None:
    nodes = {"g": {"kind": "categorical", "table": [0.4, 0.3, 0.3]}, "y": {"coefficients": {"g": {"c": 4.0}}, "noise_scale": 0.1}}
    rows = made(nodes).sample.rows
    assert [rows["y"][rows["g"] == k].mean() for k in range(3)] == pytest.approx([0, 0, 4], abs=0.01)


def test_uneven_noise_and_an_outer_function_can_be_stated() -> None:
    rows = made({"z": {}, "y": {"coefficients": {"z": 0.0}, "spread": 0.8, "noise_scale": 1.0}}).sample.rows
    low, high = (rows["y"][rows["z"] * side > 1].std() for side in (-1, 1))
    assert max(low, high) / min(low, high) > 1.5
    assert (made({"z": {}, "y": {"coefficients": {"z": 1.0}, "outer": "exp"}}).sample.rows["y"] > 0).all()


def test_a_formula_reads_levels_time_and_the_environment() -> None:
    nodes = {
        "g": {"kind": "categorical", "table": [0.5, 0.5, 0.0], "labels": ["a", "b", "c"]},
        "y": {"formula": '3*(g == "b") + time/1000', "noise_scale": 0.01},
    }
    rows = made(nodes).sample.rows
    np.testing.assert_allclose(rows["y"], 3 * (rows["g"] == 1) + np.arange(40_000) / 1000, atol=0.06)


def test_stated_and_drawn_nodes_mix() -> None:
    model = build(read_spec("z->t; t->y", {"t.formula": "10 + 100*z", "t.noise_scale": 1.0, "mechanism": "gp"}), Run())
    rows = simulated(read_spec("z->t; t->y", {"t.formula": "10 + 100*z", "t.noise_scale": 1.0, "mechanism": "gp"}), Run()).sample.rows
    assert not model.held
    assert rows["t"].std() > 50
    assert rows["y"].std() == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize(
    ("nodes", "match"),
    [
        ({"y": {"coefficients": {"w": 1}}, "z": {}}, None),
        ({"z": {}, "y": {"coefficients": {"z": "x"}}}, "not a coefficient"),
        ({"z": {}, "y": {"coefficients": {"z": [1, 2]}}}, "one number"),
        ({"g": {"kind": "categorical", "table": [0.5, 0.3, 0.2]}, "y": {"coefficients": {"g": [1, 2]}}}, "list of 3"),
        ({"g": {"kind": "categorical", "table": [0.5, 0.3, 0.2]}, "y": {"coefficients": {"g": {"d": 1}}}}, "no level 'd'"),
        ({"g": {"kind": "binary", "table": [0.5, 0.6]}, "y": {"coefficients": {"g": 1}}}, "no distribution"),
        ({"g": {"kind": "binary", "table": [0.5, 0.3, 0.2]}, "y": {"coefficients": {"g": 1}}}, "3 numbers"),
        ({"g": {"table": [0.5, 0.5]}, "y": {"coefficients": {"g": 1}}}, "needs levels"),
        ({"z": {}, "g": {"kind": "categorical", "formula": "z"}}, "cannot follow one formula"),
        ({"z": {}, "g": {"kind": "categorical", "coefficients": {"z": 1.0}}}, "one entry for each"),
        ({"z": {}, "o": {"kind": "ordinal", "coefficients": {"z": 1.0}, "cuts": [1.0, 0.0]}}, "rising cuts"),
        ({"z": {}, "g": {"kind": "binary", "labels": ["a"], "coefficients": {"z": 1.0}}}, "different labels"),
    ],
)
def test_statements_that_do_not_fit_are_named(nodes: dict, match: str | None) -> None:
    if match is None:
        assert made(nodes).sample.rows["w"].std() > 0
        return
    with pytest.raises(BadOption, match=match):
        made(nodes)

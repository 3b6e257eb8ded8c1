"""Environments change the mechanisms that the truth names and no others; groups share hidden values; drift is smooth."""

from __future__ import annotations

import numpy as np
import pytest

from aitia.core.run import Run
from aitia.simulation.mechanisms.switch import Switch
from aitia.simulation.reading import read_spec
from aitia.simulation.simulating import Simulated, simulated


def made(spec: object, seed: int = 0, **options: object) -> Simulated:
    return simulated(read_spec(spec, {"effects": "none", **options}), Run(seed=seed))


@pytest.mark.parametrize("change", ["noise", "shift", "function", "cut", "any"])
@pytest.mark.parametrize("kinds", ["continuous", "mixed"])
def test_only_the_named_mechanisms_change(change: str, kinds: str) -> None:
    found = made("er:p=10,degree=3,environments=3,changed=4,n=300", change=change, kinds=kinds)
    assert found.model.scm is not None
    moved = {c.node for c in found.truth.changes}
    switched = {m.node for m in found.model.scm.mechanisms if isinstance(m, Switch)}
    assert moved == switched
    assert 1 <= len(moved) <= 4
    assert found.truth.index == ("environment",)
    assert found.sample.columns[0].kind == "environment"
    assert "environment" not in found.truth.graph.nodes
    for m in found.model.scm.mechanisms:
        if isinstance(m, Switch):
            different = {i for i, case in enumerate(m.cases) if case is not m.cases[0]}
            levels = found.sample.columns[0].levels
            assert different == {levels.index(c.level) for c in found.truth.changes if c.node == m.node}


def test_a_row_keeps_its_noise_when_another_environment_is_imagined() -> None:
    found = made("er:p=8,environments=2,changed=3,change=shift,n=400")
    scm, noise = found.model.scm, found.drawn.noise
    assert scm is not None
    first = scm.do({"environment": 0.0}).predict(noise)
    here = found.drawn.rows["environment"] == 0
    for node in found.model.graph.nodes:
        np.testing.assert_array_equal(first[node][here], found.drawn.rows[node][here])


def test_a_shift_shifts_and_a_cut_cuts() -> None:
    shifted = made("a->b", 1, environments=2, changed="b", change="shift", n=40_000)
    scm, noise = shifted.model.scm, shifted.drawn.noise
    assert scm is not None
    low, high = (scm.do({"environment": e}).predict(noise)["b"] for e in (0.0, 1.0))
    assert np.ptp(high - low) < 1e-9
    assert 0.9 < abs((high - low)[0]) / low.std() < 2.1
    cut = made("a->b", 1, environments=2, changed="b", change="cut", n=40_000)
    second = cut.drawn.rows["environment"] == 1
    assert abs(np.corrcoef(cut.drawn.rows["a"][second], cut.drawn.rows["b"][second])[0, 1]) < 0.03
    assert abs(np.corrcoef(cut.drawn.rows["a"][~second], cut.drawn.rows["b"][~second])[0, 1]) > 0.4


def test_nodes_with_parents_need_not_change_and_shares_of_rows_are_kept() -> None:
    found = made("er:p=5,environments=3,shares=0.5+0.3+0.2,n=1000")
    assert np.bincount(found.sample.rows["environment"].astype(int)).tolist() == [500, 300, 200]


def cd_nod_three() -> dict:
    """The third example of CD-NOD: a linear chain in one domain, sines with less noise in the other."""
    line = {"noise_scale": 0.6}
    sine = {node: {"formula": f"sin({cause})", "noise_scale": 0.2} for cause, node in (("x1", "x2"), ("x2", "x3"), ("x3", "x4"))}
    return {
        "n": 600,
        "nodes": {"x1": {}, **{f"x{i}": {"formula": f"0.9*x{i - 1}", **line} for i in (2, 3, 4)}},
        "environments": {"environments": 2, "cases": [sine]},
    }


def test_environments_can_be_stated() -> None:
    found = made(cd_nod_three(), n=6000)
    rows, second = found.sample.rows, found.sample.rows["environment"] == 1
    assert np.polyfit(rows["x1"][~second], rows["x2"][~second], 1)[0] == pytest.approx(0.9, abs=0.03)
    assert (rows["x2"] - np.sin(rows["x1"]))[second].std() == pytest.approx(0.2, abs=0.01)
    assert {c.node for c in found.truth.changes} == {"x2", "x3", "x4"}


def test_drift_is_smooth_in_time_and_named() -> None:
    found = made("er:p=6,drift=2,n=2000,scaling=unit")
    moved = {c.node for c in found.truth.changes}
    assert len(moved) == 2
    assert found.truth.index == ("time",)
    scm, noise = found.model.scm, found.drawn.noise
    assert scm is not None
    still = scm.do({"time": 1000.0}).predict(noise)
    for node in found.model.graph.nodes:
        path = found.drawn.rows[node] - still[node]
        if node in moved:
            assert path.std() > 0.3
            assert np.abs(np.diff(path)).max() < 0.1 or found.model.graph.parents(node)


def test_groups_share_hidden_values_and_rows_of_a_group_are_alike() -> None:
    found = made("er:p=5,groups=400,draws=3,scaling=unit")
    assert found.sample.n == 1200
    assert found.truth.index == ("group",)
    for node in found.model.graph.nodes:
        values = found.sample.rows[node].reshape(400, 3)
        within, between = values.std(axis=1).mean(), values.mean(axis=1).std()
        assert between > 0.4 * within
        theta = found.drawn.rows[f"theta_{node}"].reshape(400, 3)
        assert (theta == theta[:, :1]).all()


def test_laplace_square_is_the_published_generator() -> None:
    """x = theta + a y (+ a b y² in half of the groups) + Laplace(1), theta uniform in (-1, 1), a and b from 1 to 9."""
    found = made("y->x", groups=4000, exchangeable="laplace-square")
    rows = found.drawn.rows
    assert rows["theta_x"].min() > -1
    assert rows["theta_x"].max() < 1
    bent = rows["bent_x"] == 1
    assert bent.mean() == pytest.approx(0.5, abs=0.03)
    left = rows["x"] - rows["theta_x"]
    slope = np.polyfit(rows["y"][~bent], left[~bent], 1)[0]
    assert slope == pytest.approx(round(slope), abs=0.1)
    assert 1 <= round(slope) <= 9
    square, line, _ = np.polyfit(rows["y"][bent], left[bent], 2)
    assert line == pytest.approx(slope, abs=0.2)
    assert square / slope == pytest.approx(round(square / slope), abs=0.05)
    noise = left[~bent] - round(slope) * rows["y"][~bent]
    assert np.abs(noise).mean() == pytest.approx(1, abs=0.05)


def test_beta_binary_is_the_published_generator() -> None:
    found = made("a->c; b->c", groups=4000, exchangeable="beta-binary")
    rows = found.drawn.rows
    assert all(column.kind in ("binary", "environment") for column in found.sample.columns)
    assert rows["theta_a"].mean() == pytest.approx(0.25, abs=0.02)
    both = (rows["a"] == 1) & (rows["b"] == 1)
    assert rows["c"][both].mean() == pytest.approx(0.75, abs=0.05)
    assert rows["c"][~both].mean() == pytest.approx(0.25, abs=0.03)


def test_across_draws_of_a_group_the_cause_tells_and_the_effect_does_not() -> None:
    """The signature that Causal de Finetti reads: given x1 and x2, y1 is independent of x2; given y1 and y2, x1 and y2 are not."""
    found = made("x->y", groups=6000, exchangeable="shift", scaling="unit")
    x, y = (found.sample.rows[n].reshape(6000, 2) for n in "xy")

    def partial(a: np.ndarray, b: np.ndarray, given: np.ndarray) -> float:
        design = np.column_stack([np.ones(len(a)), given])
        left = [v - design @ np.linalg.lstsq(design, v, rcond=None)[0] for v in (a, b)]
        return float(np.corrcoef(*left)[0, 1])

    assert abs(partial(x[:, 1], y[:, 0], x[:, 0])) < 0.04
    assert abs(partial(y[:, 1], x[:, 0], y[:, 0])) > 0.05


def test_only_measured_nodes_change_and_never_the_columns_that_number_rows() -> None:
    for seed in range(5):
        found = made("er:p=4,hidden=3,environments=4,changed=4,n=50", seed)
        assert {c.node for c in found.truth.changes} <= set(found.truth.graph.observed)
    nodes = {"x": {"formula": "sin(time)"}, "y": {"formula": '2*x + 3*(environment == "e2")', "noise_scale": 0.01}}
    found = made({"nodes": nodes, "environments": 2, "changed": 0}, n=100)
    assert [(c.node, c.index) for c in found.truth.changes] == [("y", "environment"), ("x", "time")]
    rows = found.sample.rows
    np.testing.assert_allclose(rows["y"], 2 * rows["x"] + 3 * (rows["environment"] == 1), atol=0.06)

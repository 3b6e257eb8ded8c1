"""True effects are exact along linear paths and within their stated error elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from aitia.core.run import Run
from aitia.core.simulation import Truth
from aitia.simulation.building import build
from aitia.simulation.linear_model import coefficients, covariance, path_effect
from aitia.simulation.reading import read_spec
from aitia.simulation.simulating import simulated


def truth(spec: object, seed: int = 0, **options: object) -> Truth:
    return simulated(read_spec(spec, options), Run(seed=seed)).truth


TRIAL = {
    "graph": "sex->t; age->t; sex->y; age->y; t->m; m->y; t->y",
    "nodes": {
        "sex": {"kind": "binary", "labels": ["man", "woman"], "table": [0.4, 0.6]},
        "age": {"intercept": 50.0, "noise_scale": 10.0},
        "t": {"kind": "binary", "coefficients": {"sex": {"woman": 0.5}, "age": 0.04}, "intercept": -2.0},
        "m": {"coefficients": {"t": 3.0}},
        "y": {"coefficients": {"t": 2.0, "m": 0.5, "age": 0.1, "sex": 1.0}},
    },
}


def test_stated_coefficients_give_their_path_sums() -> None:
    found = truth(TRIAL)
    assert found.effect("t", "y").value == 2 + 3 * 0.5
    assert found.effect("t", "y").error == 0
    assert (found.effect("t", "y").arm, found.effect("t", "y").versus) == (1, 0)
    assert found.effect("t", "m").value == 3
    assert found.effect("m", "y").value == 0.5
    assert found.effect("m", "y").arm is None
    assert found.effect("y", "t") is None


def test_effects_through_a_node_that_is_not_linear_are_sampled_and_say_so() -> None:
    """Age acts on y directly and through the treatment, whose chance is logistic."""
    found = truth(TRIAL).effect("age", "y")
    assert found.how == "interventional sampling"
    assert found.error > 0
    z = 1 / (1 + np.exp(-(np.array([found.arm, found.versus])[:, None] * 0.04 + np.array([0, 0.5]) - 2.0)))
    chance = z @ np.array([0.4, 0.6])
    exact = 0.1 * (found.arm - found.versus) + 3.5 * (chance[0] - chance[1])
    assert abs(found.value - exact) < 4 * found.error


def test_a_linear_formula_is_as_exact_as_coefficients() -> None:
    found = truth({"nodes": {"z": {}, "t": {"formula": "z/2"}, "y": {"formula": "2*t - 3*(z + t)"}}})
    assert found.effect("t", "y").value == -1
    assert found.effect("z", "y").value == -3.5
    assert found.effect("t", "y").how == "path coefficients"


def test_the_effect_on_the_treated_differs_where_effects_do() -> None:
    spec = {
        "graph": "z->t; z->y; t->y",
        "treatment": "t",
        "outcome": "y",
        "nodes": {
            "z": {"kind": "binary", "table": [0.5, 0.5]},
            "t": {"kind": "binary", "table": [[0.8, 0.2], [0.3, 0.7]]},
            "y": {"formula": "t*(1 + 2*z) + z"},
        },
    }
    found = truth(spec, n=5000)
    treated = 0.5 * 0.2, 0.5 * 0.7
    exact = {"ate": 2.0, "att": 1 + 2 * treated[1] / sum(treated), "atc": 1 + 2 * 0.15 / 0.55}
    for effect, value in exact.items():
        own = found.effect("t", "y", effect)  # type: ignore[arg-type]
        assert own is not None
        assert abs(own.value - value) <= 4 * own.error
        assert own.sample == pytest.approx(value, abs=0.1)


def test_the_effect_in_the_rows_is_that_of_their_own_potential_outcomes() -> None:
    spec = {"graph": "z->t; z->y; t->y", "treatment": "t", "outcome": "y", "mechanism": "gp", "nodes": {"t": {"kind": "binary"}}}
    made = simulated(read_spec(spec, {"n": 300}), Run(seed=4))
    scm, noise = made.model.scm, made.drawn.noise
    assert scm is not None
    difference = scm.do({"t": 1.0}).predict(noise)["y"] - scm.do({"t": 0.0}).predict(noise)["y"]
    treated = made.drawn.rows["t"] == 1
    assert made.truth.effect("t", "y").sample == pytest.approx(difference.mean())
    assert made.truth.effect("t", "y", "att").sample == pytest.approx(difference[treated].mean())
    assert made.truth.effect("t", "y", "atc").sample == pytest.approx(difference[~treated].mean())


@pytest.mark.parametrize("seed", range(3))
def test_path_effects_are_those_of_setting_nodes(seed: int) -> None:
    model = build(read_spec("er:p=8,degree=4,noise=exponential"), Run(seed=seed))
    assert model.scm is not None
    names, weights, _ = coefficients(model.scm)
    total = np.linalg.inv(np.eye(8) - weights)
    for i, a in enumerate(names):
        for j, b in enumerate(names):
            assert path_effect(model.scm, a, b, 3.0, 1.0) == pytest.approx(2 * total[i, j] if i != j else 2.0, abs=1e-12)


def test_the_covariance_of_a_linear_model_is_that_of_its_rows() -> None:
    made = simulated(read_spec("er:p=6,degree=3,n=200000,noise=uniform,effects=none"), Run(seed=5))
    assert made.model.scm is not None
    names = made.model.graph.nodes
    found = np.cov(np.array([made.drawn.rows[name] for name in names]))
    np.testing.assert_allclose(found, covariance(made.model.scm, names), atol=0.06)


def test_sampled_effects_lie_within_their_error_of_another_sample() -> None:
    """Over many effects of a nonlinear model with all kinds, the error is neither too small nor absurdly large."""
    made = simulated(read_spec("er:p=9,degree=3,kinds=mixed,mechanism=any,effects=all"), Run(seed=6))
    scm, columns = made.model.scm, made.model.columns
    assert scm is not None
    z = []
    noise = {m.node: m.draw(10_000, np.random.default_rng([7, i])) for i, m in enumerate(scm.mechanisms)}  # type: ignore[attr-defined]
    for effect in made.truth.effects:
        if not effect.error:
            continue
        column = columns[effect.treatment]
        arms = [float(column.levels.index(v)) if column.coded else v for v in (effect.arm, effect.versus)]
        high, low = (scm.do({effect.treatment: arm}).predict(noise)[effect.outcome] for arm in arms)
        z.append((effect.value - (high - low).mean()) / np.hypot(effect.error, (high - low).std() / 100))
    assert len(z) >= 8
    assert max(map(abs, z)) < 4.5


def test_effects_without_an_exact_value_are_left_out_of_large_models_and_the_truth_says_so() -> None:
    found = truth("er:p=14,mechanism=gp,n=50")
    assert found.effects == ()
    assert "effects=all" in (found.effects_note or "")
    assert truth("er:p=14,n=50").effects
    assert truth("er:p=14,n=50").effects_note is None
    assert truth("er:p=4,n=50", effects="none").effects == ()


def test_levels_are_compared_with_the_first_by_their_names() -> None:
    spec = {"graph": "g->y", "nodes": {"g": {"kind": "categorical", "table": [0.2, 0.3, 0.5]}, "y": {"coefficients": {"g": [0, 1, 5]}}}}
    assert [(e.arm, e.versus, e.value) for e in truth(spec).effects] == [("b", "a", 1.0), ("c", "a", 5.0)]


@pytest.mark.parametrize(
    "spec", ["er:p=7,degree=3,groups=20", "er:p=7,degree=3,drift=3", "er:p=7,degree=3,environments=3,changed=3,change=noise"]
)
def test_linear_effects_stay_exact_under_groups_drift_and_changing_noise(spec: str) -> None:
    found = truth(spec, n=40)
    assert found.effects
    assert all(e.how == "path coefficients" for e in found.effects)


def test_an_effect_that_changes_between_environments_is_an_average_over_them() -> None:
    spec = {
        "graph": "t->y",
        "nodes": {"y": {"coefficients": {"t": 1.0}}},
        "environments": {"environments": 2, "shares": [3, 1], "cases": [{"y": {"coefficients": {"t": 5.0}}}]},
    }
    found = truth(spec, n=400).effect("t", "y")
    assert found.how == "interventional sampling"
    assert found.value / (found.arm - found.versus) == pytest.approx(2.0, abs=4 * found.error)


def test_additive_functions_of_what_does_not_move_leave_an_effect_exact() -> None:
    nodes = {"z": {}, "t": {"coefficients": {"z": 1.0}}, "m": {"formula": "sin(z)"}, "y": {"coefficients": {"t": 2.0, "m": 1.0}}}
    found = truth({"nodes": nodes})
    assert found.effect("t", "y").how == "path coefficients"
    assert found.effect("m", "y").value == 1.0
    assert found.effect("z", "y").how == "interventional sampling"

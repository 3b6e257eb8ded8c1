"""Functions read numbers in their units and coded parents by level, never by code, and are functions: same input, same output."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from aitia.core.errors import BadOption
from aitia.simulation.drafts import DRAWN
from aitia.simulation.functions.additive import KNOTS, Additive, Part, draw_additive, normal_grid, spline
from aitia.simulation.functions.affine import in_units, scaled
from aitia.simulation.functions.formula import Formula, line_of, names_in, parsed
from aitia.simulation.functions.function import Function
from aitia.simulation.functions.gaussian_process import draw_gaussian_process
from aitia.simulation.functions.linear import Linear, draw_linear, natural
from aitia.simulation.functions.total import Total
from aitia.simulation.inputs import Input, expanded
from aitia.simulation.spec import Making

INPUTS = (Input(name="z"), Input(name="g", levels=4))
N = 200


def parents(seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {"z": rng.normal(size=N), "g": rng.integers(0, 4, N).astype(float)}


def drawn(name: str, seed: int = 0) -> Function:
    return DRAWN[name](INPUTS, np.random.default_rng(seed), Making())


@pytest.mark.parametrize("name", DRAWN)
def test_the_same_input_gives_the_same_output_in_any_company(name: str) -> None:
    function, values = drawn(name), parents()
    whole = function(values)
    part = function({k: v[40:60] for k, v in values.items()})
    assert whole.shape == (N,)
    np.testing.assert_allclose(part, whole[40:60], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", DRAWN)
def test_levels_enter_as_levels_not_as_numbers(name: str) -> None:
    """Renaming the codes by a permutation, and giving each level its old effect, is possible only when codes are no numbers:
    the four levels at one z give values that are not evenly spaced for almost every draw."""
    uneven = 0
    for seed in range(12):
        at = drawn(name, seed)({"z": np.full(4, 0.3), "g": np.arange(4.0)})
        steps = np.diff(at)
        uneven += bool(np.ptp(steps) > 0.05 * np.abs(at).max())
        assert np.ptp(at) > 0
    assert uneven >= 11


@pytest.mark.parametrize("name", DRAWN)
def test_every_parent_matters(name: str) -> None:
    function, values = drawn(name), parents()
    for parent in values:
        moved = {**values, parent: np.roll(values[parent], 1)}
        assert np.abs(function(moved) - function(values)).max() > 1e-3


@pytest.mark.parametrize("name", DRAWN)
def test_changing_units_of_a_parent_and_of_the_function_changes_nothing_else(name: str) -> None:
    function, values = drawn(name), parents()
    other = in_units(function, {"z": (32.0, 1.8)})
    np.testing.assert_allclose(other({**values, "z": 32 + 1.8 * values["z"]}), function(values), atol=1e-9)
    np.testing.assert_allclose(scaled(scaled(function, 1.0, 2.0), 3.0, 4.0)(values), 3 + 4 * (1 + 2 * function(values)), atol=1e-9)


def test_a_scaled_line_stays_a_line_and_natural_weights_are_per_unit() -> None:
    line = in_units(Linear(inputs=(Input(name="z"),), weights=((2.0,),), intercept=1.0), {"z": (10.0, 5.0)})
    plain = natural(scaled(line, 0.0, 3.0))
    assert isinstance(scaled(line, 0.0, 3.0), Linear)
    assert plain.weights == ((pytest.approx(1.2),),)
    assert plain.intercept == pytest.approx(3 * (1 - 4))
    assert plain.words() == "-9 + 1.2 z"


def test_a_sum_can_be_scaled_and_converted() -> None:
    one, two = draw_linear(INPUTS, np.random.default_rng(1)), draw_additive(INPUTS[:1], np.random.default_rng(2))
    total, values = Total(functions=(one, two)), parents()
    np.testing.assert_allclose(scaled(total, 1.0, 2.0)(values), 1 + 2 * (one(values) + two(values)))
    assert [item.name for item in total.inputs] == ["z", "g"]
    np.testing.assert_allclose(in_units(total, {"z": (5.0, 2.0)})({**values, "z": 5 + 2 * values["z"]}), total(values), atol=1e-9)


@pytest.mark.parametrize("shape", ["sine", "quadratic", "tanh", "spline", "wave"])
def test_each_shape_is_smooth_centred_and_of_its_size_on_a_normal_input(shape: str) -> None:
    for seed in range(5):
        function = draw_additive((Input(name="z"),), np.random.default_rng(seed), (shape,))  # type: ignore[arg-type]
        values = function({"z": normal_grid()})
        assert values.mean() == pytest.approx(0, abs=1e-9)
        assert 0.5 < values.std() < 1.5
        line = np.linspace(-5, 5, 20_001)
        slope = np.diff(function({"z": line})) / np.diff(line)
        assert np.abs(np.diff(slope)).max() < 0.05  # no kink: the slope changes little from one thousandth to the next


def test_a_spline_goes_through_a_constant_and_ends_flat() -> None:
    assert spline(np.linspace(-9, 9, 50), (2.0,) * KNOTS) == pytest.approx(np.full(50, 2.0))
    numbers = tuple(np.random.default_rng(0).normal(size=KNOTS))
    assert spline(np.array([-3.0, -50.0, 3.0, 50.0]), numbers) == pytest.approx([numbers[0]] * 2 + [numbers[-1]] * 2)


def test_a_gaussian_process_has_the_covariance_of_its_kernel() -> None:
    """Over many draws the values at two points correlate as exp(-d²/2) says, and have variance one."""
    at = {"z": np.array([0.0, 0.5, 1.0, 2.0])}
    draws = np.array([draw_gaussian_process((Input(name="z"),), np.random.default_rng(i))(at) for i in range(4000)])
    found = np.cov(draws.T)
    wanted = np.exp(-0.5 * (at["z"][:, None] - at["z"][None, :]) ** 2)
    np.testing.assert_allclose(found, wanted, atol=0.08)


def test_columns_of_inputs_are_numbers_and_indicators() -> None:
    found = expanded(
        (Input(name="z", centre=1.0, scale=2.0), Input(name="g", levels=2)), {"z": np.array([3.0, 1.0]), "g": np.array([0.0, 1.0])}
    )
    np.testing.assert_allclose(found, [[1.0, 0.5, -0.5], [0.0, -0.5, 0.5]])


def formula(text: str, **labels: tuple) -> Formula:
    return Formula(inputs=tuple(Input(name=n, levels=len(labels.get(n, ()))) for n in names_in(text)), text=text, labels=labels)


def test_formulas_are_arithmetic() -> None:
    values = {"t": np.array([1.0, 2.0]), "z": np.array([0.0, 4.0]), "g": np.array([0.0, 2.0])}
    assert formula("2*t + sqrt(z)/2 - t**2 + max(t, z)")(values) == pytest.approx([2 + 0 - 1 + 1, 4 + 1 - 4 + 4])
    assert formula('t*(g == "c") + (z > 1 and t < 3)', g=("a", "b", "c"))(values) == pytest.approx([0, 3])
    assert formula("10*g", g=(0, 5, 7))(values) == pytest.approx([0, 70])
    assert formula("0 < t <= 1")(values) == pytest.approx([1, 0])
    assert formula("pi")({}).shape == (1,)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("__import__('os')", "not known"),
        ("z.real", "not arithmetic"),
        ("[z]", "not arithmetic"),
        ("z if t else 1", "not arithmetic"),
        ("sin(z, t)", "2 numbers"),
        ("sine(z)", "not known"),
        ("2*", "cannot be read"),
        ("lambda: 1", "not arithmetic"),
    ],
)
def test_formulas_run_nothing_else(text: str, match: str) -> None:
    with pytest.raises(BadOption, match=match):
        parsed(text)


def test_formulas_name_what_they_cannot_use() -> None:
    values = {"g": np.array([0.0])}
    with pytest.raises(BadOption, match="no level"):
        formula('g == "d"', g=("a", "b"))(values)
    with pytest.raises(BadOption, match="not numbers"):
        formula("2*g", g=("a", "b"))(values)
    with pytest.raises(BadOption, match="as a number"):
        formula('2*"a" + g', g=(0, 1))(values)


def test_a_linear_formula_is_known_as_a_line() -> None:
    line = line_of(parsed("2*(t - z)/4 + 1 - -t"))
    assert line is not None
    assert (line.intercept, line.weights) == (1.0, {"t": 1.5, "z": -0.5})
    for text in ("t*z", "t**2", "sin(t)", "1/t", "t > 0", "t/0"):
        assert line_of(parsed(text)) is None


def test_a_huge_power_overflows_instead_of_hanging() -> None:
    assert np.isinf(formula("9**9**9 + z")({"z": np.zeros(2)})).all()


def test_additive_parts_of_levels_are_looked_up() -> None:
    function = Additive(inputs=(Input(name="g", levels=3),), parts=(Part(shape="levels", numbers=(1.0, 5.0, 2.0), gain=2.0),))
    assert function({"g": np.array([2.0, 0.0, 1.0])}) == pytest.approx([4.0, 2.0, 10.0])
    assert dataclasses.replace(function, intercept=1.0)({"g": np.array([0.0])}) == pytest.approx([3.0])

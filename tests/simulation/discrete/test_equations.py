"""Equations mean what they say, and what they cannot mean is refused."""

from __future__ import annotations

import itertools
from fractions import Fraction as F

import numpy as np
import pytest

from aitia.core.errors import BadOption
from aitia.simulation.discrete import from_equations, potential, probability, solve

HALF = F(1, 2)


def test_a_random_formula_has_the_truth_table_that_python_gives_it() -> None:
    """300 formulas of and, or, not, comparisons and if-else over three nodes."""
    rng = np.random.default_rng(1)

    def formula(depth: int) -> str:
        if depth == 0:
            return str(rng.choice(["a", "b", "c", "0", "1"]))
        left, right, test = (formula(depth - 1) for _ in range(3))
        shapes = [
            f"({left} and {right})",
            f"({left} or {right})",
            f"(not {left})",
            f"({left} == {right})",
            f"({left} if {test} else {right})",
        ]
        return str(rng.choice([*shapes, f"min({left}, {right})", f"({left} != {right})", f"({left} + {right} > 1)"]))

    for _ in range(300):
        text = formula(3)
        model = from_equations({"y": text}, {"a": HALF, "b": HALF, "c": HALF})
        for a, b, c in itertools.product((0, 1), repeat=3):
            rows = {name: np.array([value]) for name, value in (("a", a), ("b", b), ("c", c))}
            assert solve(model, rows, [potential("y")])[0][0] == int(bool(eval(text, {"a": a, "b": b, "c": c}))), text


def test_levels_may_be_numbers_and_words() -> None:
    """The lamp of Halpern: on when two of three switches of three positions agree."""
    levels = dict.fromkeys("abc", (-1, 0, 1))
    model = from_equations({"lamp": "a == b or b == c or a == c"}, {name: {level: F(1, 3) for level in (-1, 0, 1)} for name in "abc"})
    assert model.projection.levels["a"] == levels["a"]
    assert probability(model, {"lamp": 1}) == 1 - F(6, 27)
    votes = from_equations(
        {"sum": "a + b", "says": "'many' if sum > 1 else 'few'"}, {"a": HALF, "b": HALF}, levels={"sum": (0, 1, 2), "says": ("few", "many")}
    )
    assert probability(votes, {"says": "many"}) == F(1, 4)
    assert probability(votes, {"says": "few"}, {"sum": 2}) == 0


def test_an_equation_may_be_a_function_named_after_its_causes() -> None:
    model = from_equations({"y": lambda a, b: a ^ b}, {"a": HALF, "b": F(1, 3)}, latent=["b"])
    assert model.graph.latent == ("b",) and model.graph.parents("y") == ("a", "b")
    assert probability(model, {"y": 1}) == HALF


@pytest.mark.parametrize(
    ("equations", "words"),
    [
        ({"y": "a or"}, "cannot be read"),
        ({"y": "a or q"}, "reads q"),
        ({"y": "a + 1"}, "gives 2 when"),
        ({"y": "a.real"}, "cannot hold a.real"),
        ({"y": "__import__('os')"}, "cannot hold"),
        ({"y": "[b for b in a]"}, "cannot hold|reads"),
        ({"y": "a % 0"}, "no value when"),
        ({"y": "a < 'x'"}, "no value when"),
        ({"a": "1"}, "both an equation and chances"),
    ],
)
def test_what_no_equation_can_mean_is_refused(equations: dict[str, str], words: str) -> None:
    with pytest.raises(BadOption, match=words):
        from_equations(equations, {"a": HALF})


def test_a_constant_needs_no_causes() -> None:
    model = from_equations({"y": "1", "z": "y and a"}, {"a": HALF})
    assert probability(model, {"y": 1}) == 1
    assert probability(model, potential("z", y=0).equals(0), {"a": 1}) == 1

"""The bounds hold the truth of every model, are the best that linear programming finds, and are attained by models."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import linprog

from aitia.core.errors import BadOption
from aitia.graphs.formats.text import parse
from aitia.simulation.exact.arithmetic import Undefined
from aitia.simulation.exact.bounds_of_causation import (
    Between,
    Measured,
    exogenous,
    measured,
    pn_bounds,
    pns_bounds,
    ps_bounds,
    under_monotonicity,
)
from aitia.simulation.exact.causation import pn, pns, ps
from aitia.simulation.exact.effects import Comparison
from aitia.simulation.exact.models import StructuralModel, structural_model
from tests.simulation.discrete.worlds import cases

BOUNDS: dict[str, Callable[[Measured], Between | Undefined]] = {"pn": pn_bounds, "ps": ps_bounds, "pns": pns_bounds}
TRUTHS = {"pn": pn, "ps": ps, "pns": pns}
ASKED = Comparison(treatment="x", outcome="y", level=1)
# Everybody is of a type: what they had of themselves (x, x' or neither), and whether the event comes under x and under x'.
TYPES = [(had, under_x, under_other) for had in range(3) for under_x in (0, 1) for under_other in (0, 1)]


def model_of(counts: np.ndarray) -> StructuralModel:
    """The structural model in which a hidden node holds everybody's type."""
    total = int(counts.sum())
    had = np.array([1 - kind[0] if kind[0] < 2 else 2 for kind in TYPES])  # codes 1 = x, 0 = x', 2 = neither
    happens = np.array([[kind[2], kind[1], 0] for kind in TYPES])
    graph = parse("t->x; t->y; x->y").with_latent(("t",))
    functions = {"t": np.arange(len(TYPES)), "x": had, "y": happens}
    noise = {"t": [Fraction(int(count), total) for count in counts]}
    return structural_model(graph, functions, noise, levels={"x": (0, 1, 2)}, parents={"y": ("t", "x")})


def constraints(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The shares of types that one observational and one experimental study fix, as rows and right-hand sides."""
    had, one, other = np.array(TYPES).T
    rows = [had == 0, had == 1, (had == 0) & (one == 1), (had == 1) & (other == 1), one == 1, other == 1, had == had]
    matrix = np.array(rows, dtype=float)
    return matrix, matrix @ (counts / counts.sum())


def objective(name: str) -> np.ndarray:
    """The types that a quantity counts; for PN and PS still to be divided by a fixed share."""
    had, one, other = np.array(TYPES).T
    hits = (one == 1) & (other == 0)
    return (hits & (had == {"pn": 0, "ps": 1}[name]) if name != "pns" else hits).astype(float)


@pytest.mark.parametrize("arms", [2, 3])
@pytest.mark.parametrize("name", ["pn", "ps", "pns"])
def test_the_bounds_are_the_best_there_are_and_models_attain_them(name: str, arms: int) -> None:
    """100 random studies: both ends equal the linear programme's, and its solution is a model with exactly that value."""
    rng = np.random.default_rng(200 + arms)
    moved = 0
    for _ in range(100):
        counts = np.zeros(len(TYPES), dtype=np.int64)
        kinds = rng.choice(4 * arms, int(rng.integers(3, 4 * arms + 1)), replace=False)
        counts[kinds] = rng.integers(1, 12, len(kinds))
        study = measured(model_of(counts), ASKED)
        found, truth = BOUNDS[name](study), TRUTHS[name](model_of(counts), ASKED)
        if isinstance(found, Undefined):
            assert truth == found
            continue
        assert found.low <= truth <= found.high
        matrix, right = constraints(counts)
        for sign, bound in ((1, found.low), (-1, found.high)):
            best = linprog(sign * objective(name), A_eq=matrix, b_eq=right, bounds=(0, None), method="highs")
            corner = np.rint(best.x * counts.sum()).astype(np.int64)
            assert np.abs(corner - best.x * counts.sum()).max() < 1e-6
            attained = model_of(corner)
            assert measured(attained, ASKED) == study
            assert TRUTHS[name](attained, ASKED) == bound
        moved += found.low < found.high
    assert moved > 25


def test_bounds_hold_the_truth_of_random_models() -> None:
    """500 structural models with hidden causes and up to three levels."""
    narrow = 0
    for case in cases(500, 31):
        asked = Comparison(treatment=case.x, outcome=case.y, level=1)
        study = measured(case.model, asked)
        for name, bounds in BOUNDS.items():
            found, truth = bounds(study), TRUTHS[name](case.model, asked)
            if isinstance(found, Undefined):
                assert isinstance(truth, Undefined)
            else:
                assert 0 <= found.low <= truth <= found.high <= 1
                narrow += found.high - found.low < Fraction(1, 2)
    assert narrow > 500


def test_two_arms_give_tian_and_pearls_formulas() -> None:
    """Their equations for PN, PS and PNS from combined data, written out as in the paper."""
    rng = np.random.default_rng(8)
    for _ in range(300):
        counts = np.zeros(len(TYPES), dtype=np.int64)
        counts[:8] = rng.integers(1, 15, 8)
        m = measured(model_of(counts), ASKED)
        y, zero, one = m.x_y + m.other_y, Fraction(0), Fraction(1)
        lowest = max(zero, m.y_if_x - m.y_if_other, y - m.y_if_other, m.y_if_x - y)
        highest = min(m.y_if_x, 1 - m.y_if_other, m.x_y + m.other_not, m.y_if_x - m.y_if_other + m.x_not + m.other_y)
        assert pns_bounds(m) == Between(low=lowest, high=highest)
        assert pn_bounds(m) == Between(low=max(zero, (y - m.y_if_other) / m.x_y), high=min(one, (1 - m.y_if_other - m.other_not) / m.x_y))
        assert ps_bounds(m) == Between(low=max(zero, (m.y_if_x - y) / m.other_not), high=min(one, (m.y_if_x - m.x_y) / m.other_not))


def test_where_the_cause_never_prevents_the_points_are_the_truth() -> None:
    rng = np.random.default_rng(12)
    for _ in range(200):
        counts = np.zeros(len(TYPES), dtype=np.int64)
        counts[:8] = rng.integers(1, 15, 8)
        counts[[i for i, kind in enumerate(TYPES) if kind[1:] == (0, 1)]] = 0
        model = model_of(counts)
        points = under_monotonicity(measured(model, ASKED))
        assert (points.pn, points.ps, points.pns) == (pn(model, ASKED), ps(model, ASKED), pns(model, ASKED))
        for name, bounds in BOUNDS.items():
            found = bounds(measured(model, ASKED))
            assert isinstance(found, Between) and found.low == getattr(points, name)


def test_floats_give_the_same_bounds() -> None:
    study = exogenous(0.6, 0.2, 0.5)
    assert pns_bounds(study).low == pytest.approx(0.4)
    assert pns_bounds(study).high == pytest.approx(0.6)
    exact = exogenous(Fraction(3, 5), Fraction(1, 5), Fraction(1, 2))
    assert pns_bounds(exact) == Between(low=Fraction(2, 5), high=Fraction(3, 5))


def test_numbers_that_no_population_has_are_refused() -> None:
    half = Fraction(1, 2)
    with pytest.raises(BadOption, match="sum to 1"):
        pns_bounds(Measured(x_y=half, x_not=half, other_y=half, other_not=0, y_if_x=half, y_if_other=half))
    quarter = Fraction(1, 4)
    with pytest.raises(BadOption, match=r"P\(y \| do x\) = 1/8 contradicts"):
        pn_bounds(Measured(x_y=quarter, x_not=quarter, other_y=quarter, other_not=quarter, y_if_x=Fraction(1, 8), y_if_other=half))
    with pytest.raises(BadOption, match="two levels"):
        under_monotonicity(Measured(x_y=quarter, x_not=quarter, other_y=quarter, other_not=0, rest=quarter, y_if_x=half, y_if_other=half))

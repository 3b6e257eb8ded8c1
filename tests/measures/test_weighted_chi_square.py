"""The tail of weighted chi-squares is SciPy's where all weights are one, and that of draws elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from aitia.measures.weighted_chi_square import weighted_tail


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 300), st.floats(0.05, 6.0), st.floats(1e-3, 1e3))
def test_equal_weights_are_a_chi_square(count: int, times: float, weight: float) -> None:
    found, exact = weighted_tail(times * count * weight, np.full(count, weight)), stats.chi2.sf(times * count, count)
    assert found == pytest.approx(exact, abs=1e-7) if exact > 1e-5 else found == pytest.approx(exact, rel=0.1)


@pytest.mark.parametrize("weights", [[1.0, 0.3], [1.0, 0.001], [0.5**k for k in range(12)], [3.0] + [0.01] * 200])
def test_unequal_weights_are_what_draws_show(weights: list[float]) -> None:
    drawn = np.random.default_rng(1).chisquare(1, (200_000, len(weights))) @ np.array(weights)
    for level in (0.9, 0.5, 0.1, 0.01):
        assert weighted_tail(float(np.quantile(drawn, 1 - level)), np.array(weights)) == pytest.approx(level, abs=0.004)


def test_nothing_that_varies_is_no_evidence() -> None:
    assert weighted_tail(1.0, np.zeros(3)) == 1.0
    assert weighted_tail(0.0, np.ones(3)) == 1.0

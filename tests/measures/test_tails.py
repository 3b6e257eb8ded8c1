"""P-values and powers agree with SciPy's distributions and with counting, and are numbers everywhere."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from aitia.measures.tails import chi_square_power, mean_test, normal_power, t_power


def test_a_mean_is_tested_by_students_t() -> None:
    values = np.random.default_rng(1).normal(0.3, 1, 20)
    assert mean_test(values.tolist()).p == pytest.approx(stats.ttest_1samp(values, 0).pvalue)


def test_a_mean_within_the_bound_is_no_evidence() -> None:
    assert mean_test([0.05, 0.06, 0.04, 0.05], bound=0.1).p > 0.99
    assert mean_test([0.2, 0.2, 0.2], bound=0.1).p == 0.0
    assert mean_test([0.0, 0.0, 0.0]).p == 1.0


@pytest.mark.parametrize("freedom", [2, 4, 19, 99])
def test_t_power_is_a_number_that_grows(freedom: int) -> None:
    powers = [t_power(distance, freedom) for distance in np.linspace(0, 200, 2001)]
    assert all(math.isfinite(power) and 0 <= power <= 1 for power in powers)
    assert powers[0] == pytest.approx(0.05)
    assert np.all(np.diff(powers) >= -1e-4)


def test_powers_agree_with_counting() -> None:
    rng = np.random.default_rng(2)
    draws = rng.normal(0.5, 1, (40_000, 20))
    t = draws.mean(axis=1) / draws.std(axis=1, ddof=1) * math.sqrt(20)
    assert t_power(0.5 * math.sqrt(20), 19) == pytest.approx(np.mean(np.abs(t) > stats.t.ppf(0.975, 19)), abs=0.01)
    assert normal_power(2.0) == pytest.approx(np.mean(np.abs(rng.normal(2, 1, 40_000)) > 1.96), abs=0.01)
    squares = (rng.normal(0, 1, (40_000, 3)) + np.array([2.0, 0, 0])) ** 2
    assert chi_square_power(4.0, 3) == pytest.approx(np.mean(squares.sum(axis=1) > stats.chi2.ppf(0.95, 3)), abs=0.01)

"""Every noise has mean zero and the stated spread, and its density is that of its draws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from aitia.core.errors import BadOption
from aitia.simulation import logistic
from aitia.simulation.noise import NOISES, Noise, noise

CONTINUOUS = [name for name in NOISES if name != "poisson"]


@pytest.mark.parametrize("name", NOISES)
def test_mean_zero_and_standard_deviation_one(name: str) -> None:
    values = noise(name).draw(400_000, np.random.default_rng(1))
    assert values.mean() == pytest.approx(0, abs=0.006)
    assert values.std() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_densities_integrate_to_one(name: str) -> None:
    def density(x: float) -> float:
        return float(np.exp(noise(name).log_density(np.array([x])))[0])

    total = sum(integrate.quad(density, a, b)[0] for a, b in ((-60, -1.74), (-1.74, -1), (-1, 0), (0, 1.74), (1.74, 60)))
    assert total == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_draws_follow_the_density(name: str) -> None:
    """The share of draws below some points is the integral of the density up to there."""
    own = noise(name)
    values = own.draw(200_000, np.random.default_rng(2))
    grid = np.linspace(-12, 12, 48_001)
    below = np.cumsum(np.exp(own.log_density(grid))) * (grid[1] - grid[0])
    for point in (-1.5, -0.5, 0.0, 0.5, 1.5):
        assert (values <= point).mean() == pytest.approx(np.interp(point, grid, below), abs=0.006)


def test_poisson_probabilities_add_up_and_live_on_whole_numbers() -> None:
    own = noise("poisson")
    assert np.exp(own.log_density(np.arange(-1.0, 40))).sum() == pytest.approx(1, abs=1e-12)
    assert np.isneginf(own.log_density(np.array([0.5, -2.0]))).all()


def test_heavier_tails_with_fewer_degrees() -> None:
    values = np.array([6.0])
    assert noise("student-t", degrees=3).log_density(values) > noise("student-t", degrees=30).log_density(values)
    assert noise("student-t", degrees=7).log_density(values)[0] == pytest.approx(stats.t.logpdf(6, 7, scale=np.sqrt(5 / 7)))


@pytest.mark.parametrize(
    ("arguments", "match"), [(("gausian",), "gausian"), (("gaussian", 0.0), "standard deviation 0"), (("student-t", 1.0, 2.0), "2 degrees")]
)
def test_noise_that_is_none_is_refused(arguments: tuple, match: str) -> None:
    with pytest.raises(BadOption, match=match):
        noise(*arguments)


def test_draws_between_bounds_have_the_truncated_law_in_both_tails() -> None:
    rng = np.random.default_rng(3)
    for low, high in ((-np.inf, np.inf), (-1.0, 2.0), (30.0, 31.0), (-45.0, -44.0), (3.0, np.inf), (-np.inf, -40.0)):
        drawn = logistic.draw_between(np.full(20_000, low), np.full(20_000, high), rng)
        assert ((drawn > low) & (drawn <= high)).all()
        middle = np.median(drawn)
        left = logistic.log_between(np.array([low]), np.array([middle]))
        whole = logistic.log_between(np.array([low]), np.array([high]))
        assert np.exp(left - whole)[0] == pytest.approx(0.5, abs=0.02)


def test_log_chances_keep_their_digits_in_the_tails() -> None:
    found = logistic.log_between(np.array([40.0, -41.0]), np.array([41.0, -40.0]))
    exact = -40 + np.log1p(-np.exp(-1.0))
    assert found == pytest.approx([exact, exact], rel=1e-12)
    z = np.array([-30.0, -3.0, 0.0, 3.0, 30.0])
    assert logistic.normal_at(logistic.odds_of_normal(z)) == pytest.approx(z, rel=1e-9)


def test_a_noise_is_a_value() -> None:
    assert Noise(name="laplace", scale=2.0) == noise("laplace", 2.0)

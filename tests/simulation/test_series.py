"""Series are stable, follow their lags, change between regimes and have the effects that the truth states."""

from __future__ import annotations

import numpy as np
import pytest

from aitia.core.errors import BadOption
from aitia.core.run import Run
from aitia.simulation.process import Process, at_lag, lag_matrices, noise_for_steps, parted, run_process, spectral_radius
from aitia.simulation.reading import read_spec
from aitia.simulation.series import BOUNDED
from aitia.simulation.simulating import Simulated, simulated


def made(spec: str, seed: int = 0, **options: object) -> Simulated:
    return simulated(read_spec(spec, options), Run(seed=seed))


def process(found: Simulated) -> Process:
    assert found.model.process is not None
    return found.model.process


@pytest.mark.parametrize("seed", range(5))
def test_linear_processes_are_stable(seed: int) -> None:
    found = made("series:p=6,lags=3,degree=3,contemporaneous=2,radius=0.8,n=500,effects=none", seed)
    matrices = lag_matrices(process(found))
    assert matrices is not None
    assert spectral_radius(matrices[1]) <= 0.8
    for name in found.model.graph.nodes:
        first, last = np.array_split(found.sample.rows[name], 2)
        assert 0.2 < first.std() / last.std() < 5


@pytest.mark.parametrize("mechanism", BOUNDED)
def test_every_mechanism_of_series_stays_bounded(mechanism: str) -> None:
    found = made("series:p=4,lags=2,degree=2,contemporaneous=1,n=3000,effects=none,memory=0.5..0.9", mechanism=mechanism)
    for name in found.model.graph.nodes:
        column = found.sample.rows[name]
        assert np.abs(column).max() < 40 * (1 + column.std())
        first, last = np.array_split(column, 2)
        assert 0.3 < first.std() / last.std() < 3


def test_the_data_follow_the_lags_of_the_graph() -> None:
    """Least squares of every node on all lags finds the weights of the process, and nothing elsewhere."""
    found = made("series:p=4,lags=2,degree=1.5,n=20000,effects=none", 2)
    names, weights = lag_matrices(process(found))  # type: ignore[misc]
    rows = np.column_stack([found.sample.rows[name] for name in names])
    past = np.column_stack([rows[1:-1], rows[:-2]])
    fitted = np.linalg.lstsq(past, rows[2:], rcond=None)[0]
    np.testing.assert_allclose(fitted, np.vstack([weights[1], weights[2]]), atol=0.05)


def test_effects_of_linear_series_are_those_of_setting_one_step() -> None:
    found = made("series:p=4,lags=2,degree=2,contemporaneous=1,n=50", 3)
    own = process(found)
    noise = noise_for_steps(own, 12, 1, lambda node: Run(seed=9).rng("test", node))
    clock = {"time": np.zeros(12)}
    checked = 0
    for effect in found.truth.effects:
        high, low = (run_process(own, noise, clock, setting={(effect.treatment, 5): v}) for v in (3.0, 2.0))
        assert (high[effect.outcome] - low[effect.outcome])[5 + effect.lag, 0] == pytest.approx(effect.value, abs=1e-9)
        checked += 1
    assert checked >= 6
    assert found.truth.effect(effect.treatment, effect.outcome, lag=effect.lag) == effect


def test_effects_of_nonlinear_series_carry_their_error() -> None:
    found = made("series:p=3,degree=1.5,mechanism=gp,n=50", 4)
    assert found.truth.effects
    assert all(e.how == "interventional sampling" and e.arm > e.versus for e in found.truth.effects)
    assert any(e.error > 0 for e in found.truth.effects)


def test_a_series_starts_from_its_past() -> None:
    found = made("series:p=3,lags=2,n=30,effects=none")
    own = process(found)
    noise = noise_for_steps(own, 20, 4, lambda node: Run().rng("test", node))
    clock = {"time": np.zeros(20)}
    whole = run_process(own, noise, clock)
    past = {node: column[:12] for node, column in whole.items()}
    rest = run_process(own, {n: c[12:] for n, c in noise.items()}, {"time": np.zeros(8)}, past=past)
    for node, column in whole.items():
        np.testing.assert_array_equal(rest[node], column[12:])


def test_regimes_switch_at_known_times() -> None:
    found = made("series:p=4,degree=2,environments=2,shares=0.25+0.75,changed=2,n=8000,effects=none", 5)
    assert found.truth.index == ("regime", "time")
    assert np.bincount(found.sample.rows["regime"].astype(int)).tolist() == [2000, 6000]
    moved = {c.node for c in found.truth.changes}
    assert len(moved) == 2
    assert found.truth.effects == ()
    for node in found.model.graph.nodes:
        fits = []
        for regime in (0, 1):
            at = np.flatnonzero(found.sample.rows["regime"] == regime)[5:]
            past = np.column_stack([found.sample.rows[n][at - 1] for n in found.model.graph.nodes])
            fits.append(np.linalg.lstsq(past, found.sample.rows[node][at], rcond=None)[0])
        change = np.abs(fits[0] - fits[1]).max()
        assert (change > 0.1) == (node in moved), (node, change)


def test_trend_and_season_are_there_and_no_part_of_the_graph() -> None:
    plain = made("series:p=3,n=600,effects=none", 6)
    found = made("series:p=3,n=600,effects=none,trend=8,season=12", 6)
    assert found.truth.graph == plain.truth.graph
    assert {c.index for c in found.truth.changes} == {"time"}
    for name in found.model.graph.nodes:
        difference = found.sample.rows[name] - plain.sample.rows[name]
        assert abs(np.corrcoef(difference, np.arange(600))[0, 1]) > 0.6
        spectrum = np.abs(np.fft.rfft(np.diff(difference)))
        assert np.argmax(spectrum[5:]) + 5 == pytest.approx(599 / 12, abs=1.5)


def test_gaps_come_in_stretches() -> None:
    found = made("series:p=2,n=6000,gaps=0.2,effects=none", 7)
    for name in found.model.graph.nodes:
        gone = np.isnan(found.sample.rows[name])
        assert gone.mean() == pytest.approx(0.2, abs=0.06)
        assert gone.sum() / (np.diff(gone.astype(int)) == 1).sum() > 4
    assert not np.isnan(found.sample.rows["time"]).any()


def test_a_graph_with_lags_given_as_text_is_a_series() -> None:
    found = made("x[-1]->x; x[-2]->y; y[-1]->y; u->x; u->y", latent="u", n=100)
    assert found.sample.n == 100
    assert [c.name for c in found.sample.columns] == ["time", "x", "y"]
    assert {e.lag for e in found.truth.graph.edges} == {0, 1, 2}


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"mechanism": "quadratic"}, "without bound"),
        ({"kinds": "mixed"}, "continuous"),
        ({"radius": 1.5}, "not stable"),
        ({"memory": "0.5..1"}, "explodes"),
        ({"x1.formula": "2*x2"}, "formula"),
        ({"selection": 0.5}, "selected"),
        ({"lags": 0}, "no past"),
        ({"burn": -1}, "dropped"),
        ({"spread": 0.5}, "uneven"),
        ({"groups": 10}, "Groups"),
    ],
)
def test_what_series_do_not_take_is_refused(options: dict, match: str) -> None:
    with pytest.raises(BadOption, match=match):
        made("series:p=3", **options)


def test_names_with_lags_are_read_as_they_are_written() -> None:
    assert [parted(at_lag("x", lag)) for lag in (0, 3)] == [("x", 0), ("x", 3)]

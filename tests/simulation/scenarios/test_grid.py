"""The grid is complete, its rows can be drawn, and what is committed about them is what comes out."""

from __future__ import annotations

import pathlib
import tomllib
from typing import Any, get_args

import numpy as np
import pytest

from aitia.core.errors import BadOption
from aitia.graphs.reachability import topological_order
from aitia.simulation.reading import read_spec
from aitia.simulation.reading import scenarios as known_to_simulate
from aitia.simulation.scenarios.baselines import BASELINES
from aitia.simulation.scenarios.drawing import problem, scenario
from aitia.simulation.scenarios.grid import CALIBRATED_ON, CLOSE, FOLDER, Scenario, Spread, Status, grid, measured, named, names
from aitia.simulation.scenarios.scoring import mean_scores

ROOT = pathlib.Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "reference" / "scenarios.md").read_text(encoding="utf8")
LARGE = {"p500", "p1000"}
SMALL = tuple(name for name in names() if name not in LARGE)
HARDER = {"near-unfaithful", "dense-p50", "small-sample", "mixed-missing", "latent"}
# The PC column of the figure of Causal-Copilot (arXiv 2504.13263, README exp_results_v2.png), as read off in specs/analysis.md 4.1.
PC_OF_THE_PAPER = {
    "normal": 0.92,
    "dense": 0.41,
    "sparse": 0.81,
    "p50": 0.70,
    "p100": 0.68,
    "n5000": 0.80,
    "n10000": 0.81,
    "non-gaussian": 0.84,
    "discrete": 0.82,
    "heterogeneous": 0.51,
    "measurement-error": 0.69,
    "missing": 0.64,
    "clinical": 0.53,
    "financial": 0.26,
}


def test_every_row_of_the_paper_and_every_harder_row_is_there() -> None:
    assert {name: row.paper["pc"] for name, row in grid().items() if "pc" in row.paper} == PC_OF_THE_PAPER
    assert set(names()) == set(PC_OF_THE_PAPER) | {"p500", "p1000", "social-network"} | HARDER


def test_simulate_knows_every_row_by_its_name() -> None:
    assert set(names()) <= set(known_to_simulate())
    assert read_spec("n5000").n == 5000


def test_a_wrong_name_is_told_what_is_near() -> None:
    with pytest.raises(BadOption, match="dense"):
        named("dens")


@pytest.mark.parametrize("name", [*SMALL, *(pytest.param(name, marks=pytest.mark.long) for name in sorted(LARGE))])
def test_every_row_can_be_drawn_as_it_says(name: str) -> None:
    made, spec = scenario(name, 3), named(name).spec
    assert made.sample.n == spec["n"]
    assert len(made.truth.graph.observed) == spec.get("p", len(spec.get("nodes", ())))
    assert set(topological_order(made.truth.graph)) == set(made.truth.graph.nodes)
    given = problem(made)
    assert given.rows.shape[1] == len(given.names) == len(given.skeleton.nodes)
    assert np.isfinite(given.rows).all()


@pytest.mark.parametrize("name", ["normal", "mixed-missing", "heterogeneous", "latent"])
def test_the_same_seed_makes_the_same_bytes_and_another_seed_others(name: str) -> None:
    first, again, other = (problem(scenario(name, seed)) for seed in (5, 5, 6))
    assert first.rows.tobytes() == again.rows.tobytes()
    assert (first.skeleton, first.marks) == (again.skeleton, again.marks)
    assert first.rows.tobytes() != other.rows.tobytes()


def test_no_figure_is_for_a_seed_that_options_were_chosen_on() -> None:
    for row in grid().values():
        assert row.seeds > 0
        assert not set(row.evaluation_seeds) & set(row.calibration_seeds)
        assert max(row.evaluation_seeds) < CALIBRATED_ON


def test_a_row_is_calibrated_only_where_pc_came_near_the_paper_on_both_sets_of_seeds() -> None:
    near, far = Spread(mean=0.83, spread=0.1, seeds=10), Spread(mean=0.74, spread=0.1, seeds=10)

    def status(**found: Any) -> Status:
        return Scenario(name="x", says="", seeds=10, spec={}, **found).status

    assert status(paper={"pc": 0.8}, calibration=near, pc=near) == "calibrated"
    assert status(paper={"pc": 0.8}, calibration=near, pc=far) == "not comparable"
    assert status(paper={"pc": 0.8}, calibration=far, pc=near) == "not comparable"
    assert status(paper={"pc": 0.8}) == "not comparable"
    assert status(paper={"ges": 0.8}, calibration=near, pc=near) == "no figure"
    assert CLOSE == 0.05


def test_the_page_says_of_every_row_what_was_measured() -> None:
    for name, row in grid().items():
        assert row.status in get_args(Status)
        line = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}` | {row.says} |"))
        assert line.endswith(f"| {row.status} |")
        for method in BASELINES:
            assert f"| `{name}` | {method} | {measured()[name]['scores'][method]['adjacency']['mean']:.2f} ± " in PAGE


def test_pc_was_measured_by_a_stated_version_on_a_stated_day() -> None:
    for name, row in grid().items():
        found = measured()[name]
        if row.pc is not None:
            assert found["measured"]["causal_learn"] == "0.1.4.8"
            assert row.pc.seeds == row.seeds
        assert ("pc" in row.paper) == (row.calibration is not None)


@pytest.mark.parametrize("name", ["normal", "near-unfaithful"])
def test_the_committed_figures_of_the_baselines_come_out_again(name: str) -> None:
    given = [problem(scenario(name, seed)) for seed in named(name).evaluation_seeds]
    for method, guess in BASELINES.items():
        committed = measured()[name]["scores"][method]
        now = mean_scores(given, guess)
        assert {part: (found.mean, found.spread, found.seeds) for part, found in now.items()} == {
            part: pytest.approx((found["mean"], found["spread"], found["seeds"]), abs=1e-3) for part, found in committed.items()
        }


def test_the_two_files_are_toml_and_hold_the_same_rows() -> None:
    found = tomllib.loads((FOLDER / "figures.toml").read_text(encoding="utf8"))
    assert list(found) == list(names())


def test_four_pairs_of_the_near_unfaithful_row_cancel_to_within_a_fiftieth() -> None:
    spec = named("near-unfaithful").spec
    weights = {(cause, node): w for node, own in spec["nodes"].items() for cause, w in own.get("coefficients", {}).items()}
    nodes = list(spec["nodes"])
    path = np.zeros((len(nodes), len(nodes)))
    for (cause, node), weight in weights.items():
        path[nodes.index(cause), nodes.index(node)] = weight
    total = np.linalg.inv(np.eye(len(nodes)) - path)
    for cause, effect in (("x4", "x2"), ("x9", "x11"), ("x3", "x5"), ("x6", "x13")):
        assert 0 < abs(total[nodes.index(cause), nodes.index(effect)]) <= 0.02
    made = scenario("near-unfaithful", 0)
    assert {(edge.source, edge.target) for edge in made.truth.graph.edges} == set(weights)

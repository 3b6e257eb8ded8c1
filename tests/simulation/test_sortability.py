"""Sortability is measured as its authors do, and can be held near one half."""

from __future__ import annotations

import pathlib
import tomllib

import numpy as np
import pytest

from aitia.core.graph import Edge, Graph
from aitia.core.run import Run
from aitia.simulation.building import build
from aitia.simulation.linear_model import covariance
from aitia.simulation.reading import read_spec
from aitia.simulation.simulating import simulated
from aitia.simulation.sortability import agreement, of_rows, path_counts, r2_scores

EXPECTED = tomllib.loads((pathlib.Path(__file__).parents[1] / "expected.toml").read_text(encoding="utf8"))
CASES = EXPECTED["sortability"]


def golden_rows(seed: int, nodes: int, density: float, n: int = 400) -> tuple[Graph, np.ndarray]:
    """The data on which the golden values were computed; changing a line here changes them."""
    rng = np.random.default_rng(seed)
    weights = np.triu(rng.random((nodes, nodes)) < density, 1) * rng.uniform(-2, 2, (nodes, nodes))
    rows = np.zeros((n, nodes))
    for j in range(nodes):
        rows[:, j] = rows @ weights[:, j] + rng.normal(size=n) * rng.uniform(0.5, 2)
    order = rng.permutation(nodes)
    names = tuple(f"v{i}" for i in range(nodes))
    edges = tuple(Edge(source=names[a], target=names[b]) for a, b in np.argwhere(weights[np.ix_(order, order)]))
    return Graph(nodes=names, edges=edges), rows[:, order]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["seed"]))
def test_both_sortabilities_are_those_of_causaldisco(case: dict) -> None:
    graph, rows = golden_rows(case["seed"], case["nodes"], case["density"])
    found = of_rows(graph, graph.nodes, rows)
    assert found == (pytest.approx(case["variance"], abs=1e-12), pytest.approx(case["r2"], abs=1e-12))


def test_paths_through_nodes_that_are_not_scored_count_too() -> None:
    graph = Graph(nodes=("a", "u", "b"), edges=(Edge(source="a", target="u"), Edge(source="u", target="b")))
    assert path_counts(graph, ("a", "b")).tolist() == [[0, 1], [0, 0]]
    assert agreement(path_counts(graph, ("a", "b")), np.array([1.0, 1.0])) == 0.5
    assert agreement(np.zeros((2, 2)), np.array([1.0, 2.0])) is None


def test_r2_is_the_share_that_regression_on_all_others_explains() -> None:
    _, rows = golden_rows(1, 6, 0.5)
    found = r2_scores(np.cov(rows.T))
    for j in range(6):
        others = np.column_stack([np.ones(len(rows)), np.delete(rows, j, 1)])
        left = rows[:, j] - others @ np.linalg.lstsq(others, rows[:, j], rcond=None)[0]
        assert found[j] == pytest.approx(1 - left.var() / rows[:, j].var(), abs=1e-9)
    assert r2_scores(np.cov(np.column_stack([rows, rows[:, 0]]).T))[0] == pytest.approx(1, abs=1e-6)


def reached(p: int, degree: int, seed: int) -> tuple[float, float, float]:
    """Varsortability, R²-sortability and half the weight of one path, the nearest that an odd number of paths can come to 0.5."""
    model = build(read_spec(f"er:p={p},degree={degree}"), Run(seed=seed))
    assert model.scm is not None
    counts = path_counts(model.graph, model.graph.nodes)
    moments = covariance(model.scm, model.graph.nodes)
    by_variance, by_r2 = agreement(counts, np.diag(moments)), agreement(counts, r2_scores(moments))
    assert by_variance is not None
    assert by_r2 is not None
    return by_variance, by_r2, 0.5 / counts.sum()


@pytest.mark.parametrize("p", [20, 50])
@pytest.mark.parametrize("degree", [2, 4])
def test_linear_models_are_held_near_one_half(p: int, degree: int) -> None:
    for seed in range(3):
        by_variance, by_r2, _ = reached(p, degree, seed)
        assert abs(by_variance - 0.5) <= 0.05
        assert abs(by_r2 - 0.5) <= 0.05


@pytest.mark.parametrize("degree", [2, 4])
def test_small_linear_models_come_as_near_as_their_few_paths_allow(degree: int) -> None:
    for seed in range(5):
        by_variance, by_r2, least = reached(10, degree, seed)
        assert abs(by_variance - 0.5) <= max(0.05, 1.5 * least)
        assert abs(by_r2 - 0.5) <= max(0.05, 3 * least)


@pytest.mark.long
@pytest.mark.parametrize("cell", EXPECTED["simulation"]["held"], ids=lambda cell: f"{cell['nodes']} nodes, degree {cell['degree']}")
def test_how_often_one_half_is_reached(cell: dict) -> None:
    found = np.array([reached(cell["nodes"], cell["degree"], seed) for seed in range(100)])
    assert (np.abs(found[:, :2] - 0.5) <= 0.05).all(axis=1).mean() >= cell["share"]


def test_raw_models_rise_along_the_causal_order_and_unit_models_tie() -> None:
    raw = simulated(read_spec("er:p=20,degree=4,scaling=raw"), Run(seed=1)).truth.sortability
    unit = simulated(read_spec("er:p=20,degree=4,scaling=unit"), Run(seed=1)).truth.sortability
    assert raw.variance is not None
    assert raw.variance > 0.9
    assert unit.variance == 0.5
    assert not raw.held
    assert not unit.held


def test_the_truth_states_sortability_of_the_model_and_of_the_rows() -> None:
    made = simulated(read_spec("er:p=15,degree=3,n=4000"), Run(seed=2))
    found = made.truth.sortability
    assert found.held
    assert found.variance is not None
    assert found.sample_variance is not None
    assert abs(found.variance - 0.5) <= 0.05
    assert abs(found.variance - found.sample_variance) <= 0.05
    assert "held near 0.5" in str(made.truth)


@pytest.mark.parametrize("mechanism", ["gp", "additive"])
def test_nonlinear_models_are_held_nearer_to_one_half_than_unit_ones(mechanism: str) -> None:
    """R² speaks of lines, so that other functions are only held roughly; variances are held as well as ever."""

    def distances(scaling: str) -> np.ndarray:
        spec = f"er:p=20,degree=4,mechanism={mechanism},n=3000,effects=none,scaling={scaling}"
        found = [simulated(read_spec(spec), Run(seed=seed)).truth.sortability for seed in range(4)]
        return np.abs(np.array([(f.sample_variance, f.sample_r2) for f in found], dtype=float) - 0.5)

    held = distances("balanced")
    assert held[:, 0].max() <= 0.05
    assert held[:, 1].mean() <= 0.12
    assert held[:, 1].mean() < distances("unit")[:, 1].mean()

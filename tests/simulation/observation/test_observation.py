"""What observation does to rows it does at the stated rate, to the stated columns, and says so."""

from __future__ import annotations

import numpy as np
import pytest

from aitia.core.errors import BadOption
from aitia.core.run import Run
from aitia.simulation.reading import read_spec
from aitia.simulation.simulating import Simulated, simulated

MIXED = "er:p=8,degree=3,kinds=mixed,n=20000,effects=none"
PLAIN = "er:p=6,degree=3,n=20000,effects=none"


def made(spec: object, seed: int = 0, **options: object) -> Simulated:
    return simulated(read_spec(spec, options), Run(seed=seed))


def before_and_after(spec: str, **options: object) -> tuple[Simulated, dict[str, np.ndarray], dict[str, np.ndarray]]:
    found = made(spec, **options)
    names = [c.name for c in found.sample.columns]
    return found, {n: found.drawn.rows[n] for n in names}, found.sample.rows


def test_without_faults_rows_are_as_drawn() -> None:
    _, was, now = before_and_after(MIXED)
    assert all(was[name].tobytes() == now[name].tobytes() for name in was)


def test_measurement_error_leaves_the_stated_reliability() -> None:
    found, was, now = before_and_after(PLAIN, reliability=0.7)
    for name in was:
        assert np.corrcoef(was[name], now[name])[0, 1] ** 2 == pytest.approx(0.7, abs=0.02)
        assert was[name].var() / now[name].var() == pytest.approx(0.7, abs=0.02)
    assert "reliability 0.7" in found.truth.steps[0]


def test_levels_are_misclassified_at_the_stated_rate_and_stay_levels() -> None:
    found, was, now = before_and_after(MIXED, reliability=0.8)
    for column in found.sample.columns:
        if column.coded:
            assert (was[column.name] == now[column.name]).mean() == pytest.approx(0.8, abs=0.02)
            assert set(np.unique(now[column.name])) == set(range(len(column.levels)))
        if column.kind == "count":
            assert (now[column.name] >= 0).all()
            assert (now[column.name] == np.round(now[column.name])).all()


def test_only_a_share_of_the_columns_need_have_error() -> None:
    _, was, now = before_and_after(PLAIN, reliability=0.7, noisy=0.5)
    assert sum(was[name].tobytes() != now[name].tobytes() for name in was) == 3


@pytest.mark.parametrize("mechanism", ["mcar", "mar", "mnar"])
def test_values_are_missing_at_the_stated_rate(mechanism: str) -> None:
    found, _, now = before_and_after(MIXED, missing=0.3, missingness=mechanism)
    gone = {name: np.isnan(column).mean() for name, column in now.items()}
    losing = [name for name, share in gone.items() if share]
    assert len(losing) == (4 if mechanism == "mar" else 8)
    assert all(gone[name] == pytest.approx(0.3, abs=0.02) for name in losing)
    assert {c.name: c.missing for c in found.truth.columns} == {n: int(np.isnan(v).sum()) for n, v in now.items()}


def test_the_missingness_graph_tells_who_decides() -> None:
    graph = "z->t; z->y; t->y"
    by = {
        "mcar": set(),
        "mnar": {("y", "R_y")},
        "mar": {("z", "R_y"), ("t", "R_y")},
    }
    for mechanism, edges in by.items():
        causes = {"missing_causes": "z+t"} if mechanism == "mar" else {}
        found, was, now = before_and_after(graph, n=20_000, missing=0.3, missingness=mechanism, missing_columns="y", **causes)
        assert found.truth.missingness is not None
        assert {(e.source, e.target) for e in found.truth.missingness.edges} - {
            (e.source, e.target) for e in found.truth.graph.edges
        } == edges
        gone = np.isnan(now["y"])
        design = np.column_stack([np.ones(20_000), was["z"], was["t"], was["y"]])
        slopes = np.abs(np.linalg.lstsq(design, gone.astype(float), rcond=None)[0][1:] * design[:, 1:].std(axis=0))
        assert (slopes[2] > 0.05) == (mechanism == "mnar")
        assert (slopes[:2].min() > 0.05) == (mechanism == "mar")
        assert slopes.max() < 0.02 or mechanism != "mcar"


def test_selection_keeps_the_rows_that_meet_a_condition_and_as_many_as_asked() -> None:
    found = made("x->y; z->y", n=3000, selection="x + z > 0.5", effects="none")
    assert found.sample.n == 3000
    assert (found.sample.rows["x"] + found.sample.rows["z"] > 0.5).all()
    assert np.corrcoef(found.sample.rows["x"], found.sample.rows["z"])[0, 1] < -0.08
    assert found.truth.steps == ("kept the rows with x + z > 0.5",)
    assert found.truth.pag is not None
    assert any({e.source, e.target} == {"x", "z"} for e in found.truth.pag.edges)


def test_selected_rows_keep_their_noise() -> None:
    found = made("x->y; z->y", n=500, selection="y > 1", effects="none")
    scm = found.model.scm
    assert scm is not None
    again = scm.predict(found.drawn.noise)
    np.testing.assert_allclose(again["y"], found.drawn.rows["y"])
    assert (again["y"] > 1).all()


def test_a_share_of_rows_is_selected_by_two_nodes_and_in_every_environment() -> None:
    found = made("er:p=6,n=2000,selection=0.4,environments=2,effects=none")
    assert found.sample.n == 2000
    assert "40%" in found.truth.steps[0]
    assert np.bincount(found.sample.rows["environment"].astype(int)).min() > 400


@pytest.mark.parametrize("mechanism", ["car", "truncated", "logistic", "probit", "by-mean", "by-parents"])
def test_dropout_makes_zeros_by_its_mechanism(mechanism: str) -> None:
    found, was, now = before_and_after(PLAIN, dropout=mechanism)
    for name in was:
        zero = now[name] == 0
        assert 0.1 < zero.mean() < 0.9
        np.testing.assert_array_equal(now[name][~zero], was[name][~zero])
        low = was[name] < np.quantile(was[name], 0.3)
        lift = zero[low].mean() - zero[~low].mean()
        if mechanism in ("truncated", "logistic", "probit"):
            assert lift > 0.25
        if mechanism in ("car", "by-mean"):
            assert abs(lift) < 0.03
        if mechanism == "truncated":
            assert was[name][zero].max() < was[name][~zero].min()
    assert mechanism in found.truth.steps[0]


def test_dropout_by_parents_depends_on_the_parents_given_the_value() -> None:
    found, was, now = before_and_after("x->y", n=40_000, dropout="by-parents", effects="none")
    zero = (now["y"] == 0).astype(float)
    design = np.column_stack([np.ones(40_000), was["y"], was["x"]])
    assert abs(np.linalg.lstsq(design, zero, rcond=None)[0][2]) > 0.1
    assert found.truth.graph.parents("y") == ("x",)


def test_outliers_are_as_many_and_as_far_as_stated() -> None:
    _, was, now = before_and_after(PLAIN, outliers=0.02, outlier_size=8)
    for name in was:
        moved = was[name] != now[name]
        assert moved.mean() == pytest.approx(0.02, abs=0.005)
        assert np.abs(now[name] - was[name])[moved].min() >= 8 * was[name].std() - 1e-9


def test_columns_are_cut_into_even_levels() -> None:
    found, was, now = before_and_after(PLAIN, discretise=0.5, bins=4)
    cut = [c for c in found.truth.columns if c.coded]
    assert len(cut) == 3
    for column in cut:
        assert (column.kind, column.levels) == ("ordinal", (1, 2, 3, 4))
        assert np.bincount(now[column.name].astype(int)) / 20_000 == pytest.approx([0.25] * 4, abs=0.001)
        order = np.argsort(was[column.name])
        assert (np.diff(now[column.name][order]) >= 0).all()
    assert {c.kind for c in before_and_after(PLAIN, discretise=1.0, bins=2)[0].truth.columns} == {"binary"}


def test_faults_leave_the_columns_that_number_rows_alone() -> None:
    options = {"reliability": 0.8, "missing": 0.2, "outliers": 0.1, "discretise": 1.0}
    found, was, now = before_and_after("er:p=5,drift=1,environments=2,n=500", **options)
    assert found.truth.index == ("environment", "time")
    assert all(was[name].tobytes() == now[name].tobytes() for name in found.truth.index)


def test_steps_come_in_one_order_and_effects_say_of_what_they_speak() -> None:
    options = {"missing": 0.1, "discretise": 0.2, "outliers": 0.01, "dropout": "car", "reliability": 0.9, "selection": "x1 > 0"}
    found = made("er:p=6,n=500", **options)
    assert [
        word in step for word, step in zip(("kept", "error", "dropped", "outliers", "cut", "missing"), found.truth.steps, strict=True)
    ] == [True] * 6
    assert "before observation" in (found.truth.effects_note or "")


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"missing": 1.0}, "cannot be missing"),
        ({"missing": 0.1, "missing_columns": "nine"}, "no column 'nine'"),
        ({"missing": 0.1, "missingness": "mar", "missing_columns": "x1", "missing_causes": "x1"}, "complete columns"),
        ({"reliability": 0.0}, "reliability"),
        ({"outliers": 2.0}, "outliers is 2"),
        ({"outliers": 0.1, "outlier_size": 0.0}, "size 0"),
        ({"discretise": 0.5, "bins": 1}, "1 levels"),
        ({"selection": "x1 > 99"}, "Hardly any"),
        ({"selection": "1.5"}, "1.5"),
        ({"selection": "nine > 0"}, "no node"),
        ({"selection": "1 > 0"}, "names no node"),
        ({"groups": 5, "selection": 0.5}, "groups"),
        ({"dropout": "never"}, "no dropout"),
        ({"gaps": 1.0}, "cannot be missing"),
    ],
)
def test_faults_that_cannot_be_are_refused(options: dict, match: str) -> None:
    with pytest.raises(BadOption, match=match):
        made("er:p=5,n=100,effects=none", **options)

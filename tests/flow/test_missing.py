"""Leaving rows out says what it rests on; filling values in gives the effect where leaving rows out does not."""

from __future__ import annotations

import json
import math
import pathlib
from typing import Any

import numpy as np
import pytest

import aitia
from aitia.cli.main import main
from aitia.core.analysis import Analysis
from aitia.core.errors import BadOption, Stopped
from aitia.core.estimate import Contrast
from aitia.core.finding import Finding
from aitia.core.missing import Imputation, MissingCauses
from aitia.core.request import Plan
from aitia.core.run import Run
from aitia.flow.missing import NORMAL_FROM, degrees_of
from tests.looks import decided
from tests.tables import EFFECT, GRAPH, confounded

ASKED: dict[str, Any] = {"treatment": "treated", "outcome": "outcome", "graph": GRAPH}
IMPUTE = Plan(incomplete="impute", set={"impute.draws": 8})


def driven(n: int = 1500, seed: int = 1) -> dict[str, Any]:
    """The outcome is missing where a marker of it is large; complete rows make the effect of 2 too small."""
    table, rng = confounded(n, 11 + seed), np.random.default_rng([seed, n])
    marker = table["outcome"] + rng.normal(size=n)
    outcome = np.where(rng.random(n) < 1 / (1 + np.exp(8 - 1.5 * marker)), np.nan, table["outcome"])
    return {**table, "outcome": outcome, "marker": marker}


def gapped(column: str, share: float = 0.15, n: int = 1500) -> dict[str, Any]:
    """One column misses values at random."""
    table, hole = confounded(n), np.random.default_rng(7).random(n) < share
    values = np.array(table[column], dtype=object)
    values[hole] = None
    return {**table, column: values}


def finding(answer: Any, check: str) -> Finding:
    return next(f for f in answer.findings if f.check == check)


@pytest.fixture(scope="module")
def dropped() -> Analysis:
    return aitia.analyze(driven(), **ASKED)


@pytest.fixture(scope="module")
def filled() -> Analysis:
    return aitia.analyze(driven(), **ASKED, plan=IMPUTE)


def test_leaving_rows_out_gives_the_numbers_of_a_table_without_them(dropped: Analysis) -> None:
    table = driven()
    kept = ~np.isnan(table["outcome"])
    whole = aitia.analyze({name: values[kept] for name, values in table.items()}, **ASKED)
    assert [(e.value, e.se, e.low, e.high, e.n) for e in dropped.estimates] == [
        (e.value, e.se, e.low, e.high, e.n) for e in whole.estimates
    ]


def test_the_effect_is_found_by_filling_in_where_leaving_rows_out_misses_it(dropped: Analysis, filled: Analysis) -> None:
    assert dropped.estimate is not None and filled.estimate is not None
    assert dropped.estimate.high < EFFECT
    assert filled.estimate.low < EFFECT < filled.estimate.high
    assert filled.estimate.n == 1500 and dropped.estimate.n < 1200


def test_leaving_rows_out_says_what_it_rests_on(dropped: Analysis) -> None:
    found = finding(dropped, "missing-values")
    assert found.passed is None and found.p is None
    for words in ("is right if", "it is not if outcome itself", "that is in doubt: whether outcome is known goes with marker"):
        assert words in found.says
    assert "--incomplete impute" in (found.next or "")
    causes = finding(dropped, "missing-causes")
    assert "goes with marker" in causes.says and "cannot be seen in data" in causes.says
    assert causes.power is not None and causes.power > 0.9
    (entry,) = [a for a in dropped.assumptions if a.name == "missing rows are like complete ones"]
    assert entry.status == "untested" and {"missing-values", "rows-dropped"} <= set(entry.findings)
    assert f"The {finding(dropped, 'rows-dropped').value:g} rows left out would need" in (entry.breakdown_says or "")
    at_random = aitia.analyze(gapped("outcome"), **ASKED)
    (other,) = [a for a in at_random.assumptions if a.name == entry.name]
    assert f"The {finding(at_random, 'rows-dropped').value:g} rows left out" in (other.breakdown_says or "")


def test_the_verdict_says_what_missing_values_put_on_it(dropped: Analysis, filled: Analysis) -> None:
    assert "if the rows left out are like complete ones" in (dropped.condition or "")
    assert "if missing values are like known ones" in (filled.condition or "")
    settled = aitia.analyze(gapped("outcome"), "treated", "outcome", graph=f"{GRAPH}; R_outcome")
    assert "missing" not in (settled.condition or "") and "left out" not in (settled.condition or "")


def test_the_verdict_on_a_trial_that_loses_people_by_what_was_measured_has_a_condition() -> None:
    rng = np.random.default_rng(2)
    age, arm = rng.normal(size=900), rng.integers(0, 2, 900)
    pain = arm + age + rng.normal(size=900)
    lost = np.where(rng.random(900) < 1 / (1 + np.exp(1.5 - age)), np.nan, pain)
    whole = aitia.analyze({"arm": arm, "age": age, "pain": pain}, "arm", "pain", knowledge="randomised arm")
    answer = aitia.analyze({"arm": arm, "age": age, "pain": lost}, "arm", "pain", knowledge="randomised arm")
    assert whole.condition is None and answer.condition == "if the rows left out are like complete ones"


def test_filling_in_says_so_everywhere(filled: Analysis) -> None:
    assert filled.estimate is not None
    assert "missing values being like known ones" in filled.estimate.means
    assert any("Rubin" in note and "8 completed tables" in note for note in filled.estimate.notes)
    found = finding(filled, "imputation")
    assert found.value is not None and 0.05 < found.value < 0.6
    for words in ("filled in 8 times", "marker", "first completed table", "% of the information"):
        assert words in found.says
    assert "impute.draws=" in (found.next or ""), "too few draws for so much missing information"
    (entry,) = [a for a in filled.assumptions if a.name == "missing values"]
    assert entry.status == "untested" and entry.findings == ("imputation",)
    assert filled.protocol is not None and "filled in" in filled.protocol.eligibility
    assert not [f for f in filled.findings if f.check in ("rows-dropped", "missing-values")]


def test_checks_of_a_filled_in_effect_compare_with_their_own_table(filled: Analysis) -> None:
    """A random covariate must not move the effect; compared with the pooled one it would seem to."""
    assert finding(filled, "random-cause").passed is True
    assert finding(filled, "subset").passed is True
    assert filled.verdict == "supported", filled.because


def test_every_method_is_pooled(filled: Analysis) -> None:
    assert {e.part for e in filled.estimates} == {"primary", "alternative"}
    assert all(any("Rubin" in note for note in e.notes) for e in filled.estimates)


def test_nothing_to_fill_in_is_the_plain_analysis() -> None:
    one, two = (aitia.analyze(confounded(600), **ASKED, plan=plan) for plan in (Plan(), IMPUTE))
    assert [(e.value, e.se) for e in one.estimates] == [(e.value, e.se) for e in two.estimates]
    assert [f.check for f in one.findings] == [f.check for f in two.findings]


@pytest.mark.parametrize(
    ("stated", "passed", "status", "verdict"),
    [
        ("R_outcome", True, "supported", "supported"),
        ("age->R_outcome", False, "violated", "fragile"),
        ("outcome->R_outcome", False, "violated", "fragile"),
        ('"missing(outcome)"', True, "supported", "supported"),
    ],
)
def test_causes_that_the_graph_states_decide(stated: str, passed: bool, status: str, verdict: str) -> None:
    answer = aitia.analyze(gapped("outcome"), "treated", "outcome", graph=f"{GRAPH}; {stated}")
    assert finding(answer, "missing-values").passed is passed
    assert "you stated" in finding(answer, "missing-values").says
    assert next(a for a in answer.assumptions if a.name == "missing rows are like complete ones").status == status
    assert answer.verdict == verdict, answer.because
    assert answer.graph is not None and not any("outcome" in node and node != "outcome" for node in answer.graph.nodes)
    assert set(answer.estimate.adjustment) == {"age", "sex", "region"}  # type: ignore[union-attr]


@pytest.mark.parametrize(("stated", "passed"), [("age->R_outcome", True), ("outcome->R_outcome", False)])
def test_stated_causes_decide_on_filling_in_too(stated: str, passed: bool) -> None:
    answer = aitia.analyze(gapped("outcome"), "treated", "outcome", graph=f"{GRAPH}; {stated}", plan=IMPUTE)
    found = finding(answer, "imputation")
    assert found.passed is passed and found.says.endswith(("right.", "wrong."))
    assert next(a for a in answer.assumptions if a.name == "missing values").status == ("supported" if passed else "violated")


def test_knowledge_states_causes_as_the_graph_does() -> None:
    answer = aitia.analyze(
        gapped("outcome"), "treated", "outcome", knowledge="tier age sex region | treated | outcome; require age->R_outcome"
    )
    assert finding(answer, "missing-values").passed is False
    assert not [f for f in answer.findings if f.check == "knowledge" and f.passed is False]


def test_a_randomised_treatment_stays_one_when_causes_of_missingness_are_stated() -> None:
    answer = aitia.analyze(gapped("outcome"), "treated", "outcome", knowledge="randomised treated; require treated->R_outcome")
    assert answer.condition is None
    assert finding(answer, "missing-values").passed is True, "with nothing held fixed, the treatment may decide"


def test_another_adjustment_set_is_named_where_complete_rows_are_right() -> None:
    rng = np.random.default_rng(3)
    z = rng.normal(size=800)
    w = z + rng.normal(size=800)
    t = (rng.random(800) < 1 / (1 + np.exp(-w))).astype(int)
    y = 2 * t + z + rng.normal(size=800)
    z[rng.random(800) < 1 / (1 + np.exp(1 - z))] = np.nan
    graph = "z->w; w->t; z->y; t->y; z->R_z"
    answer = aitia.analyze({"z": z, "w": w, "t": t, "y": y}, "t", "y", graph=graph)
    assert answer.estimate is not None and answer.estimate.adjustment == ("z",)
    found = finding(answer, "missing-values")
    assert found.passed is False
    assert "Hold w fixed instead" in (found.next or "")


def test_a_column_that_is_called_like_an_indicator_is_a_column() -> None:
    table = {**gapped("outcome"), "R_outcome": np.random.default_rng(1).normal(size=1500)}
    graph = f"{GRAPH}; R_outcome->treated; R_outcome->outcome"
    answer = aitia.analyze(table, "treated", "outcome", graph=graph)
    assert answer.estimate is not None and "R_outcome" in answer.estimate.adjustment


@pytest.mark.parametrize("plan", [Plan(by="sex"), Plan(by="sex", incomplete="impute", set={"impute.draws": 4})], ids=["drop", "impute"])
def test_subgroups_by_a_column_with_gaps(plan: Plan) -> None:
    answer = aitia.analyze(gapped("sex"), **ASKED, plan=plan)
    groups = [e for e in answer.estimates if e.part == "subgroup"]
    assert len(groups) == 2 and all(math.isfinite(e.value) and math.isfinite(e.se or math.nan) for e in groups)
    if plan.incomplete == "drop":
        assert "in no subgroup" in " ".join(f.says for f in answer.findings)
        assert sum(e.n for e in groups) < 1500
    else:
        assert all(any("Rubin" in note for note in e.notes) for e in groups)
        assert abs(sum(e.n for e in groups) - 1500) < 30


def test_filled_in_answers_do_not_hang_on_order_names_or_processes(filled: Analysis) -> None:
    table = driven()
    order = np.random.default_rng(5).permutation(1500)
    turned = {name: np.asarray(table[name])[order] for name in ("marker", "region", "outcome", "sex", "treated", "age")}
    for answer in (aitia.analyze(turned, **ASKED, plan=IMPUTE), aitia.analyze(driven(), **ASKED, plan=IMPUTE, run=Run(workers=2))):
        for one, two in zip(answer.estimates, filled.estimates, strict=True):
            assert (one.value, one.se) == pytest.approx((two.value, two.se), rel=1e-9)
    other = aitia.analyze(driven(), **ASKED, plan=IMPUTE, run=Run(seed=9))
    assert other.estimate is not None and filled.estimate is not None
    assert other.estimate.value != filled.estimate.value
    assert abs(other.estimate.value - filled.estimate.value) < filled.estimate.se  # type: ignore[operator]


def saved(tmp_path: pathlib.Path) -> pathlib.Path:
    import pandas

    path = tmp_path / "t.csv"
    pandas.DataFrame(driven(600)).to_csv(path, index=False)
    return path


def test_a_filled_in_study_replays_checks_again_and_is_told(tmp_path: pathlib.Path) -> None:
    plan = Plan(incomplete="impute", set={"impute.draws": 4}, out=str(tmp_path / "s"))
    answer = aitia.analyze(saved(tmp_path), **ASKED, plan=plan)
    assert aitia.replay(tmp_path / "s").identical
    battery = aitia.check(tmp_path / "s", "random-cause")
    (found,) = battery.findings
    assert found.value == finding(answer, "random-cause").value
    assert aitia.replay(tmp_path / "s").identical
    page = (tmp_path / "s" / "report.html").read_text(encoding="utf8")
    assert "Missing values in the columns of the question" in page
    assert "filling in, 4 times" in page
    assert "--incomplete impute" in page
    assert "van Buuren" in page and "Rubin" in page, "the papers behind filling in are cited"
    study = json.loads((tmp_path / "s" / "study.json").read_text(encoding="utf8"))
    kinds = [item.get("kind") for record in study["records"] for item in flat(record["output"])]
    assert {"imputation", "missing_causes", "pooled"} <= set(kinds)


def flat(output: Any) -> list[dict[str, Any]]:
    return [item for item in (output if isinstance(output, list) else [output]) if isinstance(item, dict)]


def test_a_stopped_study_goes_on_and_gives_the_same(tmp_path: pathlib.Path) -> None:
    path = saved(tmp_path)
    plan = {"incomplete": "impute", "set": {"impute.draws": 4}}
    whole = aitia.analyze(path, **ASKED, plan=Plan(**plan))

    def stop(event: Any) -> None:
        if event.stage == "check" and event.done == 2:
            run.cancel()

    run = Run(listener=stop)
    with pytest.raises(Stopped):
        aitia.analyze(path, **ASKED, plan=Plan(**plan, out=str(tmp_path / "s")), run=run)
    again = aitia.analyze(plan=Plan(resume=str(tmp_path / "s"), out=str(tmp_path / "s")))
    assert [(e.value, e.se) for e in again.estimates] == [(e.value, e.se) for e in whole.estimates]
    assert [(f.check, f.value) for f in again.findings] == [(f.check, f.value) for f in whole.findings]


def test_estimate_fills_in_too() -> None:
    answer = aitia.estimate(driven(600), "treated", "outcome", graph=GRAPH, plan=IMPUTE)
    assert answer.estimate is not None and answer.estimate.n == 600
    assert finding(answer, "imputation").value is not None


def test_the_command_line_takes_the_choice(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["estimate", str(saved(tmp_path)), "--treatment", "treated", "--outcome", "outcome", "--graph", GRAPH, "--json"]
    assert main([*words, "--incomplete", "impute", "--set", "impute.draws=3", "--set", "impute.numbers=normal"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert any("3 completed tables" in note for note in answer["estimate"]["notes"])
    for wrong in (
        ["--incomplete", "guess"],
        ["--incomplete", "impute", "--set", "impute.draw=3"],
        ["--incomplete", "impute", "--set", "impute.draws=1"],
    ):
        assert main([*words, *wrong]) == 2
        assert json.loads(capsys.readouterr().out)["error"]["type"] == "BadOption"


def test_python_refuses_an_unknown_choice() -> None:
    with pytest.raises(BadOption, match="guess"):
        aitia.analyze(confounded(200), **ASKED, plan=Plan(incomplete="guess"))  # type: ignore[arg-type]


@pytest.mark.parametrize("degrees", [2, 5.5, 30, 997, 20_000])
def test_degrees_of_freedom_are_read_off_an_interval(degrees: float) -> None:
    from scipy import stats

    reach = 0.7 * stats.t.ppf(0.975, degrees)
    assert degrees_of(Contrast(arm=1, versus=0, value=1.0, se=0.7, low=1 - reach, high=1 + reach)) == pytest.approx(degrees, rel=1e-4)
    assert degrees_of(Contrast(arm=1, versus=0, value=1.0, se=0.7, low=1 - 1.0, high=1 + 0.7 * 1.959)) == NORMAL_FROM


def test_identify_takes_no_indicator_for_a_covariate() -> None:
    plain, stated = aitia.identify("z->t; z->y; t->y", "t", "y"), aitia.identify("z->t; z->y; t->y; z->R_y", "t", "y")
    assert plain == stated


def test_what_was_found_is_in_the_study(tmp_path: pathlib.Path) -> None:
    plan = Plan(incomplete="impute", set={"impute.draws": 3}, out=str(tmp_path / "s"))
    aitia.analyze(driven(600), **ASKED, plan=plan)
    from aitia.flow.session import load_study

    study = load_study(tmp_path / "s")
    (causes,) = study.all(MissingCauses)
    assert causes.column == "outcome" and "marker" in causes.causes
    done = study.latest(Imputation)
    assert done is not None and done.columns == ("outcome",) and "marker" in done.using and done.draws == 3


@pytest.mark.long
@pytest.mark.parametrize("method", ["regression", "aipw"])
def test_bias_and_coverage_of_filling_in_and_of_leaving_out(method: str) -> None:
    """300 tables of 600 rows whose outcome is missing by a marker: complete rows are biased and cover too little, filling in is neither."""
    runs = 300
    found = decided(lambda some: estimates(method, some), runs, lambda rows: not faults(rows, runs))
    assert not faults(found, runs)


Rows = dict[str, list[tuple[float, float, bool]]]


def estimates(method: str, runs: int) -> Rows:
    """Value, standard error and whether the interval holds the truth, of tables that are dropped from and filled in."""
    found: Rows = {"drop": [], "impute": []}
    for seed in range(runs):
        table = driven(600, 100 + seed)
        for incomplete, into in found.items():
            plan = Plan(method=method, incomplete=incomplete, set={"impute.draws": 10})  # type: ignore[arg-type]
            e = aitia.estimate(table, "treated", "outcome", graph=GRAPH, plan=plan, run=Run(seed=seed)).estimate
            assert e is not None and e.low is not None and e.high is not None and e.se is not None
            into.append((e.value, e.se, e.low <= EFFECT <= e.high))
    return found


def faults(found: Rows, runs: int) -> list[str]:
    """What is not as it should be, by the bounds of so many runs."""
    spread = {key: np.std([v for v, _, _ in rows]) for key, rows in found.items()}
    bias = {key: np.mean([v for v, _, _ in rows]) - EFFECT for key, rows in found.items()}
    cover = {key: np.mean([inside for _, _, inside in rows]) for key, rows in found.items()}
    kept = {
        "bias of filling in": abs(bias["impute"]) < 3 * spread["impute"] / math.sqrt(runs) + 0.1 * spread["impute"],
        "bias of dropping": abs(bias["drop"]) > spread["drop"],
        "coverage of filling in": cover["impute"] >= 0.95 - 3 * math.sqrt(0.05 * 0.95 / runs),
        "coverage of dropping": cover["drop"] < 0.85,
        "standard error": np.mean([se for _, se, _ in found["impute"]]) == pytest.approx(spread["impute"], rel=0.15),
    }
    return [f"{name}: {spread}, {bias}, {cover}" for name, holds in kept.items() if not holds]

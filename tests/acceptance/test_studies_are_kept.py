"""A study is never lost or mixed up: resumed, started from, checked again, replayed."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import numpy as np
import pandas
import pytest

import aitia
from aitia.core import codec
from aitia.core.errors import InputError, Stopped
from aitia.core.request import Plan, Reading
from aitia.core.run import Run
from tests.tables import GRAPH, confounded

ASKED: dict[str, Any] = {"treatment": "treated", "outcome": "outcome", "graph": GRAPH}


def table(folder: pathlib.Path, **changes: Any) -> pathlib.Path:
    path = folder / "shop.csv"
    pandas.DataFrame({**confounded(800), **changes}).to_csv(path, index=False)
    return path


def test_a_resume_that_fails_or_stops_at_once_leaves_the_study_as_it_was(tmp_path: pathlib.Path) -> None:
    data, out = table(tmp_path), str(tmp_path / "o")
    aitia.analyze(data, **ASKED, plan=Plan(out=out))
    before, text = codec.load(tmp_path / "o" / "study.json"), (tmp_path / "o" / "study.json").read_text()
    with pytest.raises(InputError):
        aitia.analyze(tmp_path / "absent.csv", plan=Plan(resume=out, out=out))
    assert (tmp_path / "o" / "study.json").read_text() == text
    with pytest.raises(Stopped):
        aitia.analyze(data, plan=Plan(resume=out, out=out), run=Run(deadline=1e-4))
    kept = {record.key for record in codec.load(tmp_path / "o" / "study.json").records}
    assert {record.key for record in before.records} <= kept


def test_a_resume_does_not_do_finished_steps_again_and_ends_the_same(tmp_path: pathlib.Path) -> None:
    data, out = table(tmp_path), str(tmp_path / "o")
    first = aitia.analyze(data, **ASKED, plan=Plan(out=out))
    seconds = {r.key: r.seconds for r in codec.load(tmp_path / "o" / "study.json").records}
    again = aitia.analyze(data, plan=Plan(resume=out, out=out))
    assert {r.key: r.seconds for r in codec.load(tmp_path / "o" / "study.json").records} == seconds
    assert (again.verdict, again.estimates, again.findings) == (first.verdict, first.estimates, first.findings)


def test_a_resume_on_changed_data_checks_the_graph_again(tmp_path: pathlib.Path) -> None:
    graph, rng = "age->treated; age->outcome; treated->outcome; note->outcome", np.random.default_rng(1)
    data, out = table(tmp_path, note=rng.normal(size=800)), str(tmp_path / "o")
    asked = {**ASKED, "graph": graph}
    clean = aitia.analyze(data, **asked, plan=Plan(out=out))
    treated = confounded(800)["treated"]
    table(tmp_path, note=rng.normal(size=800) + 2 * treated)
    again = aitia.analyze(data, plan=Plan(resume=out, out=out))
    assert clean.verdict != "refuted"
    assert again.verdict == "refuted"


def test_another_study_in_the_same_folder_is_kept_under_another_name(tmp_path: pathlib.Path) -> None:
    data, out = table(tmp_path), str(tmp_path / "o")
    aitia.analyze(data, **ASKED, plan=Plan(out=out))
    aitia.analyze(data, **ASKED, effect="att", plan=Plan(out=out))
    assert codec.load(tmp_path / "o" / "study-1.json").request.query.effect == "ate"
    assert codec.load(tmp_path / "o" / "study.json").request.query.effect == "att"


def test_what_is_said_wins_over_the_study_to_start_from(tmp_path: pathlib.Path) -> None:
    data, out = table(tmp_path), str(tmp_path / "o")
    aitia.analyze(data, **ASKED, plan=Plan(out=out, query=None, contrast="0,1"), run=Run(seed=7))
    same = aitia.analyze(plan=Plan(from_study=out))
    assert (same.query.arm, same.query.versus, same.query.effect) == (0, 1, "ate")
    other = aitia.analyze(effect="att", plan=Plan(from_study=out))
    assert other.query.effect == "att"
    resumed = aitia.analyze(plan=Plan(resume=out, out=out))
    assert codec.load(resumed.study).request.seed == 7


def test_checks_made_later_are_replayed_with_their_options(tmp_path: pathlib.Path) -> None:
    done = aitia.analyze(table(tmp_path), **ASKED, plan=Plan(out=str(tmp_path / "o")), run=Run(seed=3))
    aitia.check(done.study, set={"placebo.draws": 10})
    battery = aitia.check(done.study, "subset", set={"subset.parts": 3})
    assert [f.check for f in battery.findings] == ["subset"]
    replayed = aitia.replay(done.study)
    assert replayed.differences == ()


def test_a_later_check_reaches_verdict_ledger_and_nothing_is_told_twice(tmp_path: pathlib.Path) -> None:
    rows = confounded(800)
    table(tmp_path, before=3.0 * rows["treated"] + np.random.default_rng(2).normal(size=800))
    done = aitia.analyze(tmp_path / "shop.csv", **ASKED, plan=Plan(out=str(tmp_path / "o")))
    assert done.verdict == "supported", done.because
    battery = aitia.check(done.study, "placebo-outcome", set={"placebo-outcome.outcome": "before"})
    assert battery.verdict == "refuted"
    assert "refuted" in pathlib.Path(done.report).read_text().lower()
    written = json.loads(pathlib.Path(aitia.report(done.study, "json").path).read_text())
    status = {a["name"]: a["status"] for a in written["assumptions"]}
    assert status["no hidden common cause"] == "violated"
    checks = [f["check"] for f in written["findings"]]
    assert len(checks) == len(set(checks))


def test_wrong_input_leaves_no_study_and_no_folder_behind(tmp_path: pathlib.Path) -> None:
    with pytest.raises(InputError):
        aitia.analyze(table(tmp_path), **ASKED, plan=Plan(out=str(tmp_path / "o"), by="age"))
    assert not (tmp_path / "o").exists()


def test_an_estimate_ends_its_study(tmp_path: pathlib.Path) -> None:
    aitia.estimate(table(tmp_path), **ASKED, plan=Plan(out=str(tmp_path / "o")))
    assert codec.load(tmp_path / "o" / "study.json").state == "finished"
    assert aitia.replay(tmp_path / "o").differences == ()


def test_a_table_remembers_how_it_was_read(tmp_path: pathlib.Path) -> None:
    loaded = aitia.load(table(tmp_path, grade=np.arange(800) % 3), reading=Reading(column={"grade": "categorical"}))
    done = aitia.analyze(loaded, **ASKED, plan=Plan(out=str(tmp_path / "o")))
    assert aitia.replay(done.study).identical


def test_other_versions_are_named_when_a_replay_differs(tmp_path: pathlib.Path) -> None:
    done = aitia.analyze(table(tmp_path), **ASKED, plan=Plan(out=str(tmp_path / "o")))
    text = pathlib.Path(done.study).read_text()
    value = repr(done.estimate.value)
    assert value in text
    other = json.loads(text.replace(value, repr(done.estimate.value + 1e-6)))
    other["versions"]["numpy"] = "1.0"
    pathlib.Path(done.study).write_text(json.dumps(other))
    replayed = aitia.replay(done.study)
    assert not replayed.identical
    assert any("numpy was 1.0" in d.says for d in replayed.differences)

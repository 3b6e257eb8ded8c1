"""The command line keeps its contract: one JSON object on stdout, progress on stderr, two-line errors, exit codes."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
from typing import Any

import jsonschema
import pytest

from aitia.cli.main import POSITIONAL, main
from aitia.core import codec
from aitia.core.analysis import Analysis, Answer, Battery, MethodList, Replay, Written
from aitia.core.estimand import Identification
from tests.tables import GRAPH, confounded

ANALYZE_KEYS = {"query", "protocol", "graph", "belief", "estimand", "estimates", "findings", "assumptions"}
ANALYZE_KEYS |= {"verdict", "condition", "plan", "tried", "report", "study", "seconds"}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    import pandas

    path = tmp_path_factory.mktemp("data") / "shop.csv"
    pandas.DataFrame(confounded()).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def study(table: pathlib.Path) -> pathlib.Path:
    out = table.parent / "out"
    assert (
        main(["analyze", str(table), "--treatment", "treated", "--outcome", "outcome", "--graph", GRAPH, "--quiet", "--out", str(out)]) == 0
    )
    return out / "study.json"


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def valid(body: Any, cls: Any) -> None:
    jsonschema.Draft202012Validator(codec.schema(cls)).validate(body)


def test_analyze_prints_one_valid_object_with_every_key(
    table: pathlib.Path, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = answer(
        capsys, "analyze", str(table), "--treatment", "treated", "--outcome", "outcome", "--graph", GRAPH, "--out", str(tmp_path / "o")
    )
    valid(body, Analysis)
    assert set(body) >= ANALYZE_KEYS
    assert pathlib.Path(body["report"]).is_file()
    assert pathlib.Path(body["study"]).is_file()
    assert {"name", "says", "status", "breakdown", "findings"} <= set(body["assumptions"][0])
    assert {"step", "method", "why", "refused"} <= set(body["plan"][0])


def test_estimate_identify_check_methods_report_replay(
    table: pathlib.Path, study: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    body = answer(capsys, "estimate", str(table), "--treatment", "treated", "--outcome", "outcome", "--graph", GRAPH)
    valid(body, Answer)
    assert body["estimate"]["low"] < 2 < body["estimate"]["high"]
    body = answer(capsys, "identify", "z->t; z->y; t->y", "--treatment", "t", "--outcome", "y")
    valid(body, Identification)
    assert body["identified"] is True
    assert body["estimand"]["adjustment"] == ["z"]
    body = answer(capsys, "check", str(study), "--check", "overlap", "--check", "placebo")
    valid(body, Battery)
    assert [f["check"] for f in body["findings"]] == ["overlap", "placebo"]
    body = answer(capsys, "methods", "estimation")
    valid(body, MethodList)
    assert {"aipw", "regression"} <= {m["name"] for m in body["methods"]}
    for kind in ("html", "md", "json", "py"):
        body = answer(capsys, "report", str(study), "--to", kind)
        valid(body, Written)
        assert pathlib.Path(body["path"]).stat().st_size > 500
    body = answer(capsys, "replay", str(study))
    valid(body, Replay)
    assert body["identical"] is True, body["differences"]


def test_a_confounded_pair_is_not_identified_with_what_was_tried(capsys: pytest.CaptureFixture[str]) -> None:
    body = answer(capsys, "identify", "x->y; x<->y", "--treatment", "x", "--outcome", "y")
    assert body["identified"] is False
    assert body["models"] is None
    assert "backdoor" in json.dumps(body["tried"])
    assert "frontdoor" in body["not_built"]
    assert "backdoor" in body["reason"] or "adjustment" in body["reason"]


def test_a_confounded_pair_ends_not_identified(table: pathlib.Path, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    graph = "treated->outcome; treated<->outcome"
    body = answer(
        capsys, "analyze", str(table), "--treatment", "treated", "--outcome", "outcome", "--graph", graph, "--out", str(tmp_path / "o")
    )
    assert (body["verdict"], body["estimates"], body["estimand"]) == ("not identified", [], None)
    assert body["unidentified"]["models"] is None


def test_without_graph_or_knowledge_the_answer_is_descriptive(
    table: pathlib.Path, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = answer(capsys, "analyze", str(table), "--treatment", "treated", "--outcome", "outcome", "--out", str(tmp_path / "o"))
    assert (body["verdict"], body["estimates"]) == ("descriptive", [])


def test_tiers_alone_give_a_graph(table: pathlib.Path, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = "tier age sex region | treated | outcome"
    body = answer(
        capsys, "analyze", str(table), "--treatment", "treated", "--outcome", "outcome", "--knowledge", known, "--out", str(tmp_path / "o")
    )
    assert body["estimates"][0]["low"] < 2 < body["estimates"][0]["high"]
    assert "order you stated" in body["condition"]


def test_subgroups_are_estimated_in_each_level(table: pathlib.Path, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--treatment", "treated", "--outcome", "outcome", "--graph", GRAPH, "--by", "sex", "--out", str(tmp_path / "o")]
    body = answer(capsys, "analyze", str(table), *arguments)
    groups = {e["population"]: e for e in body["estimates"] if e["part"] == "subgroup"}
    assert set(groups) == {"sex = man", "sex = woman"}
    assert sum(e["n"] for e in groups.values()) == body["estimates"][0]["n"]


def test_words_on_stdout_progress_on_stderr(table: pathlib.Path, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["analyze", str(table), "--treatment", "treated", "--outcome", "outcome", "--graph", GRAPH, "--out", str(tmp_path / "o")]) == 0
    )
    shown = capsys.readouterr()
    assert shown.out.startswith("Verdict: supported")
    assert "effect of treated on outcome: " in shown.err
    assert main(["identify", "a->b", "--treatment", "a", "--outcome", "b", "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_errors_take_two_lines_or_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["identify", "a->b; b->a", "--treatment", "a", "--outcome", "b"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.strip().splitlines()) <= 2
    assert main(["identify", "a->b", "--treatment", "aa", "--outcome", "b", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert set(error) == {"type", "what", "why", "try"}
    assert error["type"] == "UnknownName"
    assert main(["identify", "a->b", "--nonsense", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["type"] == "BadOption"
    assert main(["nonsense"]) == 2


def test_a_defect_of_ours_saves_its_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import aitia.flow.verbs.identify

    def broken(*args: Any, **kwargs: Any) -> Any:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(aitia.flow.verbs.identify, "choose_strategies", broken)
    assert main(["identify", "a->b", "--treatment", "a", "--outcome", "b", "--json"]) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    saved = error["try"].split("in ")[1].split(";")[0]
    assert "ZeroDivisionError" in pathlib.Path(saved).read_text()


@pytest.mark.parametrize("name", ["", *POSITIONAL])
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*([name] if name else []), "--help"]) == 0
    text = capsys.readouterr().out
    assert "Usage" in text
    if name:
        for option in ("--json", "--seed", "--workers", "--deadline", "--quiet"):
            assert option in text


def test_python_dash_m_and_version() -> None:
    done = subprocess.run([sys.executable, "-m", "aitia", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("aitia 0.")

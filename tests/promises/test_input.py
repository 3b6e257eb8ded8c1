"""Defect x role x answer: every row of input.toml is said to the command line, and the answer is the one written there."""

from __future__ import annotations

import json
import pathlib
import tomllib
from typing import Any

import pytest

from aitia.core.errors import AitiaError
from tests.promises.broken_tables import MAKES, NEVER_TWICE, as_text, make, sound

CONTENTS = tomllib.loads((pathlib.Path(__file__).parent / "input.toml").read_text(encoding="utf8"))
ROWS: list[dict[str, Any]] = [{**CONTENTS["default"], "column": "height", **row} for row in CONTENTS["row"]]
FAILING = [row for row in ROWS if row["exit"] == 2]
KEYS = {"id", "make", "column", "role", "data", "out", "treatment", "outcome", "graph", "add", "rows", "file"}
ANSWERS = {"exit", "error", "findings", "what", "near", "verdict", "not-verdict"}


def named(row: dict[str, Any]) -> str:
    return str(row["id"])


def arguments(row: dict[str, Any], folder: pathlib.Path) -> list[str]:
    """The command of a row, its table made in `folder`."""
    make(row["make"], row["column"], row["rows"], folder / row["file"])
    pairs = [("--treatment", row["treatment"]), ("--outcome", row["outcome"]), ("--graph", row["graph"])]
    options = [word for name, value in pairs if value for word in (name, value)]
    data, out = row.get("data", f"{{folder}}/{row['file']}"), row.get("out", "{folder}/out")
    words = ["analyze", data, *options, *row["add"], "--out", out, "--quiet"]
    return [word.replace("{folder}", str(folder)) for word in words]


def said(row: dict[str, Any], folder: pathlib.Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str, str]:
    from aitia.cli.main import main

    code = main([*arguments(row, folder), *more])
    shown = capsys.readouterr()
    assert "Traceback" not in shown.out + shown.err
    return code, shown.out, shown.err


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_answer(row: dict[str, Any], tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(row, tmp_path, capsys, "--json")
    body = json.loads(out)
    assert isinstance(body, dict)
    assert err == ""
    assert code == row["exit"], body.get("error", body.get("verdict"))
    if "error" in row:
        error = body["error"]
        assert set(error) == {"type", "what", "why", "try"}
        assert error["type"] == row["error"], error
        assert row["what"] in error["what"], error
        assert row.get("near", "") in error["try"], error
        assert error["why"] or error["try"], "an error says why, or what to try"
        return
    found = {finding["check"]: finding["says"] for finding in reversed(body["findings"])}
    assert set(row.get("findings", ())) <= set(found), sorted(found)
    if "what" in row:
        assert row["what"] in found[row["findings"][0]]
    assert body["verdict"] == row.get("verdict", body["verdict"])
    assert body["verdict"] != row.get("not-verdict")
    if "verdict" not in row and "not-verdict" not in row:
        assert body["estimates"], "a defect elsewhere must not prevent the estimate"


@pytest.mark.parametrize("row", FAILING, ids=named)
def test_words(row: dict[str, Any], tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(row, tmp_path, capsys)
    lines = err.splitlines()
    assert code == 2
    assert out == ""
    assert 1 <= len(lines) <= 2, err
    assert lines[0].startswith("error: ")
    assert row["what"] in lines[0]


def test_a_failed_run_leaves_no_study_behind(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = next(row for row in ROWS if row["id"] == "unknown-treatment")
    said(row, tmp_path, capsys, "--json")
    assert not (tmp_path / "out").exists()


def test_the_rows_are_well_formed() -> None:
    ids = [row["id"] for row in ROWS]
    assert len(set(ids)) == len(ids) >= 45
    errors = {cls.__name__ for cls in descendants(AitiaError)}
    for row in ROWS:
        assert set(row) <= KEYS | ANSWERS, row["id"]
        assert row["make"] in MAKES
        assert row["exit"] in (0, 2)
        assert ("error" in row) == (row["exit"] == 2)
        assert row.get("error", "BadOption") in errors
        assert row["role"] in ("file", "treatment", "outcome", "covariate", "unmentioned", "graph", "option")
    assert {row["make"] for row in ROWS} == set(MAKES), "a defect that no row uses"
    assert {row["error"] for row in FAILING} >= {"Unreadable", "UnknownName", "UnusableColumn", "BadGraph", "BadOption", "Unwritable"}


def descendants(cls: type) -> set[type]:
    return {cls}.union(*(descendants(child) for child in cls.__subclasses__()))


@pytest.mark.parametrize("kind", MAKES)
def test_each_defect_is_made(kind: str, tmp_path: pathlib.Path) -> None:
    """Every recipe writes a file that differs from the sound one, the same each time; only `sound` is sound."""
    for name in ("a", "b"):
        make(kind, "height", 120, tmp_path / name)
    if kind == "folder":
        assert (tmp_path / "a").is_dir()
        return
    first = (tmp_path / "a").read_bytes()
    assert kind in NEVER_TWICE or first == (tmp_path / "b").read_bytes()
    assert (first == as_text(sound(120)).encode()) == (kind == "sound")


def test_the_sound_table_is_sound(tmp_path: pathlib.Path) -> None:
    cells = sound(200)
    assert list(cells) == ["dose", "weight", "age", "height"]
    assert set(cells["dose"]) == {"0", "1"}
    assert min(cells["dose"].count(arm) for arm in "01") >= 60
    assert all(len(values) == 200 for values in cells.values())

"""Complaint 2, "missing values crash or give NaN": in every role, of every kind, there is a number or an honest refusal."""

from __future__ import annotations

import json
import math
import pathlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas
import pytest

import aitia
from aitia.cli.main import main
from aitia.core import codec
from aitia.core.errors import AitiaError, InputError
from aitia.core.request import Plan, Reading

ARMS = ("usual", "new", "other")
ROLES = {
    "treatment": ("pill", "arm", "dose"),
    "outcome": ("pain", "falls", "cured"),
    "covariate": ("age", "town", "grade"),
    "given": ("age", "town"),
    "cluster": ("ward", "site"),
    "weights": ("weight",),
    "by": ("note", "town"),
    "bystander": ("note", "extra"),
}
CASES = [(role, column) for role, columns in ROLES.items() for column in columns]
SETTINGS = {"drop": Plan(), "impute": Plan(incomplete="impute", set={"impute.draws": 3, "impute.sweeps": 3})}


def ward(n: int = 400, seed: int = 3) -> pandas.DataFrame:
    """Treatments, outcomes and covariates of every kind, with weights and clusters."""
    rng = np.random.default_rng(seed)
    age, sex, town = rng.normal(60, 8, n), rng.integers(0, 2, n), rng.integers(0, 4, n)
    grade = np.clip(np.round(2 + 0.05 * (age - 60) + rng.normal(size=n)), 0, 4).astype(int)
    score = 0.04 * (age - 60) + 0.3 * sex
    pill = (rng.random(n) < 1 / (1 + np.exp(-score))).astype(int)
    arm = rng.integers(0, 3, n)
    dose = score + rng.normal(size=n)
    lift = 1.0 * pill + 0.5 * (arm == 1) + 0.5 * dose + score
    return pandas.DataFrame(
        {
            "age": age,
            "sex": np.array(["man", "woman"])[sex],
            "town": np.array(["a", "b", "c", "d"])[town],
            "grade": pandas.Categorical(np.array(list("VWXYZ"))[grade], categories=list("VWXYZ"), ordered=True),
            "pill": pill,
            "arm": np.array(ARMS)[arm],
            "dose": dose,
            "pain": lift + rng.normal(size=n),
            "falls": rng.poisson(np.exp(0.3 * lift)),
            "cured": rng.random(n) < 1 / (1 + np.exp(-lift)),
            "ward": np.array([f"w{i}" for i in range(20)])[rng.integers(0, 20, n)],
            "site": rng.integers(1, 30, n),
            "weight": rng.uniform(0.5, 2, n),
            "note": np.array(["x", "y"])[rng.integers(0, 2, n)],
            "extra": rng.normal(size=n),
        }
    )


def with_gaps(table: pandas.DataFrame, columns: tuple[str, ...], hole: np.ndarray) -> pandas.DataFrame:
    """The table with values of some columns taken out."""
    found = table.copy()
    for column in columns:
        found[column] = found[column].where(~hole)
    return found


def asked(role: str, column: str) -> dict[str, Any]:
    """What to ask so that a column plays a role."""
    treatment = column if role == "treatment" else "pill"
    outcome = column if role == "outcome" else "pain"
    causes = ["age", "sex"] + ([column] if role == "covariate" and column not in ("age", "sex") else [])
    graph = "; ".join([*(f"{c}->{treatment}; {c}->{outcome}" for c in causes), f"{treatment}->{outcome}"])
    question: dict[str, Any] = {"treatment": treatment, "outcome": outcome, "graph": graph}
    if role == "given":
        question = {"treatment": treatment, "outcome": outcome, "given": column}
    return question


def told(role: str, column: str, plan: Plan) -> tuple[Reading, Plan]:
    """How a role is told."""
    import dataclasses

    if role == "cluster":
        return Reading(cluster=column), dataclasses.replace(plan, errors="cluster")
    if role == "weights":
        return Reading(weights=column), plan
    return Reading(), dataclasses.replace(plan, by=column) if role == "by" else plan


def numbers(item: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Every number in an answer as JSON, those that are not finite too."""
    if isinstance(item, dict):
        if set(item) == {"float"}:
            yield path, float(item["float"])
        for key, value in item.items():
            yield from numbers(value, f"{path}.{key}")
    elif isinstance(item, list):
        for i, value in enumerate(item):
            yield from numbers(value, f"{path}[{i}]")
    elif isinstance(item, float):
        yield path, item


def honest(answer: dict[str, Any]) -> None:
    """A finite estimate with its interval, or none and the reason in words; nowhere a number that is none."""
    assert not [path for path, value in numbers(answer) if not math.isfinite(value)]
    if answer["estimates"]:
        for estimate in answer["estimates"]:
            assert estimate["value"] is not None and estimate["se"] is not None and estimate["low"] < estimate["high"]
    else:
        assert answer["verdict"] in ("not identified", "descriptive") and answer["because"]
    assert all("nan" not in finding["says"].lower().split() for finding in answer["findings"])


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize(("role", "column"), CASES, ids=[f"{role}-{column}" for role, column in CASES])
def test_2_gaps_in_every_role_give_a_number(role: str, column: str, setting: str) -> None:
    """Fifteen rows of a hundred lack the value; the effect is a number, near the one without gaps, and what was done is said."""
    table = ward()
    hole = np.random.default_rng(4).random(len(table)) < 0.15
    reading, plan = told(role, column, SETTINGS[setting])
    answer = aitia.analyze(with_gaps(table, (column,), hole), **asked(role, column), reading=reading, plan=plan)
    honest(codec.to_json(answer))
    assert answer.estimate is not None and answer.estimate.se is not None
    whole = aitia.analyze(table, **asked(role, column), reading=reading, plan=told(role, column, Plan())[1]).estimate
    assert whole is not None and whole.se is not None
    assert abs(answer.estimate.value - whole.value) < 3 * whole.se
    if role not in ("by", "bystander"):
        said = " ".join(finding.says for finding in answer.findings)
        assert f"{column} missing in" in said or f"of {column}" in said
    gone = answer.estimate.n < len(table)
    kept = role in ("by", "bystander") or (setting == "impute" and role not in ("cluster", "weights"))
    assert gone is not kept


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize(
    ("role", "column"), CASES[:9:2] + CASES[10:14], ids=[f"{role}-{column}" for role, column in CASES[:9:2] + CASES[10:14]]
)
def test_2_the_command_line_gives_the_same(
    role: str, column: str, setting: str, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = with_gaps(ward(250), (column,), np.random.default_rng(5).random(250) < 0.2)
    table.to_csv(tmp_path / "t.csv", index=False)
    question = asked(role, column)
    words = ["analyze", str(tmp_path / "t.csv"), "--json", "--out", str(tmp_path / "o"), "--incomplete", setting]
    words += [word for name, value in question.items() for word in (f"--{name}", value)]
    words += {"cluster": ["--cluster", column, "--errors", "cluster"], "weights": ["--weights", column], "by": ["--by", column]}.get(
        role, []
    )
    words += ["--set", "impute.draws=3"]
    assert main(words) == 0
    out = json.loads(capsys.readouterr().out)
    honest(out)
    assert out["estimates"]


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("columns", [("pill",), ("pain",), ("age",), ("pill", "pain", "age", "sex"), ("age", "sex", "weight", "ward")])
def test_2_however_much_is_missing_there_is_an_answer(columns: tuple[str, ...], share: float, setting: str) -> None:
    """A number or a refusal in words; never a crash and never NaN."""
    table = ward(300)
    rng = np.random.default_rng([6, int(100 * share)])
    for column in columns:
        table = with_gaps(table, (column,), rng.random(300) < share)
    reading = Reading(weights="weight", cluster="ward") if "weight" in columns else Reading()
    try:
        answer = aitia.analyze(table, **asked("none", ""), reading=reading, plan=SETTINGS[setting])
    except InputError as error:
        assert error.what and (error.why or error.next)
        return
    honest(codec.to_json(answer))


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize(
    "case", ["one arm lacks the outcome", "one arm lacks a covariate", "no row is complete", "a level is never complete"]
)
def test_2_gaps_that_go_with_a_role_are_no_trouble(case: str, setting: str) -> None:
    table = ward(300)
    holes = {
        "one arm lacks the outcome": (("pain",), table["pill"] == 1),
        "one arm lacks a covariate": (("age",), table["pill"] == 1),
        "no row is complete": (("age",), np.arange(300) % 2 == 0),
        "a level is never complete": (("pain",), table["town"] == "a"),
    }
    columns, hole = holes[case]
    table = with_gaps(table, columns, np.asarray(hole))
    if case == "no row is complete":
        table = with_gaps(table, ("pain",), np.arange(300) % 2 == 1)
    try:
        answer = aitia.analyze(table, **asked("covariate", "town"), plan=SETTINGS[setting])
    except AitiaError as error:
        assert setting == "drop" and error.what and (error.why or error.next)
        return
    honest(codec.to_json(answer))


@pytest.mark.parametrize("how", [None, float("nan"), "NA", ""], ids=["None", "NaN", "NA", "empty"])
def test_2_every_way_to_write_a_missing_value_is_one(how: Any) -> None:
    table = {name: list(column) for name, column in ward(200).items() if name in ("pain", "pill", "age", "sex")}
    for name in ("sex", "pain"):
        if name == "sex" or not isinstance(how, str):
            table[name] = [how if i % 10 == 0 else value for i, value in enumerate(table[name])]
    answer = aitia.estimate(table, "pill", "pain", given=("age", "sex"))
    assert answer.estimate is not None and answer.estimate.n == 180 and math.isfinite(answer.estimate.value)

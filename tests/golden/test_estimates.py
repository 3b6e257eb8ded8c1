"""Published data give the published numbers, through the verbs that users call; figures and sources stand in expected.toml."""

from __future__ import annotations

import pathlib
import tomllib
from typing import Any

import pytest

import aitia
from aitia.core.request import Plan, Reading
from tests.shared import shared

EXPECTED = tomllib.loads((pathlib.Path(__file__).parents[1] / "expected.toml").read_text(encoding="utf8"))


def data(name: str) -> Any:
    return name if name.startswith("example:") else shared(name)


@pytest.mark.parametrize("row", EXPECTED["estimate"], ids=lambda row: row["id"])
def test_published_estimate(row: dict[str, Any]) -> None:
    reading = Reading(column=row.get("column", {}))
    plan = Plan(method="regression", terms=row.get("terms"), errors=row.get("errors", "hc1"))
    answer = aitia.estimate(data(row["data"]), row["treatment"], row["outcome"], given=row.get("given", ()), reading=reading, plan=plan)
    found = answer.estimate
    assert found is not None
    assert round(found.value, row["digits"]) == row["value"]
    if "se" in row:
        assert round(found.se, row.get("se_digits", row["digits"])) == row["se"]
    if "n" in row:
        assert found.n == row["n"]


@pytest.mark.parametrize("row", EXPECTED["analysis"], ids=lambda row: row["id"])
def test_published_analysis(row: dict[str, Any]) -> None:
    plan = Plan(set=row.get("set", {}), terms=row.get("terms"))
    graph = (
        "; ".join([f"{name}->{end}" for name in row["causes"] for end in (row["treatment"], row["outcome"])]) if "causes" in row else None
    )
    graph = f"{graph}; {row['treatment']}->{row['outcome']}" if graph else None
    answer = aitia.analyze(data(row["data"]), row["treatment"], row["outcome"], graph=graph, knowledge=row.get("knowledge"), plan=plan)
    assert answer.verdict in row["verdict"]
    assert round(answer.estimate.value, row["digits"]) == row["value"]
    if "bare" in row:
        assert answer.condition is None
    failed = {f.check: f for f in answer.findings if f.passed is False}
    assert set(row.get("failed", ())) <= set(failed)
    for check, value in row.get("values", {}).items():
        assert round(failed[check].value, 2) == value


@pytest.mark.parametrize("row", EXPECTED["threshold"], ids=lambda row: row["constant"])
def test_thresholds_are_pinned(row: dict[str, Any]) -> None:
    """A threshold changes only together with its entry, which says where it comes from."""
    module, _, name = row["constant"].rpartition(".")
    assert getattr(__import__(module, fromlist=[name]), name) == row["value"]

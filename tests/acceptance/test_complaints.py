"""Complaints that users of causal libraries have made for years, each as a test that it does not arise here."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import numpy as np
import pytest

import aitia
from aitia.cli.main import main
from tests.tables import GRAPH, confounded

ASKED: dict[str, Any] = {"treatment": "treated", "outcome": "outcome", "graph": GRAPH}


def test_3_how_do_i_read_a_refutation_p_value() -> None:
    """No finding leaves a p-value to be interpreted: each says passed or failed in words, and what to do when it failed."""
    hidden = confounded()
    rng = np.random.default_rng(5)
    cause = rng.normal(0, 1, len(hidden["age"]))
    hidden["before"] = hidden["outcome"] * 0 + cause + rng.normal(0, 0.5, len(cause))
    hidden["outcome"] = hidden["outcome"] + 2 * cause
    hidden["treated"] = (rng.random(len(cause)) < 1 / (1 + np.exp(-1.5 * cause))).astype(int)
    plan = aitia.Plan(set={"placebo-outcome.outcome": "before"})
    graph = GRAPH.replace("; treated->outcome", "; treated->outcome; before")
    answer = aitia.analyze(hidden, treatment="treated", outcome="outcome", graph=graph, plan=plan)
    assert answer.verdict == "refuted"
    failed = [f for f in answer.findings if f.passed is False]
    assert "placebo-outcome" in {f.check for f in failed}
    for finding in answer.findings:
        assert finding.says.endswith("."), finding
        assert len(finding.says.split()) >= 5, finding
        assert finding.passed is not False or finding.next, finding
        assert finding.p is None or finding.passed is not None, f"{finding.check} gives a p-value and no judgement"
        assert finding.p is None or finding.power is not None, f"{finding.check} gives a p-value and no power"


def test_11_the_result_does_not_depend_on_column_order_or_on_the_run() -> None:
    table = confounded(800)
    first = aitia.analyze(table, **ASKED)
    second = aitia.analyze({name: table[name] for name in reversed(table)}, **ASKED)
    assert [e.value for e in first.estimates] == [e.value for e in second.estimates]
    assert [(f.check, f.value, f.p) for f in first.findings if f.check in CHECKS] == [
        (f.check, f.value, f.p) for f in second.findings if f.check in CHECKS
    ]


CHECKS = {"overlap", "balance", "placebo", "placebo-outcome", "random-cause", "subset", "e-value", "partial-r2", "graph-fit"}


@pytest.mark.parametrize("fault", ["constant", "copy", "sum", "all missing", "one-hot"])
def test_15_singular_columns_give_an_answer_and_a_sentence(tmp_path: pathlib.Path, fault: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Constant, collinear and empty covariates are left out aloud; no linear-algebra error reaches the user."""
    table = confounded(600)
    extra = {
        "constant": {"extra": np.full(600, 3.0)},
        "copy": {"extra": table["age"] * 2 + 1},
        "sum": {"extra": table["age"] + (table["sex"] == "man")},
        "all missing": {"extra": np.full(600, np.nan)},
        "one-hot": {f"region_{level}": (table["region"] == level).astype(int) for level in ("east", "north", "west")},
    }[fault]
    path = tmp_path / "t.csv"
    import pandas

    pandas.DataFrame({**table, **extra}).to_csv(path, index=False)
    graph = "; ".join([GRAPH, *(f"{name}->treated; {name}->outcome" for name in extra)])
    code = main(
        ["analyze", str(path), "--treatment", "treated", "--outcome", "outcome", "--graph", graph, "--json", "--out", str(tmp_path / "o")]
    )
    answer = json.loads(capsys.readouterr().out)
    assert code == 0
    said = " ".join(f["says"] for f in answer["findings"])
    assert any(name in said for name in extra)
    if fault != "all missing":
        plain = aitia.analyze(table, **ASKED)
        assert plain.estimate is not None
        assert answer["estimates"][0]["value"] == pytest.approx(plain.estimate.value, abs=0.05)
    else:
        assert answer["verdict"] == "not identified"

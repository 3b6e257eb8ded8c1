"""The verdict follows the rules that the documentation states."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aitia.core.estimate import Estimate
from aitia.core.finding import Finding
from aitia.core.query import Query
from aitia.core.shelf import SHELVES
from aitia.flow.verdict import holm, judge

NEEDED = [m.name for m in SHELVES["checks"] if m.card.needed]


def clean() -> list[Finding]:
    return [Finding(check=name, passed=True, power=0.99, says="fine") for name in NEEDED]


def estimate(value: float, se: float, part: str = "primary") -> Estimate:
    query = Query(treatment="t", outcome="y")
    return Estimate(value=value, se=se, low=value - 2 * se, high=value + 2 * se, n=100, method="m", errors="hc1", query=query, part=part)  # type: ignore[arg-type]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_rejects_exactly_what_its_definition_rejects(ps: list[float]) -> None:
    findings = [Finding(check=str(i), passed=False, p=p, says="") for i, p in enumerate(ps)]
    failed = {f.check for f in holm(findings) if f.passed is False}
    order = np.argsort(ps, kind="stable")
    expected = set()
    for rank, i in enumerate(order):
        if ps[i] > 0.05 / (len(ps) - rank):
            break
        expected.add(str(i))
    assert failed == expected


def test_holm_never_fails_what_passed_its_own_rule() -> None:
    assert holm([Finding(check="a", passed=True, p=1e-9, says="")])[0].passed is True


def test_all_checks_clean_is_supported_with_its_condition() -> None:
    verdict = judge(clean(), [estimate(2, 0.1)], (), "given the graph you supplied")
    assert (verdict.verdict, verdict.condition, verdict.because) == ("supported", "given the graph you supplied", ())


def test_a_failed_check_with_power_refutes_and_without_power_weakens() -> None:
    strong = Finding(check="placebo", passed=False, power=0.9, says="moved")
    assert judge([*(f for f in clean() if f.check != "placebo"), strong], [], (), None).verdict == "refuted"
    weak = Finding(check="placebo", passed=False, power=0.3, says="moved")
    assert judge([*(f for f in clean() if f.check != "placebo"), weak], [], (), None).verdict == "fragile"


def test_failed_overlap_is_fragile() -> None:
    failed = Finding(check="overlap", passed=False, power=1.0, says="thin")
    assert judge([*(f for f in clean() if f.check != "overlap"), failed], [], (), None).verdict == "fragile"


def test_methods_that_differ_are_fragile() -> None:
    found = [estimate(2, 0.1), estimate(3, 0.1, "alternative")]
    verdict = judge(clean(), found, (), None)
    assert verdict.verdict == "fragile"
    assert "differ" in verdict.because[0]


def test_a_needed_check_that_did_not_run_or_lacked_power_is_fragile() -> None:
    assert judge(clean()[1:], [], (), None).verdict == "fragile"
    blind = [Finding(check=name, passed=True, power=0.5, says="fine") for name in NEEDED]
    assert judge(blind, [], (), None).verdict == "fragile"

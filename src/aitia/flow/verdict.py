"""Judge an answer in one word from everything that was found, by the rules the documentation states. [holm1979]"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from aitia.core.analysis import Verdict
from aitia.core.card import Card
from aitia.core.estimate import Contrast, Estimate
from aitia.core.finding import Finding
from aitia.core.shelf import SHELVES

LEVEL = 0.05
ENOUGH_POWER = 0.8
JOINT_ERRORS = 2.0


def holm(findings: Sequence[Finding], level: float = LEVEL) -> tuple[Finding, ...]:
    """Judge the findings that have a p-value together, so that a clean battery fails with probability `level` at most.

    A finding fails only when its own rule and Holm's procedure both say so.
    """
    tested = sorted((i for i, f in enumerate(findings) if f.p is not None and f.passed is not None), key=lambda i: findings[i].p or 0.0)
    judged = list(findings)
    rejecting = True
    for rank, i in enumerate(tested):
        finding = findings[i]
        threshold = level / (len(tested) - rank)
        rejecting = rejecting and finding.p is not None and finding.p <= threshold
        judged[i] = finding if rejecting or finding.passed else excused(finding, len(tested))
    return tuple(judged)


def excused(finding: Finding, count: int) -> Finding:
    """Return a finding that fails alone, but no more than chance explains among so many checks."""
    says = (
        f"No more than chance explains among {count} checks: {finding.says[0].lower()}{finding.says[1:]}" if finding.says else finding.says
    )
    return dataclasses.replace(finding, passed=True, says=says, next=None)


def judge(findings: Sequence[Finding], estimates: Sequence[Estimate], skipped: Sequence[str], condition: str | None) -> Verdict:
    """Return refuted, fragile or supported for an identified and estimated effect.

    refuted: a check bearing on a used assumption failed with power of at least .8. fragile: a check that weakens failed,
    methods differ by more than 2 joint standard errors, or a needed check lacked power or did not run. supported:
    none of these; `condition` is what it rests on.
    """
    cards = {method.name: method.card for method in SHELVES["checks"]}
    ours = [f for f in findings if f.check in cards]
    refuting = [f for f in ours if f.passed is False and cards[f.check].failing == "refutes" and (f.power or 0.0) >= ENOUGH_POWER]
    if refuting:
        return Verdict(verdict="refuted", condition=condition, because=tuple(f.says for f in refuting))
    weak = [f.says for f in findings if f.passed is False and (f.check not in cards or cards[f.check].failing != "informs")]
    weak += disagreement(estimates)
    weak += missing_evidence(ours, cards, skipped)
    return Verdict(verdict="fragile" if weak else "supported", condition=condition, because=tuple(weak))


def disagreement(estimates: Sequence[Estimate]) -> list[str]:
    """Say which alternative estimates lie more than 2 joint standard errors from the primary one, in any contrast."""
    primary = next((e for e in estimates if e.part == "primary"), None)
    found = []
    for other in (e for e in estimates if e.part == "alternative" and primary is not None):
        gaps = [(apart(a, b), a, b) for a, b in zip(parts(primary), parts(other), strict=False)]
        gap, a, b = max(gaps, key=lambda found: found[0])
        if gap > JOINT_ERRORS and primary is not None:
            values = f"{primary.method} gives {a.value:.4g} and {other.method} {b.value:.4g}"
            found.append(f"Methods differ: {values}, {gap:.1f} joint standard errors apart.")
    return found


def parts(estimate: Estimate | None) -> tuple[Contrast | Estimate, ...]:
    """Return the contrasts of an estimate, which are in one order for every method, or the estimate itself."""
    return () if estimate is None else estimate.contrasts or (estimate,)


def apart(first: Contrast | Estimate, second: Contrast | Estimate) -> float:
    """Return the distance of two effects in joint standard errors; zero where one has none."""
    joint = math.hypot(first.se or 0.0, second.se or 0.0)
    if math.isclose(first.value, second.value, rel_tol=1e-9):
        return 0.0
    return abs(first.value - second.value) / joint if joint > 0 else 0.0


def missing_evidence(findings: Sequence[Finding], cards: dict[str, Card], skipped: Sequence[str]) -> list[str]:
    """Say which needed checks did not run or could not have seen the fault they look for."""
    said = []
    for name, card in cards.items():
        if not card.needed:
            continue
        own = [f for f in findings if f.check == name]
        if name in skipped or not own:
            said.append(f"The check {name} did not run, and no answer counts as supported without it.")
        elif all(f.passed is None and f.value is None for f in own):
            said.append(f"The check {name} could not judge, and no answer counts as supported without it: {own[0].says}")
        said += [
            f"The check {name} passed but could hardly have failed: its power is {f.power:.2f}."
            for f in own
            if f.passed is True and f.power is not None and f.power < ENOUGH_POWER
        ]
    return said

"""Judge an answer in one word from everything that was found, by the rules the documentation states. [holm1979]"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from aitia.core.analysis import Verdict
from aitia.core.card import Card
from aitia.core.estimate import Estimate
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
    weak = [f.says for f in ours if f.passed is False and cards[f.check].failing != "informs"]
    weak += disagreement(estimates)
    weak += missing_evidence(ours, cards, skipped)
    return Verdict(verdict="fragile" if weak else "supported", condition=condition, because=tuple(weak))


def disagreement(estimates: Sequence[Estimate]) -> list[str]:
    """Say which alternative estimates lie more than 2 joint standard errors from the primary one."""
    found = []
    primary = next((e for e in estimates if e.part == "primary"), None)
    for other in (e for e in estimates if e.part == "alternative"):
        if primary is None or primary.se is None or other.se is None:
            continue
        joint = math.hypot(primary.se, other.se)
        if joint > 0 and abs(primary.value - other.value) > JOINT_ERRORS * joint:
            apart = abs(primary.value - other.value) / joint
            values = f"{primary.method} gives {primary.value:.4g} and {other.method} {other.value:.4g}"
            found.append(f"Methods differ: {values}, {apart:.1f} joint standard errors apart.")
    return found


def missing_evidence(findings: Sequence[Finding], cards: dict[str, Card], skipped: Sequence[str]) -> list[str]:
    """Say which needed checks did not run or could not have seen the fault they look for."""
    said = []
    for name, card in cards.items():
        if not card.needed:
            continue
        own = [f for f in findings if f.check == name]
        if name in skipped or not own:
            said.append(f"The check {name} did not run, and no answer counts as supported without it.")
        said += [
            f"The check {name} passed but could hardly have failed: its power is {f.power:.2f}."
            for f in own
            if f.passed is True and f.power is not None and f.power < ENOUGH_POWER
        ]
    return said

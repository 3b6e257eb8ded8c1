"""List what an answer rests on, how well each assumption stands, and how wrong it must be before the answer changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aitia.core.assumption import Assumption, Status
from aitia.core.estimand import Estimand
from aitia.core.estimate import Estimate
from aitia.core.finding import Finding, Strengths
from aitia.core.show import number

STATEMENTS = {
    "graph": "The arrows drawn, and above all those left out, are right.",
    "no hidden common cause": "Nothing outside the adjustment set causes both {treatment} and {outcome}.",
    "overlap": "Every kind of row could have had either treatment.",
    "consistency": "{treatment} means the same for every row, and one row's treatment does not change another's outcome.",
    "estimator works as stated": "The estimator finds no effect where there is none, and its intervals are as wide as they should be.",
    "same effect for everyone": "{treatment} moves {outcome} by the same amount for everyone.",
    "independent rows": "Rows do not depend on each other beyond what the covariates explain.",
    "outcome model": "Given the treatment, {outcome} is a sum of the covariates' terms.",
    "outcome or treatment model right": "The model of {outcome} or the model of {treatment}, at least one of them, is right.",
    "missing rows are like complete ones": "Rows left out because a value is missing would have shown the same effect.",
    "missing values": "Given what was measured, whether a value is missing does not depend on the value itself.",
}
EVERYONE = "ate"
UNTESTABLE = frozenset({"no hidden common cause", "consistency"})
BY_DESIGN = frozenset({"no hidden common cause", "overlap", "graph"})


def ledger(
    estimand: Estimand, estimate: Estimate | None, assumed: frozenset[str], findings: Sequence[Finding], *, randomised: bool
) -> tuple[Assumption, ...]:
    """Return one assumption per statement that the estimand, the estimator and the data call on."""
    touched = [f.bears_on for f in findings if f.bears_on in STATEMENTS]
    names = dict.fromkeys([*estimand.assumptions, *sorted(assumed), *(name for name in touched if name)])
    return tuple(assumption(name, findings, estimate, randomised=randomised) for name in names)


def assumption(name: str, findings: Sequence[Finding], estimate: Estimate | None, *, randomised: bool) -> Assumption:
    """Return one entry of the ledger with its status and breakdown value."""
    own = [f for f in findings if f.bears_on == name]
    words = (
        {"treatment": estimate.query.treatment, "outcome": estimate.query.outcome}
        if estimate
        else {"treatment": "the treatment", "outcome": "the outcome"}
    )
    value, says = breakdown(name, own, estimate, randomised=randomised)
    return Assumption(
        name=name,
        says=STATEMENTS.get(name, name).format(**words),
        status=status(name, own, randomised=randomised),
        breakdown=value,
        breakdown_says=says,
        findings=tuple(dict.fromkeys(f.check for f in own)),
    )


def status(name: str, own: Sequence[Finding], *, randomised: bool) -> Status:
    """Return violated when a check failed, supported when one passed or the design guarantees it, else untested."""
    if any(f.passed is False and f.p is not None for f in own) or (name not in UNTESTABLE and any(f.passed is False for f in own)):
        return "violated"
    if randomised and name in BY_DESIGN:
        return "supported"
    if name in UNTESTABLE:
        return "untestable"
    return "supported" if any(f.passed is True for f in own) else "untested"


def breakdown(name: str, own: Sequence[Finding], estimate: Estimate | None, *, randomised: bool) -> tuple[float | None, str | None]:
    """Return how strong a violation must be before the estimate loses its sign, where that can be computed."""
    measure = BREAKDOWNS.get(name)
    if measure is None or estimate is None or (randomised and name in BY_DESIGN):
        return None, None
    return next((found for finding in own if (found := measure(finding, estimate)) is not None), (None, None))


def of_hidden_cause(finding: Finding, estimate: Estimate) -> tuple[float, str] | None:
    """Return the robustness value of a sensitivity bound."""
    if not isinstance(finding.picture, Strengths) or finding.value is None:
        return None
    share = f"{number(100 * finding.value, 3)} % of what is left of both treatment and outcome"
    return finding.value, f"A hidden cause would have to explain {share} to bring the effect to zero."


def of_dropped_rows(finding: Finding, estimate: Estimate) -> tuple[float, str] | None:
    """Return the mean effect that the rows left out would need for the effect over all rows to be zero."""
    if not finding.value or estimate.query.effect != EVERYONE:
        return None
    value = -estimate.value * estimate.n / finding.value
    needed = f"would need a mean effect of {number(value)} to bring the effect over all rows to zero."
    return value, f"The {finding.value:g} rows left out {needed}"


def of_overlap(finding: Finding, estimate: Estimate) -> tuple[float, str] | None:
    """Return the share that the thinner arm is worth, or that covariates leave of a numeric treatment."""
    if finding.value is None or finding.threshold is None:
        return None
    limit = number(finding.threshold, 2)
    return (
        finding.value,
        f"Overlap is worth {number(finding.value, 3)} of what it could be; below {limit} the comparison rests on few rows.",
    )


BREAKDOWNS: dict[str, Callable[[Finding, Estimate], tuple[float, str] | None]] = {
    "no hidden common cause": of_hidden_cause,
    "missing rows are like complete ones": of_dropped_rows,
    "overlap": of_overlap,
}

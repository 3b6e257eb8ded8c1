"""List what an answer rests on, how well each assumption stands, and how wrong it must be before the answer changes."""

from __future__ import annotations

from collections.abc import Sequence

from aitia.core.assumption import Assumption, Status
from aitia.core.estimand import Estimand
from aitia.core.estimate import Estimate
from aitia.core.finding import Finding
from aitia.core.show import number

STATEMENTS = {
    "graph": "The arrows drawn, and above all those left out, are right.",
    "no hidden common cause": "Nothing outside the adjustment set causes both {treatment} and {outcome}.",
    "overlap": "Every kind of row could have had either treatment.",
    "consistency": "{treatment} means the same for every row, and one row's treatment does not change another's outcome.",
    "estimator works as stated": "The estimator finds no effect where there is none, and its intervals are as wide as they should be.",
    "linear outcome": "Given the treatment, {outcome} is a sum of the covariates' terms.",
    "same effect for everyone": "{treatment} moves {outcome} by the same amount for everyone.",
    "outcome or treatment model right": "The model of {outcome} or the model of {treatment}, at least one of them, is right.",
    "missing rows are like complete ones": "Rows left out because a value is missing would have shown the same effect.",
}
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
    if estimate is None or (randomised and name in BY_DESIGN):
        return None, None
    strength = next((f for f in own if f.picture is not None and f.value is not None and name == "no hidden common cause"), None)
    if strength is not None and strength.value is not None:
        share = number(100 * strength.value, 3)
        return (
            strength.value,
            f"A hidden cause would have to explain {share} % of what is left of both treatment and outcome to bring the effect to zero.",
        )
    dropped = next((f for f in own if name == "missing rows are like complete ones" and f.value), None)
    if dropped is not None and dropped.value:
        value = -estimate.value * estimate.n / dropped.value
        needed = f"would need a mean effect of {number(value)} to bring the effect over all rows to zero."
        return value, f"The {dropped.value:g} rows left out {needed}"
    share_left = next((f for f in own if name == "overlap" and f.value is not None), None)
    if share_left is not None:
        limit = number(share_left.threshold, 2)
        return (
            share_left.value,
            f"The thinner arm is worth {number(share_left.value, 3)} of its rows; below {limit} the comparison rests on few.",
        )
    return None, None

"""Say in plain words what leaving rows out or filling values in rests on."""

from __future__ import annotations

import math
from collections.abc import Sequence

from aitia.core.finding import Finding
from aitia.core.missing import Imputation, LittleTest, MissingCauses, Pooled, Recovery
from aitia.core.query import Query
from aitia.core.show import number
from aitia.flow.plan import listed
from aitia.measures.missing_causes import LEVEL
from aitia.measures.tails import chi_square_power

DROPPING = "missing-values"
DROPPED, FILLED = "missing rows are like complete ones", "missing values"
FILL_IN = "Fill missing values in and compare: --incomplete impute."
FAULT = 0.2  # partial correlation for which power is stated
DRAWS_PER_SHARE = 100  # draws for each missing unit of information, so that another seed moves the answer little [white2011]


def dropping_told(
    query: Query,
    adjustment: tuple[str, ...],
    partly: Sequence[str],
    found: Recovery | None,
    *,
    causes: Sequence[MissingCauses] = (),
    stated: bool,
    instead: str,
) -> Finding:
    """Say when leaving out incomplete rows is right, and what the graph or the data say of it; `instead` is what else would be."""
    right = found is not None and "complete rows" in found.means
    if stated and found is not None:
        verdict = "is right" if right else "distorts the effect"
        says = f"By the causes of missing values that you stated, leaving incomplete rows out {verdict}. {found.says}"
        return Finding(check=DROPPING, passed=right, says=says, next=None if right else instead or found.next, bears_on=DROPPED)
    says = condition(query, adjustment, partly)
    if found is not None:
        doubt = goes_with(causes) or found.says[:1].lower() + found.says[1:-1]
        says += " Nothing found in these data speaks against it." if right else f" In these data that is in doubt: {doubt}."
    doubtful = found is not None and not right  # the ledger reads a value as a number of rows, so a plain 0 marks the doubt
    return Finding(check=DROPPING, passed=None, value=0.0 if doubtful else None, says=says, next=instead or FILL_IN, bears_on=DROPPED)


def goes_with(causes: Sequence[MissingCauses]) -> str:
    """Say what goes with missing values."""
    return "; ".join(f"whether {item.column} is known goes with {listed(item.causes)}" for item in causes if item.causes)


def rests_on(findings: Sequence[Finding]) -> str | None:
    """Return the condition that missing values put on an answer, where nothing stated settles it."""
    if any(f.bears_on == FILLED and f.passed is None for f in findings):
        return "if missing values are like known ones among rows alike in what was measured"
    doubtful = any(f.check == DROPPING and f.passed is None and f.value == 0.0 for f in findings)
    return "if the rows left out are like complete ones" if doubtful else None


def condition(query: Query, adjustment: tuple[str, ...], partly: Sequence[str]) -> str:
    """Say when leaving out rows in which some columns are missing is right."""
    alike = listed((query.treatment, *adjustment))
    mix = f", and complete rows have the same mix of {listed(adjustment)} as all rows, or the effect is the same for everyone"
    return (
        f"Leaving out rows in which {' or '.join(partly)} is missing is right if, among rows alike in {alike}, whether a row is complete "
        f"tells nothing about {query.outcome}{mix if adjustment else ''}; it is not if {query.outcome} itself, or a hidden cause of it, "
        "decides what is missing."
    )


def causes_told(found: Sequence[MissingCauses], little: LittleTest | None) -> Finding:
    """Say which columns go with what is missing, and what no data can say."""
    parts = [cause_told(item) for item in found]
    if little is not None and little.p <= LEVEL:
        parts.append("Little's test says so too: the means of known values differ between patterns of gaps by more than chance")
    elif little is not None:
        parts.append("Little's test sees no difference between the means of known values in different patterns of gaps")
    parts.append("Whether a missing value itself decides that it is missing cannot be seen in data")
    chances = [power(item) for item in found if item.tried]
    return Finding(
        check="missing-causes",
        passed=None,
        value=float(sum(bool(item.causes) for item in found)),
        power=min(chances) if chances else None,
        says=". ".join(parts) + ".",
        next="Say what decides in the graph: age->R_income says that age decides whether income is known.",
        bears_on=None,
    )


def cause_told(found: MissingCauses) -> str:
    """Say what goes with one column being missing."""
    start = f"{found.column} is missing in {found.missing} rows"
    if not found.tried:
        return f"{start}, and there is too little to see what goes with it"
    if not found.causes:
        return f"{start}, and none of the {found.tried} other columns was seen to go with it"
    return f"{start}, and whether it is goes with {listed(found.causes)}"


def power(found: MissingCauses) -> float:
    """Return the chance of seeing a column whose partial correlation with the indicator is .2."""
    return chi_square_power(max(found.rows - 3, 0) * FAULT**2, 1, LEVEL / max(found.tried, 1))


def filling_told(done: Imputation, pooled: Pooled | None, found: Recovery | None, *, stated: bool) -> Finding:
    """Say what was filled in and from what, how much of the information is missing, and when it is right."""
    gaps = listed(f"{count} of {name}" for name, count in zip(done.columns, done.cells, strict=True))
    says = (
        f"Missing values ({gaps}) were filled in {done.draws} times by chained equations on {listed(done.using)}, and the estimates pooled"
    )
    if pooled is not None:
        says += f": {number(100 * pooled.missing, 2)} % of the information on this effect is missing"
    says += ". The checks ran on the first completed table"
    right = found is not None and "imputation" in found.means
    passed = right if stated and found is not None else None
    if passed is None:
        says += ". This is right if, among rows alike in these columns, missing values are like known ones; not if a value itself decides"
    else:
        says += f". By the causes of missing values that you stated this is {'right' if right else 'wrong'}"
    needed = math.ceil(DRAWS_PER_SHARE * pooled.missing) if pooled is not None else 0
    more = f"Draw more tables, so that chance moves the answer less: --set impute.draws={needed}." if needed > done.draws else None
    share = pooled.missing if pooled is not None else None
    step = found.next if passed is False and found is not None else more
    return Finding(check="imputation", passed=passed, value=share, says=says + ".", next=step, bears_on=FILLED)


def pooled_note(draws: int, pooled: Pooled) -> str:
    """Say in a note of the estimate that it was pooled."""
    share = number(100 * pooled.missing, 2)
    return (
        f"Pooled over {draws} completed tables by Rubin's rules, with {number(pooled.degrees, 3)} degrees of freedom by Barnard and Rubin; "
        f"{share} % of the information is missing, and drawing so few tables adds an error of {number(pooled.error, 2)}."
    )

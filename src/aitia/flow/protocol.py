"""Write the target trial that an analysis emulates. [hernan2016]"""

from __future__ import annotations

from aitia.core.design import Design
from aitia.core.estimate import Estimate
from aitia.core.knowledge import Knowledge
from aitia.core.query import EFFECT_SAYS, Protocol, Query
from aitia.core.request import Reading
from aitia.core.table import Table


def protocol(table: Table, design: Design, query: Query, knowledge: Knowledge, reading: Reading, primary: Estimate) -> Protocol:
    """Return the protocol in sentences: who, from when, which strategies, assigned how, followed how long, compared how."""
    asked, method, errors = design.query, primary.method, primary.errors
    arms = design.arms[:2][::-1] if design.arms else (asked.arm, asked.versus)
    asked_for = tuple(f"{word} {query.treatment} to {arm}" for word, arm in zip(("Set", "set"), arms, strict=False) if arm is not None)
    strategies = asked_for or (f"Raise {query.treatment} by one unit", "leave it as it was")
    by_chance = knowledge.randomised(query.treatment)
    given = ", ".join(design.adjustment)
    return Protocol(
        eligibility=f"The {design.n} of {table.n} rows of {table.recipe} that are complete in every variable used.",
        time_zero=f"Ordered by the column {reading.time}."
        if reading.time
        else f"Not in the data: every covariate must have been measured before {query.treatment}.",
        strategies=strategies,
        assignment="At random, as you stated."
        if by_chance
        else f"As if at random within levels of {given}."
        if given
        else "As if at random, with nothing held fixed.",
        follow_up=f"Until {query.outcome} was measured; the data do not say how long after.",
        outcome=f"{query.outcome}, {design.outcome_kind}" + (f", in {design.units}" if design.units else ", in the units of the column"),
        estimand=f"The {EFFECT_SAYS[query.effect]}" + (f", holding {', '.join(query.given)} fixed" if query.given else ""),
        analysis=f"By {method} with {errors} standard errors" + (f", adjusting for {given}" if given else ", without adjustment"),
    )

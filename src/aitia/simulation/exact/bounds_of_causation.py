"""Bound the probabilities of necessity and sufficiency by what studies can measure, as tightly as that allows. [tian2000]

With two arms these are Tian and Pearl's bounds. With more arms the rest of the people, who had neither of the two, may
have been anything that the experiment allows; the bounds are still the best there are.
"""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

from aitia.core.errors import BadOption
from aitia.core.noun import Noun, noun
from aitia.simulation.exact.arithmetic import IMPOSSIBLE, Number, Undefined
from aitia.simulation.exact.causation import level_of
from aitia.simulation.exact.counterfactual import Potential
from aitia.simulation.exact.effects import Comparison
from aitia.simulation.exact.models import Model, tables_of
from aitia.simulation.exact.queries import Route, probability

SLACK = 1e-9


@noun
class Between(Noun):
    """Hold the smallest and the largest value that a quantity can have."""

    low: Any
    high: Any


@noun
class Causation(Noun):
    """Hold the probabilities of necessity, of sufficiency, and of both."""

    pn: Any
    ps: Any
    pns: Any


@noun
class Measured(Noun):
    """Hold what an observational and an experimental study say about a cause X and an event Y = y.

    `x_y` is P(x, y), `x_not` P(x, not y), `other_y` P(x', y), `other_not` P(x', not y), and `rest` the share of those who
    had neither x nor x'. `y_if_x` is P(y | do x), `y_if_other` P(y | do x'). Fractions give exact bounds.
    """

    x_y: Any
    x_not: Any
    other_y: Any
    other_not: Any
    y_if_x: Any
    y_if_other: Any
    rest: Any = Fraction(0)

    @property
    def not_if_other(self) -> Any:
        """P(not y | do x')."""
        return 1 - self.y_if_other

    @property
    def could(self) -> Between:
        """P(x, Y_x' ≠ y): the treated whom x' would have spared."""
        left = self.not_if_other - self.other_not
        return Between(low=max(0, left - self.rest), high=min(self.x_y + self.x_not, left))

    @property
    def would(self) -> Between:
        """P(x', Y_x = y): the untreated whom x would have met."""
        left = self.y_if_x - self.x_y
        return Between(low=max(0, left - self.rest), high=min(self.other_y + self.other_not, left))


def pn_bounds(study: Measured) -> Between | Undefined:
    """Bound the probability of necessity, P(Y_x' ≠ y | x, y).

    >>> F = Fraction
    >>> cells = {"x_y": F(2, 2000), "x_not": F(998, 2000), "other_y": F(28, 2000), "other_not": F(972, 2000)}
    >>> drug = Measured(**cells, y_if_x=F(16, 1000), y_if_other=F(14, 1000))
    >>> pn_bounds(drug).low, ps_bounds(drug).low, ps_bounds(drug).high
    (Fraction(1, 1), Fraction(1, 486), Fraction(5, 162))
    """
    check(study)
    return shared(study.could, study.x_y, study.x_not)


def ps_bounds(study: Measured) -> Between | Undefined:
    """Bound the probability of sufficiency, P(Y_x = y | x', not y)."""
    check(study)
    return shared(study.would, study.other_not, study.other_y)


def shared(span: Between, inside: Number, outside: Number) -> Between | Undefined:
    """Bound the share of a group's part `inside` that a set of known size within the group covers."""
    if not inside:
        return Undefined(reason=IMPOSSIBLE)
    return Between(low=max(0, span.low - outside) / inside, high=min(inside, span.high) / inside)


def pns_bounds(study: Measured) -> Between:
    """Bound the probability of necessity and sufficiency, P(Y_x = y, Y_x' ≠ y).

    It is a sum over those who had x, x' and neither; each part is bounded by Fréchet's bounds, and the split of the
    experiment's totals among the groups by `could` and `would`. Best values lie at the corners of this linear programme.
    """
    check(study)
    a, b = study.could, study.would
    x_rest, other_rest = study.y_if_x - study.x_y, study.not_if_other - study.other_not  # known totals outside the group itself
    low, high = [], []
    for one, two, three in itertools.product((0, 1), repeat=3):
        low.append(
            three * (x_rest + other_rest - study.rest)
            - one * study.x_not
            - two * study.other_y
            + least(one - three, a)
            + least(two - three, b)
        )
        high.append(
            (1 - one) * study.x_y
            + (1 - two) * study.other_not
            + three * x_rest
            + (1 - three) * other_rest
            - least(1 - one - three, a)
            - least(three - two, b)
        )
    return Between(low=max(low), high=min(high))


def least(weight: int, span: Between) -> Number:
    """Return the least of a weight times a value in a span."""
    return weight * (span.low if weight > 0 else span.high)


def under_monotonicity(study: Measured) -> Causation:
    """Return PN, PS and PNS where the cause never prevents the event: points, for a cause with two levels."""
    check(study)
    if study.rest > SLACK:
        raise BadOption("Monotonicity gives points only for a cause with two levels.", why=f"A share of {study.rest} had neither.")
    y = study.x_y + study.other_y
    return Causation(
        pn=(y - study.y_if_other) / study.x_y if study.x_y else Undefined(reason=IMPOSSIBLE),
        ps=(study.y_if_x - y) / study.other_not if study.other_not else Undefined(reason=IMPOSSIBLE),
        pns=study.y_if_x - study.y_if_other,
    )


def exogenous(y_given_x: Any, y_given_other: Any, x: Any) -> Measured:
    """Return what is measured where treatment was as good as random: the experiment shows what observation shows.

    Give P(y | x), P(y | x') and P(x).
    """
    return Measured(
        x_y=x * y_given_x,
        x_not=x * (1 - y_given_x),
        other_y=(1 - x) * y_given_other,
        other_not=(1 - x) * (1 - y_given_other),
        y_if_x=y_given_x,
        y_if_other=y_given_other,
    )


def measured(model: Model, asked: Comparison, *, by: Route = "elimination") -> Measured:
    """Return what an observational and an experimental study of a model would show."""
    y = level_of(model, asked)
    cause, event = Potential(asked.treatment), Potential(asked.outcome)

    def cell(setting: Any, happened: bool) -> Any:
        return probability(model, (cause.equals(setting), event.equals(y) if happened else event.differs_from(y)), by=by)

    tables_of(model).code(asked.treatment, asked.arm)
    return Measured(
        x_y=cell(asked.arm, True),
        x_not=cell(asked.arm, False),
        other_y=cell(asked.versus, True),
        other_not=cell(asked.versus, False),
        y_if_x=probability(model, asked.under(asked.arm).equals(y), by=by),
        y_if_other=probability(model, asked.under(asked.versus).equals(y), by=by),
        rest=1 - sum(cell(setting, happened) for setting in (asked.arm, asked.versus) for happened in (True, False)),
    )


def check(study: Measured) -> None:
    """Refuse numbers that no population has: shares that do not sum to 1, or an experiment that observation rules out."""
    cells = (study.x_y, study.x_not, study.other_y, study.other_not, study.rest)
    if min(cells) < -SLACK or abs(sum(cells) - 1) > SLACK:
        raise BadOption("The observed shares must be non-negative and sum to 1.", why=f"They are {', '.join(map(str, cells))}.")
    for what, value, seen, refuted in (
        ("y | do x", study.y_if_x, study.x_y, study.x_not),
        ("y | do x'", study.y_if_other, study.other_y, study.other_not),
    ):
        if value < seen - SLACK or 1 - value < refuted - SLACK:
            raise BadOption(
                f"P({what}) = {value} contradicts the observed shares.",
                why="Those who had the treatment of themselves are part of those who would have it in an experiment, "
                f"so it lies between {seen} and {1 - refuted}.",
            )

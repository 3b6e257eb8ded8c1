"""Compute the chances that one thing was necessary or sufficient for another, from a structural model. [pearl2009]"""

from __future__ import annotations

from aitia.core.errors import BadOption
from aitia.simulation.exact.arithmetic import Answer
from aitia.simulation.exact.counterfactual import Events, Level, Potential, as_events
from aitia.simulation.exact.effects import Comparison
from aitia.simulation.exact.models import Model, tables_of
from aitia.simulation.exact.queries import Route, probability


def pn(model: Model, asked: Comparison, given: Events = (), *, by: Route = "elimination") -> Answer:
    """Return P(Y_x' ≠ y | X = x, Y = y): the probability of necessity.

    The level y is the comparison's, or the second of two. A model of tables says `Undefined` where its tables leave it open.
    """
    y = level_of(model, asked)
    evidence = (Potential(asked.treatment).equals(asked.arm), Potential(asked.outcome).equals(y))
    return probability(model, asked.under(asked.versus).differs_from(y), (*evidence, *as_events(given)), by=by)


def ps(model: Model, asked: Comparison, given: Events = (), *, by: Route = "elimination") -> Answer:
    """Return P(Y_x = y | X = x', Y ≠ y): the probability of sufficiency."""
    y = level_of(model, asked)
    evidence = (Potential(asked.treatment).equals(asked.versus), Potential(asked.outcome).differs_from(y))
    return probability(model, asked.under(asked.arm).equals(y), (*evidence, *as_events(given)), by=by)


def pns(model: Model, asked: Comparison, given: Events = (), *, by: Route = "elimination") -> Answer:
    """Return P(Y_x = y, Y_x' ≠ y): the probability of necessity and sufficiency."""
    y = level_of(model, asked)
    both = (asked.under(asked.arm).equals(y), asked.under(asked.versus).differs_from(y))
    return probability(model, both, given, by=by)


def disablement(model: Model, asked: Comparison, *, by: Route = "elimination") -> Answer:
    """Return P(Y_x' ≠ y | Y = y): the probability that without the cause the event would not have come, whoever was exposed."""
    y = level_of(model, asked)
    return probability(model, asked.under(asked.versus).differs_from(y), Potential(asked.outcome).equals(y), by=by)


def enablement(model: Model, asked: Comparison, *, by: Route = "elimination") -> Answer:
    """Return P(Y_x = y | Y ≠ y): the probability that with the cause the event would have come, whoever was exposed."""
    y = level_of(model, asked)
    return probability(model, asked.under(asked.arm).equals(y), Potential(asked.outcome).differs_from(y), by=by)


def level_of(model: Model, asked: Comparison) -> Level:
    """Return the level of the outcome that is asked about."""
    levels = tables_of(model).levels[model.graph.need(asked.outcome)]
    if asked.level is not None:
        return asked.level
    if len(levels) != 2:
        raise BadOption(f"{asked.outcome} has {len(levels)} levels.", next="Name the one that is asked about: Comparison(..., level=...).")
    return levels[1]

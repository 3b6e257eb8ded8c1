"""Say what would have to be computed from data to answer a question on a graph, or why it cannot be."""

from __future__ import annotations

import dataclasses
from typing import Any

from aitia.core.errors import BadOption
from aitia.core.estimand import Bounds, Estimand, Identification, Unidentified
from aitia.core.request import Plan
from aitia.core.run import Run
from aitia.flow.effect import identify_on
from aitia.flow.plan import choose_strategies
from aitia.flow.question import question
from aitia.flow.session import as_tuple
from aitia.graphs.adjustment import all_sets
from aitia.graphs.formats.read import read_graph
from aitia.graphs.missingness import of_columns


def identify(
    graph: Any,
    treatment: str | None = None,
    outcome: str | None = None,
    effect: str = "ate",
    given: Any = (),
    latent: Any = (),
    *,
    run: Run | None = None,
) -> Identification:
    """Identify an effect on a graph; `latent` names nodes that are not measured.

    >>> identify("z->t; z->y; t->y", "t", "y").estimand.adjustment
    ('z',)
    >>> identify("z->w; z->t; w->y; t->y", "t", "y").valid_sets
    (('z',), ('w',), ('z', 'w'))
    >>> identify("t->y; t<->y", "t", "y").identified
    False
    """
    query = question(treatment, outcome, effect, as_tuple(given), Plan())
    if query is None:
        raise BadOption("A question needs a treatment and an outcome.", next="Give --treatment and --outcome.")
    read = of_columns(read_graph(graph))
    hidden = tuple(read.need(name) for name in as_tuple(latent))
    for name in (query.treatment, query.outcome, *query.given):
        read.need(name)
    if clash := {query.treatment, query.outcome, *query.given} & set(hidden):
        raise BadOption(f"{sorted(clash)[0]} is in the question and cannot be latent.")
    read = read.with_latent((*read.latent, *hidden))
    strategies, _ = choose_strategies(query, read.graph_class)
    found = identification(identify_on(read, query, run or Run(), strategies))
    if found.estimand is None or found.estimand.adjustment is None:
        return found
    sets, complete = all_sets(read, query.treatment, query.outcome, include=query.given)
    return dataclasses.replace(found, valid_sets=sets, valid_sets_complete=complete)


def identification(found: Estimand | Unidentified | Bounds) -> Identification:
    """Return the answer of `identify` for what a strategy found."""
    if isinstance(found, Estimand):
        return Identification(identified=True, estimand=found, assumptions=found.assumptions)
    if isinstance(found, Bounds):
        return Identification(identified=False, bounds=found, assumptions=found.assumptions, reason="only bounds are identified")
    return Identification(
        identified=False, reason=found.reason, tried=found.tried, not_built=found.not_built, hedge=found.hedge, models=found.models
    )

"""Say how to read the data, how to go about the analysis, and what was asked: all that a replay needs."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

from aitia.core.card import AUTO, Option
from aitia.core.design import Errors
from aitia.core.graph import Graph
from aitia.core.knowledge import Knowledge
from aitia.core.noun import Noun, noun
from aitia.core.query import Query

Verb = Literal["analyze", "estimate"]
Order = Literal["dayfirst", "monthfirst"]
Engine = Literal["auto", "memory", "duckdb"]
Incomplete = Literal["drop", "impute"]


def option(says: str, default: Any = None, factory: Any = dataclasses.MISSING) -> Any:
    """Declare a field that is an option of every face, with its help text."""
    if factory is not dataclasses.MISSING:
        return dataclasses.field(default_factory=factory, metadata={"option": Option(says)})
    return dataclasses.field(default=default, metadata={"option": Option(says)})


@noun
class Reading(Noun):
    """Say how to read the data; what is None is guessed, and the guess is said."""

    column: dict[str, str] = option(
        "kind of a column, NAME=KIND (continuous, count, binary, categorical, ordinal, time, unit, environment, weight, text)", factory=dict
    )
    unit: str | None = option("column that names the unit of each row")
    time: str | None = option("column that orders rows in time")
    domain: str | None = option("column that names the environment of each row")
    cluster: str | None = option("column whose levels are clusters of dependent rows")
    weights: str | None = option("column of sampling weights")
    delimiter: str | None = option("character between fields of a CSV")
    decimal: str | None = option("decimal mark of a CSV, '.' or ','")
    encoding: str | None = option("encoding of a CSV, such as utf8 or latin1")
    missing: tuple[str, ...] | None = option("words that mean a missing value in a CSV")
    dates: Order | None = option("order of day and month in dates such as 03/04/2020: dayfirst or monthfirst")
    sheet: str | None = option("sheet of a spreadsheet, by name or by number from 1")
    engine: Engine = option("what answers for the values: auto, memory or duckdb (auto: duckdb where they are large)", "auto")


@noun
class Plan(Noun):
    """Say how to go about the analysis; what is 'auto' is chosen by the planner, with its reasons."""

    method: str = option("estimator, or auto", AUTO)
    learner: str = option(
        "learner of the nuisance functions: linear, boosting, forest or IMPORT.PATH of a scikit-learn estimator", "linear"
    )
    errors: Errors = option("standard errors: hc1, classical or cluster", "hc1")
    terms: str | None = option('how covariates enter, such as "age+age^2+C(edu)"')
    contrast: str | None = option("arms to compare, A,B: the effect of A rather than B")
    by: str | None = option("column whose subgroups get an effect each")
    incomplete: Incomplete = option("rows with missing values: drop (leave them out) or impute (fill the values in)", "drop")
    set: dict[str, Any] = option("option of a step, STEP.option=value", factory=dict)
    skip: tuple[str, ...] = option("step or check to leave out", ())
    from_study: str | None = option("study whose question and settings to start from")
    resume: str | None = option("stopped study to go on with")
    query: str | None = option("the question as a query in JSON, or a file of it")
    out: str | None = option("folder for the study and the report")


@noun
class Request(Noun):
    """Hold all that was asked, and by which verb, so that a study can be run again from its file."""

    verb: Verb = "analyze"
    data: str
    fingerprint: str
    query: Query | None
    graph: Graph | None
    knowledge: Knowledge
    reading: Reading
    plan: Plan
    seed: int
    workers: int = 1
    deadline: float | None = None

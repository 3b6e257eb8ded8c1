"""Write down how to do a study again: as arguments, as a command line and as a Python script."""

from __future__ import annotations

import dataclasses
import shlex
from typing import Any

from aitia.core.request import Plan, Reading, Request
from aitia.core.study import Study
from aitia.graphs.formats.knowledge import write_knowledge
from aitia.graphs.formats.text import write
from aitia.reporting.templates import filled

IN_MEMORY = "in memory"
OWN = frozenset({"out", "from_study", "resume", "query"})
FLAGS = {"from_study": "from"}


def changed(noun: Reading | Plan) -> dict[str, Any]:
    """Return the fields of a noun that differ from their default, without those that name places on one machine."""
    default = type(noun)()
    names = [field.name for field in dataclasses.fields(noun) if field.name not in OWN]
    return {name: getattr(noun, name) for name in names if getattr(noun, name) != getattr(default, name)}


def plan_of(request: Request) -> dict[str, Any]:
    """Return the plan's fields to set, with the contrast and the groups that the question itself named."""
    found, query = changed(request.plan), request.query
    if query is not None and query.arm is not None and "contrast" not in found:
        found["contrast"] = f"{query.arm},{query.versus}"
    if query is not None and query.by is not None:
        found.setdefault("by", query.by)
    return found


def question_of(request: Request) -> dict[str, Any]:
    """Return the arguments that ask the question: treatment, outcome, effect, given, graph, knowledge."""
    query = request.query
    found: dict[str, Any] = {}
    if query is not None:
        found = {"treatment": query.treatment, "outcome": query.outcome, "effect": query.effect}
        found |= {"given": query.given} if query.given else {}
    found |= {"graph": write(request.graph)} if request.graph is not None else {}
    knowledge = write_knowledge(request.knowledge)
    return found | ({"knowledge": knowledge} if knowledge else {})


def command(request: Request) -> str:
    """Return the command line that does the analysis again."""
    data = "DATA" if request.data == IN_MEMORY else shlex.quote(request.data)
    parts = [f"aitia analyze {data}"]
    for name, value in (question_of(request) | changed(request.reading) | plan_of(request)).items():
        flag = "--" + FLAGS.get(name, name).replace("_", "-")
        parts += [f"{flag} {shlex.quote(text)}" for text in texts(value)]
    return " \\\n  ".join([*parts, f"--seed {request.seed}"])


def texts(value: Any) -> list[str]:
    """Return the texts of an option: one for each item of a tuple or of a dictionary."""
    if isinstance(value, dict):
        return [f"{key}={item}" for key, item in value.items()]
    return [str(item) for item in value] if isinstance(value, tuple) else [str(value)]


def script(study: Study) -> str:
    """Return the Python script that does the analysis again; a file given as its argument replaces the data."""
    request = study.request
    return filled(
        "report.py.jinja",
        question=one_line(request.query.sentence if request.query else "No question was asked."),
        data=one_line(request.data),
        fingerprint=request.fingerprint or "not known",
        versions=one_line(", ".join(f"{name} {version}" for name, version in study.versions.items()) or "not recorded"),
        in_memory=request.data == IN_MEMORY,
        source=repr(request.data),
        question_arguments=[(name, repr(value)) for name, value in question_of(request).items()],
        nouns=[(type(noun).__name__, fields(values)) for noun, values in nouns_of(request) if values],
        seed=request.seed,
    )


def nouns_of(request: Request) -> tuple[tuple[Reading | Plan, dict[str, Any]], ...]:
    """Return the reading and the plan with the fields to set."""
    return (request.reading, changed(request.reading)), (request.plan, plan_of(request))


def fields(values: dict[str, Any]) -> list[tuple[str, str]]:
    """Return names with values as Python source."""
    return [(name, repr(value)) for name, value in values.items()]


def one_line(text: str) -> str:
    """Return the text without line breaks, for a comment."""
    return " ".join(text.split())

"""Turn what the caller gave into a question, a graph and where that graph came from."""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Literal

from aitia.core import codec
from aitia.core.errors import BadOption, near
from aitia.core.finding import Finding
from aitia.core.graph import Graph
from aitia.core.knowledge import Knowledge
from aitia.core.query import EFFECTS, Query
from aitia.core.request import Plan, Reading
from aitia.core.table import Table
from aitia.graphs.classes import classified
from aitia.graphs.from_knowledge import conflicts, from_knowledge
from aitia.graphs.reachability import descendants
from aitia.nuisance.terms import parse_terms, term_names

Origin = Literal["graph", "tiers", "covariates", "design", "none"]
CONDITIONS = {
    "graph": "given the graph you supplied",
    "tiers": "given the order you stated",
    "covariates": "given that the covariates you chose are all that confounds",
    "design": None,
    "none": None,
}


def question(treatment: str | None, outcome: str | None, effect: str, given: tuple[str, ...], plan: Plan) -> Query | None:
    """Form the query, or None when no treatment or outcome is named; raises `BadOption` on a contradiction."""
    if effect not in EFFECTS:
        raise BadOption(f"There is no effect {effect!r}.", next=near(effect, EFFECTS))
    if treatment is None or outcome is None:
        if treatment or outcome:
            raise BadOption("A question needs both a treatment and an outcome.", next="Give --treatment and --outcome.")
        return None
    if treatment == outcome:
        raise BadOption(f"{treatment} cannot be both treatment and outcome.", next="Name two different columns.")
    if plan.by in (treatment, outcome):
        raise BadOption(f"{plan.by} is part of the question and cannot make subgroups too.", next="Name another column with --by.")
    for role, name in (("treatment", treatment), ("outcome", outcome)):
        if name in given:
            raise BadOption(f"{name} is the {role} and cannot be held fixed too.", next="Leave it out of --given.")
    arm, versus = contrast(plan.contrast)
    return Query(treatment=treatment, outcome=outcome, effect=effect, arm=arm, versus=versus, given=given, by=plan.by)  # type: ignore[arg-type]


def contrast(text: str | None) -> tuple[str | None, str | None]:
    """Split "A,B" into the arm and what it is compared with."""
    if text is None:
        return None, None
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 2 or not all(parts) or parts[0] == parts[1]:
        raise BadOption(f"{text!r} is not a contrast.", why="A contrast is two different arms, A,B: the effect of A rather than B.")
    return parts[0], parts[1]


def read_query(source: str) -> Query:
    """Read a query from JSON text or a file of it."""
    text = (
        source
        if source.lstrip().startswith("{")
        else pathlib.Path(source).read_text(encoding="utf8")
        if pathlib.Path(source).is_file()
        else source
    )
    found = codec.loads(text, Query)
    if not isinstance(found, Query):
        raise BadOption("This is not a query.", next='Write {"treatment": "t", "outcome": "y"}.')
    return found


def names_used(query: Query | None, plan: Plan, reading: Reading) -> tuple[str, ...]:
    """List every column that the caller named for some role: these must be usable."""
    asked = [query.treatment, query.outcome, *query.given, query.by] if query else []
    roles = [reading.unit, reading.time, reading.domain, reading.cluster, reading.weights]
    terms = term_names(parse_terms(plan.terms)) if plan.terms else ()
    return tuple(dict.fromkeys(name for name in [*asked, *roles, *terms] if name))


def graph_of(graph: Graph | None, knowledge: Knowledge, query: Query, plan: Plan) -> tuple[Graph | None, Origin]:
    """Return the graph to reason with and where it came from: the caller, stated tiers, chosen covariates or the design."""
    if graph is not None:
        return graph, "graph"
    terms = term_names(parse_terms(plan.terms)) if plan.terms else ()
    covariates = tuple(dict.fromkeys([*query.given, *terms]))
    made = from_knowledge(knowledge, query.treatment, query.outcome, covariates)
    if made is None:
        return None, "none"
    if knowledge.tiers or knowledge.required:
        return made, "tiers"
    return made, "covariates" if covariates and not knowledge.randomised(query.treatment) else "design"


def fitted_to(graph: Graph, table: Table, query: Query, knowledge: Knowledge) -> tuple[Graph, tuple[Finding, ...]]:
    """Mark nodes that the table lacks as not measured, drop constant ones, and say so; check the graph against knowledge."""
    findings: list[Finding] = []
    for name in (query.treatment, query.outcome):
        graph.need(name)
    graph, said = without_constants(graph, table, query)
    findings += said
    latent = tuple(node for node in graph.nodes if node not in table.names)
    if latent:
        says = f"Not measured in these data: {', '.join(latent)}. They stay in the graph as hidden causes."
        findings.append(Finding(check="latent-nodes", passed=None, value=float(len(latent)), says=says, bears_on="graph"))
    ignored = [name for name in table.names if name not in graph.nodes]
    if ignored:
        findings.append(
            Finding(
                check="ignored-columns", passed=None, value=float(len(ignored)), says=f"Not in the graph, so not used: {brief(ignored)}."
            )
        )
    return graph.with_latent(latent), (*findings, *conflicts(graph, knowledge))


def without_constants(graph: Graph, table: Table, query: Query) -> tuple[Graph, list[Finding]]:
    """Take nodes with one value out of the graph; where treatment or outcome may have caused it, warn of selection instead."""
    constant = {c.name for c in table.set_aside if c.constant} & set(graph.nodes)
    caused = sorted(constant & descendants(graph, [query.treatment, query.outcome]))
    harmless = sorted(constant - set(caused))
    findings = []
    if harmless:
        edges = tuple(e for e in graph.edges if not {e.source, e.target} & set(harmless))
        graph = classified(dataclasses.replace(graph, nodes=tuple(n for n in graph.nodes if n not in harmless), edges=edges))
        says = f"{', '.join(harmless)} has one value in these data, so it cannot confound here; it was taken out of the graph."
        findings.append(Finding(check="constant-nodes", passed=None, value=float(len(harmless)), says=says, bears_on="graph"))
    for name in caused:
        moved = f"by the graph {query.treatment} or {query.outcome} moves it: the rows were selected by it"
        says = f"{name} has one value in these data, and {moved}."
        next_step = "Bring the rows with other values too; selection by an effect distorts the comparison."
        findings.append(Finding(check="selection", passed=False, says=says, next=next_step, bears_on="graph"))
    return graph, findings


def brief(names: list[str], most: int = 12) -> str:
    """Join names, cutting a long list."""
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")

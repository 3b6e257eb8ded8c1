"""Open an analysis: check what was asked, read the data, and set up the study that will record the rest."""

from __future__ import annotations

import dataclasses
import itertools
import os
import pathlib
from typing import Any, get_args

from aitia.core import codec
from aitia.core.errors import BadOption, Unreadable, near
from aitia.core.graph import Graph
from aitia.core.knowledge import Knowledge
from aitia.core.query import Query
from aitia.core.request import Incomplete, Plan, Reading, Request, Verb
from aitia.core.run import Run
from aitia.core.study import Study
from aitia.core.table import Table
from aitia.data.read import read
from aitia.flow.filled import Filled
from aitia.flow.journal import Journal, versions
from aitia.flow.plan import check_plan
from aitia.flow.question import Origin, fitted_to, graph_of, names_used, question, read_query
from aitia.graphs.formats.knowledge import read_knowledge
from aitia.graphs.formats.read import read_graph
from aitia.graphs.missingness import knowledge_of_columns, of_columns

STUDY = "study.json"
MOST_SUBGROUPS = 24


@dataclasses.dataclass(frozen=True)
class Asked:
    """Hold what the caller gave a verb, before anything is read."""

    verb: Verb
    data: Any
    treatment: str | None = None
    outcome: str | None = None
    effect: str | None = None
    given: Any = ()
    graph: Any = None
    knowledge: Any = None
    reading: Reading = dataclasses.field(default_factory=Reading)
    plan: Plan = dataclasses.field(default_factory=Plan)
    run: Run = dataclasses.field(default_factory=Run)
    before: Query | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Session:
    """Hold an open analysis: the question, the table, the graph and the journal that records every step."""

    asked: Asked
    journal: Journal
    knowledge: Knowledge
    query: Query | None
    table: Table
    graph: Graph | None = None
    origin: Origin = "none"
    filled: Filled = dataclasses.field(default_factory=Filled)

    @property
    def plan(self) -> Plan:
        """How to go about it."""
        return self.asked.plan

    @property
    def run(self) -> Run:
        """The run that every method gets."""
        return self.asked.run

    @property
    def randomised(self) -> bool:
        """Whether the treatment was assigned at random by design."""
        return self.query is not None and self.knowledge.randomised(self.query.treatment)


def load_study(source: str | os.PathLike[str] | Study) -> Study:
    """Read a study from its file or from the folder that holds it."""
    if isinstance(source, Study):
        return source
    path = study_path(source)
    found = codec.load(path, Study)
    if not isinstance(found, Study):
        raise Unreadable(f"{path} is not a study.")
    return found


def study_path(source: str | os.PathLike[str]) -> pathlib.Path:
    """Return the study's file, given it or its folder."""
    path = pathlib.Path(source)
    path = path / STUDY if path.is_dir() else path
    if not path.is_file():
        raise Unreadable(f"There is no study at {source}.", next="Give the study.json that an analysis wrote, or its folder.")
    return path


def as_tuple(names: Any) -> tuple[str, ...]:
    """Return names given as one text, separated by commas, or as a sequence."""
    parts = names.split(",") if isinstance(names, str) else [part for name in names or () for part in str(name).split(",")]
    return tuple(part.strip() for part in parts if part.strip())


def inherited(asked: Asked) -> Asked:
    """Fill what was not given from the study to start from or to go on with."""
    source = asked.plan.from_study or asked.plan.resume
    if source is None:
        return asked
    before = load_study(source).request
    changes: dict[str, Any] = {}
    if asked.data is None:
        changes["data"] = before.data
    if asked.run.seed == Run().seed != before.seed:
        changes["run"] = dataclasses.replace(asked.run, seed=before.seed)
    changes |= {name: getattr(before, name) for name in ("graph", "knowledge") if getattr(asked, name) is None}
    changes["reading"] = before.reading if asked.reading == Reading() else asked.reading
    changes["plan"] = filled(asked.plan, before.plan)
    return dataclasses.replace(asked, before=before.query, **changes)


def filled(plan: Plan, before: Plan) -> Plan:
    """Return the plan with every field left at its default taken from an earlier plan."""
    default = Plan()
    own = {"out", "from_study", "resume", "query"}
    names = [f.name for f in dataclasses.fields(Plan) if f.name not in own and getattr(plan, f.name) == getattr(default, f.name)]
    return dataclasses.replace(plan, **{name: getattr(before, name) for name in names})


def begin(asked: Asked) -> tuple[Journal, Query | None]:
    """Check the request before anything is read, and start the study on disk; raises `InputError`s."""
    if asked.data is None:
        raise BadOption("There are no data to analyse.", next="Give a file, a frame or example:NAME.")
    plan, run = asked.plan, asked.run
    check_plan(plan)
    if plan.incomplete not in get_args(Incomplete):
        raise BadOption(f"Incomplete rows cannot be dealt with by {plan.incomplete!r}.", next=near(plan.incomplete, get_args(Incomplete)))
    if run.deadline is not None and not run.deadline > 0:
        raise BadOption(f"A deadline of {run.deadline:g} seconds leaves no time.", next="Give a positive number of seconds.")
    query = asked_query(asked)
    request = Request(
        verb=asked.verb,
        data=recipe(asked.data),
        fingerprint="",
        query=query,
        graph=asked.graph,
        knowledge=asked.knowledge,
        reading=asked.reading,
        plan=plan,
        seed=run.seed,
        workers=run.workers,
        deadline=run.deadline,
    )
    earlier = {record.key: record for record in load_study(plan.resume).records} if plan.resume else {}
    path = pathlib.Path(plan.out) / STUDY if plan.out else None
    before = held_before(path, plan)
    journal = Journal(study=Study(request=request, versions=versions()), run=run, path=path, earlier=earlier, before=before)
    journal.save()
    return journal, query


def held_before(path: pathlib.Path | None, plan: Plan) -> str | None:
    """Return the text of the study that is resumed in its place; any other study at the path is kept under another name."""
    if path is None or not path.is_file():
        return None
    if plan.resume and study_path(plan.resume).resolve() == path.resolve():
        return path.read_text(encoding="utf8")
    number = next(n for n in itertools.count(1) if not path.with_name(f"study-{n}.json").exists())
    path.replace(path.with_name(f"study-{number}.json"))
    return None


def read_in(asked: Asked, journal: Journal, query: Query | None) -> Session:
    """Read the data, settle the graph, and record both."""
    with asked.run.stage("read", 1) as step:
        table = read(asked.data, asked.reading, named=names_used(query, asked.plan, asked.reading))
        step(f"{table.n} rows, {len(table.columns)} columns")
    if query is not None and query.by is not None:
        check_levels(table, query.by)
    fingerprint = asked.run.keep(table)
    asked = dataclasses.replace(asked, reading=table.reading)
    journal.asked(dataclasses.replace(journal.study.request, fingerprint=fingerprint, reading=table.reading))
    journal.step("read", lambda: table, inputs=(fingerprint,), findings=table.findings)
    knowledge, _ = knowledge_of_columns(asked.knowledge, table.names)
    graph, origin = (None, "none") if query is None else graph_of(asked.graph, knowledge, query, asked.plan)
    if graph is not None and query is not None:
        graph, findings = fitted_to(of_columns(graph, table.names), table, query, knowledge)
        journal.step("graph", lambda: graph, inputs=(codec.digest_of(graph), codec.digest_of(findings)), findings=findings)
    return Session(asked=asked, journal=journal, knowledge=asked.knowledge, query=query, table=table, graph=graph, origin=origin)


def check_levels(table: Table, by: str) -> None:
    """Raise `BadOption` when a column has no levels to split by."""
    column = table.column(by)
    if not column.coded or not 2 <= len(column.levels) <= MOST_SUBGROUPS:
        raise BadOption(
            f"{by} has no levels to split by.", why=f"It is {column.kind}.", next=f"Give a column of 2 to {MOST_SUBGROUPS} levels."
        )


def parsed(asked: Asked) -> Asked:
    """Return what was asked with inherited settings, the graph and the knowledge as nouns."""
    asked = inherited(asked)
    graph = None if asked.graph is None else read_graph(asked.graph)
    return dataclasses.replace(asked, graph=graph, knowledge=read_knowledge(asked.knowledge))


def asked_query(asked: Asked) -> Query | None:
    """Return the query: what the arguments say, then --query, then the study to start from."""
    plan = asked.plan
    base = read_query(plan.query) if plan.query is not None else asked.before
    given = as_tuple(asked.given)
    if base is None:
        return question(asked.treatment, asked.outcome, asked.effect or "ate", given, plan)
    treatment, outcome = asked.treatment or base.treatment, asked.outcome or base.outcome
    checked = question(treatment, outcome, asked.effect or base.effect, given or base.given, plan)
    if checked is None or plan.contrast is not None or treatment != base.treatment:
        return checked
    return dataclasses.replace(checked, arm=base.arm, versus=base.versus, by=checked.by or base.by)


def recipe(data: Any) -> str:
    """Return how to load the data again: an absolute path, a name that needs no path, or 'in memory'."""
    if isinstance(data, Table):
        return data.recipe
    if not isinstance(data, str | os.PathLike):
        return "in memory"
    text = os.fspath(data)
    return str(pathlib.Path(text).resolve()) if pathlib.Path(text).exists() else text

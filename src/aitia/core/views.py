"""Say how each noun is shown; a noun without an entry here shows its fields."""

from __future__ import annotations

from aitia.core.analysis import Analysis, Answer, Battery, MethodList, Replay
from aitia.core.assumption import Assumption
from aitia.core.belief import Belief
from aitia.core.card import Method
from aitia.core.design import Design
from aitia.core.discovery_result import Discovery
from aitia.core.estimand import Estimand, Identification, Unidentified
from aitia.core.estimate import Estimate
from aitia.core.finding import Finding
from aitia.core.graph import Graph, quoted
from aitia.core.knowledge import Knowledge
from aitia.core.profile import ColumnProfile, Profile
from aitia.core.query import Protocol, Query
from aitia.core.run import Run
from aitia.core.scm import SCM
from aitia.core.show import View, number, views
from aitia.core.study import Study
from aitia.core.table import Column, Table

MOST_SETS = 6
PASSED = {True: "passed", False: "failed", None: "for information"}


def interval(estimate: Estimate) -> str:
    """Write a value with its interval and units."""
    text = number(estimate.value)
    if estimate.low is not None and estimate.high is not None:
        text += f" ({100 * estimate.level:g} % interval {number(estimate.low)} to {number(estimate.high)})"
    return text + (f" {estimate.units}" if estimate.units else "")


@views("table")
def table(noun: Table) -> View:
    """Show columns with kind, missing count and why the kind was taken."""
    rows = tuple((c.name, c.kind, str(c.missing), c.why) for c in noun.columns)
    return View(
        title=f"Table: {noun.n} rows × {len(noun.columns)} columns from {noun.recipe}",
        header=("column", "kind", "missing", "why"),
        rows=rows,
    )


@views("profile")
def profile(noun: Profile) -> View:
    """Show the columns, the strongest dependences and what the properties say."""
    rows = tuple((c.name, c.kind, f"{100 * c.missing_share:.3g} %", spread_of(c), c.why) for c in noun.columns)
    pairs = tuple(f"{d.first} ~ {d.second}: {number(d.effect, 2)} ({d.test})" for d in noun.dependences)
    said = tuple(f"{f.check}: {f.says}" for f in noun.findings)
    aside = tuple(f"set aside: {item.name}: {item.why}" for item in noun.set_aside)
    header = ("column", "kind", "missing", "values", "why")
    notes = (*said, *aside, *(("strongest dependences:", *pairs) if pairs else ()))
    return View(title=f"Profile: {noun.n} rows × {len(noun.columns)} columns", header=header, rows=rows, notes=notes)


def spread_of(column: ColumnProfile) -> str:
    """Write what a column's values are like."""
    if column.quartiles is None or len(column.quartiles) != 3:
        return ", ".join(f"{item.level} ({item.rows})" for item in column.frequent[:3]) + (" …" if (column.levels or 0) > 3 else "")
    return f"{number(column.low, 3)} … {number(column.quartiles[1], 3)} … {number(column.high, 3)}; mean {number(column.mean, 3)}"


@views("column")
def column(noun: Column) -> View:
    """Show one column."""
    facts = (
        ("kind", noun.kind),
        ("why", noun.why),
        ("missing", str(noun.missing)),
        ("levels", ", ".join(map(str, noun.levels[:12])) or "–"),
    )
    return View(title=f"Column {noun.name}", facts=facts)


@views("graph")
def graph(noun: Graph) -> View:
    """Show edges in the text format, then latent and lonely nodes."""
    joined = {name for edge in noun.edges for name in (edge.source, edge.target)}
    edges = tuple(f"{quoted(e.source)} {e.symbol} {quoted(e.target)}" + (f"  (lag {e.lag})" if e.lag else "") for e in noun.edges)
    lonely = [quoted(n) for n in noun.nodes if n not in joined]
    notes = (
        edges
        + ((f"without edges: {', '.join(lonely)}",) if lonely else ())
        + ((f"not measured: {', '.join(noun.latent)}",) if noun.latent else ())
    )
    return View(title=f"Graph ({noun.graph_class}): {len(noun.nodes)} nodes, {len(noun.edges)} edges", notes=notes)


@views("belief")
def belief(noun: Belief) -> View:
    """Show the edge weights as a matrix."""
    rows = tuple((name, *(number(x, 2) for x in line)) for name, line in zip(noun.nodes, noun.edge_probability, strict=True))
    return View(title=f"Belief over graphs: {noun.means} of each edge, row to column", header=("", *noun.nodes), rows=rows)


@views("knowledge")
def knowledge(noun: Knowledge) -> View:
    """Show every statement with who said so."""
    rows = [("required", f"{c.source} -> {c.target}", c.said_by) for c in noun.required]
    rows += [("forbidden", f"{c.source} -> {c.target}", c.said_by) for c in noun.forbidden]
    rows += [(f"tier {i + 1}", ", ".join(t.names), t.said_by) for i, t in enumerate(noun.tiers)]
    rows += [(r.role, r.name, r.said_by) for r in noun.roles]
    return View(
        title="Knowledge" if rows else "No knowledge was given", header=("statement", "about", "said by") if rows else (), rows=tuple(rows)
    )


@views("query")
def query(noun: Query) -> View:
    """Show the question as a sentence."""
    return View(title=noun.sentence)


@views("protocol")
def protocol(noun: Protocol) -> View:
    """Show the target trial."""
    facts = (
        ("eligibility", noun.eligibility),
        ("time zero", noun.time_zero),
        ("treatment strategies", "; ".join(noun.strategies)),
        ("assignment", noun.assignment),
        ("follow-up", noun.follow_up),
        ("outcome", noun.outcome),
        ("estimand", noun.estimand),
        ("analysis", noun.analysis),
    )
    return View(title="Protocol of the target trial", facts=facts)


@views("estimand")
def estimand(noun: Estimand) -> View:
    """Show the expression, the adjustment set and the steps."""
    used = "none needed" if noun.adjustment == () else ", ".join(noun.adjustment or ()) or "no directed path: zero by the graph"
    facts = (("expression", noun.text), ("strategy", noun.strategy), ("adjust for", used), ("assumes", "; ".join(noun.assumptions)))
    return View(title="Identified", facts=facts, notes=noun.steps)


@views("unidentified")
def unidentified(noun: Unidentified) -> View:
    """Show the reason, what was tried and what is not built."""
    tried = tuple((f"tried {a.strategy}", a.why) for a in noun.tried)
    facts = (*(tried or (("reason", noun.reason),)), ("not built yet", ", ".join(noun.not_built) or "–"))
    return View(title="Not identified", facts=facts)


@views("identification")
def identification(noun: Identification) -> View:
    """Show the estimand or the refusal."""
    if noun.estimand is not None:
        shown = estimand(noun.estimand)
        sets = "; ".join(", ".join(names) or "nothing" for names in noun.valid_sets[:MOST_SETS])
        more = f" and {len(noun.valid_sets) - MOST_SETS} more" if len(noun.valid_sets) > MOST_SETS else ""
        rest = "" if noun.valid_sets_complete else " (not all were listed)"
        return View(title=shown.title, facts=(*shown.facts, ("valid sets", f"{sets}{more}{rest}")), notes=shown.notes)
    return unidentified(Unidentified(reason=noun.reason or "", tried=noun.tried, not_built=noun.not_built, hedge=noun.hedge))


@views("design")
def design(noun: Design) -> View:
    """Show sizes and roles."""
    facts = (
        ("rows", str(noun.n)),
        ("outcome", f"{noun.query.outcome} ({noun.outcome_kind})"),
        ("treatment", f"{noun.query.treatment} ({noun.treatment_kind})"),
        ("covariate columns", ", ".join(noun.names) or "none"),
    )
    return View(title="Design", facts=facts)


@views("estimate")
def estimate(noun: Estimate) -> View:
    """Show the value with its interval, then the contrasts."""
    facts = (
        ("question", noun.query.sentence),
        ("standard error", number(noun.se)),
        ("method", f"{noun.method}, {noun.errors} errors"),
        ("population", noun.population),
        ("rows", f"{noun.n}" + (f", worth {number(noun.effective_n)}" if noun.effective_n else "")),
        ("the interval", noun.means),
    )
    rows = tuple((str(c.arm), str(c.versus), number(c.value), number(c.se), number(c.low), number(c.high)) for c in noun.contrasts)
    return View(
        title=f"Estimate: {interval(noun)}",
        facts=facts,
        header=("arm", "versus", "value", "se", "low", "high"),
        rows=rows,
        notes=noun.notes,
    )


@views("answer")
def answer(noun: Answer) -> View:
    """Show the estimate, or why there is none, with the findings below."""
    said = tuple(f"{f.check}: {f.says}" for f in noun.findings)
    if noun.estimate is None:
        return View(title="No estimate", notes=said)
    shown = estimate(noun.estimate)
    adjusted = ("adjusted for", ", ".join(noun.estimate.adjustment) or "nothing")
    return View(title=shown.title, facts=(*shown.facts, adjusted), header=shown.header, rows=shown.rows, notes=(*shown.notes, *said))


@views("finding")
def finding(noun: Finding) -> View:
    """Show the sentence and the figures."""
    facts = (
        ("value", number(noun.value)),
        ("threshold", number(noun.threshold)),
        ("p", number(noun.p)),
        ("power", number(noun.power)),
        ("next", noun.next or "–"),
    )
    return View(title=f"{noun.check} ({PASSED[noun.passed]}): {noun.says}", facts=facts)


@views("assumption")
def assumption(noun: Assumption) -> View:
    """Show the statement, its status and its breakdown."""
    return View(title=f"{noun.name} ({noun.status}): {noun.says}", notes=(noun.breakdown_says,) if noun.breakdown_says else ())


@views("battery")
def battery(noun: Battery) -> View:
    """Show one row per finding under the verdict."""
    rows = tuple((f.check, PASSED[f.passed], number(f.value), number(f.power, 2), f.says) for f in noun.findings)
    return View(
        title=verdict_line(noun.verdict, noun.condition),
        header=("check", "answer", "value", "power", "says"),
        rows=rows,
        notes=noun.because,
    )


def verdict_line(word: str | None, condition: str | None) -> str:
    """Write a verdict with its condition."""
    return f"Verdict: {word or 'none, the work was stopped'}" + (f", {condition}" if condition else "")


@views("analysis")
def analysis(noun: Analysis) -> View:
    """Show question, effect, verdict, checks and where the report is."""
    facts = [("question", noun.query.sentence if noun.query else "–")]
    if noun.estimate is not None:
        facts += [
            ("effect", interval(noun.estimate)),
            ("method", noun.estimate.method),
            ("adjusted for", ", ".join(noun.estimate.adjustment) or "nothing"),
        ]
    facts += [("not identified", noun.unidentified.reason)] if noun.unidentified else []
    facts += [("study", noun.study)] if noun.study else []
    facts += [("report", noun.report)] if noun.report else []
    rows = tuple((f.check, PASSED[f.passed], f.says) for f in noun.findings)
    return View(
        title=verdict_line(noun.verdict, noun.condition),
        facts=tuple(facts),
        header=("check", "answer", "says") if rows else (),
        rows=rows,
        notes=noun.because,
    )


@views("discovery")
def discovery(noun: Discovery) -> View:
    """Show the graph found."""
    shown = graph(noun.graph)
    return View(title=f"Discovery: {shown.title}", notes=(*shown.notes, *(f.says for f in noun.findings)))


@views("scm")
def scm(noun: SCM) -> View:
    """Show each mechanism's parents."""
    rows = tuple((m.node, ", ".join(m.parents) or "–", type(m).__name__) for m in noun.mechanisms)
    return View(title=f"Structural causal model of {len(noun.mechanisms)} nodes", header=("node", "parents", "mechanism"), rows=rows)


@views("study")
def study(noun: Study) -> View:
    """Show the records in order."""
    rows = tuple((r.step, r.method or "–", f"{r.seconds:.2f}", type(r.output).__name__) for r in noun.records)
    facts = (
        ("data", noun.request.data),
        ("question", noun.request.query.sentence if noun.request.query else "–"),
        ("effects tried", str(len(noun.tried))),
    )
    return View(
        title=f"Study ({noun.state})",
        facts=facts,
        header=("step", "method", "seconds", "output"),
        rows=rows,
        notes=(noun.why,) if noun.why else (),
    )


@views("replay")
def replay(noun: Replay) -> View:
    """Show whether the replay is identical."""
    rows = tuple((d.step, d.method or "–", number(d.largest), d.says) for d in noun.differences)
    title = "Replay: every output is identical" if noun.identical else "Replay: not identical"
    return View(title=title, header=("step", "method", "largest difference", "says") if rows else (), rows=rows)


@views("method")
def method(noun: Method) -> View:
    """Show the card and the options."""
    card = noun.card
    facts = [
        (label, text)
        for label, text in (
            ("takes", ", ".join(sorted(card.kinds))),
            ("treatments", ", ".join(sorted(card.treatments))),
            ("effects", ", ".join(sorted(card.effects))),
            ("assumes", "; ".join(sorted(card.assumes))),
            ("gives", card.gives),
            ("cites", ", ".join(card.cites)),
        )
        if text
    ]
    rows = tuple((s.name, s.type, str(s.default), s.says) for s in noun.settings)
    return View(
        title=f"{noun.name}: {card.says}", facts=tuple(facts), header=("option", "type", "default", "says") if rows else (), rows=rows
    )


@views("run")
def run(noun: Run) -> View:
    """Show seed, workers and deadline."""
    return View(
        title="Run",
        facts=(("seed", str(noun.seed)), ("workers", str(noun.workers)), ("deadline", f"{noun.deadline:g} s" if noun.deadline else "none")),
    )


@views("method_list")
def method_list(noun: MethodList) -> View:
    """Show one row per method."""
    rows = tuple((m.shelf, m.name, m.card.says) for m in noun.methods)
    return View(title=f"{len(rows)} methods", header=("shelf", "method", "says"), rows=rows)

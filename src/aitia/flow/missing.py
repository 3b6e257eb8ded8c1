"""Deal with missing values: say what leaving rows out rests on, or fill values in and pool the estimates. [rubin1987] [mohan2021]"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from aitia.core import codec
from aitia.core.card import Method
from aitia.core.design import Design
from aitia.core.errors import BadGraph, CannotEstimate, UnusableColumn
from aitia.core.estimand import Estimand
from aitia.core.estimate import Contrast, Estimate
from aitia.core.graph import Graph
from aitia.core.missing import Imputation, LittleTest, MissingCauses, MissingnessGraph, Pooled, Recovery
from aitia.core.query import Protocol, Query
from aitia.core.run import one_thread
from aitia.core.shelf import estimation, imputation
from aitia.core.study import Study, outputs
from aitia.core.table import Table
from aitia.data.imputation.pooling import pool
from aitia.data.missing import little_test, shapes
from aitia.data.subset import subset
from aitia.flow.missing_words import causes_told, dropping_told, filling_told, pooled_note
from aitia.flow.plan import settings_of
from aitia.flow.question import graph_of
from aitia.flow.session import Session
from aitia.graphs.missingness import knowledge_of_columns, missingness_graph, stated_indicators
from aitia.graphs.recoverability import effect_by_adjustment, predictors_of_imputation
from aitia.measures.missing_causes import missing_causes
from aitia.nuisance.contrasts import LEVEL
from aitia.nuisance.design import Built, build

STEP, FILLING = "missing", "impute"
MOST_HELPING, MOST_PATTERNS, MOST_TESTED = 10, 200, 30
NORMAL_FROM = 1e6
Names = tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Outlook:
    """Hold what is known of why the columns of a question are missing, and what follows for its effect.

    `stated` tells whether the causes of all of them were stated; `view` and `effect` are None where the graph is not of
    a class that tells.
    """

    partly: Names
    causes: tuple[MissingCauses, ...]
    view: MissingnessGraph | None = None
    effect: Recovery | None = None
    little: LittleTest | None = None

    @property
    def stated(self) -> bool:
        """Whether the caller stated every cause of missingness that matters."""
        return self.view is not None and not self.view.found


def filling(session: Session) -> bool:
    """Tell whether missing values are to be filled in, and not rows left out."""
    return session.plan.incomplete != "drop"


def built_for(session: Session, adjustment: Names) -> Built:
    """Build the design; with missing values filled in, one from each completed table, of which the first stands for all."""
    query = session.query
    assert query is not None
    tables = completed(session, adjustment) if filling(session) else (session.table,)
    with one_thread():
        made = [build(table, query, adjustment, plan=session.plan, reading=session.asked.reading) for table in tables]
    session.filled.keep([built.design for built in made])
    return made[0]


def built_in_group(session: Session, adjustment: Names, by: str, code: int) -> Design:
    """Build the design of the rows with one level of a column, from each completed table."""
    query = session.query
    assert query is not None
    tables = completed(session, adjustment) if filling(session) else (session.table,)
    with one_thread():
        parts = [subset(table, np.flatnonzero(table.rows([by])[by] == code)) for table in tables]
        made = [build(part, query, adjustment, plan=session.plan, reading=session.asked.reading) for part in parts]
    return session.filled.keep([built.design for built in made])


def completed(session: Session, adjustment: Names) -> tuple[Table, ...]:
    """Return the completed tables for a question; the table itself when nothing that is used is missing."""
    names = filled_columns(session, adjustment)
    if names not in session.filled.tables:
        method = next(iter(imputation))
        columns = [session.table.column(name) for name in names]
        if not any(column.missing and column.kind in method.card.kinds for column in columns):
            session.filled.tables[names] = (session.table,)
            return session.filled.tables[names]
        options = settings_of(session.plan, method)
        query = session.query
        crossed = query.treatment if query is not None else None
        with session.run.stage(method.name, 1) as step, one_thread():
            done, tables = session.run.use(method, session.table, names, crossed=crossed, **options)
            step(f"{sum(done.cells)} values of {len(done.columns)} columns")
        session.filled.tables[names], session.filled.told[names] = tables, done
    return session.filled.tables[names]


def filled_columns(session: Session, adjustment: Names) -> Names:
    """Return the columns of an imputation: those used, those found to go with what is missing, and those the graph asks for."""
    query, table = session.query, session.table
    assert query is not None
    used = tuple(dict.fromkeys(name for name in (*used_columns(session, adjustment), query.by, session.asked.reading.weights) if name))
    outlook = outlook_of(session, adjustment)
    found = [cause for item in outlook.causes for cause in item.causes][:MOST_HELPING]
    stated = [parent for sign in outlook.view.indicators.values() for parent in outlook.view.graph.parents(sign)] if outlook.view else []
    asked = predictors_of_imputation(outlook.view, used_columns(session, adjustment)) if outlook.view else ()
    return tuple(dict.fromkeys(name for name in (*used, *found, *stated, *(asked or ())) if name in table.names))


def used_columns(session: Session, adjustment: Names) -> Names:
    """Return the outcome, the treatment and what is held fixed."""
    assert session.query is not None
    return tuple(dict.fromkeys([session.query.outcome, session.query.treatment, *adjustment]))


def outlook_of(session: Session, adjustment: Names) -> Outlook:
    """Find what goes with the missing values of the columns used, and what follows for the effect; recorded once."""
    partly = tuple(name for name in used_columns(session, adjustment) if session.table.column(name).missing)
    if not partly:
        return Outlook(partly, ())

    def produce() -> tuple[MissingCauses | LittleTest, ...]:
        little = tested_together(session, adjustment)
        return (*missing_causes(session.table, partly, session.run), *([little] if little is not None else []))

    inputs = (session.journal.study.request.fingerprint, *partly, *adjustment)
    before = next((r for r in session.journal.study.records if r.step == STEP and r.inputs == inputs), None)
    found = session.journal.step(STEP, produce, inputs=inputs) if before is None else before.output
    causes = tuple(item for item in found if isinstance(item, MissingCauses))
    little = next((item for item in found if isinstance(item, LittleTest)), None)
    view = view_of(session, partly, causes)
    return Outlook(partly, causes, view, effect_on(view, session.query, adjustment), little)


def tested_together(session: Session, adjustment: Names) -> LittleTest | None:
    """Return Little's test over the columns used, where there are not too many columns and patterns for it."""
    names = used_columns(session, adjustment)
    if len(names) > MOST_TESTED:
        return None
    known = np.column_stack([~np.isnan(column) for column in session.table.rows(names).values()])
    if shapes(known).max(initial=0) >= MOST_PATTERNS:
        return None
    try:
        return little_test(session.table, names, session.run)
    except UnusableColumn:
        return None


def view_of(session: Session, partly: Names, causes: Sequence[MissingCauses]) -> MissingnessGraph | None:
    """Return the graph with indicators: as stated, else caused by what was found; None for a graph whose class does not tell."""
    graph = session.graph
    if graph is None:
        return None
    _, required = knowledge_of_columns(session.asked.knowledge, session.table.names)
    joined = with_stated(session, graph)
    signs = stated_indicators(joined, session.table.names)
    found = {item.column: item.causes for item in causes} | required
    try:
        made = missingness_graph(joined, partly, found)
    except BadGraph:
        return None
    return dataclasses.replace(made, found=tuple(name for name in made.found if name not in required and name not in signs))


def with_stated(session: Session, graph: Graph) -> Graph:
    """Return the graph with the indicators that the caller drew, and what points at them."""
    assert session.query is not None
    asked, _ = graph_of(session.asked.graph, session.asked.knowledge, session.query, session.plan)
    if asked is None:
        return graph
    signs = tuple(sign for column, sign in stated_indicators(asked, session.table.names).items() if column in graph.nodes)
    known = {*graph.nodes, *signs}
    edges = tuple(e for e in asked.edges if {e.source, e.target} & set(signs) and {e.source, e.target} <= known)
    return dataclasses.replace(graph, nodes=(*graph.nodes, *signs), edges=(*graph.edges, *edges))


def effect_on(view: MissingnessGraph | None, query: Query | None, adjustment: Names) -> Recovery | None:
    """Return what the graph with indicators says of the effect."""
    if view is None or query is None or not {query.treatment, query.outcome, *adjustment} <= set(view.graph.nodes):
        return None
    return effect_by_adjustment(view, query.treatment, query.outcome, adjustment, query.effect)


def tell_missing(session: Session, adjustment: Names) -> None:
    """Record what goes with missing values and, where rows are left out, what that rests on."""
    outlook = outlook_of(session, adjustment)
    if not outlook.partly or session.query is None:
        return
    findings = [causes_told(outlook.causes, outlook.little)]
    if not filling(session):
        instead = other_set(session, outlook)
        told = dropping_told(
            session.query, adjustment, outlook.partly, outlook.effect, causes=outlook.causes, stated=outlook.stated, instead=instead
        )
        findings.append(told)
    session.journal.note(STEP, *findings)


def other_set(session: Session, outlook: Outlook) -> str:
    """Suggest another adjustment set for which complete rows are right; nothing where there is none or none is needed."""
    estimand, query = session.journal.study.latest(Estimand), session.query
    if estimand is None or query is None or not outlook.stated or outlook.effect is None or "complete rows" in outlook.effect.means:
        return ""
    for names in estimand.alternatives:
        gaps = [name for name in used_columns(session, names) if session.table.column(name).missing]
        found = effect_on(view_of(session, tuple(gaps), outlook.causes), query, names)
        if found is not None and "complete rows" in found.means:
            return f"Hold {', '.join(names) or 'nothing'} fixed instead: with that set complete rows are right."
    return ""


def tell_filled(session: Session, design: Design, pooled: Pooled | None) -> None:
    """Record how values were filled in, and how much of the information on the effect is missing."""
    names = filled_columns(session, design.adjustment)
    done = session.filled.told.get(names)
    if done is None:
        return
    outlook = outlook_of(session, design.adjustment)
    session.journal.step(FILLING, lambda: done, method=next(iter(imputation)).name, inputs=(codec.digest_of(done),))
    session.journal.note(STEP, filling_told(done, pooled, outlook.effect, stated=outlook.stated))


def pooled_over(
    session: Session, designs: Sequence[Design], method: Method, options: dict[str, object]
) -> tuple[Estimate, tuple[Pooled, ...]]:
    """Estimate on the design of each completed table and pool, contrast by contrast; raises `CannotEstimate`."""
    found = []
    with session.run.stage(method.name, len(designs)) as step:
        for design in designs:
            found.append(session.run.use(method, design, **options))
            step()
    arms = {tuple((c.arm, c.versus) for c in estimate.contrasts) for estimate in found}
    if len(arms) > 1:
        raise CannotEstimate("The completed tables do not hold the same arms.", next="Merge rare arms, or name two: --contrast A,B.")
    parts = [joined([estimate.contrasts[i] for estimate in found]) for i in range(len(found[0].contrasts))]
    contrasts, pooled = tuple(part[0] for part in parts), tuple(part[1] for part in parts if part[1] is not None)
    first = contrasts[0]
    worth = [estimate.effective_n for estimate in found if estimate.effective_n is not None]
    kept = 1 - pooled[0].missing if pooled else 1.0
    note = pooled_note(len(found), pooled[0]) if pooled else f"The mean over {len(found)} completed tables."
    estimate = dataclasses.replace(
        found[0],
        value=first.value,
        se=first.se,
        low=first.low,
        high=first.high,
        contrasts=contrasts,
        effective_n=float(np.mean(worth)) * kept if worth else None,
        means="conditional on the graph and on missing values being like known ones among rows alike in what was measured",
        notes=(*found[0].notes, note),
    )
    return estimate, pooled


def joined(contrasts: Sequence[Contrast]) -> tuple[Contrast, Pooled | None]:
    """Pool one contrast over completed tables; without standard errors only the mean is left."""
    first, values = contrasts[0], [contrast.value for contrast in contrasts]
    errors = [contrast.se for contrast in contrasts if contrast.se is not None]
    if len(errors) < len(values):
        return dataclasses.replace(first, value=float(np.mean(values)), se=None, low=None, high=None), None
    from scipy import special

    found = pool(values, errors, min(degrees_of(contrast) for contrast in contrasts))
    reach = float(special.stdtrit(found.degrees, 0.5 + LEVEL / 2)) * found.se
    return dataclasses.replace(first, value=found.value, se=found.se, low=found.value - reach, high=found.value + reach), found


def degrees_of(contrast: Contrast) -> float:
    """Return the degrees of freedom behind a contrast's interval, from how far it reaches in standard errors."""
    from scipy import special

    if contrast.se is None or contrast.high is None or not contrast.se > 0:
        return NORMAL_FROM
    reach = (contrast.high - contrast.value) / contrast.se
    if reach <= float(special.ndtri(0.5 + LEVEL / 2)) * (1 + 1e-9):
        return NORMAL_FROM
    return float(min(special.stdtridf(0.5 + LEVEL / 2, reach), NORMAL_FROM))


def study_for_checks(session: Session, design: Design) -> Study:
    """Return the study that checks of a design compare with: with values filled in, its effect is that of the first completed table.

    Checks estimate again on changes of one design, and only the effect on that very design can be compared with theirs.
    """
    study, primary = session.journal.study, session.journal.study.primary()
    if primary is None or len(session.filled.of(design)) == 1:
        return study
    record = study.record_of(primary)
    own = next((estimate for made, estimate in session.filled.checked if made is design), None)
    if own is None:
        own = dataclasses.replace(session.run.use(estimation[str(record.method)], design, **record.options), part="primary")
        session.filled.checked.append((design, own))
    changed = dataclasses.replace(record, output=tuple(own if item is primary else item for item in outputs(record)))
    return dataclasses.replace(study, records=tuple(changed if item is record else item for item in study.records))


def rows_told(session: Session, design: Design, written: Protocol) -> Protocol:
    """Return the protocol with what was done about missing values."""
    if len(session.filled.of(design)) == 1:
        return written
    done: Imputation = next(iter(session.filled.told.values()))
    says = f"The {design.n} of {session.table.n} rows of {session.table.recipe}, missing values of {', '.join(done.columns)} filled in."
    return dataclasses.replace(written, eligibility=says)

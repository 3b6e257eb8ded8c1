"""Tell what would have to be computed to answer the question, or why it cannot be."""

from __future__ import annotations

from aitia.core.analysis import Analysis
from aitia.core.estimand import Estimand, Unidentified
from aitia.core.study import Study
from aitia.reporting.blocks import Block, Bullets, Code, Facts, Grid, Paragraph, Section, cells
from aitia.reporting.sections.findings import findings_of, sentences
from aitia.reporting.words import listed, sentence

TITLE = "What would have to be computed"


def section(study: Study, analysis: Analysis) -> Section:
    """Return the section: the estimand and its derivation, or what was tried and failed."""
    blocks: tuple[Block, ...]
    if analysis.estimand is not None:
        blocks = identified(analysis.estimand)
    elif analysis.unidentified is not None:
        blocks = refused(analysis.unidentified)
    else:
        blocks = (Paragraph("No expression was derived, because no causal question and graph were at hand.", quiet=True),)
    return Section("estimand", TITLE, (*blocks, *sentences(findings_of(study, analysis, "estimand"))))


def identified(estimand: Estimand) -> tuple[Block, ...]:
    """Return the expression, the adjustment set, the steps and the other sets that would do."""
    rows = [("Strategy", estimand.strategy), ("Adjust for", adjustment(estimand.adjustment))]
    if estimand.alternatives:
        more = "" if estimand.exhaustive else "; there are more"
        rows.append(("Sets that would do as well", "; ".join(adjustment(names) for names in estimand.alternatives) + more))
    if estimand.assumptions:
        rows.append(("Rests on", listed(estimand.assumptions)))
    steps = (Paragraph("The steps that lead there:"), Bullets(tuple(map(sentence, estimand.steps)), ordered=True)) if estimand.steps else ()
    opening = Paragraph("By the graph, the effect can be computed from what was measured, by this expression:")
    return (opening, Code("Expression", estimand.text, "math"), Facts("How the effect is identified", tuple(rows)), *steps)


def adjustment(names: tuple[str, ...] | None) -> str:
    """Say which covariates are held fixed."""
    if names is None:
        return "nothing to estimate: by the graph the effect is zero"
    return ", ".join(names) if names else "nothing"


def refused(found: Unidentified) -> tuple[Block, ...]:
    """Return the reason, what was tried and what is not built."""
    told = "No strategy that is built identifies the effect." if found.tried else f"The effect is not identified: {sentence(found.reason)}"
    blocks: list[Block] = [Paragraph(told)]
    if found.tried:
        rows = tuple(cells(attempt.strategy, sentence(attempt.why)) for attempt in found.tried)
        blocks.append(Grid("What was tried", ("Strategy", "Why it fails"), rows))
    if found.hedge is not None:
        outer, inner = listed(found.hedge.outer), listed(found.hedge.inner)
        blocks.append(
            Paragraph(f"The obstacle is a hedge: the set {outer} around the set {inner}. No method can remove it without new measurements.")
        )
    if found.not_built:
        blocks.append(Paragraph(f"Not built yet, and so not tried: {', '.join(found.not_built)}.", quiet=True))
    return tuple(blocks)

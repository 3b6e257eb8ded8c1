"""Write a study as a document: a page, Markdown, JSON, or the script that does it again."""

from __future__ import annotations

import pathlib
from typing import Any, Literal, get_args

from aitia.core import codec
from aitia.core.analysis import Analysis
from aitia.core.errors import BadOption
from aitia.core.study import Study
from aitia.reporting import answer as answers
from aitia.reporting.blocks import GLYPHS, Section
from aitia.reporting.chart import PALETTE
from aitia.reporting.script import IN_MEMORY, script
from aitia.reporting.sections import assumptions, checks, choices, data, effect, estimand, graph, protocol, references, reproduction, tries
from aitia.reporting.templates import filled
from aitia.reporting.words import number

Format = Literal["html", "md", "json", "py"]
STYLE = pathlib.Path(__file__).parent / "report.css"


def render(study: Study, analysis: Analysis, to: Format) -> str:
    """Return a study and its analysis as the text of a document; raises `BadOption` for a format that is not built."""
    if to not in get_args(Format):
        built = "PDF is not built yet: a browser prints the html as pdf." if str(to) == "pdf" else ""
        raise BadOption(f"A report cannot be written as {to!r}.", why=built, next=f"Formats: {', '.join(get_args(Format))}.")
    if to == "json":
        return codec.dumps(analysis) + "\n"
    if to == "py":
        return script(study)
    return filled("report.html" if to == "html" else "report.md", **contents(study, analysis))


def contents(study: Study, analysis: Analysis) -> dict[str, Any]:
    """Return what the templates of documents show."""
    answer = answers.answer(study, analysis)
    return {
        "answer": answer,
        "glyph": GLYPHS[answer.tone],
        "kicker": kicker(study, analysis),
        "sections": sections(study, analysis),
        "footer": footer(study),
        "css": STYLE.read_text(encoding="utf8"),
        "palette": tuple(PALETTE.values()),
    }


def sections(study: Study, analysis: Analysis) -> tuple[Section, ...]:
    """Return the sections in the order of the report."""
    before = (protocol, graph, estimand, effect, checks, assumptions, choices, data, tries)
    return (
        *(part.section(study, analysis) for part in before),
        reproduction.section(study, analysis, script(study)),
        references.section(study, analysis),
    )


def kicker(study: Study, analysis: Analysis) -> str:
    """Say in one line what the answer was drawn from."""
    source = "data in memory" if study.request.data == IN_MEMORY else pathlib.PurePath(study.request.data).name
    estimate = analysis.estimate
    parts = [f"A causal analysis of {source}"]
    parts += [f"{number(estimate.n)} rows", f"estimated by {estimate.method}"] if estimate else []
    return ", ".join(parts)


def footer(study: Study) -> str:
    """Say what wrote the report."""
    version = study.versions.get("aitia")
    return f"Written by aitia{f' {version}' if version else ''}. Every number on this page comes from a recorded step of the study."

"""Write the report that lies beside a study."""

from __future__ import annotations

import dataclasses

from aitia.core import codec
from aitia.core.analysis import Analysis
from aitia.flow.answer import analysis_of
from aitia.flow.journal import Journal
from aitia.reporting.report import render

REPORT = "report.html"


def with_report(journal: Journal) -> Analysis:
    """Write the report beside the study's file and return the answer; without a file there is nothing to write beside."""
    answer = analysis_of(journal.study, journal.path)
    if journal.path is None:
        return answer
    path = journal.path.with_name(REPORT)
    answer = dataclasses.replace(answer, report=str(path))
    codec.write(render(journal.study, answer, "html"), path)
    return answer

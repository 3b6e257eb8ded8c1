"""Tell the trial that the analysis emulates. [hernan2016]"""

from __future__ import annotations

from aitia.core.analysis import Analysis
from aitia.core.study import Study
from aitia.reporting.blocks import Facts, Paragraph, Section
from aitia.reporting.words import sentence


def section(study: Study, analysis: Analysis) -> Section:
    """Return the section: the target trial part by part."""
    protocol = analysis.protocol
    if protocol is None:
        text = "No protocol was written, because the work did not come as far as an estimate."
        return Section("protocol", "The protocol", (Paragraph(text, quiet=True),))
    rows = (
        ("Eligibility", protocol.eligibility),
        ("Time zero", protocol.time_zero),
        ("Treatment strategies", "; ".join(protocol.strategies)),
        ("Assignment", protocol.assignment),
        ("Follow-up", protocol.follow_up),
        ("Outcome", protocol.outcome),
        ("Estimand", protocol.estimand),
        ("Analysis", protocol.analysis),
    )
    opening = Paragraph("The trial that would answer this question, and that the analysis imitates with the data at hand.")
    table = Facts("The target trial", tuple((label, sentence(text)) for label, text in rows))
    return Section("protocol", "The protocol", (opening, table))

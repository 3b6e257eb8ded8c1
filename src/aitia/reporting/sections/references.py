"""List the papers behind the methods that were used, and no others."""

from __future__ import annotations

from aitia.core.analysis import Analysis
from aitia.core.study import Study
from aitia.reporting.blocks import Bullets, Paragraph, Section
from aitia.reporting.citations import entry, reasons
from aitia.reporting.words import listed


def section(study: Study, analysis: Analysis) -> Section:
    """Return the section: each paper with what it was used for."""
    found = sorted(((entry(key), purposes) for key, purposes in reasons(study).items()), key=lambda pair: pair[0].text)
    items = tuple(f"{paper.text} [{listed(purposes)}]" for paper, purposes in found)
    none = Paragraph("No method with a paper behind it was used.", quiet=True)
    return Section("references", "References", (Bullets(items, ordered=True) if items else none,))

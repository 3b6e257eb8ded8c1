"""Tell how to do the study again and get the same numbers."""

from __future__ import annotations

import shlex

from aitia.core.analysis import Analysis
from aitia.core.study import Study
from aitia.reporting.blocks import Block, Code, Facts, Paragraph, Section
from aitia.reporting.script import IN_MEMORY, command
from aitia.reporting.words import counted, number


def section(study: Study, analysis: Analysis, script: str) -> Section:
    """Return the section: seed, versions and fingerprint, the commands and the script."""
    request = study.request
    versions = ", ".join(f"{name} {version}" for name, version in study.versions.items()) or "not recorded"
    facts = [("Seed", str(request.seed)), ("Fingerprint of the data", request.fingerprint or "–"), ("Versions", versions)]
    facts += [("Study", analysis.study)] if analysis.study else []
    facts.append(("Work", f"{counted(len(study.records), 'step')}, {number(float(analysis.seconds), 2)} seconds, {study.state}"))
    blocks: list[Block] = [Paragraph("The same data, seed and versions give the same numbers, bit for bit.")]
    if request.data == IN_MEMORY:
        blocks.append(Paragraph("The data came from memory and not from a file: save them, and give that file in place of DATA."))
    blocks.append(Facts("What the numbers depend on", tuple(facts)))
    if analysis.study:
        blocks.append(Code("Run the study again and compare every output", f"aitia replay {shlex.quote(analysis.study)}", "shell"))
    blocks += [Code("The analysis from the command line", command(request), "shell"), Code("The analysis in Python", script, "python")]
    return Section("reproduction", "How to reproduce", tuple(blocks))

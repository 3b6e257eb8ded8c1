"""Write a study as a document."""

from __future__ import annotations

import pathlib
from typing import Any

from aitia.core import codec
from aitia.core.analysis import Written
from aitia.core.errors import BadOption
from aitia.core.study import Study
from aitia.flow.answer import analysis_of
from aitia.flow.session import load_study, study_path
from aitia.reporting.report import render

FORMATS = ("html", "md", "json", "py")


def report(study: Any, to: str = "html", out: str | None = None) -> Written:
    """Write a study as html, md, json or py (the script that reproduces it); returns the path.

    Without `out` the document lies beside the study.
    """
    if to not in FORMATS:
        raise BadOption(f"A report cannot be written as {to!r}.", next=f"Formats: {', '.join(FORMATS)}. A browser prints the html as pdf.")
    found = load_study(study)
    if out is None and isinstance(study, Study):
        raise BadOption("This study has no file to write beside.", next="Say where with out.")
    beside = None if isinstance(study, Study) else study_path(study)
    target = pathlib.Path(out) if out else pathlib.Path(str(beside)).with_name(f"report.{to}")
    if target.is_dir():
        target = target / f"report.{to}"
    codec.write(render(found, analysis_of(found, beside), to), target)  # type: ignore[arg-type]
    return Written(path=str(target))

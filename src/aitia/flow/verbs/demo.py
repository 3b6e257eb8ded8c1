"""Do the main job on packaged real data: did quitting smoking change people's weight?"""

from __future__ import annotations

from aitia.core.analysis import Analysis
from aitia.core.request import Plan
from aitia.core.run import Run
from aitia.data.examples import get
from aitia.flow.verbs.analyze import analyze


def demo(out: str | None = None, *, run: Run | None = None) -> Analysis:
    """Analyse the NHEFS survey: the effect of quitting smoking on weight gain, 1971 to 1982.

    >>> round(demo().estimate.value, 2)
    3.46
    """
    example = get("nhefs")
    return analyze(
        "example:nhefs",
        example.treatment,
        example.outcome,
        graph=example.graph,
        knowledge=example.knowledge,
        plan=Plan(out=out, terms=example.terms),
        run=run,
    )

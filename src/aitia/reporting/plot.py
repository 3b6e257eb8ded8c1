"""Draw any noun that has a picture."""

from __future__ import annotations

from typing import Any

from aitia.core.analysis import Analysis
from aitia.core.errors import InputError
from aitia.core.estimate import Estimate
from aitia.core.finding import Balance, Finding, Histogram, Strengths
from aitia.core.graph import Graph
from aitia.reporting.chart import Chart
from aitia.reporting.charts import balance_chart, chart_of, effect_chart, first_chart, overlap_chart, sensitivity_chart
from aitia.reporting.graph_picture import Drawing, graph_drawing
from aitia.reporting.order_picture import order_drawing
from aitia.sequence.order.relation import Relation

DRAW: dict[type, Any] = {
    Relation: lambda noun: order_drawing(noun, noun.schedule(), f"An order of {noun.n} nodes"),
    Estimate: lambda noun: effect_chart((noun,)),
    Analysis: first_chart,
    Finding: chart_of,
    Graph: graph_drawing,
    Histogram: overlap_chart,
    Balance: balance_chart,
    Strengths: sensitivity_chart,
}


def picture(noun: Any) -> Chart | Drawing:
    """Draw an estimate, an analysis, a finding, its picture or a graph; raises `InputError` when there is nothing to draw."""
    drawn = DRAW[type(noun)](noun) if type(noun) in DRAW else None
    if drawn is None:
        kinds = ", ".join(sorted(cls.__name__ for cls in DRAW))
        raise InputError(f"This {type(noun).__name__} has nothing to draw.", next=f"These have pictures: {kinds}.")
    return drawn  # type: ignore[no-any-return]

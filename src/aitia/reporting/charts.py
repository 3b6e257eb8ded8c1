"""Draw what a study found: the effects, the overlap of arms, the balance of covariates, the sensitivity to a hidden cause."""

from __future__ import annotations

from collections.abc import Sequence

from aitia.core.analysis import Analysis
from aitia.core.finding import Balance, Finding, Histogram, Strengths
from aitia.core.query import Query
from aitia.reporting.balance_chart import balance_chart
from aitia.reporting.chart import Chart, svg
from aitia.reporting.effect_chart import effect_chart
from aitia.reporting.overlap_chart import overlap_chart
from aitia.reporting.sensitivity_chart import sensitivity_chart

__all__ = ["Chart", "balance_chart", "chart_of", "charts_of", "effect_chart", "overlap_chart", "sensitivity_chart", "svg"]


def chart_of(finding: Finding, query: Query | None = None) -> Chart | None:
    """Draw a finding's picture, or return None when it has none to draw."""
    picture = finding.picture
    if isinstance(picture, Histogram) and picture.arms and len(picture.edges) > 1:
        return overlap_chart(picture, query.treatment if query else None)
    if isinstance(picture, Balance) and picture.names:
        return balance_chart(picture)
    if isinstance(picture, Strengths) and picture.se > 0 and picture.degrees > 0 and picture.value:
        return sensitivity_chart(picture, query.treatment, query.outcome) if query else sensitivity_chart(picture)
    return None


def charts_of(findings: Sequence[Finding], query: Query | None = None) -> tuple[Chart, ...]:
    """Draw every finding that has a picture, in order."""
    return tuple(chart for finding in findings if (chart := chart_of(finding, query)) is not None)


def first_chart(analysis: Analysis) -> Chart | None:
    """Draw the effects of an analysis, or the first finding that has a picture."""
    if analysis.estimates:
        return effect_chart(analysis.estimates)
    return next(iter(charts_of(analysis.findings, analysis.query)), None)

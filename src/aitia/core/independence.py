"""Hold the answer of one independence test."""

from __future__ import annotations

from aitia.core.noun import Noun, noun


@noun
class Test(Noun):
    """Hold the p-value of independence, the statistic, the rows used and an effect size in [-1, 1]."""

    __test__ = False

    p: float
    statistic: float
    n_used: int
    effect: float | None = None
    degrees: int | None = None

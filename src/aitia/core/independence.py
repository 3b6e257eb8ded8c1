"""Hold the answer of one independence test."""

from __future__ import annotations

from aitia.core.noun import Noun, noun


@noun
class Test(Noun):
    """Hold the p-value of independence, the statistic, the rows used and an effect size in [-1, 1].

    `expected` is the smallest expected count of a test on counts; `note` says what the reader of p should know.
    """

    __test__ = False

    p: float
    statistic: float
    n_used: int
    effect: float | None = None
    degrees: int | None = None
    expected: float | None = None
    note: str | None = None

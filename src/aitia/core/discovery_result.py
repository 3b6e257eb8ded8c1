"""Hold what a discovery method found."""

from __future__ import annotations

from aitia.core.belief import Belief
from aitia.core.finding import Finding
from aitia.core.graph import Graph
from aitia.core.noun import Noun, noun


@noun
class SeparatingSet(Noun):
    """Record the set that made two nodes independent."""

    first: str
    second: str
    given: tuple[str, ...] = ()
    p: float | None = None


@noun
class Discovery(Noun):
    """Hold a graph, the belief behind it where there is one, separating sets and findings."""

    graph: Graph
    belief: Belief | None = None
    separating_sets: tuple[SeparatingSet, ...] | None = None
    findings: tuple[Finding, ...] = ()

"""State what would have to be computed from data, or why it cannot be."""

from __future__ import annotations

from aitia.core.noun import Noun, noun


@noun
class Estimand(Noun):
    """Express a causal effect in observable terms, with the steps that derive it and the assumptions it rests on.

    `adjustment` is the set used and `alternatives` the other minimal sets; `adjustment` is None when the effect is
    zero by the graph itself and nothing need be estimated.
    """

    strategy: str
    adjustment: tuple[str, ...] | None
    text: str
    latex: str
    steps: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    alternatives: tuple[tuple[str, ...], ...] = ()
    exhaustive: bool = True


@noun
class Attempt(Noun):
    """Record that one strategy was tried and why it failed."""

    strategy: str
    why: str


@noun
class Hedge(Noun):
    """Name the two nested sets of nodes whose shape forbids identification."""

    outer: tuple[str, ...]
    inner: tuple[str, ...]


@noun
class Unidentified(Noun):
    """Say that no built strategy identifies the effect, which were tried, and which are not built."""

    reason: str
    tried: tuple[Attempt, ...] = ()
    not_built: tuple[str, ...] = ()
    hedge: Hedge | None = None
    models: None = None


@noun
class Bounds(Noun):
    """Bound an effect that is not identified: symbolic lower and upper expressions."""

    low: str
    high: str
    text: str
    assumptions: tuple[str, ...] = ()


@noun
class Identification(Noun):
    """Answer `identify`: an estimand, or the reason, the hedge, two models and bounds.

    `valid_sets` are adjustment sets, minimal or not; `valid_sets_complete` says whether they are all of them.
    """

    identified: bool
    estimand: Estimand | None = None
    valid_sets: tuple[tuple[str, ...], ...] = ()
    valid_sets_complete: bool = True
    assumptions: tuple[str, ...] = ()
    reason: str | None = None
    tried: tuple[Attempt, ...] = ()
    not_built: tuple[str, ...] = ()
    hedge: Hedge | None = None
    models: None = None
    bounds: Bounds | None = None

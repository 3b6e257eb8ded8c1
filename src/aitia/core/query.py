"""Ask one causal question, and write the trial that would answer it."""

from __future__ import annotations

from typing import Any, Literal, get_args

from aitia.core.noun import Noun, noun

EffectKind = Literal["ate", "att", "atc", "ato", "late", "direct", "indirect"]
EFFECTS: tuple[str, ...] = get_args(EffectKind)
EFFECT_SAYS = {
    "ate": "average effect over everyone",
    "att": "average effect over the treated",
    "atc": "average effect over the untreated",
    "ato": "average effect over those who could get either (overlap)",
    "late": "average effect over those whom the instrument moves",
    "direct": "effect not passing through the mediator",
    "indirect": "effect passing through the mediator",
}


@noun
class Query(Noun):
    """Ask for the effect of `treatment` on `outcome`.

    `arm` rather than `versus` is the contrast; None lets the data decide (last level against the first, or one unit
    more). `given` names are held fixed: they are in every adjustment set. `by` asks for the effect in each subgroup.
    """

    treatment: str
    outcome: str
    effect: EffectKind = "ate"
    arm: Any = None
    versus: Any = None
    given: tuple[str, ...] = ()
    by: str | None = None

    @property
    def sentence(self) -> str:
        """The question in one sentence."""
        contrast = f" ({self.arm} rather than {self.versus})" if self.arm is not None else ""
        given = f", given {', '.join(self.given)}" if self.given else ""
        return f"What is the effect of {self.treatment}{contrast} on {self.outcome}{given}: the {EFFECT_SAYS[self.effect]}?"


@noun
class Protocol(Noun):
    """Write the target trial that the analysis emulates; each part is one sentence. [hernan2016]"""

    eligibility: str
    time_zero: str
    strategies: tuple[str, ...]
    assignment: str
    follow_up: str
    outcome: str
    estimand: str
    analysis: str

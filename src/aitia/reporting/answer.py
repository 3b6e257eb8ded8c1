"""Say the answer of an analysis in one paragraph that needs no statistics to be understood."""

from __future__ import annotations

import dataclasses

from aitia.core.analysis import Analysis
from aitia.core.estimate import Estimate
from aitia.core.study import Study
from aitia.nuisance.contrasts import MORE
from aitia.reporting.blocks import Tone
from aitia.reporting.effect_chart import contrasts_of
from aitia.reporting.words import aligned, percent, sentence

TONES: dict[str, Tone] = {"supported": "good", "fragile": "open", "refuted": "bad", "not identified": "open", "descriptive": "open"}
MEANINGS = {
    "supported": "The answer is supported: of the checks that could have shown it wrong, none did.",
    "fragile": "The answer is fragile: something found below could change it.",
    "refuted": (
        "The answer is refuted: a check strong enough to tell shows that something it rests on does not hold. "
        "The number should not be used."
    ),
    "not identified": "There is no answer to give from these data as they stand, and so none is given.",
    "descriptive": "No causal effect was estimated: what follows describes, and does not say what would happen if something were changed.",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Words:
    """Hold the answer in words: the effect with its interval, the verdict, the paragraph and the reasons."""

    question: str
    effect: str | None
    interval: str | None
    verdict: str
    condition: str | None
    tone: Tone
    paragraph: str
    reasons: tuple[str, ...]


def answer(study: Study, analysis: Analysis) -> Words:
    """Return the answer of an analysis in words."""
    estimate = analysis.estimate
    effect, interval = figures(estimate) if estimate else (None, None)
    return Words(
        question=analysis.query.sentence if analysis.query else "What do these data hold?",
        effect=effect,
        interval=interval,
        verdict=analysis.verdict or "stopped before a verdict",
        condition=analysis.condition,
        tone=TONES.get(analysis.verdict or "", "open"),
        paragraph=" ".join(part for part in (said(estimate, analysis.verdict), meaning(study, analysis)) if part),
        reasons=tuple(sentence(reason) for reason in analysis.because),
    )


def figures(estimate: Estimate) -> tuple[str, str | None]:
    """Return the effect with its units, and its interval."""
    first = contrasts_of(estimate)[0]
    value, low, high = aligned(first.value, first.low, first.high, first.se)
    units = f" {estimate.units}" if estimate.units else ""
    if first.low is None or first.high is None:
        return value + units, None
    return value + units, f"{percent(estimate.level)} interval: {low} to {high}"


def said(estimate: Estimate | None, verdict: str | None) -> str:
    """Say the effect: what is changed, in which direction, by how much, for whom, how surely."""
    if estimate is None:
        return ""
    first, query = contrasts_of(estimate)[0], estimate.query
    size, _, _ = aligned(abs(first.value), first.low, first.high, first.se)
    units = f" {estimate.units}" if estimate.units else ""
    settled = first.low is not None and first.high is not None and not first.low <= 0 <= first.high
    hedge = "" if settled and verdict == "supported" else "By this estimate, "
    direction = "raises" if first.value > 0 else "lowers"
    what = change_of(query.treatment, first.arm, first.versus)
    change = f"{hedge}{what[:1].lower() + what[1:] if hedge else what} {direction} {query.outcome} by {size}{units}"
    return f"{change} on average over {estimate.population}. {surely(estimate, settled)}".strip()


def change_of(treatment: str, arm: object, versus: object) -> str:
    """Say what is changed."""
    if arm == MORE:
        return f"One unit more of {treatment}"
    return f"Setting {treatment} to {arm} rather than {versus}" if arm is not None else f"A change of {treatment}"


def surely(estimate: Estimate, settled: bool) -> str:
    """Say what the interval means."""
    first = contrasts_of(estimate)[0]
    if first.low is None or first.high is None:
        return "No interval says how sure that is."
    _, low, high = aligned(first.value, first.low, first.high, first.se)
    words = f"Effects from {low} to {high} agree with the data"
    return f"{words}." if settled else f"{words}; because zero is among them, whether there is an effect at all is not settled."


def meaning(study: Study, analysis: Analysis) -> str:
    """Say what the verdict means."""
    if analysis.verdict is None:
        why = f" ({study.why.rstrip('.')})" if study.why else ""
        return f"The work was stopped{why} before the answer could be judged; what had been found by then follows."
    return MEANINGS[analysis.verdict]

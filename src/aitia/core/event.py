"""Tell a listener how far the work is."""

from __future__ import annotations

from aitia.core.noun import Noun, noun


@noun
class Event(Noun):
    """Report progress: the stage, how much of it is done, and one line of text.

    `result` marks a line that a user is waiting for, such as the effect.
    """

    stage: str
    done: int = 0
    total: int | None = None
    text: str = ""
    seconds: float = 0.0
    result: bool = False

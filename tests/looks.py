"""Look at a fourth of the runs first: where they keep the bounds set for all runs, the rest would only say so again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def decided(draw: Callable[[int], Found], runs: int, kept: Callable[[Found], bool]) -> Found:
    """Return what a fourth of the runs find where that is kept, else what all of them find, which alone decides.

    `kept` holds the bounds of all runs, which are narrower than those that so few runs would ask for.
    """
    found = draw(runs // 4)
    return found if kept(found) else draw(runs)

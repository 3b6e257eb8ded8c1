"""Draw a noun."""

from __future__ import annotations

from typing import Any

from aitia.reporting.plot import picture


def plot(noun: Any) -> Any:
    """Return a picture of an estimate, an analysis, a finding or a graph that shows itself in a notebook."""
    return picture(noun)

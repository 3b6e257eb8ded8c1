"""Build a data frame in the library that is at hand."""

from __future__ import annotations

from typing import Any

from aitia.core.extras import has, need


def frame(columns: dict[str, list[Any]]) -> Any:
    """Build a pandas frame when pandas is installed, else a PyArrow table."""
    if has("pandas"):
        return need("pandas").DataFrame(columns)
    return need("pyarrow").table(columns)

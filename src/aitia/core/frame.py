"""Build a data frame in the library that is at hand."""

from __future__ import annotations

from typing import Any


def frame(columns: dict[str, list[Any]]) -> Any:
    """Build a pandas frame when pandas is installed, else a PyArrow table."""
    try:
        import pandas
    except ImportError:
        import pyarrow

        return pyarrow.table(columns)
    return pandas.DataFrame(columns)

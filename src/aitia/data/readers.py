"""Ask other packages to read what aitia does not: functions that they offer as entry points `aitia.readers`.

Such a function takes (data, reading), what the caller gave and how to read it, and returns None when it does not know
such data, else `Loaded` (names and PyArrow arrays), a `Table`, or a `Source` that has `columns`. An entry point called
`delta` is asked first for places that start with `delta:`.
"""

from __future__ import annotations

import importlib.metadata
from typing import Any

from aitia.core.errors import AitiaError, Unreadable
from aitia.core.request import Reading
from aitia.core.table import Table
from aitia.data.loaded import Loaded

GROUP = "aitia.readers"


def read_outside(data: Any, reading: Reading, scheme: str = "") -> Loaded | Table | None:
    """Return what the first reader that knows such data makes of them, or None."""
    found = sorted(importlib.metadata.entry_points(group=GROUP), key=lambda point: (point.name != scheme, point.name))
    for point in found:
        try:
            answer = point.load()(data, reading)
        except AitiaError:
            raise
        except Exception as error:
            what = f"The reader {point.name} of {point.value.partition(':')[0]} failed."
            raise Unreadable(what, why=f"{type(error).__name__}: {error}.", next="Ask those who made it.") from error
        if answer is not None:
            recipe = data if isinstance(data, str) else "in memory"
            return taken(answer, recipe, point.name)
    return None


def taken(answer: Any, recipe: str, name: str) -> Loaded | Table:
    """Return what a reader gave as loaded columns or a table; raises `Unreadable` when it is neither."""
    if isinstance(answer, Loaded | Table):
        return answer
    if hasattr(answer, "columns") and hasattr(answer, "rows"):
        return Table(columns=tuple(answer.columns), source=answer, recipe=recipe)
    raise Unreadable(
        f"The reader {name} returned a {type(answer).__name__}.", why="It must return Loaded, a Table, a Source with columns, or None."
    )

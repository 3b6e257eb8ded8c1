"""List every method with its card."""

from __future__ import annotations

from aitia.core.analysis import Described, MethodList
from aitia.core.errors import unknown
from aitia.core.shelf import SHELVES


def methods(shelf: str | None = None) -> MethodList:
    """Return the methods of one shelf, or of all.

    >>> "regression" in [m.name for m in methods("estimation").methods]
    True
    """
    if shelf is not None and shelf not in SHELVES:
        raise unknown("shelf", shelf, SHELVES)
    chosen = [SHELVES[shelf]] if shelf else list(SHELVES.values())
    return MethodList(methods=tuple(Described(shelf=m.shelf, name=m.name, card=m.card, options=m.settings) for s in chosen for m in s))

"""Find the packaged data sets: each module of this folder describes one."""

from __future__ import annotations

import importlib
import pkgutil

from aitia.core.errors import unknown
from aitia.data.example import Example


def names() -> tuple[str, ...]:
    """List the examples, sorted.

    >>> "nhefs" in names()
    True
    """
    return tuple(sorted(found.name.replace("_", "-") for found in pkgutil.iter_modules(__path__)))


def get(name: str) -> Example:
    """Return an example by its name; raises `UnknownName` with near names."""
    if name not in names():
        raise unknown("example", name, names())
    example: Example = importlib.import_module(f"{__name__}.{name.replace('-', '_')}").EXAMPLE
    return example

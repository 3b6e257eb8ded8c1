"""Answer causal questions end to end: from a table and a question to a defended answer, or an honest 'cannot tell'."""

from __future__ import annotations

import importlib
import importlib.metadata
from typing import Any

VERBS = ("analyze", "check", "demo", "estimate", "identify", "load", "methods", "plot", "profile", "replay", "report", "show", "simulate")
NOUNS = {
    "Graph": "graph",
    "Knowledge": "knowledge",
    "Plan": "request",
    "Query": "query",
    "Reading": "request",
    "Run": "run",
    "Study": "study",
    "Table": "table",
}
__all__ = [*VERBS, *NOUNS]
__version__ = importlib.metadata.version("aitia")


def __getattr__(name: str) -> Any:
    if name in VERBS:
        return getattr(importlib.import_module(f"aitia.flow.verbs.{name}"), name)
    if name in NOUNS:
        return getattr(importlib.import_module(f"aitia.core.{NOUNS[name]}"), name)
    raise AttributeError(f"module 'aitia' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)

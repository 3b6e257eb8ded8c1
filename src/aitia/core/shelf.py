"""Hold methods by name on one shelf per kind of work; the only way from one method folder to another."""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import importlib.util
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

from aitia.core.card import Card, Method
from aitia.core.errors import AitiaError, unknown


class Shelf:
    """Find methods in one folder, one file each, and in the entry points `aitia.<shelf>` of other packages.

    `parameters` are the positional parameters that every member's function begins with.
    """

    def __init__(self, name: str, package: str, parameters: tuple[str, ...]) -> None:
        self.name, self.package, self.parameters = name, package, parameters
        self._methods: dict[str, Method] = {}
        self._complete = False

    def add(self, name: str, card: Card, **kernels: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Put the decorated function on the shelf under `name`."""

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            begins = tuple(inspect.signature(function).parameters)[: len(self.parameters)]
            if begins != self.parameters:
                raise AitiaError(f"{name} on the shelf {self.name} begins with {begins}, not {self.parameters}.")
            self._methods[name] = Method(shelf=self.name, name=name, card=card, function=function, kernels=dict(kernels))
            return function

        return register

    def __getitem__(self, name: str) -> Method:
        if name not in self._methods:
            self._load_one(name.replace("-", "_"))
        if name not in self._methods:
            self._load()
        if name not in self._methods:
            raise unknown(f"{self.name} method", name, self.names())
        return self._methods[name]

    def __contains__(self, name: str) -> bool:
        return name in self.names()

    def __iter__(self) -> Iterator[Method]:
        self._load()
        return iter([self._methods[name] for name in sorted(self._methods)])

    def names(self) -> tuple[str, ...]:
        """List the names of the methods, sorted."""
        return tuple(method.name for method in self)

    def _load_one(self, module: str) -> None:
        if module.isidentifier() and importlib.util.find_spec(self.package) and importlib.util.find_spec(f"{self.package}.{module}"):
            importlib.import_module(f"{self.package}.{module}")

    def _load(self) -> None:
        if self._complete:
            return
        self._complete = True
        if importlib.util.find_spec(self.package) is not None:
            for found in pkgutil.iter_modules(importlib.import_module(self.package).__path__):
                importlib.import_module(f"{self.package}.{found.name}")
        for entry in importlib.metadata.entry_points(group=f"aitia.{self.name}"):
            entry.load()


independence = Shelf("independence", "aitia.measures.independence", ("table", "x", "y", "given", "run"))
scores = Shelf("scores", "aitia.measures.scores", ("table", "node", "parents", "run"))
properties = Shelf("properties", "aitia.measures.properties", ("table", "run"))
identification = Shelf("identification", "aitia.identification", ("graph", "query", "run"))
estimation = Shelf("estimation", "aitia.estimation", ("design", "run"))
checks = Shelf("checks", "aitia.checks", ("study", "design", "run"))
imputation = Shelf("imputation", "aitia.data.imputation", ("table", "names", "run"))
LISTED = (imputation, independence, scores, properties, identification, estimation, checks)
SHELVES: dict[str, Shelf] = {shelf.name: shelf for shelf in LISTED}


@functools.cache
def not_built(shelf: str) -> tuple[str, ...]:
    """List the names that the stable surface reserves on a shelf and that no file provides yet."""
    return tuple(name for name in RESERVED.get(shelf, ()) if name not in SHELVES[shelf])


RESERVED = {
    "identification": (
        "backdoor",
        "frontdoor",
        "instrument",
        "diagram",
        "id",
        "idc",
        "adjustment-cpdag",
        "adjustment-pag",
        "ida",
        "idp",
        "proximal",
        "bounds",
    ),
    "checks": (
        "placebo",
        "placebo-outcome",
        "random-cause",
        "subset",
        "bootstrap",
        "overlap",
        "balance",
        "e-value",
        "partial-r2",
        "negative-control",
        "graph-fit",
        "influence",
    ),
}

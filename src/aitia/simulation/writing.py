"""Write a spec as the options that were not left at their defaults, so that it can be read again."""

from __future__ import annotations

import dataclasses
from typing import Any

from aitia.core.noun import Noun
from aitia.graphs.formats.text import write
from aitia.simulation.spec import PARTS, Spec


def as_mapping(spec: Spec) -> dict[str, Any]:
    """Return the options of a spec by name; `read_spec` reads them back.

    >>> from aitia.simulation.reading import read_spec
    >>> as_mapping(read_spec("er:p=5,noise=uniform"))
    {'name': 'er', 'family': 'er', 'p': 5, 'noise': 'uniform'}
    """
    found: dict[str, Any] = {name: getattr(spec, name) for name in ("name", "says", "about") if getattr(spec, name)}
    if spec.graph is not None:
        found["graph"] = write(spec.graph)
        spec = dataclasses.replace(spec, latent=tuple(dict.fromkeys((*spec.graph.latent, *spec.latent))))
    for part in (spec, *(getattr(spec, name) for name, _ in PARTS)):
        found |= said(part)
    if spec.nodes:
        found["nodes"] = {node: {name: listed(value) for name, value in own.items()} for node, own in spec.nodes.items()}
    return found


def said(part: Noun) -> dict[str, Any]:
    """Return the options of one part of a spec that are not at their defaults."""
    plain = type(part)()
    names = [field.name for field in dataclasses.fields(part) if "option" in field.metadata]  # type: ignore[arg-type]
    return {name: listed(getattr(part, name)) for name in names if getattr(part, name) != getattr(plain, name)}


def listed(value: Any) -> Any:
    """Return a value with lists for tuples, as a file has them."""
    if isinstance(value, tuple | list):
        return [listed(item) for item in value]
    return {key: listed(item) for key, item in value.items()} if isinstance(value, dict) else value

"""Turn the options of a simulation into values of their types, with aliases and near names."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from aitia.core.card import convert
from aitia.core.errors import BadOption, near
from aitia.core.noun import Noun
from aitia.simulation.spec import HOMES, Making

ALIASES: Mapping[str, Mapping[str, str]] = {
    "family": {
        "erdos-renyi": "er",
        "random": "er",
        "barabasi-albert": "scale-free",
        "sf": "scale-free",
        "ba": "scale-free",
        "hierarchical": "layered",
        "layers": "layered",
        "watts-strogatz": "small-world",
        "ws": "small-world",
        "sbm": "blocks",
        "stochastic-block": "blocks",
        "fixed-in-degree": "in-degree",
        "enhanced-parallel": "parallel",
        "var": "series",
        "time-series": "series",
    },
    "mechanism": {
        "gaussian-process": "gp",
        "gp-add": "gp-additive",
        "mim": "multiple-index",
        "pnl": "post-nonlinear",
        "network": "mlp",
        "discrete": "table",
        "cpt": "table",
    },
    "noise": {"normal": "gaussian", "t": "student-t", "student": "student-t", "exp": "exponential"},
    "kind": {"numeric": "continuous", "nominal": "categorical", "ordered": "ordinal"},
    "scaling": {"standardised": "unit", "standardized": "unit", "iscm": "unit"},
}
HINTS: dict[type, dict[str, Any]] = {}


def hint_of(cls: type[Noun], name: str) -> Any:
    """Return the type of one field."""
    if cls not in HINTS:
        HINTS[cls] = get_type_hints(cls)
    return HINTS[cls][name]


def family_of(text: str) -> str:
    """Return the family that a word may mean, by its alias or itself."""
    folded = text.strip().lower().replace("_", "-")
    return ALIASES["family"].get(folded, folded)


def valued(name: str, value: Any) -> Any:
    """Return an option's value in its type; raises `BadOption` naming the option and what it takes."""
    if name not in HOMES:
        raise BadOption(f"A simulation has no option {name!r}.", next=near(name, HOMES))
    return typed(HOMES[name][1], name, value)


def valued_for_node(node: str, name: str, value: Any) -> Any:
    """Return an option of one node in its type; raises `BadOption`."""
    known = [field.name for field in dataclasses.fields(Making)]
    if name not in known:
        raise BadOption(f"Node {node} has no option {name!r}.", next=near(name, known))
    return typed(Making, name, value)


def typed(cls: type[Noun], name: str, value: Any) -> Any:
    """Return a value in the type of a field."""
    hint = hint_of(cls, name)
    if isinstance(value, str) and name in ALIASES:
        folded = value.strip().lower().replace("_", "-")
        value = ALIASES[name].get(folded, folded)
    every = get_args(hint) if is_union(hint) else (hint,)
    parts = [part for part in every if part is not type(None)]
    if len(parts) < len(every) and (value is None or (isinstance(value, str) and value.strip().lower() == "none")):
        return None
    literal = next((part for part in parts if get_origin(part) is Literal), None)
    if literal is not None:
        return one_of(name, value, get_args(literal))
    if get_origin(parts[0]) is tuple:
        return sequence(name, value, get_args(parts[0]))
    if get_origin(parts[0]) is dict:
        return mapping(name, value)
    return value if parts[0] is Any else finite(name, convert(value, parts[0], name))


def is_union(hint: Any) -> bool:
    """Tell whether a type is one of several."""
    return get_origin(hint) is Union or type(hint).__name__ == "UnionType"


def one_of(name: str, value: Any, allowed: tuple[Any, ...]) -> Any:
    """Return a value that is among those allowed; raises `BadOption` with near names."""
    if value not in allowed:
        raise BadOption(f"There is no {name} {value!r}.", next=near(str(value), allowed, most=2))
    return value


def finite(name: str, value: Any) -> Any:
    """Return a value unless it is a number without a size; raises `BadOption`."""
    if isinstance(value, float) and not math.isfinite(value):
        raise BadOption(f"{name} cannot be {value}.", next="Give a number.")
    return value


def mapping(name: str, value: Any) -> dict[str, Any]:
    """Return a mapping; raises `BadOption` for anything else."""
    if not isinstance(value, Mapping):
        raise BadOption(f"{name} is a table of names and values, not {value!r}.", next=f"In TOML: {name} = {{ z = 0.5, t = 2 }}.")
    return {str(key): item for key, item in value.items()}


def sequence(name: str, value: Any, kinds: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a range of two numbers (kinds float, float), or several values (kind, ...), from a list or from text."""
    if Ellipsis not in kinds:
        return span(name, value)
    items = value.split("+") if isinstance(value, str) else value if isinstance(value, list | tuple) else [value]
    if get_origin(kinds[0]) is dict:
        return tuple(mapping(name, item) for item in items)
    return tuple(item if kinds[0] is Any else finite(name, convert(item, kinds[0], name)) for item in items if item != "")


def span(name: str, value: Any) -> tuple[float, float]:
    """Return a range from "0.5..2", [0.5, 2] or one number; raises `BadOption` where it falls."""
    items = value.split("..") if isinstance(value, str) else list(value) if isinstance(value, list | tuple) else [value]
    if len(items) not in (1, 2):
        raise BadOption(f"{name} does not take {value!r}.", next="Give one number, or a range such as 0.5..2.")
    low, high = (finite(name, convert(item, float, name)) for item in (items[0], items[-1]))
    if low > high:
        raise BadOption(f"The range of {name} falls from {low:g} to {high:g}.", next=f"Write {high:g}..{low:g}.")
    return low, high

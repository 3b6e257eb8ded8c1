"""Describe a method in fields that a planner, a page and a test can read."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from aitia.core.errors import BadOption, near
from aitia.core.noun import Noun, holder, noun

Needs = Literal["moments", "counts", "rows", "torch", "scikit-learn", "environment", "graph"]
Interval = Literal["standard-error", "set", "one-sided", "none"]
COSTS = ("moments", "rows", "counts", "rows^2", "rows^3")
AUTO = "auto"
TRUTH = {"true": True, "yes": True, "false": False, "no": False}


@noun
class Card(Noun):
    """Say what a method does, takes, assumes and gives.

    `kinds` are the column kinds it takes (an estimator's outcome; any column for other shelves) and `treatments` those
    of the treatment; `answers` the strategies whose estimands it computes; `gives` is the shelf's own word: a graph
    class, or for checks "test" (it has a p-value), "rule" (a fixed threshold) or "bound" (it informs).
    `needed` marks the checks without which no verdict is better than fragile; `failing` says what a failed check does
    to the verdict. `equivalent` says that a score gives every DAG of one equivalence class the same value. `cost` says
    what the time of one call grows with, cheap ones first. `given` tells whether an independence test takes given columns,
    `dependent` whether it weighs rows that depend on each other, by clusters or time.
    """

    says: str
    kinds: frozenset[str] = frozenset()
    treatments: frozenset[str] = frozenset()
    assumes: frozenset[str] = frozenset()
    gives: str = ""
    answers: frozenset[str] = frozenset()
    effects: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    uses: tuple[str, ...] = ()
    oracle: Literal["test", "score", "none"] = "none"
    interval: Interval = "none"
    errors: frozenset[str] = frozenset()
    takes_terms: bool = False
    needed: bool = False
    failing: Literal["refutes", "weakens", "informs"] = "refutes"
    random: bool = False
    minimum_n: int = 0
    equivalent: bool = False
    cost: str = "moments"
    given: bool = True
    dependent: bool = False
    cites: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Option:
    """Say in a few words what an option sets; used in `Annotated[float, Option("test level")]`."""

    says: str


@noun
class Setting(Noun):
    """Describe one option of a method: name, type in words, default and meaning."""

    name: str
    type: str
    default: Any = None
    says: str = ""
    choices: tuple[str, ...] = ()


@holder
class Method(Noun):
    """Join a name, a card, the function and its options; calling it calls the function."""

    shelf: str
    name: str
    card: Card
    function: Callable[..., Any] = dataclasses.field(metadata={"skip": True})
    kernels: dict[str, Callable[..., Any]] = dataclasses.field(default_factory=dict, metadata={"skip": True})

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Call the method's function."""
        return self.function(*args, **options)

    @property
    def settings(self) -> tuple[Setting, ...]:
        """The options of the method, read from its signature."""
        hints = get_type_hints(self.function, include_extras=True)
        found = []
        for name, parameter in inspect.signature(self.function).parameters.items():
            option = next((x for x in getattr(hints.get(name), "__metadata__", ()) if isinstance(x, Option)), None)
            if option is not None:
                base = get_args(hints[name])[0]
                found.append(Setting(name=name, type=type_words(base), default=parameter.default, says=option.says, choices=choices(base)))
        return tuple(found)

    def checked(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the options converted to their types; raises `BadOption` naming the option and what it takes."""
        known = {setting.name: setting for setting in self.settings}
        hints = get_type_hints(self.function)
        result = {}
        for name, value in options.items():
            if name not in known:
                raise BadOption(f"{self.name} has no option {name!r}.", next=near(name, known) if known else "It has no options.")
            result[name] = convert(value, hints[name], f"{self.name}.{name}")
        return result


def type_words(base: Any) -> str:
    """Name a type as a user would."""
    if get_origin(base) is Literal:
        return "one of " + ", ".join(map(str, get_args(base)))
    if get_origin(base) is Union or type(base).__name__ == "UnionType":
        return " or ".join(type_words(part) for part in get_args(base))
    return {float: "number", int: "whole number", bool: "true or false", str: "text", type(None): "none"}.get(
        base, str(getattr(base, "__name__", base))
    )


def choices(base: Any) -> tuple[str, ...]:
    """List the values of a Literal type."""
    return tuple(map(str, get_args(base))) if get_origin(base) is Literal else ()


def convert(value: Any, base: Any, name: str) -> Any:
    """Turn text into the option's type; raises `BadOption` when it does not fit."""
    parts = get_args(base) if get_origin(base) is Union or type(base).__name__ == "UnionType" else (base,)
    for part in parts:
        try:
            return convert_one(value, part)
        except (TypeError, ValueError):
            continue
    raise BadOption(f"{name} does not take {value!r}.", next=f"It takes: {type_words(base)}.")


def convert_one(value: Any, base: Any) -> Any:
    """Turn a value into one type or raise ValueError."""
    if get_origin(base) is Literal:
        if value in get_args(base):
            return value
        raise ValueError(value)
    if base is bool and isinstance(value, str):
        if value.lower() not in TRUTH:
            raise ValueError(value)
        return TRUTH[value.lower()]
    if base is type(None):
        if value in (None, "none", ""):
            return None
        raise ValueError(value)
    if base is int and isinstance(value, float) and value != int(value):
        raise ValueError(value)
    return base(value) if base in (int, float, str, bool) else value

"""Make a command from a verb: its parameters become arguments and options, the fields of its nouns flat options."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer

from aitia.core.card import convert
from aitia.core.errors import BadOption
from aitia.core.request import Plan, Reading
from aitia.core.run import Run

NOUNS: tuple[type, ...] = (Reading, Plan)
FLAGS = {"from_study": "--from"}
HELP = {
    "data": "a CSV, Parquet, Arrow or Feather file, - for CSV on standard input, or example:NAME",
    "treatment": "column whose effect is asked for",
    "outcome": "column on which the effect is asked for",
    "effect": "which effect: ate, att, atc, ato, late, direct or indirect",
    "given": "variables to hold fixed (repeat, or separate with commas)",
    "graph": 'a graph as text, "z->t; z->y; t->y; t<->y", or a file of it',
    "knowledge": 'what is known: "tier a b | t | y; require a->b; forbid c->d; randomised t", or a file of it',
    "latent": "nodes of the graph that are not measured",
    "study": "the study.json that an analysis wrote, or its folder",
    "check": "check to run (repeat for more; all when left out)",
    "set": "option of a step, STEP.option=value",
    "what": "what to show: order",
    "expression": "an order: layouts joined by & and |, in which n stands for --n",
    "n": "number of nodes (show order) or of rows (simulate)",
    "spec": "a graph, a random graph such as er:p=10,degree=2, a scenario, or a TOML, JSON or graph file",
    "mechanism": "how nodes follow from their parents: linear, additive, gp, mlp, post-nonlinear, table, …",
    "noise": "gaussian, exponential, gumbel, uniform, logistic, laplace, student-t or poisson",
    "option": "any other option, NAME=VALUE or NODE.NAME=VALUE, such as missing=0.1 or t.kind=binary",
    "twin": "a table to draw a twin of (not built yet)",
    "layers": "layers of the stack that the order is for",
    "shelf": "shelf to list: estimation, identification, checks, independence, scores, properties, imputation",
    "to": "format: html, md, json or py",
    "out": "folder or file to write to",
}
RUN_OPTIONS = {
    "seed": (int, 0, "seed of all chance"),
    "workers": (int, 1, "processes to use; the answer does not depend on it"),
    "deadline": (float | None, None, "seconds after which to stop, keeping what was done"),
    "json": (bool, False, "print one JSON object and nothing else"),
    "quiet": (bool, False, "no progress"),
}


def command(
    verb: Callable[..., Any], positional: tuple[str, ...], finish: Callable[[Callable[[Run], Any], dict[str, Any]], None]
) -> Callable[..., None]:
    """Return the function that the command line calls for a verb.

    `positional` names the parameters that are arguments. `finish` gets a function of the run that calls the verb, and
    the options every command has.
    """
    hints = get_type_hints(verb)
    parameters: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(verb).parameters.items():
        noun = next((cls for cls in NOUNS if hints.get(name) is cls), None)
        if noun is not None:
            parameters += noun_options(noun)
        elif name != "run":
            parameters.append(
                argument(name, parameter)
                if name in positional
                else option(name, shape(hints[name], parameter.default), parameter.default, HELP.get(name, ""))
            )
    parameters += [option(name, kind, default, says) for name, (kind, default, says) in RUN_OPTIONS.items()]

    def call(**values: Any) -> None:
        common = {name: values.pop(name) for name in RUN_OPTIONS}
        finish(lambda run: verb(**gathered(verb, hints, values), **({"run": run} if "run" in hints else {})), common)

    call.__signature__ = inspect.Signature(unique(parameters))  # type: ignore[attr-defined]
    call.__annotations__ = {p.name: p.annotation for p in unique(parameters)}
    call.__name__ = verb.__name__
    return call


def unique(parameters: list[inspect.Parameter]) -> list[inspect.Parameter]:
    """Keep the first of parameters with one name."""
    return list({p.name: p for p in reversed(parameters)}.values())[::-1]


def argument(name: str, parameter: inspect.Parameter) -> inspect.Parameter:
    """Return a positional argument of the command."""
    required = parameter.default is inspect.Parameter.empty
    kind: Any = str if required else str | None
    annotation = Annotated[kind, typer.Argument(help=HELP.get(name, ""), metavar=name.upper(), show_default=False)]
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=inspect.Parameter.empty if required else None
    )


def option(name: str, kind: Any, default: Any, says: str) -> inspect.Parameter:
    """Return an option of the command."""
    flag = FLAGS.get(name, "--" + name.replace("_", "-"))
    empty = default is inspect.Parameter.empty or default in ((), {}, None)
    shown = not empty and kind is not bool
    annotation = Annotated[kind, typer.Option(flag, help=says, show_default=shown, metavar=None if kind is bool else metavar(kind))]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=None if empty else default)


def metavar(kind: Any) -> str:
    """Name the value of an option in the help."""
    return "N" if kind is int else "SECONDS" if kind == float | None else "TEXT"


def shape(hint: Any, default: Any = None) -> Any:
    """Return the command-line type of a parameter or field: one text, or several for collections."""
    kinds = {get_origin(part) or part for part in (hint, *get_args(hint))}
    return list[str] | None if default == () or kinds & {dict, tuple} else str | None


def noun_options(noun: type) -> list[inspect.Parameter]:
    """Return one option for each field of a noun that declares one."""
    hints = get_type_hints(noun)
    found = []
    for field in dataclasses.fields(noun):
        says = field.metadata["option"].says
        default = field.default if field.default is not dataclasses.MISSING else None
        found.append(option(field.name, shape(hints[field.name], default), default, says))
    return found


def gathered(verb: Callable[..., Any], hints: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Put flat options back into the verb's parameters and nouns."""
    arguments: dict[str, Any] = {}
    for name in inspect.signature(verb).parameters:
        noun = next((cls for cls in NOUNS if hints.get(name) is cls), None)
        if noun is not None:
            kinds = get_type_hints(noun)
            given = {f.name: values[f.name] for f in dataclasses.fields(noun) if values.get(f.name) is not None}
            arguments[name] = noun(**{field: converted(field, kinds[field], value) for field, value in given.items()})
        elif name != "run" and values.get(name) is not None:
            arguments[name] = converted(name, hints[name], values[name])
    return arguments


def converted(name: str, kind: Any, value: Any) -> Any:
    """Turn an option's text into the value of a parameter or field."""
    kinds = {get_origin(part) or part for part in (kind, *get_args(kind))}
    if dict in kinds:
        return pairs(value)
    if isinstance(value, list):
        return tuple(part for text in value for part in text.split(","))
    return convert(value, kind, "--" + name.replace("_", "-"))


def pairs(items: list[str]) -> dict[str, Any]:
    """Read NAME=VALUE texts; raises `BadOption` where there is no equals sign."""
    found = {}
    for item in items:
        name, equals, value = item.partition("=")
        if not equals or not name:
            raise BadOption(f"{item!r} is not NAME=VALUE.", next="Write the name, an equals sign and the value.")
        found[name.strip()] = value.strip()
    return found

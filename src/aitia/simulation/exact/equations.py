"""Make a structural model from equations as they are written: `fire = lightning or match`. [pearl2009]"""

from __future__ import annotations

import ast
import inspect
import itertools
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from aitia.core.errors import BadOption, InputError
from aitia.core.graph import Edge, Graph
from aitia.simulation.exact.models import Level, StructuralModel, structural_model

MOST_STATES = 2**20
Values = Mapping[str, Any]
Rule = Callable[[Values], Any]
BINARY: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Mod: operator.mod,
}
COMPARE: dict[type, Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda item, items: item in items,
    ast.NotIn: lambda item, items: item not in items,
}
GRAMMAR = "An equation has names, numbers, quoted words, and or not, == != < <= > >= in, + - * %, min() max(), and a if b else c."


def from_equations(
    equations: Mapping[str, str | Callable[..., Any]],
    chances: Mapping[str, Any],
    *,
    levels: Mapping[str, Sequence[Level]] | None = None,
    latent: Sequence[str] = (),
) -> StructuralModel:
    """Build a model from one equation per node that has causes and the chances of each node that has none.

    Chances are the chance of the second level, or a mapping of levels to chances. Levels are 0 and 1 where none are
    given, and true counts as 1. An equation may also be a function whose parameters are named after the causes.

    >>> from fractions import Fraction as F
    >>> from aitia.simulation.exact.counterfactual import potential
    >>> from aitia.simulation.exact.queries import probability
    >>> model = from_equations({"fire": "lightning or match"}, {"lightning": F(1, 2), "match": F(1, 3)})
    >>> probability(model, potential("fire", match=0).equals(0), given={"fire": 1})
    Fraction(1, 4)
    """
    rules = {node: rule_of(node, equation) for node, equation in equations.items()}
    doubled = sorted(set(rules) & set(chances))
    if doubled:
        raise BadOption(f"{doubled[0]} has both an equation and chances.", next="Give it the one or the other.")
    named = roots_levels(chances, levels or {}) | {node: tuple((levels or {}).get(node, (0, 1))) for node in rules}
    for node, (_, causes) in rules.items():
        for cause in causes:
            if cause not in named:
                raise BadOption(f"The equation of {node} reads {cause}, which has neither an equation nor chances.", next="Give it one.")
    edges = tuple(Edge(source=cause, target=node) for node, (_, causes) in rules.items() for cause in causes)
    functions: dict[str, Any] = {node: np.arange(len(named[node])) for node in chances}
    functions |= {node: tabulated(node, rule, causes, named) for node, (rule, causes) in rules.items()}
    noises = {node: law_of(given, named[node]) for node, given in chances.items()}
    graph = Graph(nodes=(*chances, *rules), edges=edges).with_latent(tuple(latent))
    return structural_model(graph, functions, noises, levels=named)


def roots_levels(chances: Mapping[str, Any], levels: Mapping[str, Sequence[Level]]) -> dict[str, tuple[Level, ...]]:
    """Return the levels of nodes without causes: as given, as their chances name them, or 0 and 1."""
    return {node: tuple(levels.get(node, given if isinstance(given, Mapping) else (0, 1))) for node, given in chances.items()}


def law_of(given: Any, levels: Sequence[Level]) -> list[Any]:
    """Return one chance per level."""
    if isinstance(given, Mapping):
        return [given.get(level, 0) for level in levels]
    return [1 - given, given, *[0] * (len(levels) - 2)]


def rule_of(node: str, equation: str | Callable[..., Any]) -> tuple[Rule, tuple[str, ...]]:
    """Return a function of values by name, and the names that it reads."""
    if callable(equation):
        names = tuple(inspect.signature(equation).parameters)
        return (lambda values: equation(*(values[name] for name in names))), names
    try:
        body = ast.parse(equation, mode="eval").body
    except SyntaxError as error:
        raise BadOption(f"The equation of {node} cannot be read: {equation}", why=str(error), next=GRAMMAR) from error
    called = {id(part.func) for part in ast.walk(body) if isinstance(part, ast.Call)}
    names = tuple(dict.fromkeys(part.id for part in ast.walk(body) if isinstance(part, ast.Name) and id(part) not in called))
    return (lambda values: value_of(body, values)), names


def tabulated(node: str, rule: Rule, causes: Sequence[str], levels: Mapping[str, tuple[Level, ...]]) -> np.ndarray:
    """Return the code that a rule gives for every state of its causes."""
    shape = tuple(len(levels[cause]) for cause in causes)
    if np.prod(shape, dtype=float) > MOST_STATES:
        raise InputError(f"{node} has {int(np.prod(shape, dtype=float)):,} states of its causes; the limit is {MOST_STATES:,}.")
    codes = []
    for state in itertools.product(*(levels[cause] for cause in causes)):
        value = value_at(node, rule, dict(zip(causes, state, strict=True)))
        if value not in levels[node]:
            raise BadOption(
                f"The equation of {node} gives {value!r} when {dict(zip(causes, state, strict=True))}.",
                why=f"The levels of {node} are {list(levels[node])}.",
                next=f"Give its levels: from_equations(..., levels={{{node!r}: ...}}).",
            )
        codes.append(levels[node].index(value))
    return np.array(codes).reshape(shape)


def value_at(node: str, rule: Rule, state: Values) -> Any:
    """Return what a rule gives in one state, or say why it gives nothing."""
    try:
        return rule(state)
    except (ZeroDivisionError, TypeError) as error:
        raise BadOption(f"The equation of {node} has no value when {dict(state)}.", why=str(error)) from error


def value_of(part: ast.AST, values: Values) -> Any:
    """Return the value of a part of an equation."""
    match part:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return values[name]
        case ast.BoolOp(op=op, values=parts):
            return (all if isinstance(op, ast.And) else any)(bool(value_of(item, values)) for item in parts)
        case ast.UnaryOp(op=ast.Not(), operand=item):
            return not value_of(item, values)
        case ast.UnaryOp(op=ast.USub(), operand=item):
            return -value_of(item, values)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in BINARY:
            return BINARY[type(op)](value_of(left, values), value_of(right, values))
        case ast.Compare(left=left, ops=ops, comparators=items) if all(type(op) in COMPARE for op in ops):
            sides = [value_of(item, values) for item in (left, *items)]
            return all(COMPARE[type(op)](a, b) for op, a, b in zip(ops, sides, sides[1:], strict=False))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return value_of(body if value_of(test, values) else orelse, values)
        case ast.Call(func=ast.Name(id=name), args=items, keywords=[]) if name in ("min", "max"):
            return (min if name == "min" else max)(value_of(item, values) for item in items)
        case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
            return tuple(value_of(item, values) for item in items)
    raise BadOption(f"An equation cannot hold {ast.unparse(part)}.", next=GRAMMAR)

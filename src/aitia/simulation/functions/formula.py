"""Evaluate a formula that the user wrote, such as `2*t + sin(z)/3 + (group == "b")`; nothing but arithmetic is run."""

from __future__ import annotations

import ast
import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from aitia.core.errors import BadOption, near
from aitia.core.noun import Noun, noun
from aitia.simulation.inputs import Input, Values

FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "sign": np.sign,
    "min": np.minimum,
    "max": np.maximum,
    "logistic": lambda x: 1 / (1 + np.exp(-x)),
}
CONSTANTS: Mapping[str, float] = {"pi": float(np.pi), "e": float(np.e)}
OPERATORS: Mapping[type[ast.AST], Callable[..., Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
    ast.Mod: np.mod,
    ast.USub: np.negative,
    ast.UAdd: np.positive,
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
    ast.And: np.logical_and,
    ast.Or: np.logical_or,
    ast.Not: np.logical_not,
}
HINT = 'Write for example "2*t + sin(z)", with + - * / **, comparisons, and/or/not, and ' + ", ".join(FUNCTIONS) + "."
Labels = Mapping[str, tuple[Any, ...]]


@noun
class Formula(Noun):
    """Hold a formula over its inputs; `labels` are the levels of coded inputs, in the order of their codes."""

    inputs: tuple[Input, ...]
    text: str
    labels: dict[str, tuple[Any, ...]]

    def __call__(self, values: Values) -> np.ndarray:
        """Return the formula's value (n,), or (1,) without inputs; where it is undefined, NaN or an infinity."""
        with np.errstate(all="ignore"):
            found = np.asarray(value_of(parsed(self.text), values, self.labels), dtype=float)
        return np.broadcast_to(found, (len(next(iter(values.values()))),)) if self.inputs and not found.shape else np.atleast_1d(found)

    def words(self) -> str:
        """Return the text."""
        return self.text


@functools.lru_cache(maxsize=256)
def parsed(text: str) -> ast.expr:
    """Return the tree of a formula; raises `BadOption` where it is not arithmetic."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError) as error:
        raise BadOption(f"The formula {text!r} cannot be read.", next=HINT) from error
    for node in ast.walk(tree):
        check(node, text)
    return tree


ALLOWED = (ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.Name, ast.Load, ast.Constant, ast.Call, *OPERATORS)


def check(node: ast.AST, text: str) -> None:
    """Raise `BadOption` for anything but arithmetic on names and numbers."""
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)
        if name not in FUNCTIONS or node.keywords:
            raise BadOption(f"The formula {text!r} calls {name}, which is not known.", next=near(name, FUNCTIONS))
        if len(node.args) != (2 if name in ("min", "max") else 1):
            raise BadOption(f"The formula {text!r} gives {name} {len(node.args)} numbers.", next=HINT)
    if not isinstance(node, ALLOWED) or (isinstance(node, ast.Constant) and not isinstance(node.value, int | float | str)):
        raise BadOption(f"The formula {text!r} holds {type(node).__name__}, which is not arithmetic.", next=HINT)


def names_in(text: str) -> tuple[str, ...]:
    """Return the names that a formula reads, in order of appearance.

    >>> names_in("2*t + sin(z) - pi")
    ('t', 'z')
    """
    tree = parsed(text)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called]
    found.sort(key=lambda node: (node.lineno, node.col_offset))
    return tuple(dict.fromkeys(node.id for node in found if node.id not in CONSTANTS))


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """Hold an intercept and the weight of each name."""

    intercept: float = 0.0
    weights: dict[str, float] = dataclasses.field(default_factory=dict)

    def plus(self, other: Line, factor: float = 1.0) -> Line:
        """Return this line plus a multiple of another."""
        names = dict.fromkeys((*self.weights, *other.weights))
        weights = {name: self.weights.get(name, 0.0) + factor * other.weights.get(name, 0.0) for name in names}
        return Line(self.intercept + factor * other.intercept, weights)


def line_of(node: ast.expr) -> Line | None:
    """Return the line that a tree is, or None where it is no sum of names with weights.

    >>> line_of(parsed("2*t - (z + 1)/4"))
    Line(intercept=-0.25, weights={'t': 2.0, 'z': -0.25})
    """
    if isinstance(node, ast.Constant):
        return Line(float(node.value)) if isinstance(node.value, int | float) else None
    if isinstance(node, ast.Name):
        return Line(CONSTANTS[node.id]) if node.id in CONSTANTS else Line(0.0, {node.id: 1.0})
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        inner = line_of(node.operand)
        return None if inner is None else Line().plus(inner, -1.0 if isinstance(node.op, ast.USub) else 1.0)
    if not isinstance(node, ast.BinOp):
        return None
    left, right = line_of(node.left), line_of(node.right)
    if left is None or right is None:
        return None
    if isinstance(node.op, ast.Add | ast.Sub):
        return left.plus(right, 1.0 if isinstance(node.op, ast.Add) else -1.0)
    if isinstance(node.op, ast.Mult) and not (left.weights and right.weights):
        return Line().plus(left, right.intercept) if left.weights else Line().plus(right, left.intercept)
    return Line().plus(left, 1 / right.intercept) if isinstance(node.op, ast.Div) and not right.weights and right.intercept else None


def value_of(node: ast.expr, values: Values, labels: Labels) -> Any:
    """Evaluate one node of the tree."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            raise BadOption(f"The formula uses the word {node.value!r} as a number.", next=HINT)
        return float(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.Name):
        return CONSTANTS[node.id] if node.id in CONSTANTS and node.id not in values else as_numbers(node.id, values, labels)
    if isinstance(node, ast.Call):
        assert isinstance(node.func, ast.Name)
        return FUNCTIONS[node.func.id](*(value_of(item, values, labels) for item in node.args))
    if isinstance(node, ast.BinOp):
        return OPERATORS[type(node.op)](value_of(node.left, values, labels), value_of(node.right, values, labels))
    if isinstance(node, ast.UnaryOp):
        return OPERATORS[type(node.op)](value_of(node.operand, values, labels))
    if isinstance(node, ast.BoolOp):
        return functools.reduce(OPERATORS[type(node.op)], [value_of(item, values, labels) for item in node.values])
    assert isinstance(node, ast.Compare)
    sides = [node.left, *node.comparators]
    steps = [compared(a, b, op, values, labels) for a, b, op in zip(sides, sides[1:], node.ops, strict=False)]
    return functools.reduce(np.logical_and, steps)


def compared(left: ast.expr, right: ast.expr, op: ast.cmpop, values: Values, labels: Labels) -> Any:
    """Compare two sides; a coded node is compared with one of its levels."""
    for side, other in ((left, right), (right, left)):
        if isinstance(side, ast.Constant) and isinstance(side.value, str):
            name = other.id if isinstance(other, ast.Name) else ""
            levels = [str(level) for level in labels.get(name, ())]
            if side.value not in levels or type(op) not in (ast.Eq, ast.NotEq):
                raise BadOption(f"{ast.unparse(other)} has no level {side.value!r}.", next=near(side.value, levels))
            return OPERATORS[type(op)](values[name], levels.index(side.value))
    return OPERATORS[type(op)](value_of(left, values, labels), value_of(right, values, labels))


def as_numbers(name: str, values: Values, labels: Labels) -> np.ndarray:
    """Return a node's values, or the numbers that its levels are; raises `BadOption` for levels that are words."""
    if name not in values:
        raise BadOption(f"The formula names {name!r}, which is not a parent.", next=near(name, values))
    levels = labels.get(name, ())
    if not levels:
        return values[name]
    if any(isinstance(level, str) for level in levels):
        raise BadOption(f"{name} has levels, which are not numbers.", next=f'Compare it with one: {name} == "{levels[0]}".')
    return np.array(levels, dtype=float)[np.asarray(values[name]).astype(np.intp)]

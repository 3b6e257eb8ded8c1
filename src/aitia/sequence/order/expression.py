"""Read a relation from text, such as "(causal(n) & window(n, 256)) | prefix(n, 16)": layouts, whole numbers, & and |."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from aitia.core.errors import AitiaError, BadOption, near
from aitia.sequence.order import layouts
from aitia.sequence.order.relation import Endless, Relation

LAYOUTS: dict[str, Callable[..., Any]] = {
    name: getattr(layouts, name)
    for name in (
        "causal",
        "window",
        "prefix",
        "blocks",
        "rings",
        "fork_join",
        "mutual",
        "queries",
        "scales",
        "chunks",
        "block_diffusion",
        "full",
        "by_graph",
    )
}
CALCULATE: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
}
FORM = 'Write layouts joined by & and |, for example "causal(n) & window(n, 256)".'


def read_relation(text: str, n: int | None = None) -> Relation:
    """Read a relation; `n` stands for the number of nodes. Raises `BadOption` saying what cannot be read.

    >>> read_relation("causal(n) | prefix(n, 2)", 4).pairs
    11
    """
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise BadOption(f"{text!r} is not an order.", why=f"{error.msg} at character {error.offset}.", next=FORM) from error
    try:
        found = value_of(tree, n)
    except (TypeError, ValueError) as error:
        raise BadOption(f"{text!r} is not an order.", why=f"{error}.", next=FORM) from error
    if isinstance(found, Endless):
        if n is None:
            raise BadOption("A stream of chunks has no length of its own.", next="Give --n.")
        found = found.over(n)
    if not isinstance(found, Relation):
        raise BadOption(f"{text!r} is not an order.", next=FORM)
    return found


def value_of(node: ast.expr, n: int | None) -> Any:
    """Return what one part of the text stands for."""
    if isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, int | str)):
        return node.value
    if isinstance(node, ast.Tuple | ast.List):
        return (tuple if isinstance(node, ast.Tuple) else list)(value_of(item, n) for item in node.elts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(number := value_of(node.operand, n), int):
        return -number  # which each layout refuses in its own words
    if isinstance(node, ast.Dict):
        return {value_of(k, n): value_of(v, n) for k, v in zip(node.keys, node.values, strict=True) if k is not None}
    if isinstance(node, ast.Name):
        return number_of(node.id, n)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd | ast.BitOr | ast.Add | ast.Sub | ast.Mult | ast.FloorDiv):
        return joined(node.op, value_of(node.left, n), value_of(node.right, n))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return called(node, node.func.id, n)
    raise BadOption(f"{ast.unparse(node)!r} cannot stand in an order.", next=FORM)


def number_of(name: str, n: int | None) -> int:
    """Return what a name stands for: only `n` stands for something."""
    if name != "n":
        raise BadOption(f"{name!r} stands for nothing here.", next=near(name, ("n", *LAYOUTS)))
    if n is None:
        raise BadOption("This order speaks of n, the number of nodes, which was not given.", next="Give --n.")
    return n


def joined(op: ast.operator, left: Any, right: Any) -> Any:
    """Join two relations, or calculate with two numbers."""
    kinds = (Relation, Endless)
    if isinstance(left, kinds) != isinstance(right, kinds) or isinstance(left, kinds) != isinstance(op, ast.BitAnd | ast.BitOr):
        raise BadOption("& and | join relations; +, -, * and // join numbers.", next=FORM)
    if isinstance(left, Endless) and isinstance(right, Endless):
        raise BadOption("Two streams of chunks have no length to share.", next="Give one of them its n: chunks(4, 2, n=n).")
    if isinstance(op, ast.BitAnd):
        return left & right
    if isinstance(op, ast.BitOr):
        return left | right
    return CALCULATE[type(op)](left, right)


def called(node: ast.Call, name: str, n: int | None) -> Any:
    """Return the layout that a call names."""
    if name not in LAYOUTS:
        raise BadOption(f"There is no layout {name!r}.", next=near(name, LAYOUTS))
    positional = [value_of(item, n) for item in node.args]
    by_name = {item.arg: value_of(item.value, n) for item in node.keywords if item.arg is not None}
    try:
        return LAYOUTS[name](*positional, **by_name)
    except AitiaError:
        raise
    except TypeError as error:
        raise BadOption(f"{ast.unparse(node)} cannot be read.", why=f"{error}.", next=f"{name}: {LAYOUTS[name].__doc__}") from error

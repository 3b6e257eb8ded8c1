"""Read how covariates enter a model, such as "age+age^2+C(edu)", and make the columns."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np

from aitia.core.errors import BadOption, CannotEstimate, UnusableColumn
from aitia.core.table import Column

Form = Literal["plain", "power", "levels", "log", "sqrt"]
FUNCTIONS: dict[str, Form] = {"C": "levels", "log": "log", "sqrt": "sqrt"}
MOST_LEVELS = 100
ROWS_PER_LEVEL = 10
LEVELLED = frozenset({"categorical", "environment"})
NO_COVARIATE = frozenset({"text", "unit", "weight"})
TOKEN = re.compile(r'\s*(?:"(?P<quoted>[^"]*)"|(?P<name>[^\W\d][\w.]*)|(?P<number>\d+(?:\.\d+)?)|(?P<mark>[+:^()]))')
GRAMMAR = 'Terms are x, x^2, C(x), log(x), sqrt(x) and products a:b, joined by +; other names stand in quotes, "two words".'


@dataclasses.dataclass(frozen=True, slots=True)
class Factor:
    """Name one column and how it enters: as it is, to a power, by its levels, or by its logarithm or root."""

    name: str
    form: Form = "plain"
    power: int = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Term:
    """Multiply one or more factors."""

    factors: tuple[Factor, ...]


@dataclasses.dataclass(slots=True)
class Reader:
    """Walk through the tokens of a text; every refusal names the position."""

    text: str
    tokens: list[tuple[str, str, int]]
    at: int = 0

    def peek(self) -> tuple[str, str, int]:
        """Return kind, text and position of the next token."""
        return self.tokens[self.at]

    def take(self, mark: str) -> bool:
        """Step over the mark if it comes next."""
        kind, text, _ = self.peek()
        found = kind == "mark" and text == mark
        self.at += found
        return found

    def refuse(self, why: str) -> BadOption:
        """Build the error for what stands at the next token."""
        kind, text, position = self.peek()
        shown = "its end" if kind == "end" else f"{text!r} at position {position + 1}"
        return BadOption(f"The terms {self.text!r} cannot be read: {shown}.", why=why, next=GRAMMAR)


def parse_terms(text: str) -> tuple[Term, ...]:
    """Read terms; raises `BadOption` naming the position of what cannot be read.

    >>> [term_name(term) for term in parse_terms('age + age^2 + C(edu) + "two words":log(x)')]
    ['age', 'age^2', 'C(edu)', 'two words:log(x)']
    """
    reader = Reader(text, tokens(text))
    terms = [_term(reader)]
    while reader.take("+"):
        terms.append(_term(reader))
    if reader.peek()[0] != "end":
        raise reader.refuse("Terms are joined by +.")
    return tuple(dict.fromkeys(terms))


def tokens(text: str) -> list[tuple[str, str, int]]:
    """Split a text into (kind, text, position); raises `BadOption` at a character that has no place."""
    found: list[tuple[str, str, int]] = []
    at = 0
    while at < len(text.rstrip()):
        match = TOKEN.match(text, at)
        if match is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            reader = Reader(text, [("strange", text[at], at)])
            raise reader.refuse("The outcome and the treatment are named elsewhere." if text[at] == "~" else "It has no meaning here.")
        kind = match.lastgroup or ""
        found.append((kind, match[kind], match.start(kind)))
        at = match.end()
    return [*found, ("end", "", len(text))]


def _term(reader: Reader) -> Term:
    factors = [_factor(reader)]
    while reader.take(":"):
        factors.append(_factor(reader))
    return Term(tuple(factors))


def _factor(reader: Reader) -> Factor:
    kind, name, _ = reader.peek()
    if kind == "number":
        raise reader.refuse("A constant is always there.")
    if kind not in ("name", "quoted") or not name:
        raise reader.refuse("A column's name or a function is expected.")
    reader.at += 1
    if kind == "name" and reader.take("("):
        return _function(reader, name)
    if reader.take("^"):
        return Factor(name, "power", _power(reader))
    return Factor(name)


def _function(reader: Reader, name: str) -> Factor:
    reader.at -= 2
    if name not in FUNCTIONS:
        raise reader.refuse(f"There is no function {name}; there are {', '.join(FUNCTIONS)}.")
    reader.at += 2
    kind, inside, _ = reader.peek()
    if kind not in ("name", "quoted") or not inside:
        raise reader.refuse(f"{name}( ) takes the name of one column.")
    reader.at += 1
    if not reader.take(")"):
        raise reader.refuse(f"{name}( is not closed.")
    return Factor(inside, FUNCTIONS[name])


def _power(reader: Reader) -> int:
    kind, text, _ = reader.peek()
    if kind != "number" or not text.isdigit() or not 1 <= int(text) <= 9:
        raise reader.refuse("A power is a whole number from 1 to 9.")
    reader.at += 1
    return int(text)


def term_names(terms: Sequence[Term]) -> tuple[str, ...]:
    """List the columns that terms mention, each once, in order."""
    return tuple(dict.fromkeys(factor.name for term in terms for factor in term.factors))


def factor_name(factor: Factor) -> str:
    """Write a factor as a user would."""
    words = {"plain": "{}", "power": "{}^" + str(factor.power), "levels": "C({})", "log": "log({})", "sqrt": "sqrt({})"}
    return words[factor.form].format(factor.name)


def term_name(term: Term) -> str:
    """Write a term as a user would."""
    return ":".join(factor_name(factor) for factor in term.factors)


def columns_of(
    columns: Mapping[str, Column], rows: Mapping[str, np.ndarray], terms: Sequence[Term]
) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """Return the columns (n, q) of the terms, their names, and the table column of each (of a product: the first).

    A column with levels enters as one column per level but the first. `rows` hold no missing value.
    """
    n = len(next(iter(rows.values()))) if rows else 0
    made = [_product([_expanded(columns[f.name], rows[f.name], f) for f in term.factors]) for term in terms]
    names = tuple(name for parts in made for name, _ in parts)
    sources = tuple(term.factors[0].name for term, parts in zip(terms, made, strict=True) for _ in parts)
    matrix = np.empty((n, len(names)))
    for j, values in enumerate(values for parts in made for _, values in parts):
        matrix[:, j] = values
    return matrix, names, sources


def _product(parts: list[list[tuple[str, np.ndarray]]]) -> list[tuple[str, np.ndarray]]:
    found = parts[0]
    for part in parts[1:]:
        found = [(f"{a}:{b}", left * right) for a, left in found for b, right in part]
    return found


def _expanded(column: Column, values: np.ndarray, factor: Factor) -> list[tuple[str, np.ndarray]]:
    if column.kind in NO_COVARIATE:
        raise UnusableColumn(
            f"{column.name} cannot be a covariate.",
            why=f"It is {column.kind}.",
            next="Give it another kind with --column, or leave it out.",
        )
    if factor.form == "levels" or (factor.form == "plain" and column.kind in LEVELLED):
        return by_level(column, values)
    if column.kind in LEVELLED:
        raise BadOption(
            f"{factor_name(factor)} has no value.", why=f"{column.name} is {column.kind}.", next=f"Write C({column.name}) in the terms."
        )
    return [(factor_name(factor), FORMS[factor.form](factor, scored(column, values)))]


def scored(column: Column, values: np.ndarray) -> np.ndarray:
    """Return an ordinal column's numbers: its levels where they are numbers, else their ranks 0, 1, …; others as they are."""
    if column.kind == "ordinal" and column.numeric_levels:
        return np.array(column.levels, dtype=float)[values.astype(int)]
    return values


def by_level(column: Column, values: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """Return one 0/1 column per level but the first that occurs; raises `CannotEstimate` when there are too many."""
    present = np.unique(values)
    if len(present) > min(MOST_LEVELS, max(len(values) / ROWS_PER_LEVEL, 2)):
        raise CannotEstimate(
            f"{column.name} has {len(present)} levels in {len(values)} rows.",
            why=f"At most {MOST_LEVELS} levels, with {ROWS_PER_LEVEL} rows each on average, can be held fixed.",
            next="Merge levels, or give the column another kind with --column.",
        )
    words = [column.levels[int(v)] if column.coded and column.levels else f"{v:g}" for v in present]
    return [(f"{column.name}={word}", (values == v).astype(float)) for v, word in zip(present[1:], words[1:], strict=True)]


def _log(factor: Factor, values: np.ndarray) -> np.ndarray:
    return np.log(_within(factor, values, values > 0, "not positive"))


def _sqrt(factor: Factor, values: np.ndarray) -> np.ndarray:
    return np.sqrt(_within(factor, values, values >= 0, "negative"))


def _within(factor: Factor, values: np.ndarray, fine: np.ndarray, what: str) -> np.ndarray:
    bad = int((~fine).sum())
    if bad:
        raise BadOption(
            f"{factor_name(factor)} has no value in {bad} rows.", why=f"There {factor.name} is {what}.", next="Leave that term out."
        )
    return values


FORMS: dict[Form, Callable[[Factor, np.ndarray], np.ndarray]] = {
    "plain": lambda factor, values: values,
    "power": lambda factor, values: values**factor.power,
    "log": _log,
    "sqrt": _sqrt,
}

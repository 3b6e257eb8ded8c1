"""Compute with chances exactly, as whole numbers over one denominator, or in floating point, by the same code."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from fractions import Fraction
from numbers import Rational
from typing import Any, ClassVar

import numpy as np

from aitia.core.errors import BadOption
from aitia.core.noun import Noun, noun

Number = Fraction | float
SAFE = 2**62
SLACK = 1e-9
IMPOSSIBLE = "undefined: the evidence has probability 0"


@noun
class Undefined(Noun):
    """Stand for a number that a model does not have, and say why; what is computed from it is it again.

    >>> gap = Undefined(reason="undefined: the evidence has probability 0") - Fraction(1, 2)
    >>> gap.reason
    'undefined: the evidence has probability 0'
    """

    reason: str
    __array_ufunc__: ClassVar[None] = None  # so that an array leaves the arithmetic to this class

    def __bool__(self) -> bool:
        return False

    def _itself(self, other: Any) -> Undefined:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _itself

    def __neg__(self) -> Undefined:
        return self


Answer = Fraction | float | Undefined


@dataclasses.dataclass(frozen=True, slots=True)
class Chances:
    """Hold non-negative numbers as whole numbers `over` one denominator, or as floats where `over` is None.

    Whole numbers lie in int64 while the denominator is small, else in an object array of Python integers.
    """

    values: np.ndarray
    over: int | None = None

    @property
    def exact(self) -> bool:
        """Whether these are fractions."""
        return self.over is not None

    @property
    def numbers(self) -> np.ndarray:
        """The chances as an array of fractions, or of floats."""
        if self.over is None:
            return self.values
        found = np.empty(self.values.shape, dtype=object)
        found.ravel()[:] = [Fraction(int(item), self.over) for item in self.values.ravel()]
        return found

    def floating(self) -> Chances:
        """Return the same numbers as floats."""
        return self if self.over is None else Chances(np.asarray(self.values, dtype=object).astype(float) / float(self.over))

    def per(self, other: Chances) -> Number:
        """Divide one single chance by another, which must not be 0."""
        if self.over is None or other.over is None:
            return float(self.floating().values.item() / other.floating().values.item())
        return Fraction(int(self.values.item()) * other.over, int(other.values.item()) * self.over)

    def shares(self) -> np.ndarray | None:
        """Divide by the sum: an array of fractions or floats; None where the sum is 0."""
        total = self.values.sum()
        if not total:
            return None
        if self.over is None:
            return np.asarray(self.values / total)
        return Chances(self.values, int(total)).numbers


def chances(values: Any) -> Chances:
    """Read numbers in any nested form: exactly where all are whole numbers or fractions, as floats otherwise.

    >>> chances([Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)]).values.tolist()
    [3, 2, 1]
    >>> chances([0.5, 0.5]).exact
    False
    """
    array = values if isinstance(values, np.ndarray) and values.dtype.kind == "f" else np.array(values, dtype=object)
    if array.dtype.kind == "f" or not all(isinstance(item, Rational) for item in array.ravel()):
        return Chances(numeric(array))
    items = [Fraction(int(item.numerator), int(item.denominator)) for item in array.ravel()]
    over = math.lcm(*(item.denominator for item in items))
    whole = [int(item * over) for item in items]
    small = max((abs(number) for number in whole), default=0) < SAFE and over < SAFE
    return Chances(np.array(whole, dtype=np.int64 if small else object).reshape(array.shape), over)


def numeric(array: np.ndarray) -> np.ndarray:
    """Return an array as floats; raises `BadOption` for what is no number."""
    try:
        return array.astype(float)
    except (TypeError, ValueError) as error:
        raise BadOption("A table holds something that is not a number.", why=str(error)) from error


def certain(code: int, levels: int, *, exact: bool) -> Chances:
    """Return the chances (levels,) of a node that has one value for certain."""
    values = np.zeros(levels, dtype=np.int64 if exact else float)
    values[code] = 1
    return Chances(values, 1 if exact else None)


def is_law(table: Chances) -> bool:
    """Tell whether every row of a table, along its last axis, is non-negative and sums to 1."""
    if table.values.size == 0 or (table.values < 0).any():
        return False
    sums = table.values.sum(axis=-1)
    if table.over is not None:
        return bool((sums == table.over).all())
    return bool((np.abs(sums - 1) <= SLACK).all())


def alike(tables: Sequence[Chances]) -> list[np.ndarray]:
    """Return the arrays of laws in one type: int64 where their product cannot overflow, Python integers, or floats.

    The laws are of different variables, each given others, so no sum of their products exceeds 1, and as whole numbers
    none exceeds the product of the denominators.
    """
    if not all(table.exact for table in tables):
        return [table.floating().values for table in tables]
    small = math.prod(table.over or 1 for table in tables) < SAFE
    return [np.asarray(table.values, dtype=np.int64 if small else object) for table in tables]


def denominator(tables: Sequence[Chances]) -> int | None:
    """Return the denominator of a product of tables; None for floats."""
    return math.prod(table.over or 1 for table in tables) if all(table.exact for table in tables) else None

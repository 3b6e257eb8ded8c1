"""Order columns by what they hold, so that a test's chance and the roles of its sides depend on no name and no order of rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from aitia.core.keys import column_keys, mix, row_keys, total

SAME = 1e-9


@dataclasses.dataclass(frozen=True)
class Variable:
    """Hold one column of complete rows: values (n,), or codes of levels that are told apart and never measured."""

    values: np.ndarray
    coded: bool

    def taken(self, rows: np.ndarray) -> Variable:
        """Return the variable on some rows."""
        return Variable(self.values[rows], self.coded)

    @property
    def constant(self) -> bool:
        """Whether nothing varies, up to rounding."""
        values = self.values
        return len(values) == 0 or bool(np.ptp(values) <= (0.0 if self.coded else SAME * max(1.0, float(np.abs(values).max()))))


@dataclasses.dataclass(frozen=True)
class Roles:
    """Hold the two sides and the given variables of a test in the order of their content, with keys for chance: of all, of each side."""

    first: Variable
    second: Variable
    given: tuple[Variable, ...]
    key: int
    keys: tuple[int, int]

    def taken(self, rows: np.ndarray) -> Roles:
        """Return the same roles on some rows."""
        given = tuple(v.taken(rows) for v in self.given)
        return Roles(self.first.taken(rows), self.second.taken(rows), given, self.key, self.keys)


def in_order(one: Variable, other: Variable, given: Sequence[Variable]) -> Roles:
    """Return the same roles whichever side is named first, however rows stand, levels are coded, and columns are called and scaled."""
    variables = [one, other, *given]
    keys = keys_of(variables, [0, 0, *[1] * len(given)])
    sides = [0, 1] if keys[0] <= keys[1] else [1, 0]
    rest = sorted(range(2, len(variables)), key=lambda i: int(keys[i]))
    chance = total(mix(keys[:2])) ^ total(mix(~keys[2:])) if given else total(mix(keys))
    own = int(keys[sides[0]]), int(keys[sides[1]])
    return Roles(variables[sides[0]], variables[sides[1]], tuple(variables[i] for i in rest), int(chance), own)


def keys_of(variables: Sequence[Variable], roles: Sequence[int]) -> np.ndarray:
    """Return a key (p,) per variable from its content beside the others': of numbers their ranks enter, of levels no codes."""
    plain = plain_of(variables)
    rows = row_keys(plain, roles)
    if any(v.coded for v in variables):
        plain = [level_keys(v.values, rows) if v.coded else ranks for v, ranks in zip(variables, plain, strict=True)]
        rows = row_keys(plain, roles)
    return column_keys(plain, rows)


def plain_of(variables: Sequence[Variable]) -> list[np.ndarray]:
    """Return for each variable what tells its rows apart: the rank (n,) of a number, how many rows share a level."""
    return [level_sizes(v.values) if v.coded else ranks_of(v.values) for v in variables]


def ranks_of(values: np.ndarray) -> np.ndarray:
    """Return the rank (n,) of each value among the different ones, from 0."""
    return np.unique(values, return_inverse=True)[1].reshape(-1).astype(float)


def rows_by_content(variables: Sequence[Variable]) -> np.ndarray:
    """Return a key (n,) per row from the content of variables, on which their scales and codes have no bearing."""
    return row_keys([v.values if v.coded else ranks_of(v.values) for v in recoded(variables)])


def level_sizes(codes: np.ndarray) -> np.ndarray:
    """Return for each row (n,) how many rows share its level."""
    return np.bincount(codes.astype(np.int64))[codes.astype(np.int64)].astype(float)


def level_keys(codes: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return for each row (n,) a number made from the keys of all rows with its level."""
    whole = codes.astype(np.int64)
    sums = np.zeros(int(whole.max(initial=-1)) + 1, dtype=np.uint64)
    np.add.at(sums, whole, mix(rows))
    return (mix(sums) >> np.uint64(12))[whole].astype(float)  # 52 bits: exact as a float


def recoded(variables: Sequence[Variable]) -> list[Variable]:
    """Return variables whose levels are numbered by their content beside the others', whatever their codes were."""
    rows = row_keys(plain_of(variables), list(range(len(variables))))
    found = []
    for variable in variables:
        keys = level_keys(variable.values, rows) if variable.coded else variable.values
        codes = np.unique(keys, return_inverse=True)[1] if variable.coded else variable.values
        found.append(Variable(np.asarray(codes, dtype=float).reshape(-1), variable.coded))
    return found


def distinct(given: Sequence[Variable]) -> list[Variable]:
    """Return the given variables without those that do not vary or that say what an earlier one says."""
    kept: list[Variable] = []
    for variable in given:
        if not variable.constant and not any(alike(variable, other) for other in kept):
            kept.append(variable)
    return kept


def alike(one: Variable, other: Variable) -> bool:
    """Tell whether two variables that vary say the same: levels that match one to one, or numbers on one straight line."""
    if one.coded != other.coded:
        return False
    if one.coded:
        pairs = np.unique(one.values * (other.values.max() + 1) + other.values)
        return len(pairs) == len(np.unique(one.values)) == len(np.unique(other.values))
    a, b = standardised(one.values), standardised(other.values)
    return bool(np.abs(a - b).max() <= SAME or np.abs(a + b).max() <= SAME)


def standardised(values: np.ndarray) -> np.ndarray:
    """Return numbers (n,) that vary, with mean 0 and variance 1 (divisor n - 1)."""
    centred = values - values.mean()
    return np.asarray(centred / centred.std(ddof=1))


def drawn_rows(variables: Sequence[Variable], most: int, rng: np.random.Generator) -> np.ndarray:
    """Return the positions of `most` rows, chosen by their content and a number from `rng`, not by where they stand."""
    keys = row_keys(plain_of(variables))
    mixed = mix(keys ^ np.uint64(rng.integers(2**63)))
    return np.sort(np.argsort(mixed, kind="stable")[:most])

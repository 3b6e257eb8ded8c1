"""Write SQL that turns the values of a column into the numbers that a table holds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aitia.data.engines.connection import NUMBER, Connection, Words, quoted, text

MOST_WRITTEN = 64  # values written into the statement itself; more of them lie beside it
SPACE = "".join(
    map(chr, (*range(9, 14), *range(28, 33), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000))
)
NOTHING = "CAST(NULL AS DOUBLE)"


def trimmed(word: str) -> str:
    """Return the SQL of a word without spaces around it; only words that have some are cut, for that takes DuckDB ten times as long."""
    padded = f"regexp_matches({word}, {text(f'^[{SPACE}]|[{SPACE}]$')})"
    return f"CASE WHEN {padded} THEN trim({word}, {text(SPACE)}) ELSE {word} END"


def double(number: float) -> str:
    """Write a finite number as an SQL literal of type DOUBLE.

    >>> double(0.1), double(1e300)
    ('0.1e0', '1e+300')
    """
    shown = repr(float(number))
    return shown if "e" in shown else f"{shown}e0"


def words_to_numbers(connection: Connection, word: str, keys: Sequence[str], numbers: np.ndarray) -> str:
    """Return the SQL of the number (k,) that belongs to each word (k,); NULL for any other word and for NaN."""
    held = [i for i in np.argsort(numbers, kind="stable") if not np.isnan(numbers[i])]
    if not held:
        return NOTHING
    ordered, values = tuple(keys[i] for i in held), numbers[held]
    kind = f"ENUM({', '.join(text(key) for key in ordered)})"
    if len(ordered) > MOST_WRITTEN:
        kind = f"aitia_words_{next(NUMBER)}"
        connection.do(Words(kind, ordered))
    code = f"enum_code(TRY_CAST({word} AS {kind}))"
    if np.array_equal(values, np.arange(len(values))):
        return f"CAST({code} AS DOUBLE)"
    return f"list_extract({listed(values)}, CAST({code} AS BIGINT) + 1)"


def codes_to_numbers(code: str, numbers: np.ndarray) -> str:
    """Return the SQL of the number (k,) that belongs to each code 0 … k - 1, given as DOUBLE."""
    if np.array_equal(numbers, np.arange(len(numbers))):
        return code
    return f"list_extract({listed(numbers)}, CAST({code} AS BIGINT) + 1)"


def numbers_to_codes(connection: Connection, number: str, levels: Sequence[float]) -> str:
    """Return the SQL of the place of a number among some (k,), NULL for any other number."""
    if len(levels) <= MOST_WRITTEN:
        return f"CASE {number} {' '.join(f'WHEN {double(level)} THEN {i}e0' for i, level in enumerate(levels))} END"
    words = connection.all(f"SELECT CAST(unnest({listed(np.array(levels, dtype=float))}) + 0 AS VARCHAR)")
    return words_to_numbers(connection, f"CAST({number} + 0 AS VARCHAR)", [word for (word,) in words], np.arange(len(words)))


def listed(numbers: np.ndarray) -> str:
    """Return the SQL of a list of numbers (k,), NULL for NaN: a constant, for a subquery is a join, in which rows lose their order."""
    return f"CAST('[{', '.join('NULL' if np.isnan(x) else repr(float(x)) for x in numbers)}]' AS DOUBLE[])"


def select(expressions: dict[str, str], relation: str) -> str:
    """Return the query of some columns of a relation, by name."""
    return f"SELECT {', '.join(f'{expression} AS {quoted(name)}' for name, expression in expressions.items())} FROM {relation}"

"""Tell what a column of words holds: numbers, dates, truth values, labels, or a mixture."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import numpy as np

from aitia.data.dates import numbers_of, parsed_dates
from aitia.data.loaded import Spelling, Values

MISSING = ("", "NA", "N/A", "n/a", "na", "<NA>", "NaN", "nan", "null", "NULL", "None", ".", "-", "?", "#N/A")
SEPARATORS = (" ", "\u00a0", "\u202f", "'")
TRUTH = frozenset({"true", "false"})
MOST_TRUTH, MOST_EXAMPLES = 6, 4


def missing_words(spelling: Spelling) -> tuple[str, ...]:
    """Return the words for missing values: those the caller gave, or the usual ones."""
    return MISSING if spelling.missing is None else spelling.missing


def of_words(array: Any, spelling: Spelling) -> Values:
    """Return what a PyArrow array of strings (n,) holds."""
    import pyarrow
    import pyarrow.compute

    compute = pyarrow.compute
    if spelling.decimal == ".":
        is_missing = compute.is_in(array, value_set=pyarrow.array(missing_words(spelling), type=array.type))
        try:
            numbers = numbers_of(compute.if_else(is_missing, pyarrow.scalar(None, array.type), array))
        except pyarrow.ArrowInvalid:
            pass
        else:
            counted = compute.value_counts(array.filter(is_missing)).to_pylist()
            return Values(form="numbers", numbers=numbers, missing_words=by_count({x["values"]: x["counts"] for x in counted}))
    codes, distinct = codes_of(array.dictionary_encode())
    return spread(of_distinct(distinct, np.bincount(codes[codes >= 0], minlength=len(distinct)), spelling), codes)


def of_distinct(distinct: Any, counts: np.ndarray, spelling: Spelling) -> Values:
    """Return what distinct words (k,) hold that occur `counts` (k,) times: values of each word, counts of the occurrences."""
    import pyarrow
    import pyarrow.compute

    compute = pyarrow.compute
    trimmed = compute.utf8_trim_whitespace(distinct)
    merged = trimmed.dictionary_encode()
    place, words = merged.indices.to_numpy(zero_copy_only=False), merged.dictionary
    occurring = np.bincount(place, weights=counts, minlength=len(words)).astype(np.int64)
    absent = compute.is_in(words, value_set=pyarrow.array((*missing_words(spelling), ""), type=words.type)).to_numpy(zero_copy_only=False)
    seen = dict(zip(words.filter(pyarrow.array(absent)).to_pylist(), occurring[absent].tolist(), strict=True))
    found = told_apart(words, occurring, absent, spelling)
    padded = compute.sum(compute.and_(compute.not_equal(trimmed, distinct), pyarrow.array(counts > 0))).as_py() or 0
    spaces = int(padded) if found.form in ("words", "mixed") else 0
    seen = by_count({word: count for word, count in seen.items() if word and count})
    return spread(dataclasses.replace(found, missing_words=seen, spaces=spaces), place)


def by_count(counted: dict[str, int]) -> dict[str, int]:
    """Return counted words with the most frequent first, equal ones by alphabet."""
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def spread(values: Values, codes: np.ndarray) -> Values:
    """Return the values (n,) of codes (n,), -1 for missing, from the values of what the codes stand for."""
    numbers = None if values.numbers is None else np.append(values.numbers, np.nan)[codes]
    return dataclasses.replace(values, numbers=numbers, codes=None if values.codes is None else np.append(values.codes, -1)[codes])


def codes_of(encoded: Any) -> tuple[np.ndarray, Any]:
    """Return codes (n,), -1 for missing, and the distinct values of a dictionary array."""
    import pyarrow

    if isinstance(encoded, pyarrow.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
        if isinstance(encoded, pyarrow.ChunkedArray):
            encoded = encoded.chunk(0)
    return encoded.indices.cast(pyarrow.int64()).fill_null(-1).to_numpy(zero_copy_only=False), encoded.dictionary


def told_apart(words: Any, counts: np.ndarray, absent: np.ndarray, spelling: Spelling) -> Values:
    """Return the values of distinct words without spaces around them (k,): which are numbers, dates, truth values or labels."""
    present = ~absent & (counts > 0)
    numbers, thousands = parsed_numbers(words, present, spelling.decimal)
    numeric = present & ~np.isnan(numbers)
    if not present.any():
        return Values(form="empty")
    if not (present & ~numeric).any():
        return Values(form="numbers", numbers=numbers, thousands=thousands)
    if not numeric.any():
        days, order = parsed_dates(words, present, spelling.dates)
        if days is not None:
            return Values(form="dates", numbers=days, dates=order)
        if present.sum() <= MOST_TRUTH and {word.lower() for word in some(words, present)} == TRUTH:
            truth = np.array([str(word).lower() == "true" for word in words.to_pylist()], dtype=float)
            return Values(form="truth", numbers=np.where(present, truth, np.nan))
        return Values(form="words", dates=order, **compact(words, present))
    strange = present & ~numeric
    examples = dict(zip(some(words, strange), counts[strange].tolist(), strict=True))
    shown = dict(list(by_count(examples).items())[:MOST_EXAMPLES])
    return Values(form="mixed", numbers=numbers, words={**shown, "": int(counts[strange].sum())}, **compact(words, present))


def some(words: Any, chosen: np.ndarray) -> list[str]:
    """Return the chosen words."""
    import pyarrow

    return words.filter(pyarrow.array(chosen)).to_pylist()


def compact(words: Any, present: np.ndarray) -> dict[str, Any]:
    """Return the words that are present as labels, and the code of each word among them, -1 for the others."""
    return {"codes": np.where(present, np.cumsum(present) - 1, -1), "labels": tuple(some(words, present))}


def number_pattern(decimal: str) -> str:
    """Return the pattern of a number written without marks between thousands."""
    mark = f"[{decimal}]"
    return rf"^[+-]?(([0-9]+({mark}[0-9]*)?|{mark}[0-9]+)([eE][+-]?[0-9]+)?|[iI][nN][fF]([iI][nN][iI][tT][yY])?)$"


def grouped_patterns(mark: str, decimal: str) -> tuple[str, str]:
    """Return the pattern of a number with marks between thousands, and of one that can mean nothing else."""
    group, tail = rf"[{mark}][0-9]{{3}}", rf"[{decimal}][0-9]+"
    return rf"^[+-]?[0-9]{{1,3}}({group})+({tail})?$", rf"^[+-]?[0-9]{{1,3}}(({group}){{2,}}({tail})?|({group})+{tail})$"


def marks_between_thousands(decimal: str) -> tuple[str, ...]:
    """Return the marks that may stand between thousands."""
    return ("," if decimal == "." else ".", *SEPARATORS)


def parsed_numbers(words: Any, present: np.ndarray, decimal: str) -> tuple[np.ndarray, str]:
    """Return the number of each word, NaN where it is none, and the mark between thousands if there is one."""
    import pyarrow.compute

    compute = pyarrow.compute
    is_number = compute.match_substring_regex(words, number_pattern(decimal)).to_numpy(zero_copy_only=False) & present
    rest = present & ~is_number
    thousands = thousands_mark(some(words, rest), decimal) if rest.any() else ""
    cleaned = compute.replace_substring(words, thousands, "") if thousands else words
    is_number = is_number | rest if thousands else is_number
    cleaned = compute.replace_substring(cleaned, decimal, ".") if decimal != "." else cleaned
    cleaned = compute.replace_substring_regex(cleaned, r"^\+", "")
    return numbers_of(compute.if_else(pyarrow.array(is_number), cleaned, pyarrow.scalar(None, cleaned.type))), thousands


def thousands_mark(words: list[str], decimal: str) -> str:
    """Return the mark between thousands when every word has it and one at least can mean nothing else, else nothing."""
    for mark in marks_between_thousands(decimal):
        grouped, sure = (re.compile(pattern) for pattern in grouped_patterns(mark, decimal))
        if all(grouped.match(word) for word in words):
            return mark if mark in SEPARATORS or any(sure.match(word) for word in words) else ""
    return ""


def most_common(words: dict[str, int]) -> str:
    """Quote the words that occur most, as examples."""
    return ", ".join(repr(word) for word in list(by_count({word: count for word, count in words.items() if word}))[:3])

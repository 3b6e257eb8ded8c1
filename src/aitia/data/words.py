"""Tell what a column of words holds: numbers, dates, truth values, labels, or a mixture."""

from __future__ import annotations

import collections
import re
from typing import Any

import numpy as np

from aitia.data.loaded import Values

MISSING = ("", "NA", "N/A", "n/a", "na", "<NA>", "NaN", "nan", "null", "NULL", "None", ".", "-", "?", "#N/A")
DATE = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?$"
SEPARATORS = (" ", "\u00a0", "\u202f", "'")
TRUTH = frozenset({"true", "false"})
DAY = 86_400_000_000


def of_words(array: Any, missing: tuple[str, ...], decimal: str) -> Values:
    """Return what a PyArrow array of strings (n,) holds; `missing` are the words for missing values."""
    import pyarrow
    import pyarrow.compute

    compute = pyarrow.compute
    is_missing = compute.is_in(array, value_set=pyarrow.array(missing, type=array.type))
    if decimal == ".":
        try:
            numbers = numbers_of(compute.if_else(is_missing, pyarrow.scalar(None, array.type), array))
        except pyarrow.ArrowInvalid:
            return of_distinct(array.dictionary_encode(), missing, decimal)
        counted = compute.value_counts(array.filter(is_missing))
        return Values(form="numbers", numbers=numbers, missing_words={item["values"]: item["counts"] for item in counted.to_pylist()})
    return of_distinct(array.dictionary_encode(), missing, decimal)


def of_distinct(encoded: Any, missing: tuple[str, ...], decimal: str) -> Values:
    """Return what an encoded array of words holds, looking at each distinct word once."""
    import pyarrow.compute

    compute = pyarrow.compute
    codes, distinct = codes_of(encoded)
    trimmed = compute.utf8_trim_whitespace(distinct)
    merged = trimmed.dictionary_encode()
    codes = np.append(merged.indices.to_numpy(zero_copy_only=False), -1)[codes]
    words = merged.dictionary
    counts = np.bincount(codes[codes >= 0], minlength=len(words))
    absent = compute.is_in(words, value_set=pyarrow.array((*missing, ""), type=words.type)).to_numpy(zero_copy_only=False)
    seen = {word: int(count) for word, count in zip(words.filter(pyarrow.array(absent)).to_pylist(), counts[absent], strict=True) if word}
    if absent.any():
        codes = np.where(np.append(absent, True)[codes], -1, codes)
    spaces = int(compute.sum(compute.not_equal(trimmed, distinct)).as_py() or 0)
    found = told_apart(codes, words, counts, absent, decimal)
    return Values(**{**found, "missing_words": seen, "spaces": spaces if found["form"] in ("words", "mixed") else 0})


def codes_of(encoded: Any) -> tuple[np.ndarray, Any]:
    """Return codes (n,), -1 for missing, and the distinct values of a dictionary array."""
    import pyarrow

    if isinstance(encoded, pyarrow.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
        if isinstance(encoded, pyarrow.ChunkedArray):
            encoded = encoded.chunk(0)
    return encoded.indices.cast(pyarrow.int64()).fill_null(-1).to_numpy(zero_copy_only=False), encoded.dictionary


def told_apart(codes: np.ndarray, words: Any, counts: np.ndarray, absent: np.ndarray, decimal: str) -> dict[str, Any]:
    """Return the fields of `Values` that say which words are numbers, dates or truth values."""
    present = ~absent & (counts > 0)
    values, thousands = parsed_numbers(words, present, decimal)
    numeric = present & ~np.isnan(values)
    if not present.any():
        return {"form": "empty"}
    if not (present & ~numeric).any():
        return {"form": "numbers", "numbers": np.append(values, np.nan)[codes], "thousands": thousands}
    if not numeric.any():
        days = parsed_dates(words, present)
        if days is not None:
            return {"form": "dates", "numbers": np.append(days, np.nan)[codes]}
        if present.sum() <= 6 and {word.lower() for word in some(words, present)} == TRUTH:
            truth = np.array([str(word).lower() == "true" for word in words.to_pylist()], dtype=float)
            return {"form": "truth", "numbers": np.where(codes >= 0, np.append(truth, np.nan)[codes], np.nan)}
        return {"form": "words", **compact(codes, words, present)}
    strange = present & ~numeric
    order = np.argsort(-counts * strange, kind="stable")[:4]
    examples = {words[int(i)].as_py(): int(counts[i]) for i in order if strange[i]}
    return {
        "form": "mixed",
        "numbers": np.append(values, np.nan)[codes],
        "words": {**examples, "": int(counts[strange].sum())},
        **compact(codes, words, present),
    }


def some(words: Any, chosen: np.ndarray) -> list[str]:
    """Return the chosen words."""
    import pyarrow

    return words.filter(pyarrow.array(chosen)).to_pylist()


def compact(codes: np.ndarray, words: Any, present: np.ndarray) -> dict[str, Any]:
    """Return codes into the words that occur, and those words."""
    place = np.append(np.where(present, np.cumsum(present) - 1, -1), -1)
    return {"codes": place[codes], "labels": tuple(some(words, present))}


def parsed_numbers(words: Any, present: np.ndarray, decimal: str) -> tuple[np.ndarray, str]:
    """Return the number of each word, NaN where it is none, and the mark between thousands if there is one."""
    import pyarrow.compute

    compute = pyarrow.compute
    mark = re.escape(decimal)
    plain = rf"^(?i:[+-]?(\d+({mark}\d*)?|{mark}\d+)(e[+-]?\d+)?|[+-]?inf(inity)?)$"
    is_number = compute.match_substring_regex(words, plain).to_numpy(zero_copy_only=False) & present
    rest = present & ~is_number
    thousands = ""
    if is_number.any() or (rest.any() and len(words) and re.match(r"[+-]?\d", some(words, rest)[0] or "")):
        thousands = thousands_mark(some(words, rest), mark) if rest.any() else ""
    cleaned = compute.replace_substring(words, thousands, "") if thousands else words
    is_number = is_number | rest if thousands else is_number
    cleaned = compute.replace_substring(cleaned, decimal, ".") if decimal != "." else cleaned
    cleaned = compute.replace_substring_regex(cleaned, r"^\+", "")
    return numbers_of(compute.if_else(pyarrow.array(is_number), cleaned, pyarrow.scalar(None, cleaned.type))), thousands


def thousands_mark(words: list[str], decimal: str) -> str:
    """Return the mark between thousands when every word has it and one at least can mean nothing else, else nothing."""
    for mark in ("," if decimal == r"\." else ".", *SEPARATORS):
        group = rf"{re.escape(mark)}\d{{3}}"
        grouped = re.compile(rf"[+-]?\d{{1,3}}({group})+({decimal}\d+)?")
        if all(grouped.fullmatch(word) for word in words):
            sure = re.compile(rf"[+-]?\d{{1,3}}(({group}){{2,}}({decimal}\d+)?|({group})+{decimal}\d+)")
            return mark if mark in SEPARATORS or any(sure.fullmatch(word) for word in words) else ""
    return ""


def numbers_of(array: Any) -> np.ndarray:
    """Return a PyArrow array cast to float64 (n,), NaN for missing; raises `ArrowInvalid`."""
    import pyarrow

    return np.array(array.cast(pyarrow.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)


def parsed_dates(words: Any, present: np.ndarray) -> np.ndarray | None:
    """Return days since 1970 of each word, or None when one of them is no date."""
    import pyarrow
    import pyarrow.compute

    compute = pyarrow.compute
    dates = compute.if_else(pyarrow.array(present), words, pyarrow.scalar(None, words.type))
    if not compute.all(compute.match_substring_regex(dates, DATE)).as_py():
        return None
    for kind in (pyarrow.timestamp("us"), pyarrow.timestamp("us", "UTC")):
        try:
            return days_of(dates.cast(kind))
        except pyarrow.ArrowInvalid:
            continue
    return None


def days_of(array: Any) -> np.ndarray:
    """Return a PyArrow array of dates or times as days since 1970 (n,), NaN for missing."""
    import pyarrow

    if pyarrow.types.is_time(array.type):
        array = array.cast(pyarrow.time64("us"))
    elif pyarrow.types.is_duration(array.type):
        array = array.cast(pyarrow.duration("us"), safe=False)
    else:
        array = array.cast(pyarrow.timestamp("us", getattr(array.type, "tz", None)), safe=False)
    return numbers_of(array.cast(pyarrow.int64())) / DAY


def most_common(words: dict[str, int]) -> str:
    """Quote the words that occur most, as examples."""
    counted = collections.Counter({word: count for word, count in words.items() if word})
    return ", ".join(repr(word) for word, _ in counted.most_common(3))

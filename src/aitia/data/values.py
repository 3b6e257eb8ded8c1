"""Turn a column of any PyArrow type into values of one of a few forms."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from aitia.data.dates import days_of, numbers_of
from aitia.data.loaded import Spelling, Values
from aitia.data.words import by_count, codes_of, of_words

NOT_UTF8 = "It holds bytes, not words in UTF-8."


def form_of(kind: Any) -> str:
    """Return what values of a PyArrow type are read as: truth, numbers, durations, dates, categories, text, bytes, empty or unreadable."""
    from pyarrow import types

    tests = {
        "bytes": (types.is_binary, types.is_large_binary),
        "empty": (types.is_null,),
        "truth": (types.is_boolean,),
        "numbers": (types.is_integer, types.is_floating, types.is_decimal),
        "durations": (types.is_duration,),
        "dates": (types.is_temporal,),
        "categories": (types.is_dictionary,),
        "text": (types.is_string, types.is_string_view, types.is_large_string),
    }
    return next((form for form, fits in tests.items() if any(test(kind) for test in fits)), "unreadable")


def why_unreadable(kind: Any) -> str:
    """Say why values of a PyArrow type are not read."""
    return f"It holds values of type {kind}, which are not read."


def values_of(array: Any, spelling: Spelling) -> Values:
    """Return the values of a PyArrow array (n,)."""
    import pyarrow

    if isinstance(array.type, pyarrow.BaseExtensionType):
        array = array.cast(array.type.storage_type)
    form = form_of(array.type)
    if form == "bytes":
        try:
            array, form = array.cast(pyarrow.string()), "text"
        except pyarrow.ArrowInvalid:
            return Values(form="unreadable", why=NOT_UTF8)
    if form in ("empty", "unreadable"):
        return Values(form=form, why=why_unreadable(array.type) if form == "unreadable" else "")
    if form == "truth":
        return Values(form=form, numbers=numbers_of(array))
    if form == "numbers":
        return finite(without(Values(form=form, numbers=numbers_of(array)), spelling.missing))
    if form in ("dates", "durations"):
        return Values(form="numbers" if form == "durations" else form, numbers=days_of(array))
    if form == "categories":
        return of_categories(array)
    if not pyarrow.types.is_string(array.type) and array.nbytes < 2**31:
        array = array.cast(pyarrow.string())
    return finite(of_words(array, spelling))


def of_categories(array: Any) -> Values:
    """Return the categories of a dictionary array; those that do not occur are left out."""
    codes, distinct = codes_of(array)
    return categories(codes, distinct.to_pylist(), bool(array.type.ordered))


def categories(codes: np.ndarray, labels: list[Any], ordered: bool) -> Values:
    """Return the categories (k,) that codes (n,), -1 for missing, point into."""
    counts = np.bincount(codes[codes >= 0], minlength=len(labels))
    occurs = np.array([count > 0 and label is not None for count, label in zip(counts, labels, strict=True)], dtype=bool)
    place = np.append(np.where(occurs, np.cumsum(occurs) - 1, -1), -1)
    kept = tuple(label for label, here in zip(labels, occurs, strict=True) if here)
    if not all(isinstance(label, str | int | float) for label in kept):
        kept = tuple(str(label) for label in kept)
    return Values(form="labels" if kept else "empty", codes=place[codes], labels=kept, ordered=ordered)


def missing_numbers(words: tuple[str, ...] | None) -> dict[str, float]:
    """Return the words for missing values that are numbers, such as -9."""
    found = {}
    for word in words or ():
        try:
            number = float(word)
        except ValueError:
            continue
        if np.isfinite(number):
            found[word] = number
    return found


def without(values: Values, missing: tuple[str, ...] | None) -> Values:
    """Return numbers without those that the caller named as meaning missing, such as -9."""
    assert values.numbers is not None
    numbers, seen = values.numbers, {}
    for word, number in missing_numbers(missing).items():
        same = numbers == number
        if same.any():
            seen[word] = int(same.sum())
            numbers = np.where(same, np.nan, numbers)
    return dataclasses.replace(values, numbers=numbers, missing_words=by_count(seen))


def finite(values: Values, weights: np.ndarray | None = None) -> Values:
    """Return numbers with infinities as missing, and their count; each value stands for `weights` (n,) rows, or for one."""
    if values.numbers is None:
        return values
    infinite = np.isinf(values.numbers)
    if not infinite.any():
        return values
    count = infinite.sum() if weights is None else weights[infinite].sum()
    return dataclasses.replace(values, numbers=np.where(infinite, np.nan, values.numbers), infinite=int(count))

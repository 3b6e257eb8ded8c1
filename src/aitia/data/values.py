"""Turn a column of any PyArrow type into values of one of a few forms."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from aitia.data.loaded import Values
from aitia.data.words import MISSING, codes_of, days_of, numbers_of, of_words


def values_of(array: Any, missing: tuple[str, ...] | None, decimal: str) -> Values:
    """Return the values of a PyArrow array (n,); `missing` are the words the caller gave for missing values."""
    import pyarrow

    types, kind = pyarrow.types, array.type
    if types.is_binary(kind) or types.is_large_binary(kind):
        try:
            return values_of(array.cast(pyarrow.string()), missing, decimal)
        except pyarrow.ArrowInvalid:
            return Values(form="unreadable", why="It holds bytes, not words in UTF-8.")
    if types.is_null(kind):
        return Values(form="empty")
    if types.is_boolean(kind):
        return Values(form="truth", numbers=numbers_of(array))
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return finite(without(Values(form="numbers", numbers=numbers_of(array)), missing))
    if types.is_temporal(kind):
        return Values(form="numbers" if types.is_duration(kind) else "dates", numbers=days_of(array))
    if types.is_dictionary(kind):
        return of_categories(array)
    if types.is_string_view(kind) or types.is_large_string(kind):
        array = array.cast(pyarrow.string()) if array.nbytes < 2**31 else array
    elif not types.is_string(kind):
        return Values(form="unreadable", why=f"It holds values of type {kind}, which are not read.")
    return finite(of_words(array, MISSING if missing is None else missing, decimal))


def of_categories(array: Any) -> Values:
    """Return the categories of a dictionary array; those that do not occur are left out."""
    codes, distinct = codes_of(array)
    labels = distinct.to_pylist()
    counts = np.bincount(codes[codes >= 0], minlength=len(labels))
    occurs = np.array([count > 0 and label is not None for count, label in zip(counts, labels, strict=True)], dtype=bool)
    place = np.append(np.where(occurs, np.cumsum(occurs) - 1, -1), -1)
    kept = tuple(label for label, here in zip(labels, occurs, strict=True) if here)
    if not all(isinstance(label, str | int | float) for label in kept):
        kept = tuple(str(label) for label in kept)
    return Values(form="labels" if kept else "empty", codes=place[codes], labels=kept, ordered=bool(array.type.ordered))


def without(values: Values, missing: tuple[str, ...] | None) -> Values:
    """Return numbers without those that the caller named as meaning missing, such as -9."""
    assert values.numbers is not None
    numbers, seen = values.numbers, {}
    for word in missing or ():
        try:
            same = numbers == float(word)
        except ValueError:
            continue
        if same.any():
            seen[word] = int(same.sum())
            numbers = np.where(same, np.nan, numbers)
    return dataclasses.replace(values, numbers=numbers, missing_words=seen)


def finite(values: Values) -> Values:
    """Return numbers with infinities as missing, and their count."""
    if values.numbers is None:
        return values
    infinite = np.isinf(values.numbers)
    if not infinite.any():
        return values
    return dataclasses.replace(values, numbers=np.where(infinite, np.nan, values.numbers), infinite=int(infinite.sum()))

"""Read dates and times of day in the ways people write them, and tell day from month only where the column tells."""

from __future__ import annotations

from typing import Any

import numpy as np

ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}.*)?$"
YEAR_FIRST = r"^[0-9]{4}([/.])[0-9]{2}[/.][0-9]{2}([T ][0-9]{2}:[0-9]{2}.*)?$"
CLOCK = r"^[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?$"
PARTS = r"^(?P<first>[0-9]{1,2})[./-](?P<second>[0-9]{1,2})[./-](?P<year>[0-9]{4})(?P<rest>[T ][0-9]{2}:[0-9]{2}.*)?$"
DAY_FIRST, MONTH_FIRST, AMBIGUOUS = "day first", "month first", "ambiguous"
TOLD = {"dayfirst": DAY_FIRST, "monthfirst": MONTH_FIRST}
DAY = 86_400_000_000


def parsed_dates(words: Any, present: np.ndarray, told: str | None) -> tuple[np.ndarray | None, str]:
    """Return days since 1970 of each word (k,), None when one of those present is no date, and the order of day and month.

    `told` is what the caller says of that order: "dayfirst", "monthfirst" or None.
    """
    import pyarrow
    import pyarrow.compute

    compute = pyarrow.compute
    dates = compute.if_else(pyarrow.array(present), words, pyarrow.scalar(None, words.type))

    def all_match(pattern: str) -> bool:
        return bool(compute.all(compute.match_substring_regex(dates, pattern)).as_py())

    if all_match(ISO):
        return cast_days(dates), ""
    if all_match(YEAR_FIRST):
        return cast_days(compute.replace_substring_regex(dates, r"^([0-9]{4})[/.]([0-9]{2})[/.]([0-9]{2})", r"\1-\2-\3")), ""
    if all_match(CLOCK):
        return cast_days(compute.binary_join_element_wise("1970-01-01", dates, "T")), ""
    return in_parts(compute.extract_regex(dates, PARTS), told) if all_match(PARTS) else (None, "")


def in_parts(parts: Any, told: str | None) -> tuple[np.ndarray | None, str]:
    """Return days of dates taken apart (a struct of first, second, year, rest), and which of the first two is the day."""
    import pyarrow
    import pyarrow.compute

    compute = pyarrow.compute
    first, second = (compute.struct_field(parts, name) for name in ("first", "second"))
    highest, other = (int(compute.max(part.cast(pyarrow.int32())).as_py()) for part in (first, second))
    order = order_of(highest, other, told)
    if order not in TOLD.values():
        return None, order
    day, month = (first, second) if order == DAY_FIRST else (second, first)
    written = [compute.struct_field(parts, "year"), compute.utf8_lpad(month, 2, "0"), compute.utf8_lpad(day, 2, "0")]
    date = compute.binary_join_element_wise(*written, "-")
    days = cast_days(compute.binary_join_element_wise(date, compute.struct_field(parts, "rest"), ""))
    return days, order if days is not None else ""


def order_of(first: int, second: int, told: str | None) -> str:
    """Return the order of day and month, given the largest of the first and of the second numbers and what the caller says.

    >>> order_of(31, 12, None), order_of(12, 31, None), order_of(12, 12, None), order_of(12, 12, "dayfirst"), order_of(31, 31, None)
    ('day first', 'month first', 'ambiguous', 'day first', '')
    """
    if told is not None:
        return TOLD[told]
    if first > 12 and second > 12:
        return ""
    return DAY_FIRST if first > 12 else MONTH_FIRST if second > 12 else AMBIGUOUS


def cast_days(dates: Any) -> np.ndarray | None:
    """Return days since 1970 of words in ISO form, or None when one of them is no date."""
    import pyarrow

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
        array = array.cast(pyarrow.time64("us"), safe=False)
    elif pyarrow.types.is_duration(array.type):
        array = array.cast(pyarrow.duration("us"), safe=False)
    else:
        array = array.cast(pyarrow.timestamp("us", getattr(array.type, "tz", None)), safe=False)
    return numbers_of(array.cast(pyarrow.int64())) / DAY


def numbers_of(array: Any) -> np.ndarray:
    """Return a PyArrow array cast to float64 (n,), NaN for missing; raises `ArrowInvalid`."""
    import pyarrow

    return np.array(array.cast(pyarrow.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)

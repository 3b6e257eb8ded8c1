"""Tell what a column of very many different words holds that are not all numbers, from counts of what they look like."""

from __future__ import annotations

import dataclasses
from typing import Any

from aitia.data.dates import CLOCK, DAY, DAY_FIRST, PARTS, TOLD, YEAR_FIRST, order_of
from aitia.data.engines.connection import Connection, text
from aitia.data.engines.facts import Facts, cast, number_of, word_of
from aitia.data.loaded import Spelling
from aitia.data.words import MOST_EXAMPLES, SEPARATORS, grouped_patterns, marks_between_thousands

NAIVE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?)?$"
ZONED = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)$"
TIMED_PARTS = PARTS.replace("?P<first>", "").replace("?P<second>", "").replace("?P<year>", "").replace("?P<rest>", "")
ISO_PARTS = r"^([0-9]{4})[/.]([0-9]{2})[/.]([0-9]{2})"


@dataclasses.dataclass(frozen=True, slots=True)
class Long:
    """Hold what many words were told to be, with the SQL of their numbers (DOUBLE) and of the words without spaces.

    The rest goes into the summary as it is.
    """

    form: str
    number: str = ""
    word: str = ""
    present: int = 0
    distinct: int | None = None
    words: dict[str, int] = dataclasses.field(default_factory=dict)
    spaces: bool = False
    thousands: str = ""
    dates: str = ""

    def kept(self) -> dict[str, Any]:
        """Return what goes into the summary."""
        return {name: getattr(self, name) for name in ("present", "distinct", "words", "spaces", "thousands", "dates")}


def told(connection: Connection, relation: str, words: str, facts: Facts, spelling: Spelling) -> Long:
    """Tell numbers, dates, labels and mixtures apart, as `aitia.data.words.told_apart` does for words in memory."""
    word = word_of(words, spelling)
    kept: dict[str, Any] = {"present": facts.words}
    number, rest = number_of(word, spelling.decimal), facts.words - facts.numbers
    thousands = thousands_mark(connection, relation, word, spelling.decimal, rest)
    if thousands:
        return Long(form="numbers", number=cast(word, spelling.decimal, thousands), thousands=thousands, **kept)
    if not facts.numbers:
        days, order = days_of(connection, relation, word, spelling.dates, facts.words)
        if days:
            return Long(form="dates", number=days, dates=order, **kept)
        kept["dates"] = order
    distinct, spaces = connection.first(f"SELECT count(DISTINCT {word}), count_if({word} != {words}) FROM {relation}")
    kept |= {"word": word, "distinct": distinct, "spaces": bool(spaces)}
    if not facts.numbers:
        return Long(form="words", **kept)
    strange = f"SELECT {word} AS w, count(*) AS n FROM {relation} WHERE w IS NOT NULL AND {number} IS NULL"
    examples = dict(connection.all(f"{strange} GROUP BY w ORDER BY n DESC, w LIMIT {MOST_EXAMPLES}"))
    return Long(form="mixed", number=number, words={**examples, "": rest}, **kept)


def like(word: str, pattern: str) -> str:
    """Return the SQL that counts words of a pattern."""
    return f"count_if(regexp_matches({word}, {text(pattern)}))"


def thousands_mark(connection: Connection, relation: str, word: str, decimal: str, rest: int) -> str:
    """Return the mark between thousands, when all that are no plain numbers have it and can mean nothing else."""
    marks = marks_between_thousands(decimal)
    asked = [like(word, pattern) for mark in marks for pattern in grouped_patterns(mark, decimal)]
    counts = connection.first(f"SELECT {', '.join(asked)} FROM {relation}")
    for mark, grouped, sure in zip(marks, counts[::2], counts[1::2], strict=True):
        if grouped == rest:
            return mark if mark in SEPARATORS or sure else ""
    return ""


def days_of(connection: Connection, relation: str, word: str, told: str | None, present: int) -> tuple[str, str]:
    """Return the SQL of days since 1970, nothing when some word is no date, and the order of day and month where it had to be told."""
    patterns = [like(word, pattern) for pattern in (NAIVE, ZONED, CLOCK, YEAR_FIRST, TIMED_PARTS)]
    parts = [f"max(TRY_CAST(regexp_extract({word}, {text(TIMED_PARTS)}, {i}) AS INTEGER))" for i in (1, 2)]
    naive, zoned, clock, year_first, in_parts, first, second = connection.first(f"SELECT {', '.join([*patterns, *parts])} FROM {relation}")
    order = order_of(first, second, told) if in_parts == present else ""
    written = {
        naive: f"TRY_CAST({word} AS TIMESTAMP)",
        zoned: f"TRY_CAST({word} AS TIMESTAMPTZ)",
        clock: f"TRY_CAST({word} AS TIME)",
        year_first: f"TRY_CAST({rewritten(word, ISO_PARTS, '123')} AS TIMESTAMP)",
    }
    if order in TOLD.values():
        written[in_parts] = f"TRY_CAST({rewritten(word, TIMED_PARTS, '321' if order == DAY_FIRST else '312')} AS TIMESTAMP)"
    if present not in written:
        return "", order
    days = f"epoch_us({written[present]}) / {DAY}e0"
    (dates,) = connection.first(f"SELECT count({days}) FROM {relation}")
    return (days, order) if dates == present else ("", "")


def rewritten(word: str, pattern: str, order: str) -> str:
    """Return the SQL of a date in ISO form, given the places of year, month and day in the pattern; what follows them stays."""
    year, month, day = list(order)
    rest = "\\4" if pattern == TIMED_PARTS else ""
    return f"regexp_replace({word}, {text(pattern)}, '\\{year}-\\{month}-\\{day}{rest}')"

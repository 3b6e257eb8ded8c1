"""Ask DuckDB for the facts that decide kinds: one scan of all columns, and one of those that hold few different values."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from aitia.data.engines.connection import Connection, text
from aitia.data.engines.lookups import double, trimmed
from aitia.data.loaded import Spelling
from aitia.data.words import missing_words

AT_ONCE, SETS = 250, 60  # columns of one statement: of facts, and of tallies, whose sets are told apart by 64 bits
FIRST, FEW = 100_000, 2000  # rows that tell whether words are few, and how many are


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """Name a column to be asked about: the SQL of its numbers (DOUBLE), or of its words when it holds words.

    `missing` are numbers that stand for missing ones. `brief` asks for no more than how many different words there are.
    """

    number: str = ""
    words: str = ""
    missing: tuple[float, ...] = ()
    brief: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Facts:
    """Hold what the numbers of a column say about themselves, and its words.

    present, low, high, whole, negative and distinct (about how many different ones) speak of finite numbers; `missing`
    counts those that stand for missing ones. `numbers` counts the words that are numbers among `words`; `different` says
    about how many different words there are, `absent` how many mean missing.
    """

    present: int
    low: float
    high: float
    whole: bool
    negative: int
    distinct: int
    infinite: int
    missing: tuple[int, ...] = ()
    numbers: int = 0
    words: int = 0
    different: int = 0
    absent: int = 0


def groups(names: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """Cut a sequence into parts of at most `size`."""
    return [names[start : start + size] for start in range(0, len(names), size)]


def facts_of(connection: Connection, relation: str, columns: dict[int, Asked], spelling: Spelling) -> dict[int, Facts]:
    """Return the facts of columns, by their places, in one scan for every 250 of them."""
    found = {}
    for places in groups(list(columns), AT_ONCE):
        asked = [columns[place] for place in places]
        inner = layers(asked, relation, spelling)
        outer = [number_questions(j, own) + word_questions(j, own) for j, own in enumerate(asked)]
        row = iter(connection.first(f"SELECT {', '.join(q for own in outer for q in own)} FROM {inner}"))
        for place, own in zip(places, asked, strict=True):
            if own.brief:
                found[place] = Facts(0, float("nan"), float("nan"), False, 0, 0, 0, different=next(row))
                continue
            present, low, high, whole, negative, distinct, infinite = (next(row) for _ in range(7))
            seen = tuple(next(row) or 0 for _ in own.missing)
            numbers, words, different, absent = (next(row) or 0 for _ in range(4)) if own.words else (0, 0, 0, 0)
            bounds = (float("nan") if low is None else low, float("nan") if high is None else high)
            told_of_numbers = (present, *bounds, bool(whole), negative or 0, distinct, infinite or 0, seen)
            found[place] = Facts(*told_of_numbers, numbers, words, different, absent)
    return found


def layers(asked: Sequence[Asked], relation: str, spelling: Spelling) -> str:
    """Return what the questions speak of, in layers so that nothing is computed twice.

    For the j-th column: t its words, s those without spaces, w those that are present, x the cast of these, r its
    numbers, c the usable ones.
    """
    texts = [j for j, own in enumerate(asked) if own.words and not own.brief]
    found = relation
    steps = [
        {f"t{j}" if own.words else f"r{j}": own.words or own.number for j, own in enumerate(asked)},
        {f"s{j}": trimmed(f"t{j}") for j in texts},
        {f"w{j}": present(f"s{j}", spelling) for j in texts},
        {f"x{j}": cast(f"w{j}", spelling.decimal) for j in texts},
        {f"r{j}": checked(f"w{j}", f"x{j}", spelling.decimal) for j in texts},
        {f"c{j}": usable(f"r{j}", own.missing) for j, own in enumerate(asked) if not own.brief},
    ]
    for number, step in enumerate(steps):
        every = "*, " if number else ""
        if step:
            found = f"(SELECT {every}{', '.join(f'{sql} AS {name}' for name, sql in step.items())} FROM {found})"
    return found


def usable(number: str, missing: Sequence[float]) -> str:
    """Return the SQL of a number, NULL where it is missing, infinite, or stands for a missing one."""
    also = "".join(f" AND {number} <> {double(x)}" for x in missing)
    return f"CASE WHEN isfinite({number}){also} THEN {number} END"


def number_questions(j: int, own: Asked) -> list[str]:
    """Return the aggregates that give the facts of the j-th column's numbers."""
    if own.brief:
        return []
    facts = [f"count(c{j})", f"min(c{j})", f"max(c{j})", f"bool_and(c{j} = floor(c{j}))", f"count_if(c{j} < 0)"]
    return [*facts, f"approx_count_distinct(c{j})", f"count_if(isinf(r{j}))", *(f"count_if(r{j} = {double(x)})" for x in own.missing)]


def word_questions(j: int, own: Asked) -> list[str]:
    """Return the aggregates that give the facts of the j-th column's words."""
    if not own.words:
        return []
    if own.brief:
        return [f"approx_count_distinct(t{j})"]
    return [f"count(r{j})", f"count(w{j})", f"approx_count_distinct(t{j})", f"count_if(w{j} IS NULL AND s{j} <> '')"]


def present(stripped: str, spelling: Spelling) -> str:
    """Return the SQL of a word that has no spaces around it, NULL for those that mean missing."""
    # Cases, because DuckDB makes a join of IN and of list_contains, and rows lose their order in a join.
    absent = " ".join(f"WHEN {text(word)} THEN NULL" for word in dict.fromkeys((*missing_words(spelling), "")))
    return f"CASE {stripped} {absent} ELSE {stripped} END"


def absent_of(words: str, spelling: Spelling) -> str:
    """Return the SQL of a word that means missing, NULL for all others."""
    return f"CASE WHEN {word_of(words, spelling)} IS NULL THEN {trimmed(words)} END"


def word_of(words: str, spelling: Spelling) -> str:
    """Return the SQL of a word without spaces around it, NULL for those that mean missing."""
    return present(trimmed(words), spelling)


def cast(word: str, decimal: str, thousands: str = "") -> str:
    """Return the SQL of what DuckDB takes a word for as a number."""
    found = f"replace({word}, {text(thousands)}, '')" if thousands else word
    found = f"replace({found}, {text(decimal)}, '.')" if decimal != "." else found
    return f"TRY_CAST({found} AS DOUBLE)"


def checked(word: str, number: str, decimal: str) -> str:
    """Return the SQL of a word's number, NULL where only DuckDB takes it for one: 1_000, nan, and 1.5 where the decimal mark is a comma."""
    strange = [f"contains({word}, {text(mark)})" for mark in (("_",) if decimal == "." else ("_", "."))]
    return f"CASE WHEN {' OR '.join(strange)} OR isnan({number}) THEN NULL ELSE {number} END"


def number_of(word: str, decimal: str) -> str:
    """Return the SQL of the number that a word writes, NULL where it is none."""
    return checked(word, cast(word, decimal), decimal)


def tallies(connection: Connection, relation: str, columns: dict[int, str]) -> dict[int, tuple[list[Any], list[int]]]:
    """Return the different values in order and how often each occurs, NULL left out, given the SQL of columns by place; in one scan."""
    found = {}
    for places in groups(list(columns), SETS):
        inner = ", ".join(f"{columns[place]} AS c{j}" for j, place in enumerate(places))
        outer, sets = ", ".join(f"c{j}" for j in range(len(places))), ", ".join(f"(c{j})" for j in range(len(places)))
        inside = f"SELECT {inner} FROM {relation}"
        rows = connection.table(f"SELECT grouping({outer}) AS side, {outer}, count(*) AS n FROM ({inside}) GROUP BY GROUPING SETS ({sets})")
        side = rows.column("side").to_numpy()
        for j, place in enumerate(places):
            own = rows.filter(side == (1 << len(places)) - 1 - (1 << (len(places) - 1 - j))).select([f"c{j}", "n"])
            both = zip(own.column(0).to_pylist(), own.column(1).to_pylist(), strict=True)
            pairs = sorted((value, n) for value, n in both if value is not None)
            found[place] = ([value for value, _ in pairs], [n for _, n in pairs])
    return found


def few_at_first(connection: Connection, relation: str, words: dict[int, str]) -> set[int]:
    """Return the places of columns whose first rows hold few different words, given the SQL of each."""
    found: set[int] = set()
    for places in groups(list(words), AT_ONCE):
        inner = ", ".join(f"{words[place]} AS t{j}" for j, place in enumerate(places))
        asked = ", ".join(f"approx_count_distinct(t{j})" for j in range(len(places)))
        row = connection.first(f"SELECT {asked} FROM (SELECT {inner} FROM {relation} LIMIT {FIRST})")
        found |= {place for place, count in zip(places, row, strict=True) if count <= FEW}
    return found

"""Hold the columns of a DuckDB relation before their kinds are decided, and find their summaries by queries."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from aitia.core.errors import UnusableColumn
from aitia.core.finding import Finding
from aitia.core.table import Column
from aitia.data.engines.connection import Connection, readable
from aitia.data.engines.duckdb import DuckDB
from aitia.data.engines.facts import Asked, Facts, absent_of, cast, facts_of, few_at_first, tallies, usable, word_of
from aitia.data.engines.long_texts import Long, told
from aitia.data.engines.lookups import NOTHING, codes_to_numbers, numbers_to_codes, trimmed, words_to_numbers
from aitia.data.loaded import PLAIN, Spelling, Values
from aitia.data.summary import Summary, encoded, summarised
from aitia.data.values import categories, finite, missing_numbers
from aitia.data.words import by_count, missing_words, of_distinct, spread

MOST_TALLIED, MOST_NUMBERS, MOST_LEVELS = 50_000, 40, 5_000_000
NAN_WORDS = frozenset({"NaN", "nan"})


@dataclasses.dataclass(frozen=True, slots=True)
class Raw:
    """Hold one column of a relation: what its values are read as, and their SQL.

    `form` is numbers, dates, truth (`sql` is DOUBLE), text, categories (VARCHAR), codes (DOUBLE, into `labels`), empty or
    unreadable. `described` is the form of what codes stand for: words, labels, numbers or truth. `typed` says that the
    words are those of a CSV, in which NaN is a number that is missing.
    """

    form: str
    sql: str = ""
    labels: tuple[Any, ...] = ()
    ordered: bool = False
    described: str = "words"
    typed: bool = False
    why: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Taken:
    """Hold the summary of a column and what turns it into numbers: the values of its few different ones, or its SQL."""

    summary: Summary
    number: str = ""
    word: str = ""
    keys: list[Any] | None = None
    values: Values | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Relation:
    """Hold a relation of DuckDB whose columns have no kinds yet; `move` brings decided columns to where they are read faster."""

    connection: Connection
    relation: str
    names: tuple[str, ...]
    raws: tuple[Raw, ...]
    recipe: str
    rows: int
    spelling: Spelling = PLAIN
    findings: tuple[Finding, ...] = ()
    ordered: bool = True
    move: Callable[[DuckDB], DuckDB] | None = None
    taken: dict[int, Taken] = dataclasses.field(default_factory=dict)
    absent: dict[int, dict[str, int]] = dataclasses.field(default_factory=dict)

    def summaries(self, places: dict[str, int]) -> dict[str, Summary]:
        """Return a summary of each column, by two scans of the relation, and a few more of words that are very many."""
        with readable(self.recipe):
            self._take({place: self.raws[place] for place in sorted(set(places.values()) - set(self.taken))})
        return {name: self.taken[place].summary for name, place in places.items()}

    def source(self, columns: dict[str, Column], places: dict[str, int]) -> DuckDB:
        """Return the source that answers for these columns, as they were decided."""
        expressions = {name: self._expression(places[name], column) for name, column in columns.items()}
        found = DuckDB(
            columns=tuple(columns.values()),
            connection=self.connection,
            relation=self.relation,
            expressions=expressions,
            n=self.rows,
            ordered=self.ordered,
        )
        with readable(self.recipe):
            return self.move(found) if self.move else found

    def _take(self, raws: dict[int, Raw]) -> None:
        for place, raw in raws.items():
            if raw.form in ("empty", "unreadable"):
                self.taken[place] = Taken(Summary(form=raw.form, rows=self.rows, why=raw.why))
        asked = {place: self._asked(raw) for place, raw in raws.items() if raw.form in ("numbers", "dates", "truth", "text")}
        facts, settled = self._facts(asked)
        texts = {place: own for place, own in facts.items() if asked[place].words and place not in settled}
        written = {p: Long("numbers", self._written(raws[p])) for p, own in texts.items() if own.words == own.numbers}
        long = [p for p, own in texts.items() if p not in written and own.different > MOST_TALLIED]
        few = {place: raw for place, raw in raws.items() if raw.form in ("categories", "codes")}
        few |= {place: raws[place] for place in (*settled, *texts) if place not in written and place not in long}
        numeric = {place: Long(raws[place].form, own.number) for place, own in asked.items() if not own.words} | written
        absent = [place for place in (*written, *long) if facts[place].absent]
        self._tally(few, numeric, facts, absent)
        for place in long:
            own = facts_of(self.connection, self.relation, {place: asked[place]}, self.spelling)[place]
            self._read(place, told(self.connection, self.relation, raws[place].sql, own, self.spelling), self.absent.get(place, {}))

    def _asked(self, raw: Raw) -> Asked:
        missing = tuple(missing_numbers(self.spelling.missing).values()) if raw.form in ("numbers", "text") else ()
        if raw.form != "text":
            return Asked(raw.sql, missing=missing)
        return Asked(words=raw.sql, missing=missing)

    def _facts(self, asked: dict[int, Asked]) -> tuple[dict[int, Facts], set[int]]:
        """Return the facts of columns, and the places of those that hold few words, of which nothing else need be known."""
        texts = {place: own.words for place, own in asked.items() if own.words}
        few, spelling = few_at_first(self.connection, self.relation, texts), lenient(self.spelling)
        brief = {place: dataclasses.replace(own, brief=place in few) for place, own in asked.items()}
        facts = facts_of(self.connection, self.relation, brief, spelling)
        many = {place: asked[place] for place in few if facts[place].different > MOST_TALLIED}
        return facts | facts_of(self.connection, self.relation, many, spelling), few - set(many)

    def _written(self, raw: Raw) -> str:
        """Return the SQL of the numbers of a column whose words are all numbers, but for those that mean missing."""
        plain = not missing_numbers(self.spelling.missing)
        return cast(trimmed(raw.sql) if plain else word_of(raw.sql, self.spelling), self.spelling.decimal)

    def _tally(self, few: dict[int, Raw], numeric: dict[int, Long], facts: dict[int, Facts], absent: Sequence[int] = ()) -> None:
        """Count, in one scan, the values of columns that hold few, and the words for missing ones of others."""
        said = missing_numbers(self.spelling.missing)
        usual = {p: usable(long.number, tuple(said.values()) if long.form == "numbers" else ()) for p, long in numeric.items()}
        counted = {p: number for p, number in usual.items() if facts[p].present > 0 and facts[p].distinct <= MOST_NUMBERS}
        asked = {**{place: raw.sql for place, raw in few.items()}, **counted}
        found = tallies(self.connection, self.relation, asked | {~p: absent_of(self.raws[p].sql, lenient(self.spelling)) for p in absent})
        known = set(missing_words(self.spelling))
        self.absent.update({p: by_count({word: n for word, n in zip(*found[~p], strict=True) if word and word in known}) for p in absent})
        for place, raw in few.items():
            keys, counts = found[place]
            values = tallied(raw, keys, np.array(counts, dtype=np.int64), self.spelling)
            weights = np.array([*counts, self.rows - sum(counts)], dtype=np.int64)
            summary = summarised(spread(values, np.append(np.arange(len(keys)), -1)), weights)
            self.taken[place] = Taken(dataclasses.replace(summary, rows=self.rows), keys=keys, values=values)
        for place, long in numeric.items():
            tally = dict(zip(*found[place], strict=True)) if place in counted else None
            missing = self.absent.get(place, {})
            missing = {} if self.raws[place].typed and set(missing) <= NAN_WORDS and not long.thousands else missing
            self.taken[place] = Taken(self._numbers(long, facts[place], usual[place], tally, missing), usual[place])

    def _read(self, place: int, found: Long, missing: dict[str, int]) -> None:
        if found.form in ("numbers", "dates"):
            facts = facts_of(self.connection, self.relation, {place: Asked(found.number)}, self.spelling)
            self._tally({}, {place: found}, facts)
            return
        kept = {**found.kept(), "missing_words": missing}
        if found.form == "mixed":
            kept |= range_of(facts_of(self.connection, self.relation, {place: Asked(found.number)}, self.spelling)[place])
        summary = Summary(**kept, form=found.form, rows=self.rows, labels=lambda: self._counted(found.word))
        self.taken[place] = Taken(summary, usable(found.number, ()) if found.number else "", found.word)

    def _numbers(self, long: Long, facts: Facts, number: str, tally: dict[float, int] | None, missing: dict[str, int]) -> Summary:
        said = dict(zip(missing_numbers(self.spelling.missing), facts.missing, strict=False))
        merged = {word: said.get(word, 0) + missing.get(word, 0) for word in {**said, **missing}}
        kept = {**long.kept(), **range_of(facts), "present": facts.present, "distinct": None if tally is None else len(tally)}
        kept |= {"missing_words": by_count({word: count for word, count in merged.items() if count})}

        def labels() -> dict[Any, int]:
            found = self._counted(number) if tally is None else tally
            return {bool(x) if long.form == "truth" else x: count for x, count in sorted(found.items())}

        form = long.form if facts.present else "empty"
        return Summary(**kept, form=form, rows=self.rows, numbered=self._numbered(facts, number), labels=labels)

    def _numbered(self, facts: Facts, number: str) -> bool:
        if not (facts.whole and facts.present == self.rows == facts.high - facts.low + 1):
            return False
        return bool(self.connection.first(f"SELECT count(DISTINCT {number}) FROM {self.relation}")[0] == self.rows)

    def _counted(self, expression: str) -> dict[Any, int]:
        (count,) = self.connection.first(f"SELECT approx_count_distinct({expression}) FROM {self.relation}")
        if count > MOST_LEVELS:
            raise UnusableColumn("A column has too many different values to be taken for labels.", why=f"It has about {count}.")
        values, counts = tallies(self.connection, self.relation, {0: expression})[0]
        return dict(zip(values, counts, strict=True))

    def _expression(self, place: int, column: Column) -> str:
        if place not in self.taken:
            self.summaries({column.name: place})
        raw, taken = self.raws[place], self.taken[place]
        if taken.keys is not None and taken.values is not None:
            numbers = encoded(taken.values, column) if taken.keys else np.zeros(0)
            if raw.form != "codes":
                return words_to_numbers(self.connection, raw.sql, taken.keys, numbers)
            every = np.full(len(raw.labels), np.nan)
            every[np.array(taken.keys, dtype=np.int64)] = numbers
            return codes_to_numbers(raw.sql, every)
        if not column.coded:
            return taken.number or NOTHING
        if taken.word:
            return words_to_numbers(self.connection, taken.word, column.levels, np.arange(len(column.levels)))
        return numbers_to_codes(self.connection, taken.number, [float(level) for level in column.levels])


def lenient(spelling: Spelling) -> Spelling:
    """Return a spelling in which NaN is missing whatever the caller named, as it is among numbers in memory."""
    return spelling if spelling.missing is None else dataclasses.replace(spelling, missing=(*spelling.missing, *sorted(NAN_WORDS)))


def range_of(facts: Facts) -> dict[str, Any]:
    """Return the fields of a summary that tell the range of numbers."""
    found = {name: getattr(facts, name) for name in ("low", "high", "whole", "negative", "infinite")}
    return {**found, "numeric": facts.present}


def tallied(raw: Raw, keys: list[Any], counts: np.ndarray, spelling: Spelling) -> Values:
    """Return the values of the different ones (k,) of a column, by the same code that reads columns in memory."""
    import pyarrow

    place = np.arange(len(keys))
    if raw.form == "text":
        found = finite(of_words(pyarrow.array(keys, type=pyarrow.string()), counts, spelling), counts)
        return without_nan(found) if raw.typed and found.form in ("numbers", "empty") else found
    if raw.form == "categories":
        labels = [*(label for label in raw.labels if label in set(keys)), *(key for key in keys if key not in raw.labels)]
        rank = {label: i for i, label in enumerate(labels)}
        return categories(np.array([rank[key] for key in keys], dtype=np.int64), labels, raw.ordered)
    labels = [raw.labels[int(key)] for key in keys]
    if raw.described == "labels":
        return categories(place, labels, raw.ordered)
    if raw.described != "words":
        return Values(form=raw.described, numbers=np.array(labels, dtype=float))
    return Values(form="words", codes=place, labels=tuple(labels), ordered=raw.ordered)


def of_words(words: Any, counts: np.ndarray, spelling: Spelling) -> Values:
    """Return the values of different words; where all others are plain numbers NaN is missing, whatever the caller named.

    With a decimal comma that holds only where no other word is missing, as it does in memory.
    """
    found = of_distinct(words, counts, lenient(spelling))
    plain = found.form in ("numbers", "empty") and not found.thousands
    others = set(found.missing_words) - NAN_WORDS - set(missing_numbers(spelling.missing))
    if not plain or (spelling.decimal != "." and others):
        found = of_distinct(words, counts, spelling)
    known = {word: count for word, count in found.missing_words.items() if word in missing_words(spelling)}
    return dataclasses.replace(found, missing_words=known)


def without_nan(values: Values) -> Values:
    """Leave unsaid that NaN was missing, when nothing else was taken for it: in a CSV of numbers NaN is one of them."""
    if set(values.missing_words) <= NAN_WORDS and not values.thousands:
        return dataclasses.replace(values, missing_words={})
    return values

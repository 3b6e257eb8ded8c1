"""Open tables of other databases by Ibis, and find the summaries of their columns by queries."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any

import numpy as np

from aitia.core.errors import Unreadable, near
from aitia.core.extras import need
from aitia.core.finding import Finding
from aitia.core.request import Reading
from aitia.core.table import Column
from aitia.data.dates import DAY
from aitia.data.engines.relation import MOST_NUMBERS, MOST_TALLIED, Raw, tallied
from aitia.data.engines.sql import Sql, exact
from aitia.data.loaded import PLAIN, Spelling, Values, spelling_of
from aitia.data.places import Place
from aitia.data.summary import Summary, encoded, summarised
from aitia.data.values import missing_numbers
from aitia.data.words import by_count, missing_words, number_pattern, spread

SECONDS = 4  # to connect
FIRST = 200_000  # rows that tell whether words are very many
MOST_CASES = 1000
LARGEST_FRACTION = float(1 << 53)


def is_ibis(data: Any) -> bool:
    """Tell whether something is an Ibis table."""
    return "ibis" in sys.modules and isinstance(data, sys.modules["ibis"].Table)


def opened_backend(place: Place, shown: str) -> Any:
    """Return the Ibis table of a place of PostgreSQL or Spark; raises `Unreadable`, and `MissingExtra` without Ibis."""
    if not place.table and place.scheme != "spark":
        raise Unreadable(f"{shown} names no table.", next="Name it after #: postgresql://user@host/database#TABLE.")
    schema, _, name = (place.table or place.path).rpartition(".")
    backend = connected(place, shown)
    try:
        return backend.table(name, database=schema or None)
    except need("ibis").common.exceptions.TableNotFound as error:
        tables = backend.list_tables(database=schema or None)
        raise Unreadable(f"There is no table {name!r} in {shown.partition('#')[0]}.", next=near(name, tables)) from error


def connected(place: Place, shown: str) -> Any:
    """Connect to a database by Ibis."""
    ibis = need("ibis")
    if place.scheme == "spark":
        need("pyspark")
        return ibis.pyspark.connect()
    psycopg = need("psycopg")
    wait = "" if "connect_timeout" in place.path else f"{'&' if '?' in place.path else '?'}connect_timeout={SECONDS}"
    try:
        return ibis.connect(f"postgresql:{place.path}{wait}")
    except (psycopg.Error, OSError, ValueError) as error:
        why = str(error).strip().splitlines()[0]
        raise Unreadable(f"{shown} cannot be reached.", why=f"{why}.", next="Check host, port, user and database.") from error


@dataclasses.dataclass(frozen=True, slots=True)
class Held:
    """Hold the summary of a column and the expression of its numbers, or of what its few different values stand for."""

    summary: Summary
    number: Any = None
    key: Any = None
    keys: list[Any] | None = None
    values: Values | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Remote:
    """Hold a table of another database whose columns have no kinds yet; `raws` say what each is read as."""

    table: Any
    raws: tuple[tuple[Raw, Any], ...]
    names: tuple[str, ...]
    recipe: str
    rows: int
    spelling: Spelling = PLAIN
    findings: tuple[Finding, ...] = ()
    taken: dict[int, Held] = dataclasses.field(default_factory=dict)

    def summaries(self, places: dict[str, int]) -> dict[str, Summary]:
        """Return a summary of each column."""
        asked = [place for place in sorted(places.values()) if place not in self.taken]
        facts = self._facts([place for place in asked if self.raws[place][0].form in ("numbers", "dates", "truth")])
        for place in asked:
            raw, expression = self.raws[place]
            if raw.form in ("empty", "unreadable"):
                self.taken[place] = Held(Summary(form=raw.form, rows=self.rows, why=raw.why))
            elif place in facts:
                self.taken[place] = self._number(raw.form, expression, facts[place])
            else:
                self.taken[place] = self._words(raw, expression)
        return {name: self.taken[place].summary for name, place in places.items()}

    def source(self, columns: dict[str, Column], places: dict[str, int]) -> Sql:
        """Return the source that answers for these columns, as they were decided."""
        missing = {column.name: places[column.name] for column in columns.values() if places[column.name] not in self.taken}
        self.summaries(missing)
        found, table = {}, self.table
        for name, column in columns.items():
            table, expression = numbered(table, self.taken[places[name]], column)
            found[name] = expression.cast("float64")
        return Sql(columns=tuple(columns.values()), table=table.select(**found), n=self.rows)

    def _facts(self, places: list[int]) -> dict[int, dict[str, Any]]:
        """Return the facts of numbers: two scans, the second of which counts the rows at either end."""
        found: dict[int, dict[str, Any]] = {}
        for start in range(0, len(places), 40):
            part = places[start : start + 40]
            row = self._row({(p, k): e for p in part for k, e in questions(self._usable(p), self.raws[p][1], self._absent(p)).items()})
            for p in part:
                found[p] = {k: value for (q, k), value in row.items() if q == p}
            ends = [p for p in part if found[p]["present"]]
            row = self._row({(p, k): (self._usable(p) == exact(found[p][k])).sum() for p in ends for k in ("low", "high")})
            for p in ends:
                found[p]["ends"] = {float(found[p][k]): int(row[(p, k)]) for k in ("low", "high")}
        return found

    def _row(self, asked: dict[Any, Any]) -> dict[Any, Any]:
        if not asked:
            return {}
        found = self.table.aggregate([expression.name(f"f{i}") for i, expression in enumerate(asked.values())]).to_pyarrow().to_pylist()[0]
        return {key: found[f"f{i}"] for i, key in enumerate(asked)}

    def _absent(self, place: int) -> dict[str, float]:
        return missing_numbers(self.spelling.missing) if self.raws[place][0].form == "numbers" else {}

    def _usable(self, place: int) -> Any:
        return usable(self.raws[place][1], tuple(self._absent(place).values()))

    def _number(self, form: str, expression: Any, facts: dict[str, Any], missing: dict[str, int] | None = None) -> Held:
        number = usable(expression, tuple(missing_numbers(self.spelling.missing).values()) if form == "numbers" else ())
        present = int(facts["present"])
        if not present:
            return Held(Summary(form="empty", rows=self.rows, infinite=int(facts["infinite"] or 0)))
        low, high, whole = float(facts["low"]), float(facts["high"]), bool(facts["whole"])
        tally = facts["ends"] if sum(facts["ends"].values()) == present else self._tally(number, MOST_NUMBERS) if whole else None
        seen = {word: int(facts[word] or 0) for word in missing_numbers(self.spelling.missing) if word in facts}

        def labels() -> dict[Any, int]:
            found = tally if tally is not None else self._tally(number, None) or {}
            return {bool(x) if form == "truth" else x: count for x, count in sorted(found.items())}

        summary = Summary(
            form=form,
            rows=self.rows,
            present=present,
            numeric=present,
            low=low,
            high=high,
            whole=whole,
            negative=int(facts["negative"] or 0),
            distinct=None if tally is None else len(tally),
            numbered=whole
            and present == self.rows == high - low + 1
            and int(self.table.aggregate(number.nunique()).to_pyarrow()[0][0].as_py()) == present,
            labels=labels,
            infinite=int(facts["infinite"] or 0),
            missing_words=by_count({word: count for word, count in {**(missing or {}), **seen}.items() if count}),
        )
        return Held(summary, number)

    def _tally(self, expression: Any, most: int | None) -> dict[Any, int] | None:
        table = self.table.select(key=expression)
        grouped = table.filter(table.key.notnull()).group_by("key").aggregate(count=lambda t: t.count())
        found = (grouped if most is None else grouped.limit(most + 1)).to_pyarrow()
        if most is not None and found.num_rows > most:
            return None
        return dict(sorted(zip(found.column("key").to_pylist(), found.column("count").to_pylist(), strict=True)))

    def _words(self, raw: Raw, expression: Any) -> Held:
        first = self.table.limit(FIRST).select(key=expression)
        many = int(first.key.nunique().to_pyarrow().as_py()) > MOST_TALLIED
        tally = None if many else self._tally(expression, MOST_TALLIED)
        if tally is None:
            return self._long(expression)
        counts = np.array(list(tally.values()), dtype=np.int64)
        values = tallied(raw, list(tally), counts, self.spelling)
        weights = np.append(counts, self.rows - counts.sum()).astype(np.int64)
        summary = summarised(spread(values, np.append(np.arange(len(tally)), -1)), weights)
        return Held(dataclasses.replace(summary, rows=self.rows), key=expression, keys=list(tally), values=values)

    def _long(self, expression: Any) -> Held:
        """Tell words that are very many: numbers when each is one, else words."""
        stripped = expression.strip()
        word = stripped.isin([*missing_words(self.spelling), ""]).ifelse(None, stripped)
        numeric = word.re_search(number_pattern(self.spelling.decimal))
        told = self._row(
            {"present": word.count(), "numeric": numeric.sum(), "distinct": word.nunique(), "spaces": (expression != stripped).sum()}
        )
        absent = self._tally(stripped.isin(list(missing_words(self.spelling))).ifelse(stripped, None), None) or {}
        missing = {word: count for word, count in absent.items() if word}
        if told["present"] == told["numeric"]:
            number = word.replace(self.spelling.decimal, ".").cast("float64")
            return self._derived(number, missing)
        summary = Summary(
            form="words",
            rows=self.rows,
            present=int(told["present"]),
            distinct=int(told["distinct"]),
            missing_words=by_count(missing),
            spaces=bool(told["spaces"]),
            labels=lambda: self._tally(word, None) or {},
        )
        return Held(summary, key=word)

    def _derived(self, number: Any, missing: dict[str, int]) -> Held:
        remote = dataclasses.replace(self, raws=((Raw("numbers"), number),), taken={})
        return remote._number("numbers", number, remote._facts([0])[0], missing)


def infinite(number: Any) -> Any:
    """Return the expression that tells infinite numbers; Ibis has one of its own, which is always false on Spark."""
    return number.abs() == exact(float("inf"))


def usable(number: Any, missing: tuple[float, ...]) -> Any:
    """Return the expression of a number, NULL where it is missing, infinite, or stands for a missing one."""
    bad = number.isnan() | infinite(number)
    for value in missing:
        bad = bad | (number == exact(value))
    return bad.ifelse(None, number)


def questions(number: Any, raw: Any, missing: dict[str, float]) -> dict[str, Any]:
    """Return the aggregates that give the facts of a number."""
    small = (number.abs() < LARGEST_FRACTION).ifelse(number, exact(0))  # databases turn floors into integers of 64 bits
    found = {"present": number.count(), "low": number.min(), "high": number.max(), "whole": (small == small.floor()).all()}
    found |= {"negative": (number < 0).sum(), "infinite": infinite(raw).sum()}
    return {**found, **{word: (raw == exact(value)).sum() for word, value in missing.items()}}


def numbered(table: Any, held: Held, column: Column) -> tuple[Any, Any]:
    """Return the table, perhaps joined with codes, and the expression of a decided column's numbers."""
    if held.values is not None and held.keys is not None:
        pairs = {k: v for k, v in zip(held.keys, encoded(held.values, column).tolist(), strict=True) if v == v} if held.keys else {}
        return looked_up(table, held.key, pairs)
    if not column.coded:
        return table, held.number
    key, levels = (held.number, [float(x) for x in column.levels]) if held.number is not None else (held.key, list(column.levels))
    return looked_up(table, key, {level: float(i) for i, level in enumerate(levels)})


def looked_up(table: Any, key: Any, pairs: dict[Any, float]) -> tuple[Any, Any]:
    """Return the number that belongs to each key, NULL for any other: cases where they are few, else a join."""
    ibis = need("ibis")
    if not pairs:
        return table, ibis.null("float64")
    if len(pairs) <= MOST_CASES:
        keys = [exact(k) if isinstance(k, float) else k for k in pairs]
        return table, key.cases(*((k, exact(v)) for k, v in zip(keys, pairs.values(), strict=True)), else_=None)
    name = f"aitia_key_{len(table.columns)}"
    codes = ibis.memtable(need("pyarrow").table({name: list(pairs), f"{name}_code": list(pairs.values())}))
    joined = table.mutate(key.name(f"{name}_own")).left_join(codes, [(f"{name}_own", name)])
    return joined, joined[f"{name}_code"]


def opened_ibis(table: Any, reading: Reading, recipe: str = "in memory") -> Remote:
    """Return an Ibis table with its columns undecided."""
    rows = int(table.count().to_pyarrow().as_py())
    if not rows or not table.columns:
        raise Unreadable("The table has no rows.", next="Give a table with at least one row.")
    raws = tuple(raw_of(table[name], kind) for name, kind in table.schema().items())
    return Remote(table, raws, tuple(table.columns), recipe, rows, spelling_of(reading, "."))


def raw_of(expression: Any, kind: Any) -> tuple[Raw, Any]:
    """Return what a column of an Ibis table is read as, with the expression of its numbers or words."""
    if kind.is_boolean():
        return Raw("truth"), need("ibis").cases((expression, exact(1)), (~expression, exact(0)), else_=None)
    if kind.is_numeric():
        return Raw("numbers"), expression.cast("float64")
    if kind.is_temporal():
        found = days(expression, kind)
        return (Raw("dates"), found) if found is not None else (Raw("unreadable", why=why_unreadable(kind)), None)
    if kind.is_string() or kind.is_uuid():
        return Raw("text"), expression.cast("string")
    if kind.is_null():
        return Raw("empty"), None
    return Raw("unreadable", why=why_unreadable(kind)), None


def why_unreadable(kind: Any) -> str:
    """Say why values of an Ibis type are not read."""
    return f"It holds values of type {kind}, which are not read."


def days(expression: Any, kind: Any) -> Any:
    """Return the expression of days since 1970 of a date, a moment or a time of day; None for anything else."""
    if kind.is_date():
        return expression.cast("timestamp").epoch_seconds().cast("float64") / 86_400.0
    if kind.is_time():
        seconds = expression.hour() * 3600 + expression.minute() * 60 + expression.second()
        return (seconds.cast("float64") * 1e6 + expression.microsecond().cast("float64")) / float(DAY)
    if kind.is_timestamp():
        seconds = expression.truncate("s").epoch_seconds().cast("float64")
        return (seconds * 1e6 + microseconds(expression)) / float(DAY)
    return None


def microseconds(moment: Any) -> Any:
    """Return the expression of what a moment has beyond whole seconds; Spark has no function for it but gives seconds with a fraction."""
    try:
        moment.get_backend().compile(moment.microsecond())
    except need("ibis").common.exceptions.UnsupportedOperationError:
        seconds = moment.cast("timestamp('UTC')").cast("float64")
        return ((seconds - seconds.floor()) * 1e6).round(0).cast("float64")
    return moment.microsecond().cast("float64")


def undone_sql(source: Sql, recipe: str) -> Remote:
    """Return a source's columns without their kinds, so that others can be given to them."""
    raws = []
    for column in source.columns:
        expression = source.table[column.name]
        if not column.coded:
            raws.append((Raw("dates" if column.kind == "time" else "numbers"), expression))
            continue
        truth = all(isinstance(level, bool) for level in column.levels)
        described = "truth" if truth else "numbers" if column.numeric_levels else "words"
        raws.append((Raw("codes", labels=column.levels, ordered=column.kind == "ordinal", described=described), expression))
    return Remote(source.table, tuple(raws), tuple(column.name for column in source.columns), recipe, source.n)

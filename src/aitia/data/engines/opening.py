"""Open files, databases and tables in memory as relations of DuckDB."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from aitia.core.errors import Unreadable
from aitia.core.finding import Finding
from aitia.core.request import Reading
from aitia.data.dates import DAY, days_of
from aitia.data.engines.connection import Connection, Held, Scratch, quoted, readable, relation_of, text
from aitia.data.engines.duckdb import DuckDB
from aitia.data.engines.relation import Raw, Relation
from aitia.data.loaded import Loaded, spelling_of
from aitia.data.values import NOT_UTF8, form_of, why_unreadable
from aitia.data.words import codes_of

PER_DAY = {"s": 86_400, "ms": 86_400_000, "us": DAY, "ns": 1000 * DAY}


@dataclasses.dataclass(frozen=True, slots=True)
class Origin:
    """Hold where a relation comes from: the connection, its SQL, how to read it, how to load it again and how to call it in messages."""

    connection: Connection
    relation: str
    reading: Reading
    recipe: str
    shown: str
    ordered: bool = True
    findings: tuple[Finding, ...] = ()

    def schema(self) -> Any:
        """Return the relation's PyArrow schema as DuckDB gives it."""
        return self.connection.schema(f"SELECT * FROM {self.relation}")


def opened_parquet(paths: Sequence[str], reading: Reading, recipe: str, shown: str, scratch: Scratch | None = None) -> Relation:
    """Open Parquet files of one layout as one relation; parts of a path such as `year=2020` are columns when there are several files."""
    import pyarrow.parquet

    listed = ", ".join(text(path) for path in paths)
    relation = f"read_parquet([{listed}], hive_partitioning = {str(len(paths) > 1).lower()})"
    with readable(shown, "Check that the files are whole and have the same columns."):
        written = pyarrow.parquet.read_schema(paths[0])
        for path in paths[1:]:
            if pyarrow.parquet.read_schema(path).names != written.names:
                raise Unreadable(f"{path} has other columns than {paths[0]}.", next="Give files with the same columns, in one order.")
        found = described(Origin(Connection(scratch=scratch), relation, reading, recipe, shown), written)
        raws = tuple(with_order(raw, paths[0], i) if raw.ordered else raw for i, raw in enumerate(found.raws))
        return dataclasses.replace(found, raws=raws)


def with_order(raw: Raw, path: str, place: int) -> Raw:
    """Return ordered categories of a Parquet column with their order, which lies in the file's dictionaries."""
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(path) as file:
        groups = (file.read_row_group(i, columns=[file.schema_arrow.field(place).name]).column(0) for i in range(file.num_row_groups))
        labels = dict.fromkeys(itertools.chain.from_iterable(codes_of(group)[1].to_pylist() for group in groups))
    return dataclasses.replace(raw, labels=tuple(labels))


def opened_arrow(path: str, reading: Reading, shown: str) -> Relation:
    """Open an Arrow or Feather file as a relation."""
    connection, held = Connection(), Held("aitia_rows", path=path)
    with readable(shown):
        connection.do(held)
        found = described(Origin(connection, held.name, reading, path, shown), relation_of(held).schema)
        first = next(relation_of(held).to_batches())
        kept = {i: tuple(first.column(i).dictionary.to_pylist()) for i, raw in enumerate(found.raws) if raw.ordered}
        raws = (dataclasses.replace(raw, labels=kept[i]) if i in kept else raw for i, raw in enumerate(found.raws))
        return dataclasses.replace(found, raws=tuple(raws))


def opened_json_lines(paths: Sequence[str], reading: Reading, recipe: str, shown: str) -> Relation:
    """Open files of one JSON object a line as a relation."""
    listed = ", ".join(text(path) for path in paths)
    with readable(shown, "Give one JSON object a line."):
        relation = f"read_ndjson([{listed}], sample_size = -1)"
        return described(Origin(Connection(), relation, reading, recipe, shown))


def described(origin: Origin, written: Any = None) -> Relation:
    """Return a relation whose columns are what its file says in a PyArrow schema, or else what DuckDB says they are.

    Raises `Unreadable` when there are no rows.
    """
    connection, relation, own = origin.connection, origin.relation, origin.schema()
    fields = [*(written or ()), *list(own)[len(written or ()) :]]
    typed = [(quoted(name), kind) for name, kind, *_ in connection.all(f"DESCRIBE SELECT * FROM {relation}")]
    sql = [f"json_extract_string({name}, '$')" if kind == "JSON" else name for name, kind in typed]
    raws = [raw_of(name, field.type, given.type) for name, field, given in zip(sql, fields, own, strict=True)]
    raws = [decoded(connection, relation, raw) if raw.form == "bytes" else raw for raw in raws]
    (rows,) = connection.first(f"SELECT count(*) FROM {relation}")
    if not rows or not raws:
        raise Unreadable(f"{origin.shown} has no rows.", next="Give a table with at least one row.")
    names, spelling = tuple(field.name for field in fields), spelling_of(origin.reading, ".")
    return Relation(connection, relation, names, tuple(raws), origin.recipe, rows, spelling, origin.findings, origin.ordered)


def decoded(connection: Connection, relation: str, raw: Raw) -> Raw:
    """Return a column of bytes as one of words, when they are words in UTF-8."""
    import duckdb

    try:
        connection.first(f"SELECT count(decode({raw.sql})) FROM {relation}")
    except duckdb.Error:
        return Raw("unreadable", why=NOT_UTF8)
    return Raw("text", f"decode({raw.sql})")


def raw_of(sql: str, kind: Any, own: Any) -> Raw:
    """Return a column as it lies in a relation, given its PyArrow type as written and as DuckDB gives it."""
    import pyarrow

    if isinstance(kind, pyarrow.BaseExtensionType):
        kind = own if not isinstance(own, pyarrow.BaseExtensionType) else kind.storage_type
    form = form_of(kind)
    if form == "durations":
        number = f"CAST({sql} AS DOUBLE) / {PER_DAY[kind.unit]}e0" if form_of(own) == "numbers" else f"epoch_us({sql}) / {DAY}e0"
        return Raw("numbers", number)
    if form == "dates":
        return Raw("dates", f"epoch_us({f'CAST({sql} AS TIMESTAMPTZ)' if getattr(kind, 'tz', None) else sql}) / {DAY}e0")
    if form in ("numbers", "truth"):
        return Raw(form, f"CAST({sql} AS DOUBLE)")
    if form == "categories":
        return Raw("categories", f"CAST({sql} AS VARCHAR)", ordered=bool(kind.ordered))
    if form == "text":
        return Raw("text", f"CAST({sql} AS VARCHAR)")
    if form == "bytes":
        return Raw("bytes", sql)
    return Raw(form, why=why_unreadable(kind) if form == "unreadable" else "")


def opened_loaded(loaded: Loaded, reading: Reading) -> Relation:
    """Hand columns in memory to DuckDB."""
    import pyarrow

    arrays, raws = {}, []
    for place, array in enumerate(loaded.arrays):
        arrays[f"c{place}"], raw = handed(array, f"c{place}")
        raws.append(raw)
    connection = Connection([Held("aitia_rows", pyarrow.table(arrays))])
    rows, spelling = len(loaded.arrays[0]), spelling_of(reading, loaded.decimal)
    return Relation(connection, "aitia_rows", loaded.names, tuple(raws), loaded.recipe, rows, spelling, loaded.findings)


def handed(array: Any, name: str) -> tuple[Any, Raw]:
    """Return a column in a type that DuckDB reads as PyArrow does, and what it is."""
    import pyarrow

    if isinstance(array.type, pyarrow.BaseExtensionType):
        array = array.cast(array.type.storage_type)
    form = form_of(array.type)
    if form in ("dates", "durations"):
        return pyarrow.array(days_of(array), from_pandas=True), Raw("dates" if form == "dates" else "numbers", name)
    if form == "categories":
        codes, labels = codes_of(array)
        numbers = np.where(codes < 0, np.nan, codes)
        raw = Raw("codes", name, labels=tuple(labels.to_pylist()), ordered=bool(array.type.ordered), described="labels")
        return pyarrow.array(numbers, from_pandas=True), raw
    if form in ("empty", "unreadable"):
        return pyarrow.nulls(len(array)), Raw(form, why=why_unreadable(array.type) if form == "unreadable" else "")
    if form == "bytes":
        try:
            return array.cast(pyarrow.string()), Raw("text", name)
        except pyarrow.ArrowInvalid:
            return pyarrow.nulls(len(array)), Raw("unreadable", why=NOT_UTF8)
    return array, raw_of(name, array.type, array.type)


def loaded_of(relation: Relation) -> Loaded:
    """Bring the columns of a relation into memory as they lie there, words as they are read."""
    texts = {f"aitia_{place}": raw.sql for place, raw in enumerate(relation.raws) if raw.form == "text"}
    also = "".join(f", {sql} AS {name}" for name, sql in texts.items())
    table = relation.connection.table(f"SELECT *{also} FROM {relation.relation}")
    arrays = [table.column(f"aitia_{i}" if f"aitia_{i}" in texts else i) for i in range(len(relation.names))]
    decimal = relation.spelling.decimal
    return Loaded(names=relation.names, arrays=tuple(arrays), recipe=relation.recipe, decimal=decimal, findings=relation.findings)


def undone(source: DuckDB, recipe: str) -> Relation:
    """Return a source's columns without their kinds, so that others can be given to them."""
    raws = []
    for column in source.columns:
        sql = source.expressions[column.name]
        if not column.coded:
            raws.append(Raw("dates" if column.kind == "time" else "numbers", sql))
            continue
        truth = all(isinstance(level, bool) for level in column.levels)
        described = "truth" if truth else "numbers" if column.numeric_levels else "words"
        raws.append(Raw("codes", sql, labels=column.levels, ordered=column.kind == "ordinal", described=described))
    names = tuple(column.name for column in source.columns)
    return Relation(source.connection, source.relation, names, tuple(raws), recipe, source.n, ordered=source.ordered)

"""Read a table from a file, a frame, a dict of arrays or a packaged example, and say aloud what was guessed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, get_type_hints

from aitia.core.card import convert
from aitia.core.errors import BadOption, Unreadable, UnusableColumn, near, unknown
from aitia.core.finding import Finding
from aitia.core.memory import Memory, in_memory
from aitia.core.request import Reading
from aitia.core.table import KINDS, SetAside, Table
from aitia.data.engines.duckdb import DuckDB
from aitia.data.engines.memory import undone_memory
from aitia.data.engines.opening import undone
from aitia.data.engines.sql import Sql
from aitia.data.engines.sql_tables import undone_sql
from aitia.data.gathering import gathered
from aitia.data.kinds import Decision, decide
from aitia.data.names import cleaned, repeated
from aitia.data.notices import findings_of, notices_of
from aitia.data.summary import Summary
from aitia.data.undecided import Undecided

READING = get_type_hints(Reading)
ROLE_KINDS = {"unit": "unit", "time": "time", "domain": "environment", "weights": "weight"}


def read(data: Any, reading: Reading = Reading(), *, named: tuple[str, ...] = ()) -> Table:  # noqa: B008
    """Read a table; columns that cannot be used are set aside with a reason, and every guess is a finding.

    `data` is a path, a pattern of paths, "-" for CSV on standard input, `example:NAME`, a table of a database
    (`duckdb:FILE#TABLE`, `postgresql://…#TABLE`, `spark:TABLE`), a data frame, a dict of sequences, arrays or a Table.
    `named` are columns named for some role: each must exist and be usable. Raises `Unreadable`, `UnknownName`,
    `UnusableColumn` and `BadOption`.

    >>> read({"a": [1, 2, 3], "b": ["x", "y", "x"]}).column("b").levels
    ('x', 'y')
    """
    wanted = wanted_kinds(reading)
    roles = [getattr(reading, role) for role in (*ROLE_KINDS, "cluster")]
    needed = tuple(dict.fromkeys([*named, *(name for name in roles if name)]))
    found = data if isinstance(data, Table) else gathered(data, reading)
    if isinstance(found, Table):
        table, together = again(found, reading, wanted, needed), merged(found.reading, reading)
        return table if table.reading == together else dataclasses.replace(table, reading=together)
    return dataclasses.replace(table_of(found, reading, wanted, needed), reading=reading)


def merged(first: Reading, then: Reading) -> Reading:
    """Return a reading with everything that a later one says on top, so that a table can be read the same way again."""
    plain = Reading()
    said = {f.name: getattr(then, f.name) for f in dataclasses.fields(Reading) if getattr(then, f.name) != getattr(plain, f.name)}
    return dataclasses.replace(first, **{**said, "column": {**first.column, **then.column}})


def wanted_kinds(reading: Reading) -> dict[str, str]:
    """Return the kind that the caller gave to columns, directly or by a role; raises `BadOption`."""
    for name in ("dates", "engine"):
        convert(getattr(reading, name), READING[name], f"--{name}")
    for name, kind in reading.column.items():
        if kind not in KINDS:
            raise BadOption(f"There is no kind {kind!r}, asked for column {name}.", next=near(kind, KINDS))
    by_role = {getattr(reading, role): kind for role, kind in ROLE_KINDS.items() if getattr(reading, role)}
    return {**by_role, **reading.column}


def table_of(found: Undecided, reading: Reading, wanted: dict[str, str], needed: tuple[str, ...]) -> Table:
    """Return the table of gathered columns: names made unique, kinds guessed or given, unusable columns set aside."""
    names, cleanings = cleaned(found.names)
    doubled, said = repeated(names)
    twice = {item.name for item in doubled}
    require_names((*wanted, *needed), names)
    places = {name: place for place, name in enumerate(names) if name not in twice}
    summaries = found.summaries(places)
    decisions = decided(summaries, wanted, reading)
    notices = [n for name in places for n in (*notices_of(name, summaries[name]), *decisions[name].notices)]
    doubles = {item.name: Decision(why=item.why, next="Rename the columns in the data.") for item in doubled}
    require_usable(needed, {**decisions, **doubles})
    findings = (*found.findings, *cleanings, *said, *findings_of(notices, decisions))
    return assembled(found, decisions, places, set_aside=tuple(doubled), findings=findings)


def decided(summaries: dict[str, Summary], wanted: dict[str, str], reading: Reading) -> dict[str, Decision]:
    """Decide on every column; clusters may be named by words of any number."""
    return {name: decide(name, found, wanted.get(name), keep=name == reading.cluster) for name, found in summaries.items()}


def assembled(
    found: Undecided,
    decisions: dict[str, Decision],
    places: dict[str, int],
    *,
    set_aside: tuple[SetAside, ...],
    findings: tuple[Finding, ...],
) -> Table:
    """Put kept columns and their source into a table; raises `Unreadable` when no column is left."""
    columns = {name: d.column for name, d in decisions.items() if d.column is not None}
    aside = tuple(SetAside(name=name, why=d.why, constant=d.constant) for name, d in decisions.items() if d.column is None)
    if not columns:
        why = "; ".join(f"{item.name}: {item.why}" for item in (*set_aside, *aside)[:4])
        raise Unreadable("No usable column is left.", why=why, next="Give a table in which something varies.")
    source = found.source(columns, places)
    return Table(columns=tuple(columns.values()), source=source, recipe=found.recipe, set_aside=(*set_aside, *aside), findings=findings)


def require_names(wanted: Sequence[str], names: Sequence[str]) -> None:
    """Raise `UnknownName` for the first name that no column has."""
    for name in wanted:
        if name not in names:
            raise unknown("column", name, names)


def require_usable(needed: Sequence[str], decisions: dict[str, Decision]) -> None:
    """Raise `UnusableColumn` for the first needed column that was set aside."""
    for name in needed:
        decision = decisions[name]
        if decision.column is None:
            raise UnusableColumn(f"{name} cannot be used.", why=decision.why, next=decision.next)


def again(table: Table, reading: Reading, wanted: dict[str, str], needed: tuple[str, ...]) -> Table:
    """Return a table with the kinds that the caller gave; what was set aside when it was read stays so."""
    table = brought(table) if reading.engine == "memory" and not isinstance(table.source, Memory) else table
    aside = {item.name: Decision(why=item.why, next="Load the data again with another reading.") for item in table.set_aside}
    require_names((*wanted, *needed), (*table.names, *aside))
    require_usable([*wanted, *needed], {**{name: Decision(column=table.column(name)) for name in table.names}, **aside})
    changed = [name for name, kind in wanted.items() if table.column(name).kind != kind]
    if not changed:
        return table
    found, places = undecided_again(table), {name: place for place, name in enumerate(table.names)}
    summaries = found.summaries({name: places[name] for name in changed})
    decisions = {column.name: Decision(column=column) for column in table.columns} | decided(summaries, wanted, reading)
    require_usable(needed, decisions)
    return assembled(found, decisions, places, set_aside=table.set_aside, findings=table.findings)


def brought(table: Table) -> Table:
    """Return a table with its values in memory."""
    return dataclasses.replace(table, source=in_memory(table.columns, table.rows()))


def undecided_again(table: Table) -> Undecided:
    """Return the columns of a table without their kinds; raises `Unreadable` when its source cannot give them."""
    source = table.source
    if isinstance(source, Memory):
        return undone_memory(source, table.recipe)
    if isinstance(source, DuckDB):
        return undone(source, table.recipe)
    if isinstance(source, Sql):
        return undone_sql(source, table.recipe)
    raise Unreadable("The columns of this table cannot be given another kind.", next="Load the data again with the kinds you want.")

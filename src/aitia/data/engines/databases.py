"""Open tables and views of DuckDB files as relations."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence

from aitia.core.errors import Unreadable, near
from aitia.core.finding import Finding
from aitia.core.request import Reading
from aitia.data.engines.connection import Connection, quoted, readable, text
from aitia.data.engines.opening import Origin, described
from aitia.data.engines.relation import Relation

LIST_TABLES = """
    SELECT schema_name, table_name, false FROM duckdb_tables() WHERE database_name = 'aitia_source' AND NOT internal
    UNION ALL SELECT schema_name, view_name, true FROM duckdb_views() WHERE database_name = 'aitia_source' AND NOT internal
    ORDER BY ALL
"""


def opened_database(path: str, table: str, reading: Reading, shown: str) -> Relation:
    """Open a table or view of a DuckDB file as a relation; without a name, the only one that is there."""
    connection, file = Connection(), pathlib.Path(path).resolve()
    with readable(shown, "Check that it is a DuckDB file, and close every connection that writes to it."):
        connection.do(f"ATTACH {text(str(file))} AS aitia_source (READ_ONLY, TYPE duckdb)")
        tables = connection.all(LIST_TABLES)
    schema, name, view = chosen_table(table, tables, shown)
    recipe = f"duckdb:{file}#{name if schema == 'main' else f'{schema}.{name}'}"
    said = () if table else (Finding(check="table", passed=None, says=f"The only table, {name}, was read."),)
    with readable(shown):
        return described(Origin(connection, f"aitia_source.{quoted(schema)}.{quoted(name)}", reading, recipe, shown, not view, said))


def chosen_table(asked: str, tables: Sequence[tuple[str, str, bool]], shown: str) -> tuple[str, str, bool]:
    """Return schema, name and whether it is a view of the table asked for; raises `Unreadable` with near names."""
    names = {f"{schema}.{name}": (schema, name, view) for schema, name, view in tables}
    names |= {name: (schema, name, view) for schema, name, view in tables if schema == "main"}
    if not asked and len(tables) == 1:
        return tables[0]
    if asked in names:
        return names[asked]
    short = [name if schema == "main" else f"{schema}.{name}" for schema, name, _ in tables]
    if not asked:
        raise Unreadable(f"{shown} holds {len(tables)} tables.", next=f"Name one after #. {near('', short)}")
    raise Unreadable(f"There is no table {asked!r} in {shown.partition('#')[0]}.", next=near(asked, short))

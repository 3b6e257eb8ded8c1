"""Refuse columns of a kind that a measure does not take."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from aitia.core.errors import UnusableColumn
from aitia.core.table import Table

Triple = tuple[str, str, tuple[str, ...]]


def need_kinds(table: Table, names: Iterable[str], kinds: Collection[str], measure: str) -> None:
    """Raise `UnusableColumn` for the first column whose kind is not among `kinds`."""
    for name in dict.fromkeys(names):
        kind = table.column(name).kind
        if kind not in kinds:
            raise UnusableColumn(
                f"{measure} cannot use {name}.",
                why=f"It is {kind}; {measure} takes {', '.join(sorted(kinds))}.",
                next=f"Use another test, or say what {name} is with --column {name}=KIND.",
            )


def names_in(triples: Sequence[Triple]) -> tuple[str, ...]:
    """Return every column that some triple mentions, in order of first mention."""
    return tuple(dict.fromkeys(name for first, second, given in triples for name in (first, second, *given)))

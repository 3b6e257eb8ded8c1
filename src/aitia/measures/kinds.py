"""Refuse columns of a kind that a measure does not take."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from aitia.core.errors import BadOption, UnusableColumn
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


def need_no_given(triples: Sequence[Triple], measure: str) -> None:
    """Raise `BadOption` when some triple has given columns."""
    for first, second, given in triples:
        if given:
            raise BadOption(
                f"{measure} takes no given columns.",
                why=f"It was asked for {first} and {second} given {', '.join(given)}.",
                next="Use another test, such as kci.",
            )


def names_in(triples: Sequence[Triple]) -> tuple[str, ...]:
    """Return every column that some triple mentions, in order of first mention."""
    return tuple(dict.fromkeys(name for first, second, given in triples for name in (first, second, *given)))

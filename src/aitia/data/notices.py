"""Say in one finding for each check what reading noticed about columns."""

from __future__ import annotations

from collections.abc import Iterable

from aitia.core.finding import Finding
from aitia.data.dates import AMBIGUOUS
from aitia.data.kinds import Decision
from aitia.data.loaded import Notice
from aitia.data.names import shortened
from aitia.data.summary import Summary

SAYS = {
    "unreadable-columns": ("Columns of a type that is not read, set aside: {names}.", "Convert them before loading."),
    "empty-columns": ("Columns without any value, set aside: {names}.", ""),
    "constant-columns": ("Columns with one value only, set aside: {names}.", ""),
    "identifiers": (
        "Columns that name or number the rows, set aside: {names}.",
        "If one is no name, say its kind: --column NAME=categorical or NAME=continuous.",
    ),
    "many-categories": ("Columns with too many categories, set aside: {names}.", "Merge levels, or say --column NAME=categorical."),
    "whole-numbers": (
        "Columns of whole numbers with few values, treated as quantities: {names}.",
        "If they are labels, say --column NAME=categorical.",
    ),
    "infinities": ("Infinite values were taken for missing: {details}.", ""),
    "missing-words": ("Words taken for missing values: {details}.", "Say which words mean missing with --missing."),
    "spaces": ("Spaces around the words were removed in {names}.", ""),
    "thousands-separators": ("Marks between thousands were removed in {details}.", ""),
    "dates": ("Dates of day, month and year were read {details}.", "Say otherwise with --dates."),
    "ambiguous-dates": (
        "Columns of dates in which day and month cannot be told apart, left as words: {names}.",
        "Say which comes first: --dates dayfirst or --dates monthfirst.",
    ),
}


def notices_of(name: str, found: Summary) -> list[Notice]:
    """Return what was noticed while a column's values were read."""
    notices = []
    if found.infinite:
        notices.append(Notice("infinities", name, f"{found.infinite} in {name}", found.infinite))
    for word, count in found.missing_words.items():
        notices.append(Notice("missing-words", name, f"{word} ({count} in {name})", count))
    if found.spaces:
        notices.append(Notice("spaces", name))
    if found.thousands:
        notices.append(Notice("thousands-separators", name, f"{name} ({found.thousands!r})"))
    if found.dates == AMBIGUOUS:
        notices.append(Notice("ambiguous-dates", name))
    elif found.dates:
        notices.append(Notice("dates", name, f"{found.dates} in {name}"))
    return notices


def findings_of(notices: Iterable[Notice], decisions: dict[str, Decision]) -> list[Finding]:
    """Return one finding for each check, and one for each column that mixes numbers and words."""
    grouped: dict[str, list[Notice]] = {}
    for notice in notices:
        grouped.setdefault(notice.check, []).append(notice)
    found = []
    for check, members in grouped.items():
        if check in SAYS:
            found.append(grouped_finding(check, members))
        elif check == "mixed-types":
            found += [mixed(notice, decisions[notice.name]) for notice in members]
        else:
            found += [words_as_missing(notice) for notice in members]
    return found


def grouped_finding(check: str, members: list[Notice]) -> Finding:
    """Say one thing about several columns."""
    says, next = SAYS[check]
    text = says.format(names=shortened([m.name for m in members]), details=shortened([m.detail for m in members]))
    rows = sum(m.rows for m in members)
    return Finding(check=check, passed=None, value=float(rows or len(members)), says=text, next=next or None)


def mixed(notice: Notice, decision: Decision) -> Finding:
    """Say that a column mixes numbers and words."""
    says = f"{notice.name} holds {notice.detail}; it was set aside."
    return Finding(check=notice.check, passed=None, says=says, next=decision.next)


def words_as_missing(notice: Notice) -> Finding:
    """Say that words were taken for missing because the caller wants numbers."""
    says = f"In {notice.name}, {notice.rows} values that are no numbers ({notice.detail}) were taken for missing."
    return Finding(check=notice.check, passed=None, value=float(notice.rows), says=says)

"""Say what kind a column is, by a summary of its values only: its name, its place and where the values lie change nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from aitia.core.errors import UnusableColumn
from aitia.core.table import CODED, Column
from aitia.data.dates import AMBIGUOUS
from aitia.data.levels import levels_of, plain
from aitia.data.loaded import Notice
from aitia.data.summary import Summary
from aitia.data.words import most_common

FEWEST_NUMBERED, FEW_ROWS, MOST_LEVELS, FEW_NUMBERS = 20, 10, 1000, 10
ALL_MISSING, ONE_VALUE, ROUNDED = "It has no values.", "It has one value only.", "It varies by rounding only."
ROUNDING = 1e-14  # of the largest value: some fifty steps of float64


@dataclasses.dataclass(frozen=True, slots=True)
class Decision:
    """Hold a column, or why it was set aside and what could be done about it; and what to say."""

    column: Column | None = None
    why: str = ""
    next: str = ""
    constant: bool = False
    notices: tuple[Notice, ...] = ()


def decide(name: str, found: Summary, wanted: str | None, keep: bool) -> Decision:
    """Return what a column is: of the kind `wanted`, or of one guessed; `keep` keeps labels that merely name rows.

    Raises `UnusableColumn` when the values cannot be of the kind wanted.
    """
    if found.form == "unreadable":
        return aside(name, "unreadable-columns", found.why, "Convert it before loading.")
    if found.form == "empty":
        return aside(name, "empty-columns", ALL_MISSING + but_for(found), "Leave it out, or load data that hold it.")
    if is_constant(found, wanted):
        hint = "What does not vary has no effect and confounds nothing: leave it out."
        why = ROUNDED if found.low < found.high else ONE_VALUE
        return dataclasses.replace(aside(name, "constant-columns", why + but_for(found), hint), constant=True)
    return as_wanted(name, found, wanted) if wanted is not None else GUESS[found.form](name, found, keep)


def aside(name: str, check: str, why: str, next: str, detail: str = "") -> Decision:
    """Set a column aside."""
    return Decision(why=why, next=next, notices=(Notice(check, name, detail),))


def but_for(found: Summary) -> str:
    """Say which words were taken for missing, where that may be why nothing varies."""
    words = ", ".join(repr(word) for word in list(found.missing_words)[:3])
    return f" {words} was taken for missing: say otherwise with --missing." if words else ""


def is_constant(found: Summary, wanted: str | None) -> bool:
    """Tell whether there is one value only, but for rounding."""
    if found.form in ("words", "labels"):
        return found.distinct == 1
    if found.form == "mixed" and (wanted is None or wanted in CODED):
        return False
    rounding = ROUNDING * max(abs(found.low), abs(found.high)) if found.form == "numbers" and not found.whole else 0.0
    return found.high - found.low <= rounding


def guess_numbers(name: str, found: Summary, keep: bool) -> Decision:
    """Guess the kind of numbers: two values are binary, whole numbers from zero counts, 1 … n a numbering, others continuous."""
    if found.distinct == 2:
        levels = (plain(found.low), plain(found.high))
        return coded(name, "binary", f"two values: {levels[0]}, then {levels[1]}", found, levels)
    if not found.whole:
        return numeric(name, "continuous", "numbers with fractions", found)
    if found.numbered and found.low in (0.0, 1.0) and found.rows >= FEWEST_NUMBERED and not keep:
        why = f"It numbers the rows from {found.low:g} to {found.high:.15g}."
        return aside(name, "identifiers", why, f"If it is a quantity, say --column {name}=continuous.")
    kind = "count" if found.low == 0 else "continuous"
    why = "whole numbers from 0: treated as a count" if found.low == 0 else "whole numbers: treated as a quantity"
    dense = found.high - found.low <= max(2 * found.present, 1000)
    if found.distinct is None or found.distinct > FEW_NUMBERS or not dense:
        return numeric(name, kind, why, found)
    why = f"whole numbers with {found.distinct} values: treated as a quantity; say {name}=categorical if they are labels"
    return dataclasses.replace(numeric(name, kind, why, found), notices=(Notice("whole-numbers", name),))


def guess_dates(name: str, found: Summary, keep: bool) -> Decision:
    """Take dates as time."""
    order = f", read {found.dates}" if found.dates else ""
    return numeric(name, "time", f"dates{order}: days since 1970-01-01", found)


def guess_truth(name: str, found: Summary, keep: bool) -> Decision:
    """Take truth values as binary."""
    return coded(name, "binary", "truth values: False, then True", found, (False, True))


def guess_words(name: str, found: Summary, keep: bool) -> Decision:
    """Guess the kind of words: two are binary, few are categories, nearly as many as rows are names of rows."""
    distinct, present = found.distinct or 0, found.present
    naming = (distinct == present > FEW_ROWS) or (distinct > 2 * FEW_ROWS and 2 * distinct > present)
    if naming and not keep:
        why = f"It names rows or holds free text: {distinct} different words in {present} rows."
        return aside(name, "identifiers", why, f"If its words are labels, say --column {name}=categorical.")
    if distinct > MOST_LEVELS and not keep:
        why = f"It has {distinct} different words, too many for categories."
        return aside(name, "many-categories", why, f"Merge them, or say --column {name}=categorical.")
    levels = levels_of(found)
    if distinct == 2:
        return coded(name, "binary", f"two words: {levels[0]}, then {levels[1]}", found, levels)
    if naming or distinct > MOST_LEVELS:
        return coded(name, "unit", f"{distinct} different words in {present} rows", found, levels)
    return coded(name, "categorical", f"{distinct} different words", found, levels)


def guess_labels(name: str, found: Summary, keep: bool) -> Decision:
    """Take categories of a frame as they are declared there."""
    levels = levels_of(found)
    if len(levels) == 2:
        return coded(name, "binary", f"two categories: {levels[0]}, then {levels[1]}", found, levels)
    kind = "ordinal" if found.ordered else "categorical"
    return coded(name, kind, "categories in order, as the data say" if found.ordered else "categories, as the data say", found, levels)


def guess_mixed(name: str, found: Summary, keep: bool) -> Decision:
    """Set aside numbers with some words among them; where words prevail, take all as labels."""
    strange = found.words[""]
    if found.numeric < strange:
        return guess_words(name, found, keep)
    what = f"{found.numeric} numbers and {strange} that are none, such as {most_common(found.words)}"
    hint = f"Say --column {name}=continuous to take the words for missing, or {name}=categorical to take all for labels."
    return aside(name, "mixed-types", f"It holds {what}.", hint, what)


GUESS: dict[str, Callable[[str, Summary, bool], Decision]] = {
    "numbers": guess_numbers,
    "dates": guess_dates,
    "truth": guess_truth,
    "words": guess_words,
    "labels": guess_labels,
    "mixed": guess_mixed,
}


def as_wanted(name: str, found: Summary, wanted: str) -> Decision:
    """Return the column in the kind the caller gave; raises `UnusableColumn` where the values do not allow it."""
    if wanted in CODED:
        if wanted == "binary" and found.distinct != 2:
            raise impossible(name, wanted, f"it has {found.distinct or 'more than two'} different values")
        return coded(name, wanted, "you said so", found, levels_of(found))
    if not found.numeric:
        hint = "its days and months cannot be told apart: say --dates dayfirst or --dates monthfirst" if found.dates == AMBIGUOUS else ""
        examples = ", ".join(repr(x) for x in sorted(map(str, found.labels()))[:3])
        raise impossible(name, wanted, hint or f"it holds words, such as {examples}")
    if wanted == "count" and (found.negative or not found.whole):
        raise impossible(name, wanted, "some of its values are negative or have fractions")
    if wanted == "weight" and found.negative:
        raise impossible(name, wanted, f"{found.negative} of its values are negative")
    notices: tuple[Notice, ...] = ()
    if found.form == "mixed":
        notices = (Notice("words-as-missing", name, f"{most_common(found.words)}", found.words[""]),)
    return dataclasses.replace(numeric(name, wanted, "you said so", found), notices=notices)


def impossible(name: str, wanted: str, why: str) -> UnusableColumn:
    """Build the error for a kind that the values do not allow."""
    return UnusableColumn(f"{name} cannot be {wanted}.", why=f"As read, {why}.", next=f"Give another kind: --column {name}=KIND.")


def numeric(name: str, kind: str, why: str, found: Summary) -> Decision:
    """Return a numeric column."""
    return Decision(column=Column(name=name, kind=kind, why=why, missing=found.rows - found.numeric))  # type: ignore[arg-type]


def coded(name: str, kind: str, why: str, found: Summary, levels: tuple[Any, ...]) -> Decision:
    """Return a coded column."""
    missing = found.rows - found.present
    return Decision(column=Column(name=name, kind=kind, why=why, levels=levels, missing=missing))  # type: ignore[arg-type]

"""Say what kind a column is, by its values only: its name and its place change nothing."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from aitia.core.errors import UnusableColumn
from aitia.core.table import CODED, Column
from aitia.data.loaded import Notice, Values
from aitia.data.words import most_common

FEWEST_NUMBERED, FEW_ROWS, MOST_LEVELS, FEW_NUMBERS = 20, 10, 1000, 10
ALL_MISSING, ONE_VALUE = "It has no values.", "It has one value only."
WITHOUT = ("no", "n", "false", "0", "off", "never", "none", "absent", "negative", "untreated", "unexposed", "without", "nein")
BASELINE = ("control", "placebo", "low", "lower", "before", "pre", "usual", "standard", "old")
LOWER = frozenset((*WITHOUT, *BASELINE))
NEGATIONS = ("un", "non", "non-", "not ", "no ", "in", "not-")


@dataclasses.dataclass(frozen=True, slots=True)
class Decision:
    """Hold a column with its values (n,), or why it was set aside and what could be done about it; and what to say."""

    column: Column | None = None
    values: np.ndarray | None = None
    why: str = ""
    next: str = ""
    constant: bool = False
    notices: tuple[Notice, ...] = ()


def decide(name: str, values: Values, wanted: str | None, keep: bool) -> Decision:
    """Return what a column is: of the kind `wanted`, or of one guessed; `keep` keeps labels that merely name rows.

    Raises `UnusableColumn` when the values cannot be of the kind wanted.
    """
    if values.form == "unreadable":
        return aside(name, "unreadable-columns", values.why, "Convert it before loading.")
    if is_empty(values):
        return aside(name, "empty-columns", ALL_MISSING + but_for(values), "Leave it out, or load data that hold it.")
    if is_constant(values, wanted):
        hint = "What does not vary has no effect and confounds nothing: leave it out."
        found = aside(name, "constant-columns", ONE_VALUE + but_for(values), hint)
        return dataclasses.replace(found, constant=True)
    if wanted is not None:
        return as_wanted(name, values, wanted)
    return GUESS[values.form](name, values, keep)


def aside(name: str, check: str, why: str, next: str, detail: str = "") -> Decision:
    """Set a column aside."""
    return Decision(why=why, next=next, notices=(Notice(check, name, detail),))


def but_for(values: Values) -> str:
    """Say which words were taken for missing, where that may be why nothing varies."""
    words = ", ".join(repr(word) for word in list(values.missing_words)[:3])
    return f" {words} was taken for missing: say otherwise with --missing." if words else ""


def is_empty(values: Values) -> bool:
    """Tell whether every value is missing."""
    return values.form == "empty" or (values.numbers is not None and values.form != "mixed" and bool(np.isnan(values.numbers).all()))


def is_constant(values: Values, wanted: str | None) -> bool:
    """Tell whether there is one value only."""
    if values.form in ("words", "labels"):
        return len(values.labels) == 1
    if values.form == "mixed" and (wanted is None or wanted in CODED):
        return False
    assert values.numbers is not None
    return bool(np.nanmin(values.numbers) == np.nanmax(values.numbers))


def guess_numbers(name: str, values: Values, keep: bool) -> Decision:
    """Guess the kind of numbers: two values are binary, whole numbers from zero counts, 1 … n a numbering, others continuous."""
    assert values.numbers is not None
    numbers = values.numbers
    present = numbers[~np.isnan(numbers)] if np.isnan(numbers).any() else numbers
    low, high = float(present.min()), float(present.max())
    if bool(((present == low) | (present == high)).all()):
        levels = (plain(low), plain(high))
        return coded(
            name, "binary", f"two values: {levels[0]}, then {levels[1]}", (np.where(np.isnan(numbers), -1, numbers == high), levels)
        )
    if not bool((present == np.floor(present)).all()):
        return numeric(name, "continuous", "numbers with fractions", numbers)
    distinct = whole_distinct(present, low, high)
    if low in (0.0, 1.0) and high == low + len(numbers) - 1 and distinct == len(numbers) >= FEWEST_NUMBERED and not keep:
        why = f"It numbers the rows from {low:g} to {high:g}."
        return aside(name, "identifiers", why, f"If it is a quantity, say --column {name}=continuous.")
    kind = "count" if low == 0 else "continuous"
    why = "whole numbers from 0: treated as a count" if low == 0 else "whole numbers: treated as a quantity"
    if distinct is None or distinct > FEW_NUMBERS:
        return numeric(name, kind, why, numbers)
    why = f"whole numbers with {distinct} values: treated as a quantity; say {name}=categorical if they are labels"
    return dataclasses.replace(numeric(name, kind, why, numbers), notices=(Notice("whole-numbers", name),))


def whole_distinct(present: np.ndarray, low: float, high: float) -> int | None:
    """Count distinct whole numbers where their range is small enough to count cheaply, else return None."""
    if high - low > max(2 * len(present), 1000):
        return None
    return int(np.count_nonzero(np.bincount((present - low).astype(np.int64))))


def guess_dates(name: str, values: Values, keep: bool) -> Decision:
    """Take dates as time."""
    assert values.numbers is not None
    return numeric(name, "time", "dates: days since 1970-01-01", values.numbers)


def guess_truth(name: str, values: Values, keep: bool) -> Decision:
    """Take truth values as binary."""
    assert values.numbers is not None
    codes = np.where(np.isnan(values.numbers), -1, values.numbers)
    return coded(name, "binary", "truth values: False, then True", (codes, (False, True)))


def guess_words(name: str, values: Values, keep: bool) -> Decision:
    """Guess the kind of words: two are binary, few are categories, nearly as many as rows are names of rows."""
    assert values.codes is not None
    distinct, present = len(values.labels), int((values.codes >= 0).sum())
    naming = (distinct == present > FEW_ROWS) or (distinct > 2 * FEW_ROWS and 2 * distinct > present)
    if naming and not keep:
        why = f"It names rows or holds free text: {distinct} different words in {present} rows."
        return aside(name, "identifiers", why, f"If its words are labels, say --column {name}=categorical.")
    if distinct > MOST_LEVELS and not keep:
        why = f"It has {distinct} different words, too many for categories."
        return aside(name, "many-categories", why, f"Merge them, or say --column {name}=categorical.")
    if distinct == 2:
        codes, levels = sorted_levels(values)
        return coded(name, "binary", f"two words: {levels[0]}, then {levels[1]}", (codes, levels))
    if naming or distinct > MOST_LEVELS:
        return coded(name, "unit", f"{distinct} different words in {present} rows", sorted_levels(values))
    return coded(name, "categorical", f"{distinct} different words", sorted_levels(values))


def guess_labels(name: str, values: Values, keep: bool) -> Decision:
    """Take categories of a frame as they are declared there."""
    codes, levels = sorted_levels(values)
    if len(levels) == 2:
        return coded(name, "binary", f"two categories: {levels[0]}, then {levels[1]}", (codes, levels))
    kind = "ordinal" if values.ordered else "categorical"
    return coded(name, kind, "categories in order, as the data say" if values.ordered else "categories, as the data say", (codes, levels))


def guess_mixed(name: str, values: Values, keep: bool) -> Decision:
    """Set aside numbers with some words among them; where words prevail, take all as labels."""
    assert values.numbers is not None and values.codes is not None
    count = int((~np.isnan(values.numbers)).sum())
    strange = values.words[""]
    if count < strange:
        return guess_words(name, dataclasses.replace(values, form="words"), keep)
    what = f"{count} numbers and {strange} that are none, such as {most_common(values.words)}"
    hint = f"Say --column {name}=continuous to take the words for missing, or {name}=categorical to take all for labels."
    return aside(name, "mixed-types", f"It holds {what}.", hint, what)


GUESS: dict[str, Callable[[str, Values, bool], Decision]] = {
    "numbers": guess_numbers,
    "dates": guess_dates,
    "truth": guess_truth,
    "words": guess_words,
    "labels": guess_labels,
    "mixed": guess_mixed,
}


def as_wanted(name: str, values: Values, wanted: str) -> Decision:
    """Return the column in the kind the caller gave; raises `UnusableColumn` where the values do not allow it."""
    if wanted in CODED:
        codes, levels = wanted_levels(values)
        if wanted == "binary" and len(levels) != 2:
            raise impossible(name, wanted, f"it has {len(levels)} different values")
        return coded(name, wanted, "you said so", (codes, levels))
    numbers = numbers_in(values)
    if numbers is None:
        raise impossible(name, wanted, f"it holds words, such as {', '.join(repr(x) for x in sorted(map(str, values.labels))[:3])}")
    present = numbers[~np.isnan(numbers)]
    if wanted == "count" and ((present < 0) | (present != np.floor(present))).any():
        raise impossible(name, wanted, "some of its values are negative or have fractions")
    if wanted == "weight" and (present < 0).any():
        raise impossible(name, wanted, f"{int((present < 0).sum())} of its values are negative")
    notices: tuple[Notice, ...] = ()
    if values.form == "mixed":
        notices = (Notice("words-as-missing", name, f"{most_common(values.words)}", values.words[""]),)
    return dataclasses.replace(numeric(name, wanted, "you said so", numbers), notices=notices)


def impossible(name: str, wanted: str, why: str) -> UnusableColumn:
    """Build the error for a kind that the values do not allow."""
    return UnusableColumn(f"{name} cannot be {wanted}.", why=f"As read, {why}.", next=f"Give another kind: --column {name}=KIND.")


def numbers_in(values: Values) -> np.ndarray | None:
    """Return the values as numbers (n,), or None when they are words."""
    if values.numbers is not None:
        return values.numbers
    if any(isinstance(label, str) for label in values.labels):
        return None
    return np.append(np.array(values.labels, dtype=float), np.nan)[values.codes]


def wanted_levels(values: Values) -> tuple[np.ndarray, tuple[Any, ...]]:
    """Return codes (n,), -1 for missing, and levels in order, whatever the values are."""
    if values.codes is not None:
        return sorted_levels(values)
    assert values.numbers is not None
    missing = np.isnan(values.numbers)
    found, places = np.unique(values.numbers[~missing], return_inverse=True)
    codes = np.full(len(missing), -1.0)
    codes[~missing] = places
    return codes, tuple(bool(x) for x in found) if values.form == "truth" else tuple(plain(x) for x in found.tolist())


def sorted_levels(values: Values) -> tuple[np.ndarray, tuple[Any, ...]]:
    """Return codes (n,), -1 for missing, into the labels in order: as given, by number, or by alphabet with the reference first."""
    assert values.codes is not None
    if values.ordered:
        return values.codes, values.labels
    order = sorted(range(len(values.labels)), key=lambda i: order_key(values.labels[i]))
    lower = reference(tuple(str(values.labels[i]).lower() for i in order))
    order.insert(0, order.pop(lower))
    rank = np.empty(len(order) + 1)
    rank[order], rank[-1] = np.arange(len(order)), -1
    return rank[values.codes], tuple(values.labels[i] for i in order)


def order_key(label: Any) -> tuple[int, float, str]:
    """Sort numbers, and words that are numbers, by size and before other words."""
    try:
        number = float(label)
    except ValueError:
        return 1, 0.0, str(label)
    return (0, number, str(label)) if math.isfinite(number) else (1, 0.0, str(label))


def reference(words: tuple[str, ...]) -> int:
    """Return the place of the one word or phrase that says without: no, control, untreated, standard care, …; else the first.

    >>> reference(("new drug", "new drug + coaching", "standard care")), reference(("a", "b"))
    (2, 0)
    """
    for said in ([word in LOWER for word in words], [word.replace("-", " ").split(" ")[0] in LOWER for word in words]):
        if sum(said) == 1:
            return said.index(True)
    denied = [any(word == f"{negation}{other}" for negation in NEGATIONS for other in words) for word in words]
    return denied.index(True) if sum(denied) == 1 else 0


def plain(number: float) -> int | float:
    """Return a whole number as an int."""
    return int(number) if number == math.floor(number) and abs(number) < 2**53 else number


def numeric(name: str, kind: str, why: str, numbers: np.ndarray) -> Decision:
    """Return a numeric column."""
    column = Column(name=name, kind=kind, why=why, missing=int(np.isnan(numbers).sum()))  # type: ignore[arg-type]
    return Decision(column=column, values=numbers)


def coded(name: str, kind: str, why: str, found: tuple[np.ndarray, Sequence[Any]]) -> Decision:
    """Return a coded column from codes (n,), -1 for missing, and levels."""
    codes, levels = np.asarray(found[0], dtype=np.float64), tuple(found[1])
    missing = codes < 0
    column = Column(name=name, kind=kind, why=why, levels=levels, missing=int(missing.sum()))  # type: ignore[arg-type]
    return Decision(column=column, values=np.where(missing, np.nan, codes))

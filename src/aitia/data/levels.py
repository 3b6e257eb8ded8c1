"""Put the levels of a coded column in order: as given, by number, or by alphabet with the reference first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from aitia.data.summary import Summary

WITHOUT = ("no", "n", "false", "0", "off", "never", "none", "absent", "negative", "untreated", "unexposed", "without", "nein")
BASELINE = ("control", "placebo", "low", "lower", "before", "pre", "usual", "standard", "old")
LOWER = frozenset((*WITHOUT, *BASELINE))
NEGATIONS = ("un", "non", "non-", "not ", "no ", "in", "not-")


def levels_of(summary: Summary) -> tuple[Any, ...]:
    """Return the levels of a column that is to be coded, whatever its values are."""
    labels = summary.labels()
    if summary.coded:
        return tuple(labels) if summary.ordered else ordered(tuple(labels))
    found = sorted(labels)
    return tuple(found) if summary.form == "truth" else tuple(plain(x) for x in found)


def ordered(labels: Sequence[Any]) -> tuple[Any, ...]:
    """Return labels in order: numbers by size, then words by alphabet, but the one that says without before all."""
    found = sorted(labels, key=order_key)
    found.insert(0, found.pop(reference(tuple(str(label).lower() for label in found))))
    return tuple(found)


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
    known = set(words)
    denied = [any(word.startswith(negation) and word[len(negation) :] in known for negation in NEGATIONS) for word in words]
    return denied.index(True) if sum(denied) == 1 else 0


def plain(number: float) -> int | float:
    """Return a whole number as an int."""
    return int(number) if number == math.floor(number) and abs(number) < 2**53 else number

"""Sum up a column in the few facts that decide its kind, and turn its values into numbers once that is decided."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from aitia.core.table import Column
from aitia.data.loaded import Values


@dataclasses.dataclass(frozen=True, slots=True)
class Summary:
    """Hold what decides the kind of a column, from wherever its values lie; an engine finds it by a query or two.

    `form` is numbers, dates, truth, words, labels, mixed, empty or unreadable. `present` counts what is not missing;
    `numeric` those that are numbers; low, high, whole and negative (how many) speak of these. `distinct` is the number
    of different values, None for numbers where it was not worth counting (never when it is two). `numbered` says that
    whole numbers stand for the rows, each once. `labels` gives the different values, each with how often it occurs, in
    their order when `ordered`. The rest is as in `Values`.
    """

    form: str
    rows: int
    present: int = 0
    numeric: int = 0
    low: float = np.nan
    high: float = np.nan
    whole: bool = False
    negative: int = 0
    distinct: int | None = None
    numbered: bool = False
    labels: Callable[[], dict[Any, int]] = dict
    ordered: bool = False
    infinite: int = 0
    missing_words: dict[str, int] = dataclasses.field(default_factory=dict)
    words: dict[str, int] = dataclasses.field(default_factory=dict)
    spaces: bool = False
    thousands: str = ""
    dates: str = ""
    why: str = ""

    @property
    def coded(self) -> bool:
        """Whether the values are labels rather than numbers."""
        return self.form in ("words", "labels", "mixed")


def summarised(values: Values, weights: np.ndarray | None = None) -> Summary:
    """Sum up values (n,), each of which stands for `weights` (n,) rows, or for one."""
    size = len(values.numbers) if values.numbers is not None else len(values.codes) if values.codes is not None else 0
    rows = int(weights.sum()) if weights is not None else size
    kept = {name: getattr(values, name) for name in ("form", "ordered", "infinite", "missing_words", "words", "thousands", "dates", "why")}
    kept |= {"rows": rows, "spaces": bool(values.spaces)}
    if values.form in ("empty", "unreadable"):
        return Summary(**kept)
    facts: dict[str, Any] = {}
    if values.numbers is not None:
        facts = number_facts(values.numbers, weights)
        facts["labels"] = lambda: number_labels(values, weights)
    if values.codes is not None:
        counts = np.bincount(values.codes[values.codes >= 0], minlength=len(values.labels))
        if weights is not None:
            held = values.codes >= 0
            counts = np.bincount(values.codes[held], weights=weights[held], minlength=len(values.labels)).astype(np.int64)
        labels = dict(zip(values.labels, counts.tolist(), strict=True))
        if values.numbers is None:
            facts = label_facts(labels)
        facts |= {"present": int(counts.sum()), "distinct": len(labels), "labels": lambda: labels}
    if not facts["present"]:
        kept["form"] = "empty"
    return Summary(**kept, **facts)


def number_facts(numbers: np.ndarray, weights: np.ndarray | None) -> dict[str, Any]:
    """Return what numbers (n,), NaN for missing, say about themselves."""
    missing = np.isnan(numbers)
    held = numbers[~missing] if missing.any() else numbers
    if not len(held):
        return {"present": 0, "numeric": 0}
    weight = None if weights is None else weights[~missing]
    present = len(held) if weight is None else int(weight.sum())
    low, high = float(held.min()), float(held.max())
    whole = bool((held == np.floor(held)).all())
    distinct = distinct_numbers(held, low, high, whole) if weight is None else len(np.unique(held))
    numbered = whole and distinct == present == (len(numbers) if weights is None else int(weights.sum())) == high - low + 1
    below = held < 0
    return {
        "present": present,
        "numeric": present,
        "low": low,
        "high": high,
        "whole": whole,
        "negative": int(below.sum() if weight is None else weight[below].sum()),
        "distinct": distinct,
        "numbered": bool(numbered),
    }


def distinct_numbers(held: np.ndarray, low: float, high: float, whole: bool) -> int | None:
    """Count different numbers where that is cheap: one or two of them, or whole ones in a small range."""
    if low == high:
        return 1
    if bool(((held == low) | (held == high)).all()):
        return 2
    if not whole or high - low > max(2 * len(held), 1000):
        return None
    return int(np.count_nonzero(np.bincount((held - low).astype(np.int64))))


def number_labels(values: Values, weights: np.ndarray | None) -> dict[Any, int]:
    """Return different numbers, or truth values, with how often each occurs."""
    assert values.numbers is not None
    held = ~np.isnan(values.numbers)
    found, place = np.unique(values.numbers[held], return_inverse=True)
    counts = np.bincount(place, weights=None if weights is None else weights[held], minlength=len(found)).astype(np.int64)
    return {bool(x) if values.form == "truth" else x: int(count) for x, count in zip(found.tolist(), counts, strict=True)}


def label_facts(labels: dict[Any, int]) -> dict[str, Any]:
    """Return what labels say about themselves as numbers, when all of them are numbers."""
    if not labels or any(isinstance(label, str) for label in labels):
        return {}
    numbers = [float(label) for label in labels]
    return {
        "numeric": sum(labels.values()),
        "low": min(numbers),
        "high": max(numbers),
        "whole": all(x == np.floor(x) for x in numbers),
        "negative": sum(count for label, count in labels.items() if label < 0),
    }


def encoded(values: Values, column: Column) -> np.ndarray:
    """Return values as a column of a table has them: float64 (n,), codes into its levels where it is coded, NaN for missing."""
    if not column.coded:
        if values.numbers is not None:
            return values.numbers
        assert values.codes is not None
        return np.append(np.array(values.labels, dtype=float), np.nan)[values.codes]
    if values.codes is not None:
        rank = {label: float(i) for i, label in enumerate(column.levels)}
        return np.array([*(rank[label] for label in values.labels), np.nan])[values.codes]
    assert values.numbers is not None
    levels = np.array(column.levels, dtype=float)
    if len(levels) == 2:
        found = (values.numbers == levels[1]).astype(float)
        return np.where(np.isnan(values.numbers), np.nan, found)
    return np.where(np.isnan(values.numbers), np.nan, np.searchsorted(levels, values.numbers))

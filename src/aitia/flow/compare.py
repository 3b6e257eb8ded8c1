"""Compare two studies output by output."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from aitia.core import codec
from aitia.core.analysis import Difference
from aitia.core.record import Record
from aitia.core.study import Study


def differences(before: Study, after: Study) -> tuple[Difference, ...]:
    """List what differs: the data, every output with the largest difference of its numbers, and versions that may explain it."""
    found = list(causes(before, after))
    old, new = labelled(before), labelled(after)
    for label, record in old.items():
        if label not in new:
            found.append(Difference(step=record.step, method=record.method, says="This step was not reached again."))
            continue
        difference = between(record, new[label])
        found += [difference] if difference else []
    found += [
        Difference(step=r.step, method=r.method, says="This step was not there before.") for label, r in new.items() if label not in old
    ]
    return (*found, *other_versions(before, after)) if found else ()


def other_versions(before: Study, after: Study) -> list[Difference]:
    """Name the versions that are not those of the study."""
    names = [name for name in after.versions if before.versions.get(name) != after.versions[name]]
    says = [f"{name} was {before.versions.get(name, 'not there')} and is {after.versions[name]}" for name in names]
    return [Difference(step="versions", method=None, says=f"Other versions: {'; '.join(says)}.")] if says else []


def causes(before: Study, after: Study) -> Iterator[Difference]:
    """Name what may explain a difference: other data."""
    if before.request.fingerprint != after.request.fingerprint:
        says = f"The data have changed: their fingerprint was {before.request.fingerprint} and is {after.request.fingerprint}."
        yield Difference(step="read", method=None, says=says)


def labelled(study: Study) -> dict[tuple[str, str | None, int], Record]:
    """Number the records of each step and method; the newest version of repeated checks counts."""
    counts: dict[tuple[str, str | None], int] = {}
    result = {}
    for record in study.records:
        name = (record.step, record.method)
        counts[name] = counts.get(name, -1) + 1
        result[(*name, counts[name])] = record
    return result


def between(old: Record, new: Record) -> Difference | None:
    """Return the difference of two outputs, or None when they are identical."""
    first, second = codec.to_json([old.output, old.findings]), codec.to_json([new.output, new.findings])
    if first == second:
        return None
    gaps = [gap for gap in number_gaps(first, second) if gap is not None]
    largest = max(gaps, default=None)
    says = "Numbers differ." if gaps and not words_differ(first, second) else "The output differs."
    return Difference(step=old.step, method=old.method, says=says, largest=largest)


def number_gaps(first: Any, second: Any) -> Iterator[float | None]:
    """Walk two outputs together and yield the absolute difference of each pair of unequal numbers."""
    if isinstance(first, dict) and isinstance(second, dict):
        for key in first.keys() & second.keys():
            yield from number_gaps(first[key], second[key])
    elif isinstance(first, list) and isinstance(second, list):
        for a, b in zip(first, second, strict=False):
            yield from number_gaps(a, b)
    elif is_number(first) and is_number(second) and first != second:
        gap = abs(first - second)
        yield gap if math.isfinite(gap) else None


def words_differ(first: Any, second: Any) -> bool:
    """Tell whether two outputs differ in anything but numbers."""
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() != second.keys() or any(words_differ(first[key], second[key]) for key in first)
    if isinstance(first, list) and isinstance(second, list):
        return len(first) != len(second) or any(words_differ(a, b) for a, b in zip(first, second, strict=True))
    return not (is_number(first) and is_number(second)) and first != second


def is_number(value: Any) -> bool:
    """Tell a number from a truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool)

"""Name every error that aitia raises on purpose.

    AitiaError                      what happened, why, what to try; one tree
    ├── InputError                  the caller can mend it: exit 2
    │   ├── Unreadable              a file cannot be read as what it should be
    │   ├── UnknownName             a column, node, method or option that is not there (near names are listed)
    │   ├── UnusableColumn          a named column is constant, all missing, duplicated or of the wrong kind
    │   ├── BadGraph                a graph that cannot be read or is not of the class that is needed
    │   ├── BadOption               a value that an option does not take
    │   └── Unwritable              a folder or file that cannot be written
    ├── MissingExtra                an optional package is not installed: exit 2
    ├── CannotEstimate              data and estimand admit no estimate; the flow turns it into an answer, exit 0
    └── Stopped                     deadline, Ctrl-C or kill; carries the answer so far: exit 3

An effect that is not identified, a failed check and too little data are values, not errors.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, ClassVar


class AitiaError(Exception):
    """Say what happened, why, and what to try next."""

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, why: str = "", next: str = "") -> None:
        super().__init__(what)
        self.what, self.why, self.next = what, why, next

    def __str__(self) -> str:
        detail = " ".join(part for part in (self.why, self.next) if part)
        return f"{self.what}\n{detail}" if detail else self.what

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.what, self.why, self.next)


def _rebuild(cls: type[AitiaError], what: str, why: str, next: str) -> AitiaError:
    return cls(what, why=why, next=next)


class InputError(AitiaError):
    """Say that something the caller gave cannot be used."""

    exit_code = 2


class Unreadable(InputError):
    """Say that a file or text cannot be read as what it should be."""


class UnknownName(InputError):
    """Say that a name is not there, and which near names are."""


class UnusableColumn(InputError):
    """Say that a named column cannot serve its role."""


class BadGraph(InputError):
    """Say that a graph cannot be read or is not of the class that is needed."""


class BadOption(InputError):
    """Say that an option does not take this value."""


class Unwritable(InputError):
    """Say that a folder or file cannot be written."""


class MissingExtra(AitiaError):
    """Say which optional package is missing and how to install it."""

    exit_code = 2


class CannotEstimate(AitiaError):
    """Say that these data and this estimand admit no estimate."""

    exit_code = 0


class Stopped(AitiaError):
    """Say that a deadline, Ctrl-C or a signal ended the work; `answer` holds what was done."""

    exit_code = 3
    answer: Any = None


def near(name: str, known: Iterable[str], most: int = 3) -> str:
    """List the known names nearest to `name`, as the last sentence of an error.

    >>> near("treatmnt", ["treatment", "outcome"])
    'Did you mean treatment?'
    >>> near("q", ["treatment", "outcome"])
    'There are: treatment, outcome.'
    """
    names = [str(item) for item in known]
    folded = {item.lower(): item for item in names}
    close = [folded[item] for item in difflib.get_close_matches(name.lower(), list(folded), n=most, cutoff=0.6)]
    if close:
        return f"Did you mean {' or '.join(close)}?"
    listed = ", ".join(names[:12]) + (f" … ({len(names)} in all)" if len(names) > 12 else "")
    return f"There are: {listed}." if names else "There are none."


def unknown(what: str, name: str, known: Iterable[str]) -> UnknownName:
    """Build the error for a name that is not among the known ones."""
    return UnknownName(f"There is no {what} {name!r}.", next=near(name, known))

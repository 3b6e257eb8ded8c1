"""Name events in worlds that differ by what is set from outside: Y_x, Y_{x, M_{x'}} and events about them. [pearl2009]"""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any

from aitia.core.errors import BadOption

Level = Hashable


@dataclasses.dataclass(frozen=True, slots=True)
class Potential:
    """Name the value that a node would have, had others been set: to a level, or to what they would be in another world.

    Without settings it is the node in the actual world. Settings are sorted by node.
    """

    node: str
    settings: tuple[tuple[str, Level | Potential], ...] = ()

    def equals(self, level: Level) -> Event:
        """Return the event that it is this level."""
        return Event(self, (level,))

    def differs_from(self, level: Level) -> Event:
        """Return the event that it is any other level."""
        return Event(self, (level,), excluded=True)

    def among(self, levels: Iterable[Level]) -> Event:
        """Return the event that it is one of these levels."""
        return Event(self, tuple(levels))

    def __str__(self) -> str:
        return self.node + (f"[{', '.join(f'{node}={value}' for node, value in self.settings)}]" if self.settings else "")


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    """Say that a value is among some levels, or with `excluded` that it is not."""

    potential: Potential
    levels: tuple[Level, ...]
    excluded: bool = False

    def __str__(self) -> str:
        if len(self.levels) == 1:
            return f"{self.potential}{'≠' if self.excluded else '='}{self.levels[0]}"
        return f"{self.potential}{'∉' if self.excluded else '∈'}{{{', '.join(map(str, self.levels))}}}"


Events = Mapping[str, Level] | Event | Iterable[Event]


def potential(node: str, settings: Mapping[str, Level | Potential] | None = None, **named: Level | Potential) -> Potential:
    """Name the value that a node would have under these settings, given as a mapping or by keyword.

    >>> str(potential("y", x=1, m=potential("m", x=0)).equals(1))
    'y[m=m[x=0], x=1]=1'
    """
    together: dict[str, Any] = {**(settings or {}), **named}
    return Potential(node, tuple(sorted(together.items(), key=lambda item: item[0])))


def as_potential(variable: str | Potential) -> Potential:
    """Return a node's name as the node in the actual world."""
    return Potential(variable) if isinstance(variable, str) else variable


def as_events(given: Events) -> tuple[Event, ...]:
    """Return events as a tuple; a mapping names nodes of the actual world and their levels."""
    if isinstance(given, Event):
        return (given,)
    if isinstance(given, Mapping):
        return tuple(Potential(node).equals(level) for node, level in given.items())
    found = tuple(given)
    for item in found:
        if not isinstance(item, Event):
            raise BadOption(f"{item!r} is no event.", next='Write {"y": 1}, or potential("y", x=1).equals(1).')
    return found


def mentioned(variables: Iterable[Potential]) -> Iterator[Potential]:
    """Yield the variables and those that their settings refer to, however deep."""
    for variable in variables:
        yield variable
        yield from mentioned(value for _, value in variable.settings if isinstance(value, Potential))

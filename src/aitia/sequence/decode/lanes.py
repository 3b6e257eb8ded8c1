"""Say what the paths of a text are, and follow each through its own fork and join."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import torch

from aitia.core.errors import BadOption
from aitia.sequence.decode.sampling import keyed
from aitia.sequence.decode.trajectory import GIVEN
from aitia.sequence.order import layouts
from aitia.sequence.stream.cache import OrderCache


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """Hold how a path starts (its first tokens), the most tokens it may have in all, its own chance, and a fork of its own.

    With a fork, `most` counts the tokens before it; what follows the last join ends the path.
    """

    start: tuple[int, ...] = ()
    most: int
    seed: int = 0
    fork: Fork | None = None

    @property
    def key(self) -> tuple[int, ...]:
        """What the path is, wherever it is listed: its chance and its place in the arithmetic depend on this."""
        return (self.seed, len(self.start), *self.start)

    @property
    def room(self) -> int:
        """The most nodes that it takes, those of its fork included."""
        return self.most if self.fork is None else self.most + sum(path.room for path in self.fork.paths) + self.fork.rest.room

    @property
    def layout(self) -> layouts.Path:
        """The path with room for its most tokens, all paths in the order of their keys."""
        if self.fork is None:
            return self.most
        return (self.most, [path.layout for path in self.fork.ordered], self.fork.rest.layout)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """Hold the paths of a fork, the tokens with which the text goes on behind them, and how many follow in all.

    The text may fork again: `then` is the next fork in a row, and `after` counts the tokens before it.
    """

    paths: tuple[Path, ...]
    join: tuple[int, ...]
    after: int
    then: Fork | None = None

    def __post_init__(self) -> None:
        if not self.paths or len({path.key for path in self.paths}) < len(self.paths):
            raise BadOption(
                "Two paths with the same start and the same seed would be twins.", next="Give each path a start or a seed of its own."
            )
        if any(path.most < max(1, len(path.start)) for path in self.paths) or not 1 <= len(self.join) <= self.after:
            raise BadOption("A path or what follows is shorter than the tokens it starts with, or starts with none.")

    @property
    def rest(self) -> Path:
        """What follows the join."""
        return Path(start=self.join, most=self.after, fork=self.then)

    @property
    def ordered(self) -> list[Path]:
        """The paths in the order of their keys."""
        return sorted(self.paths, key=lambda path: path.key)


@dataclasses.dataclass(slots=True, eq=False)
class Lane:
    """Follow the tokens of a path; behind them the lanes of its fork's paths, by their keys, and that of what follows their join.

    `close` closes the lane and is put on its last place where it was not drawn before; `end` closes it when it is drawn.
    """

    path: Path
    key: tuple[int, ...]  # the keys of all paths on the way to it: its chance depends on this
    first: int  # its first node
    place: int  # the position of its first node
    cache: OrderCache
    close: int | None = None
    end: int | None = None
    tokens: list[int] = dataclasses.field(default_factory=list)
    steps: list[int] = dataclasses.field(default_factory=list)
    likely: list[float] = dataclasses.field(default_factory=list)
    sampled: list[bool] = dataclasses.field(default_factory=list)
    computed: int = 0
    paths: dict[tuple[int, ...], Lane] = dataclasses.field(default_factory=dict)
    rest: Lane | None = None
    chance: torch.Tensor = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        self.chance = keyed(self.key, self.path.most)
        for token in self.path.start:
            self._note(token, GIVEN, 0.0, False)

    @property
    def pending(self) -> range:
        """Which of its tokens have not gone through the model."""
        return range(self.computed, len(self.tokens))

    @property
    def closed(self) -> bool:
        """Whether no token will follow before its fork."""
        full = len(self.tokens) >= self.path.most
        return full or (bool(self.sampled) and self.sampled[-1] and self.tokens[-1] in (self.close, self.end))

    @property
    def last(self) -> Lane:
        """The lane that ends the path."""
        return self if self.rest is None else self.rest.last

    @property
    def done(self) -> bool:
        """Whether all of it has gone through the model, its fork and what follows included."""
        last = self.last
        return not last.pending and last.path.fork is None

    @property
    def below(self) -> list[Lane]:
        """The lanes behind its tokens: the paths of its fork as they were listed, and what follows their join."""
        if self.path.fork is None or self.rest is None:
            return []
        return [*(self.paths[path.key] for path in self.path.fork.paths), self.rest]

    @property
    def layout(self) -> layouts.Path:
        """The path as long as it came out, all paths as they were listed."""
        below = self.below
        return (len(self.tokens), [path.layout for path in below[:-1]], below[-1].layout) if below else len(self.tokens)

    def take(self, token: int, likely: float, step: int) -> None:
        """Add a drawn token; the last one that fits closes the lane, whatever was drawn."""
        if self.close not in (None, token) and len(self.tokens) == self.path.most - 1:
            self._note(self.close, step, 0.0, False)
        else:
            self._note(token, step, likely, True)

    def spread(self, fork: Fork, opening: int | None, closing: int | None) -> list[Lane]:
        """Begin and return the paths of its fork; those that fork again are closed by another token before they do."""
        first = self.first + self.path.most
        for path, cache in zip(fork.ordered, self.cache.fork(len(fork.paths)), strict=True):
            close = closing if path.fork is None else opening
            self.paths[path.key] = Lane(path, (*self.key, 1, *path.key), first, self.place + len(self.tokens), cache, close)
            first += path.room
        return list(self.paths.values())

    def join(self, fork: Fork, opening: int | None, close: int | None, end: int | None) -> None:
        """Join the paths of its fork; what follows stands behind the longest of them, and is closed as the path is or by its next fork."""
        ends = [path.last for path in self.paths.values()]
        place = max(lane.place + len(lane.tokens) for lane in ends)
        first = self.first + self.path.room - fork.rest.room
        closing = (close, end) if fork.then is None else (opening, None)
        self.rest = Lane(fork.rest, (*self.key, 0), first, place, self.cache.join([lane.cache for lane in ends]), *closing)

    def listed(self, start: int = 0, told: int = GIVEN) -> Iterator[tuple[Lane, list[int]]]:
        """Yield the lanes of the path as they are listed, each with the nodes that told its tokens; it begins at a node, behind another."""
        at = stop = start + len(self.tokens)
        yield self, [told, *range(start, stop - 1)]
        for lane in self.below:
            for found in lane.listed(at, stop - 1):
                yield found
                at += len(found[0].tokens)

    def _note(self, token: int, step: int, likely: float, sampled: bool) -> None:
        self.tokens.append(token)
        self.steps.append(step)
        self.likely.append(likely)
        self.sampled.append(sampled)

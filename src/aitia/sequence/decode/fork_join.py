"""Decode several paths of a text side by side and go on behind all of them, computing nothing twice. [yang2025]

A path shares the pages of what came before the fork and writes to pages of its own; the join takes all pages together.
Keys were turned by their own positions, so nothing is computed again. Rows of a batch, each with its own fork, are
packed into one order, so every pass of the model serves all paths of all rows.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import torch

from aitia.core.errors import BadOption
from aitia.sequence.decode.sampling import draw, keyed, need_temperature
from aitia.sequence.decode.trajectory import GIVEN, Meter, Trajectory
from aitia.sequence.models.decoder import Decoder
from aitia.sequence.models.product import kept
from aitia.sequence.order.layouts import fork_join as layout
from aitia.sequence.order.relation import pack
from aitia.sequence.stream.cache import OrderCache, append_together


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """Hold how a path starts (its first tokens), the most tokens it may have in all, and its own chance."""

    start: tuple[int, ...] = ()
    most: int
    seed: int = 0

    @property
    def key(self) -> tuple[int, ...]:
        """What the path is, wherever it is listed: its chance and its place in the arithmetic depend on this."""
        return (self.seed, *self.start)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """Hold the paths of a fork, the tokens with which the text goes on behind them, and how many follow in all."""

    paths: tuple[Path, ...]
    join: tuple[int, ...]
    after: int

    def __post_init__(self) -> None:
        keys = [path.key for path in self.paths]
        if not self.paths or len(set(keys)) < len(keys):
            raise BadOption(
                "Two paths with the same start and the same seed would be twins.", next="Give each path a start or a seed of its own."
            )
        if any(path.most < max(1, len(path.start)) for path in self.paths) or not 1 <= len(self.join) <= self.after:
            raise BadOption("A path or what follows is shorter than the tokens it starts with, or starts with none.")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ForkJoin:
    """Hold one fork for all rows or one for each, the token that closes a path and the one that ends the text.

    A path that does not close within its `most` tokens is closed; without `close` every path runs to its most tokens.
    With `together=False` the paths run one after the other, which changes no token.
    """

    forks: tuple[Fork, ...]
    close: int | None = None
    end: int | None = None
    temperature: float = 1.0
    together: bool = True

    def __post_init__(self) -> None:
        need_temperature(self.temperature)


@dataclasses.dataclass(slots=True, eq=False)
class Lane:
    """Follow one run of tokens: a path, or what comes behind the join."""

    row: int
    first: int  # its first node
    place: int  # the position of its first node
    most: int
    close: int | None
    capped: bool  # whether the last token that fits must be the closing one
    cache: OrderCache
    chance: torch.Tensor
    tokens: list[int]
    steps: list[int] = dataclasses.field(default_factory=list)
    likely: list[float] = dataclasses.field(default_factory=list)
    sampled: list[bool] = dataclasses.field(default_factory=list)
    computed: int = 0

    def __post_init__(self) -> None:
        for _ in self.tokens:
            self._note(GIVEN, 0.0, False)

    @property
    def pending(self) -> range:
        """Which of its tokens have not gone through the model."""
        return range(self.computed, len(self.tokens))

    @property
    def closed(self) -> bool:
        """Whether no token will follow."""
        return len(self.tokens) >= self.most or (bool(self.sampled) and self.sampled[-1] and self.tokens[-1] == self.close)

    def take(self, token: int, likely: float, step: int) -> None:
        """Add a drawn token; the last one that fits closes the lane, whatever was drawn."""
        forced = self.capped and len(self.tokens) == self.most - 1 and token != self.close
        self.tokens.append(self.close if forced and self.close is not None else token)
        self._note(step, 0.0 if forced else likely, not forced)

    def _note(self, step: int, likely: float, sampled: bool) -> None:
        self.steps.append(step)
        self.likely.append(likely)
        self.sampled.append(sampled)


@dataclasses.dataclass(slots=True, eq=False)
class Row:
    """Follow one row of the batch: its prompt, its paths in the order of their keys, and what follows."""

    prompt: torch.Tensor
    fork: Fork
    first: int
    cache: OrderCache
    lanes: list[Lane] = dataclasses.field(default_factory=list)
    rest: Lane | None = None

    @property
    def ranks(self) -> list[int]:
        """The paths in the order of their keys."""
        return sorted(range(len(self.fork.paths)), key=lambda i: self.fork.paths[i].key)

    @property
    def before(self) -> int:
        """How many nodes come before the fork."""
        return len(self.prompt)


@torch.no_grad()
@kept()
def fork_join(model: Decoder, prompt: torch.Tensor | Sequence[torch.Tensor], rng: np.random.Generator, options: ForkJoin) -> Trajectory:
    """Decode behind prompts (batch, nodes), or of several lengths, through a fork and a join.

    One pass reads all prompts; then each pass computes the next node of every path that is open, whichever its row.
    The order in which paths are listed changes nothing, bit for bit. Raises `BadOption` for forks that do not fit.
    """
    prompts = [torch.as_tensor(row).cpu() for row in prompt]
    forks = options.forks if len(options.forks) == len(prompts) else options.forks * len(prompts)
    if len(options.forks) not in (1, len(prompts)) or not all(len(row) for row in prompts):
        raise BadOption(f"{len(options.forks)} forks do not fit {len(prompts)} prompts.", next="Give one fork, or one for each prompt.")
    meter, base = Meter(), int(rng.integers(2**62))
    rows = opened(model, prompts, forks)
    for i, (row, logits) in enumerate(zip(rows, prefilled(model, rows, meter), strict=True)):
        spread(row, i, base, options.close)
        for lane in row.lanes:
            if not lane.tokens:
                token, likely = draw(logits, lane.chance[0], options.temperature)
                lane.take(int(token), float(likely), 0)
    for lanes in turns(rows, base, options):
        advance(model, lanes, options.temperature, meter)
    return finished(rows, meter, options.temperature)


def opened(model: Decoder, prompts: Sequence[torch.Tensor], forks: Sequence[Fork]) -> list[Row]:
    """Return the rows of one packed order in which every path has room for its most tokens."""
    orders = []
    for prompt, fork in zip(prompts, forks, strict=True):
        paths = sorted(fork.paths, key=lambda path: path.key)
        orders.append(layout(len(prompt), [path.most for path in paths], fork.after))
    whole = model.cache(pack(orders))
    starts = [0, *itertools.accumulate(order.n for order in orders)]
    caches = whole.fork(len(prompts))
    return [Row(*parts) for parts in zip(prompts, forks, starts[:-1], caches, strict=True)]


def prefilled(model: Decoder, rows: Sequence[Row], meter: Meter) -> list[torch.Tensor]:
    """Compute all prompts in one pass, each into the cache of its row; return the logits (vocabulary,) of their last nodes."""
    tokens = torch.cat([row.prompt for row in rows])[None]
    nodes = np.concatenate([row.first + np.arange(row.before) for row in rows])
    places = torch.cat([torch.arange(row.before) for row in rows])
    meter.count(tokens)
    found = model.fresh(tokens, nodes, [rows[0].cache], positions=places)
    ends = list(itertools.accumulate(row.before for row in rows))
    append_together([row.cache for row in rows], np.split(nodes, ends[:-1]), found.keys, found.values)
    return [found.logits[0, end - 1] for end in ends]


def spread(row: Row, number: int, base: int, close: int | None) -> None:
    """Fork a row into its paths."""
    ranks, caches = row.ranks, row.cache.fork(len(row.fork.paths))
    first = row.first + row.before
    for rank, cache in zip(ranks, caches, strict=True):
        path = row.fork.paths[rank]
        chance = keyed(base, (number, 1, *path.key), path.most)
        row.lanes.append(Lane(number, first, row.before, path.most, close, close is not None, cache, chance, list(path.start)))
        first += path.most


def joined(row: Row, number: int, base: int, end: int | None) -> Lane:
    """Join the paths of a row; what follows stands behind the longest of them."""
    cache = row.cache.join([lane.cache for lane in row.lanes])
    first = row.first + row.before + sum(path.most for path in row.fork.paths)
    place = row.before + max(len(lane.tokens) for lane in row.lanes)
    after = row.fork.after
    return Lane(number, first, place, after, end, False, cache, keyed(base, (number, 0), after), list(row.fork.join))


def turns(rows: Sequence[Row], base: int, options: ForkJoin) -> Iterator[list[Lane]]:
    """Yield the lanes of each pass until all rows have come to their end."""
    while True:
        for i, row in enumerate(rows):
            if row.rest is None and not any(lane.pending for lane in row.lanes):
                row.rest = joined(row, i, base, options.end)
        open_lanes = [lane for row in rows for lane in (*row.lanes, row.rest) if lane is not None and lane.pending]
        if not open_lanes:
            return
        yield open_lanes if options.together else open_lanes[:1]


def advance(model: Decoder, lanes: Sequence[Lane], temperature: float, meter: Meter) -> None:
    """Send what is pending in each lane through the model in one pass, and draw the next token of each lane that is open."""
    runs = [lane.pending for lane in lanes]
    tokens = torch.tensor([[lane.tokens[i] for lane, run in zip(lanes, runs, strict=True) for i in run]])
    nodes = np.array([lane.first + i for lane, run in zip(lanes, runs, strict=True) for i in run])
    places = torch.tensor([lane.place + i for lane, run in zip(lanes, runs, strict=True) for i in run])
    step = meter.count(tokens)
    found = model.fresh(tokens, nodes, [lane.cache for lane in lanes], positions=places, strict=False)  # paths that closed early leave gaps
    ends = list(itertools.accumulate(len(run) for run in runs))
    append_together([lane.cache for lane in lanes], np.split(nodes, ends[:-1]), found.keys, found.values)
    for lane in lanes:
        lane.computed = len(lane.tokens)
    going = [(lane, end - 1) for lane, end in zip(lanes, ends, strict=True) if not lane.closed]
    if going:
        chance = torch.stack([lane.chance[len(lane.tokens)] for lane, _ in going])
        drawn, likely = draw(found.logits[0, [end for _, end in going]], chance, temperature)
        for (lane, _), token, value in zip(going, drawn.tolist(), likely.tolist(), strict=True):
            lane.take(token, value, step)


def finished(rows: Sequence[Row], meter: Meter, temperature: float) -> Trajectory:
    """Return the trajectory with the paths as they were listed, each as long as it came out."""
    parts = [written(row) for row in rows]
    width = max(len(part[0]) for part in parts)
    filled = [
        [torch.nn.functional.pad(x, (0, width - len(x)), value=value) for x in column]
        for column, value in zip(zip(*(part[:4] for part in parts), strict=True), (0, GIVEN, 0.0, GIVEN), strict=True)
    ]
    tokens, steps, likely, sources = (torch.stack(column) for column in filled)
    return Trajectory(
        tokens=tokens,
        steps=steps,
        log_probabilities=likely,
        sources=sources,
        orders=tuple(layout(*part[4]) for part in parts),
        rule="height",
        mask=0,
        temperature=temperature,
        forwards=meter.forwards,
        computed=meter.computed,
        seconds=meter.seconds,
    )


def written(row: Row) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, tuple[int, list[int], int]]:
    """Return tokens, steps, log-probabilities and sources of a row, and the sizes of its order."""
    listed = [lane for _, lane in sorted(zip(row.ranks, row.lanes, strict=True), key=lambda pair: pair[0])]
    assert row.rest is not None
    lanes = [*listed, row.rest]
    start, sources = row.before, [GIVEN] * row.before
    for lane in lanes:
        told = [start - 1 if i else row.before - 1 for i, start in enumerate(range(start, start + len(lane.tokens)))]
        sources += [at if sampled else GIVEN for at, sampled in zip(told, lane.sampled, strict=True)]
        start += len(lane.tokens)
    none = [GIVEN] * row.before
    return (
        torch.cat([row.prompt, torch.tensor([t for lane in lanes for t in lane.tokens], dtype=row.prompt.dtype)]),
        torch.tensor([*none, *(s for lane in lanes for s in lane.steps)]),
        torch.tensor([*([0.0] * row.before), *(v for lane in lanes for v in lane.likely)], dtype=torch.float64),
        torch.tensor(sources),
        (row.before, [len(lane.tokens) for lane in listed], len(row.rest.tokens)),
    )

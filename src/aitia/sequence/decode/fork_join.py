"""Decode several paths of a text side by side and go on behind all of them, computing nothing twice. [yang2025]

A path shares the pages of what came before the fork and writes to pages of its own; the join takes all pages
together. Keys were turned by their own positions, so nothing is computed again. A path may fork and join in turn, to
any depth and several times in a row; no token stands between paths: a tag that opens one is among its first tokens, a
tag that closes it is its last one. Rows of a batch, each with its own fork, are packed into one order, so every pass
of the model serves all paths of all rows.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import torch

from aitia.core.errors import BadOption
from aitia.sequence.decode.lanes import Fork, Lane, Path
from aitia.sequence.decode.sampling import draw, need_temperature
from aitia.sequence.decode.trajectory import GIVEN, Meter, Trajectory
from aitia.sequence.models.decoder import Decoder
from aitia.sequence.models.product import kept
from aitia.sequence.order import layouts
from aitia.sequence.order.relation import Relation, pack
from aitia.sequence.stream.cache import append_together


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ForkJoin:
    """Hold one fork for all rows or one for each, and the tokens at which a run of tokens ends.

    `open` ends what is said before a fork inside the text, `close` a path, `end` the text. A path that does not get there
    within its most tokens is made to: its last token is that one. What has no such token runs to its most tokens. With
    `together=False` the paths run one after the other, which changes no token.
    """

    forks: tuple[Fork, ...]
    open: int | None = None
    close: int | None = None
    end: int | None = None
    temperature: float = 1.0
    together: bool = True

    def __post_init__(self) -> None:
        need_temperature(self.temperature)


@torch.no_grad()
@kept()
def fork_join(model: Decoder, prompt: torch.Tensor | Sequence[torch.Tensor], rng: np.random.Generator, options: ForkJoin) -> Trajectory:
    """Decode behind prompts (batch, nodes), or of several lengths, through a fork and a join.

    One pass reads all prompts; then each pass computes the next node of every path that is open, whichever its row.
    The order in which paths are listed changes nothing, bit for bit. Raises `BadOption` for forks that do not fit.
    """
    prompts = [torch.as_tensor(row).tolist() for row in prompt]
    forks = options.forks if len(options.forks) == len(prompts) else options.forks * len(prompts)
    if len(options.forks) not in (1, len(prompts)) or not all(prompts):
        raise BadOption(f"{len(options.forks)} forks do not fit {len(prompts)} prompts.", next="Give one fork, or one for each prompt.")
    meter = Meter()
    texts = [Path(start=tuple(row), most=len(row), fork=fork) for row, fork in zip(prompts, forks, strict=True)]
    rows = opened(model, texts, int(rng.integers(2**62)))
    advance(model, rows, options, meter)
    while lanes := [lane for row in rows for lane in waiting(row, options)]:
        advance(model, lanes if options.together else lanes[:1], options, meter)
    return finished(rows, meter, options.temperature)


def opened(model: Decoder, texts: Sequence[Path], base: int) -> list[Lane]:
    """Return a lane for each row of one packed order in which every path has room for its most tokens."""
    caches = model.cache(pack([order_of(text.layout) for text in texts])).fork(len(texts))
    starts = itertools.accumulate((text.room for text in texts[:-1]), initial=0)
    return [Lane(text, (base, i), first, 0, cache) for i, (text, first, cache) in enumerate(zip(texts, starts, caches, strict=True))]


def order_of(text: layouts.Path) -> Relation:
    """Return the order of a text, which is one path."""
    return layouts.fork_join(0, [text], 0)


def waiting(lane: Lane, options: ForkJoin, *, inner: bool = False) -> Iterator[Lane]:
    """Yield the lanes of a text, or of a path inside it, that have tokens for the model; paths that came to their end are joined first."""
    if lane.pending:
        yield lane
    for path in lane.paths.values():
        yield from waiting(path, options, inner=True)
    fork = lane.path.fork
    if fork is not None and lane.paths and lane.rest is None and all(path.done for path in lane.paths.values()):
        lane.join(fork, options.open, options.close if inner else None, None if inner else options.end)
    if lane.rest is not None:
        yield from waiting(lane.rest, options, inner=inner)


def advance(model: Decoder, lanes: Sequence[Lane], options: ForkJoin, meter: Meter) -> None:
    """Send what is pending in each lane through the model in one pass, fork the closed ones, and draw the next token of each open one."""
    runs = [lane.pending for lane in lanes]
    tokens = torch.tensor([[lane.tokens[i] for lane, run in zip(lanes, runs, strict=True) for i in run]])
    nodes = np.array([lane.first + i for lane, run in zip(lanes, runs, strict=True) for i in run])
    places = torch.tensor([lane.place + i for lane, run in zip(lanes, runs, strict=True) for i in run])
    step = meter.count(tokens)
    found = model.fresh(tokens, nodes, [lane.cache for lane in lanes], positions=places, strict=False)  # paths that closed early leave gaps
    ends = list(itertools.accumulate(len(run) for run in runs))
    append_together([lane.cache for lane in lanes], np.split(nodes, ends[:-1]), found.keys, found.values)
    drawing: list[tuple[Lane, int]] = []
    for lane, end in zip(lanes, ends, strict=True):
        lane.computed = len(lane.tokens)
        fork = lane.path.fork if lane.closed else None
        told = [lane] if fork is None else lane.spread(fork, options.open, options.close)
        drawing += [(one, end - 1) for one in told if not one.pending and not one.closed]
    if drawing:
        chance = torch.stack([lane.chance[len(lane.tokens)] for lane, _ in drawing])
        drawn, likely = draw(found.logits[0, [at for _, at in drawing]], chance, options.temperature)
        for (lane, _), token, value in zip(drawing, drawn.tolist(), likely.tolist(), strict=True):
            lane.take(token, value, step)


def finished(rows: Sequence[Lane], meter: Meter, temperature: float) -> Trajectory:
    """Return the trajectory with the paths as they were listed, each as long as it came out."""
    columns = zip(*(written(row) for row in rows), strict=True)
    tokens, steps, likely, sources = (
        torch.nn.utils.rnn.pad_sequence(list(column), batch_first=True, padding_value=value)
        for column, value in zip(columns, (0, GIVEN, 0.0, GIVEN), strict=True)
    )
    return Trajectory(
        tokens=tokens,
        steps=steps,
        log_probabilities=likely,
        sources=sources,
        orders=tuple(order_of(row.layout) for row in rows),
        rule="height",
        mask=0,
        temperature=temperature,
        forwards=meter.forwards,
        computed=meter.computed,
        seconds=meter.seconds,
    )


def written(row: Lane) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return tokens, steps, log-probabilities and sources of a row."""
    parts = list(row.listed())
    lanes = [lane for lane, _ in parts]
    sources = [at if sampled else GIVEN for lane, told in parts for at, sampled in zip(told, lane.sampled, strict=True)]
    return (
        torch.tensor([token for lane in lanes for token in lane.tokens]),
        torch.tensor([step for lane in lanes for step in lane.steps]),
        torch.tensor([value for lane in lanes for value in lane.likely], dtype=torch.float64),
        torch.tensor(sources),
    )

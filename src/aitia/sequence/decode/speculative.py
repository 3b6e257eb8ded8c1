"""Check a tree of drafted tokens in one pass: the tokens are those of plain decoding, in fewer passes. [leviathan2023, miao2024]

At each node the model's own token is drawn, by the uniform number of that place. If the draft has it among the node's
children, the walk goes on there; if not, it is the last token of this round. So every token is the one that decoding
one by one draws from the same numbers, at any temperature, whatever the draft says; a bad draft costs time only.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Sequence

import numpy as np
import torch

from aitia.core.errors import BadOption
from aitia.sequence.decode.sampling import draw, need_prompt, need_temperature, uniform
from aitia.sequence.decode.trajectory import GIVEN, Meter, Trajectory
from aitia.sequence.decode.tree import Tree, tree_order
from aitia.sequence.models.decoder import Decoder, Fresh
from aitia.sequence.models.past import Past
from aitia.sequence.models.product import kept
from aitia.sequence.order.layouts import causal
from aitia.sequence.order.relation import pack
from aitia.sequence.stream.cache import OrderCache

Drafter = Callable[[torch.Tensor], Tree]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Speculation:
    """Hold how many tokens to add, how boldly, the token that ends a row, and who drafts: tokens (m,) to a tree of what may follow."""

    length: int
    draft: Drafter
    temperature: float = 1.0
    end: int | None = None

    def __post_init__(self) -> None:
        need_temperature(self.temperature)
        if self.length < 1:
            raise BadOption(f"{self.length} tokens are nothing to generate.", next="Give 1 or more.")


@dataclasses.dataclass(slots=True, eq=False)
class Row:
    """Follow one row: its tokens, how many of them are cached, its uniform numbers, and what was noted of each new token."""

    tokens: list[int]
    first: int  # its first node in the packed order
    limit: int
    end: int | None
    chance: torch.Tensor
    cached: int = 0
    steps: list[int] = dataclasses.field(default_factory=list)
    likely: list[float] = dataclasses.field(default_factory=list)

    @property
    def open(self) -> bool:
        """Whether tokens will follow."""
        return len(self.tokens) < self.limit and not (bool(self.steps) and self.tokens[-1] == self.end)


@torch.no_grad()
@kept()
def speculative(model: Decoder, prompt: torch.Tensor, rng: np.random.Generator, options: Speculation) -> Trajectory:
    """Decode behind a prompt (batch, nodes); the rows' trees, each in its own place of one packed order, share every pass."""
    need_prompt(prompt)
    batch, start = prompt.shape
    n = start + options.length
    meter, cache, chance = Meter(), model.cache(pack([causal(n)] * batch)), uniform(rng, batch, options.length)
    rows = [Row(prompt[i].tolist(), i * n, n, options.end, chance[i]) for i in range(batch)]
    while open_rows := [row for row in rows if row.open]:
        trees = [drafted(row, options.draft, first=not row.cached) for row in open_rows]
        found, number = checked(model, cache, open_rows, trees, meter)
        ends = list(itertools.accumulate(len(tree) for tree in trees))
        nodes: list[int] = []
        places: list[int] = []
        for row, tree, end in zip(open_rows, trees, ends, strict=True):
            logits = found.logits[0, end - len(tree) : end]
            kept = walked(row, tree, logits, start, number, options.temperature)
            nodes += range(row.first + row.cached, row.first + row.cached + len(kept))
            places += [at + end - len(tree) for at in kept]
            row.cached += len(kept)
        cache.append(nodes, found.keys[..., places, :], found.values[..., places, :])
    return finished(rows, prompt, meter, options)


def drafted(row: Row, draft: Drafter, *, first: bool) -> Tree:
    """Return the tokens that are not cached as a chain, and behind its last one the draft, cut where the row ends."""
    known = row.tokens[row.cached :]
    chain = Tree(tokens=tuple(known), parents=tuple(range(-1, len(known) - 1)))
    if first:  # the prompt alone: drafting begins when there is something to go on from
        return chain
    return chain.grown(draft(torch.tensor(row.tokens)).cut(row.limit - len(row.tokens) - 1))


def checked(model: Decoder, cache: OrderCache, rows: Sequence[Row], trees: Sequence[Tree], meter: Meter) -> tuple[Fresh, int]:
    """Compute all trees in one pass, each node reading its row's cached nodes and its own ancestors; return the pass's number."""
    tokens = torch.tensor([[token for tree in trees for token in tree.tokens]], device=model.device)
    places = torch.tensor([row.cached + depth for row, tree in zip(rows, trees, strict=True) for depth in tree.depths])
    number = meter.count(tokens)
    mine = [np.arange(row.first, row.first + row.cached) for row in rows]
    among = pack([tree_order(tree) for tree in trees])
    if not any(len(own) for own in mine):
        return model.compute(model.embedding(tokens), places, None, among), number
    mask = np.zeros((tokens.shape[1], sum(map(len, mine))), dtype=bool)
    down = right = 0
    for own, tree in zip(mine, trees, strict=True):
        mask[down : down + len(tree), right : right + len(own)] = True
        down, right = down + len(tree), right + len(own)
    past = Past(cache.pool, cache.places, np.concatenate(mine))
    whole = torch.from_numpy(np.concatenate([mask, among.dense()], axis=1)).to(model.device)
    return model.compute(model.embedding(tokens), places, past, whole), number


def walked(row: Row, tree: Tree, logits: torch.Tensor, start: int, number: int, temperature: float) -> list[int]:
    """Add the tokens that the model draws along the tree; return the nodes of the tree that stay: what was known, and the drafts met."""
    at = len(row.tokens) - row.cached - 1  # the last token known
    kept = list(range(at + 1))
    while True:
        chance = row.chance[len(row.tokens) - start]
        token, likely = (part.item() for part in draw(logits[at], chance, temperature))
        row.tokens.append(int(token))
        row.steps.append(number)
        row.likely.append(likely)
        child = tree.child(at, int(token))
        if child is None or not row.open:
            return kept
        at = child
        kept.append(at)


def finished(rows: Sequence[Row], prompt: torch.Tensor, meter: Meter, options: Speculation) -> Trajectory:
    """Return the trajectory; rows that ended are filled up with the end token."""
    batch, start = prompt.shape
    n = start + options.length
    tokens = torch.full((batch, n), options.end or 0, dtype=prompt.dtype)
    steps, sources = torch.full((batch, n), GIVEN), torch.full((batch, n), GIVEN)
    likely = torch.zeros(batch, n, dtype=torch.float64)
    for i, row in enumerate(rows):
        new = slice(start, len(row.tokens))
        tokens[i, : len(row.tokens)] = torch.tensor(row.tokens, dtype=prompt.dtype)
        steps[i, new], likely[i, new] = torch.tensor(row.steps), torch.tensor(row.likely, dtype=torch.float64)
        sources[i, new] = torch.arange(start - 1, len(row.tokens) - 1)
    return Trajectory(
        tokens=tokens,
        steps=steps,
        log_probabilities=likely,
        sources=sources,
        orders=(causal(n),),
        rule="index",
        mask=0,
        temperature=options.temperature,
        forwards=meter.forwards,
        computed=meter.computed,
        seconds=meter.seconds,
    )

"""Stream blocks that read a prompt, the first blocks and the last ones, at one price for ever; the prompt may change. [yang2025c]

The prompt is a block of nodes that every other block reads, so changing it is an intervention: all entries below it
are stale. A refresh computes again what the cached entries rest on, layer by layer, and no more. It is exact where the
tokens that it takes are still at hand, and says so where they are not.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import torch

from aitia.core.errors import BadOption
from aitia.core.noun import Noun, noun
from aitia.sequence.decode.unmasking import Board, shares
from aitia.sequence.models.decoder import Decoder
from aitia.sequence.order.layouts import blocks, need
from aitia.sequence.order.masks import mask_of


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Streaming:
    """Hold the nodes of a block, how many blocks back each reads (its own counted), and how many of the first ones.

    `most` is the length of the longest stream in blocks; `memory` how many of the last blocks' tokens are kept for
    refreshes (None: as many as an exact one takes). A block is unmasked in `steps` passes, and one more writes it.
    """

    block: int
    window: int
    sink: int
    most: int
    mask: int
    steps: int = 4
    temperature: float = 1.0
    memory: int | None = None

    def __post_init__(self) -> None:
        for name, least in (("block", 1), ("window", 1), ("sink", 0), ("most", 1), ("steps", 1)):
            need(getattr(self, name), least, name)
        if self.memory is not None:
            need(self.memory, self.window - 1, "memory")


@noun
class Refresh(Noun):
    """Hold what a change of prompt computed again: blocks of the stream, how many an exact refresh takes, and whether it was one.

    Exact means: every entry that later blocks read is what it were had the new prompt stood there from the start.
    """

    blocks: int
    needed: int
    exact: bool
    says: str


class WindowStream:
    """Make blocks of tokens (batch, block), one after the other, from a prompt (batch, nodes) that may change."""

    def __init__(self, model: Decoder, prompt: torch.Tensor, options: Streaming, rng: np.random.Generator) -> None:
        self.model, self.options, self.rng = model, options, rng
        self.prompt = prompt
        self.order = blocks([prompt.shape[1], *([options.block] * options.most)], options.window, 1 + options.sink)
        self.cache = model.cache(self.order, len(prompt), "index")
        self.tokens: dict[int, torch.Tensor] = {}  # of the first blocks and the last ones
        self.count = 0
        self.forwards = 0
        self._write(prompt, self._nodes(-1))

    @property
    def memory(self) -> int:
        """How many of the last blocks' tokens are kept."""
        exact = self.model.shape.layers * max(1, self.options.window - 1)
        return exact if self.options.memory is None else self.options.memory

    @torch.no_grad()
    def block(self) -> torch.Tensor:
        """Make the next block; what was masked meanwhile leaves no entry."""
        nodes, options = self._nodes(self.count), self.options
        board = Board(self.prompt[:, :0], options.block, options.mask, self.rng)
        for step, count in enumerate(shares(options.block, min(options.steps, options.block))):
            self.forwards += 1
            logits = self.model.fresh(board.tokens, nodes, [self.cache]).logits
            board.unmask(logits, slice(0, options.block), count, step, options.temperature)
        self.push(board.tokens)
        return board.tokens

    @torch.no_grad()
    def push(self, tokens: torch.Tensor) -> torch.Tensor:
        """Take tokens (batch, block) as the next block; return their logits. Raises `BadOption` behind the longest stream."""
        if tokens.shape != (len(self.prompt), self.options.block):
            raise BadOption(f"A block has shape {(len(self.prompt), self.options.block)}, not {tuple(tokens.shape)}.")
        logits = self._write(tokens, self._nodes(self.count))
        self.tokens[self.count] = tokens
        self.count += 1
        forgotten = self.count - self.memory - 1
        if forgotten >= self.options.sink:
            self.tokens.pop(forgotten, None)
        return logits

    @torch.no_grad()
    def switch(self, prompt: torch.Tensor, span: int | None = None) -> Refresh:
        """Change the prompt and compute again what later blocks read: exactly, or from the last `span` blocks and the first ones only.

        With `span=0` the prompt alone changes and the blocks keep what they knew. Raises `BadOption` for another shape.
        """
        if prompt.shape != self.prompt.shape:
            raise BadOption(f"The prompt has shape {tuple(self.prompt.shape)}, the new one {tuple(prompt.shape)}.", next="Pad it.")
        self.prompt = prompt
        own = np.unique(self._block_of(self._span()))
        own = own[own >= 0]
        near = own if span is None else own[(own >= self.count - span) | ((own < self.options.sink) & (span > 0))]
        had = [int(b) for b in near if int(b) in self.tokens]
        nodes = np.concatenate([self._nodes(-1), *(self._nodes(b) for b in had)])
        self._again(nodes, had)
        return told(len(had), len(own))

    def _again(self, nodes: np.ndarray, had: list[int]) -> None:
        """Compute the prompt and some blocks under the order's own mask, and put their entries in place of the cached ones."""
        self.forwards += 1
        tokens = torch.cat([self.prompt, *(self.tokens[b] for b in had)], dim=1)
        mask = torch.from_numpy(mask_of(self.order, nodes, nodes)).to(self.model.device)
        found = self.model.compute(self.model.embedding(tokens), torch.from_numpy(nodes), None, mask)
        kept = np.flatnonzero(np.isin(nodes, self.cache.nodes))
        self.cache.evict(nodes[kept].tolist())
        self.cache.append(nodes[kept], found.keys[..., kept, :], found.values[..., kept, :])

    def _span(self) -> np.ndarray:
        """Return the nodes on which what later blocks read rests in all layers."""
        recent = max(1, min(self.count, self.options.window - 1))
        until = int(self._nodes(self.count - 1)[-1]) + 1
        return self.cache.schedule.recache_span(recent, until=until).nodes

    def _nodes(self, block: int) -> np.ndarray:
        """Return the nodes of a block, of the prompt for -1."""
        if block >= self.options.most:
            raise BadOption(f"This stream ends behind {self.options.most} blocks.", next="Make it with a greater `most`.")
        prompt, size = self.prompt.shape[1], self.options.block
        return np.arange(prompt) if block < 0 else np.arange(prompt + block * size, prompt + (block + 1) * size)

    def _block_of(self, nodes: np.ndarray) -> np.ndarray:
        """Return the block of each node, -1 for the prompt."""
        return np.maximum((nodes - self.prompt.shape[1]) // self.options.block, -1)

    def _write(self, tokens: torch.Tensor, nodes: np.ndarray) -> torch.Tensor:
        self.forwards += 1
        return self.model.step(tokens, nodes, self.cache)


def told(had: int, needed: int) -> Refresh:
    """Return a refresh in words."""
    if had == needed:
        return Refresh(
            blocks=had, needed=needed, exact=True, says=f"The refresh is exact: all {needed} blocks that matter were computed again."
        )
    says = f"The refresh is an approximation: an exact one takes {needed} blocks, and {had} were computed again."
    return Refresh(blocks=had, needed=needed, exact=False, says=says)

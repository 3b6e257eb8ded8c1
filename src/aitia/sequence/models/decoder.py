"""Run a small Llama-like decoder whose layers read along a relation, at once or node by node with a cache. [touvron2023]"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from aitia.core.errors import BadOption
from aitia.sequence.attend import attend
from aitia.sequence.attend.masked import Attend, masked
from aitia.sequence.attend.rotary import angles, turn
from aitia.sequence.models.past import Past, PastReads, held, need_all, union
from aitia.sequence.models.product import Product
from aitia.sequence.order.intervals import Reads
from aitia.sequence.order.masks import among
from aitia.sequence.order.relation import Relation, first
from aitia.sequence.order.schedule import PositionRule
from aitia.sequence.stream.cache import OrderCache
from aitia.sequence.stream.pool import Shape

Read = Callable[[int, torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DecoderShape:
    """Hold the sizes of a decoder; `hidden` is the width of the gated layer, 8/3 of `width` where it is None."""

    vocabulary: int
    width: int = 64
    layers: int = 3
    heads: int = 4
    key_heads: int = 2
    hidden: int | None = None
    tied: bool = True

    def __post_init__(self) -> None:
        if self.width % (2 * self.heads) or self.heads % self.key_heads:
            raise BadOption(
                f"A width of {self.width} does not part into {self.heads} heads of even width over {self.key_heads} key heads.",
                next="Give a width divisible by twice the heads, and key heads that divide the heads.",
            )

    @property
    def head(self) -> int:
        """The width of one head."""
        return self.width // self.heads

    @property
    def gated(self) -> int:
        """The width of the gated layer."""
        return self.hidden or -(-8 * self.width // 24) * 8

    def cache(self, batch: int = 1, dtype: torch.dtype = torch.float32, device: str = "cpu") -> Shape:
        """Return the shape of the caches that fit."""
        return Shape(layers=self.layers, batch=batch, heads=self.key_heads, width=self.head, dtype=dtype, device=device)


@dataclasses.dataclass(frozen=True, slots=True)
class Fresh:
    """Hold what one pass computed: logits (batch, nodes, vocabulary), keys and values (layers, batch, key heads, nodes, width)."""

    logits: torch.Tensor
    keys: torch.Tensor
    values: torch.Tensor


class Layer(nn.Module):
    """Attend, then transform by a gated layer, each behind a normalisation of each node and added to what came in."""

    def __init__(self, shape: DecoderShape) -> None:
        super().__init__()
        self.shape = shape
        self.before, self.between = nn.RMSNorm(shape.width, eps=1e-6), nn.RMSNorm(shape.width, eps=1e-6)
        self.into = Product(shape.width, (shape.heads + 2 * shape.key_heads) * shape.head)
        self.out = Product(shape.width, shape.width)
        self.gate = Product(shape.width, 2 * shape.gated)
        self.down = Product(shape.gated, shape.width)

    def forward(self, x: torch.Tensor, cosine: torch.Tensor, sine: torch.Tensor, read: Attend) -> torch.Tensor:
        """Return the layer's output (batch, nodes, width); `read` attends, given queries and keys turned by angles, and values."""
        turning = self.shape.heads + self.shape.key_heads
        parts = self.into(self.before(x)).unflatten(-1, (-1, self.shape.head)).transpose(1, 2)  # (batch, heads, nodes, head)
        turned = turn(parts[:, :turning], cosine, sine)
        seen = read(turned[:, : self.shape.heads], turned[:, self.shape.heads :], parts[:, turning:])
        x = x + self.out(seen.transpose(1, 2).flatten(2))
        gate, up = self.gate(self.between(x)).chunk(2, dim=-1)
        return x + self.down(functional.silu(gate) * up)  # type: ignore[no-any-return]


class Decoder(nn.Module):
    """Turn tokens into logits of tokens; weights are drawn from `seed` alone.

    >>> from aitia.sequence.order import causal
    >>> model = Decoder(DecoderShape(vocabulary=11))
    >>> model(torch.zeros(1, 5, dtype=torch.long), causal(5)).shape
    torch.Size([1, 5, 11])
    """

    def __init__(self, shape: DecoderShape, seed: int = 0) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.last = nn.RMSNorm(shape.width, eps=1e-6)
        self.logits = Product(shape.width, shape.vocabulary)
        if shape.tied:
            self.logits.weight = self.embedding.weight
        generator = torch.Generator().manual_seed(seed)
        for weight in (weight for weight in self.parameters() if weight.dim() == 2):
            nn.init.normal_(weight, std=1 / math.sqrt(weight.shape[1]), generator=generator)

    @property
    def dtype(self) -> torch.dtype:
        """The type of the weights."""
        return self.embedding.weight.dtype

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return self.embedding.weight.device

    def cache(self, order: Relation, batch: int = 1, rule: PositionRule = "height") -> OrderCache:
        """Return an empty cache for an order, with positions by a rule of its schedule."""
        shape = self.shape.cache(batch, self.dtype, str(self.device))
        return OrderCache(order.schedule(self.shape.layers, rule), shape)

    def forward(self, tokens: torch.Tensor, order: Relation, positions: torch.Tensor | None = None) -> torch.Tensor:
        """Return logits (batch, n, vocabulary) of all nodes at once; positions are those of the schedule unless given."""
        return self.logits(self.hidden(self.embedding(tokens), order, positions))  # type: ignore[no-any-return]

    def hidden(self, x: torch.Tensor, order: Relation, positions: torch.Tensor | None = None) -> torch.Tensor:
        """Return the last hidden state (batch, n, width) of embedded nodes (batch, n, width)."""
        places = order.schedule(self.shape.layers).positions if positions is None else positions
        attended = along(order)
        return self.run(x, places, lambda _, q, k, v: attended(q, k, v))

    def run(self, x: torch.Tensor, positions: torch.Tensor, read: Read) -> torch.Tensor:
        """Send embedded nodes through all layers; `read` attends in the layer whose number it gets."""
        cosine, sine = (part.to(x.dtype) for part in angles(positions.to(x.device), self.shape.head))
        for i, layer in enumerate(self.layers):
            x = layer(x, cosine, sine, lambda q, k, v, i=i: read(i, q, k, v))
        return self.last(x)  # type: ignore[no-any-return]

    def compute(self, x: torch.Tensor, positions: torch.Tensor, past: Past | None, order: Relation | torch.Tensor) -> Fresh:
        """Compute some nodes from their embedding (batch, q, width), positions (q,) or (batch, 1, q), and what is cached.

        `order` is a relation among these nodes where there is no past, else a mask (q, m + q): True where the node
        reads a cached node or one of this pass.
        """
        kept: list[tuple[torch.Tensor, torch.Tensor]] = []
        attended = self._attending(past, order)

        def read(layer: int, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
            kept.append((k, v))
            return attended(layer, q, k, v)

        found = self.logits(self.run(x, positions, read))
        return Fresh(found, torch.stack([k for k, _ in kept]), torch.stack([v for _, v in kept]))

    def fresh(
        self,
        tokens: torch.Tensor,
        nodes: Sequence[int] | np.ndarray,
        caches: Sequence[OrderCache],
        *,
        positions: torch.Tensor | None = None,
        strict: bool = True,
    ) -> Fresh:
        """Compute nodes with tokens (batch, nodes) from what caches of one pool hold, and keep nothing.

        Each node reads what the order lets it read among the cached nodes and those of this pass; if `strict`, an
        `InputError` says that something it reads is in neither.
        """
        own, schedule = np.asarray(nodes, dtype=np.int64), caches[0].schedule
        places = torch.from_numpy(node_positions(schedule.rule, schedule.height, own)) if positions is None else positions
        cached = union(caches)
        known = held(cached)
        if not len(known) and (own == np.arange(len(own))).all():
            if strict:
                need_all(own, *among(schedule.relation, own, own))
            return self.compute(self.embedding(tokens.to(self.device)), places, None, first(schedule.relation, len(own)))
        mask, before = self._reads(schedule.relation, own, known, strict)
        return self.compute(self.embedding(tokens.to(self.device)), places, Past(caches[0].pool, cached, before), mask)

    def step(
        self,
        tokens: torch.Tensor,
        nodes: Sequence[int] | np.ndarray,
        cache: OrderCache,
        *,
        positions: torch.Tensor | None = None,
        evict: bool = True,
    ) -> torch.Tensor:
        """Compute nodes with tokens (batch, nodes), keep their keys and values, forget what nobody will read; return logits."""
        found = self.fresh(tokens, nodes, [cache], positions=positions)
        cache.append(nodes, found.keys, found.values)
        if evict:
            cache.evict_after(int(cache.schedule.height[np.asarray(nodes)].max()))
        return found.logits

    def _attending(self, past: Past | None, order: Relation | torch.Tensor) -> Read:
        if past is not None:
            if isinstance(order, Relation):
                raise BadOption("A relation among the nodes of a pass does not say which cached ones they read.", next="Give a mask.")
            return PastReads(past, order).attend
        attended = along(order) if isinstance(order, Relation) else masked(order)
        return lambda _, q, k, v: attended(q, k, v)

    def _reads(self, order: Reads, own: np.ndarray, known: np.ndarray, strict: bool) -> tuple[torch.Tensor, np.ndarray]:
        """Return the mask over the cached nodes that somebody reads and the own ones, and the former."""
        mask, absent = among(order, own, np.concatenate([known, own]))
        if strict:
            need_all(own, mask, absent)
        used = mask[:, : len(known)].any(axis=0)
        mask = mask[:, np.append(used, np.ones(len(own), dtype=bool))]
        return torch.from_numpy(mask).to(self.device), known[used]


def node_positions(rule: str, height: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """Return the positions of nodes by the rule of a schedule."""
    return height[nodes] if rule == "height" else nodes


def along(order: Relation) -> Attend:
    """Return what attends along a relation."""
    return lambda q, k, v: attend(q, k, v, order)[0]

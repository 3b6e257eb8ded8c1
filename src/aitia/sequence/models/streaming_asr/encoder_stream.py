"""Encode speech as it comes: every frame once, with the keys and values of earlier chunks in a cache. [krichli2025]"""

from __future__ import annotations

import torch
from torch.nn import functional

from aitia.core.errors import BadOption
from aitia.sequence.models.streaming_asr.layers import SpeechShape, stem
from aitia.sequence.models.streaming_asr.mel import CausalMel
from aitia.sequence.models.streaming_asr.model import Encoder, SpeechModel, chunk_relation
from aitia.sequence.order.intervals import pairs
from aitia.sequence.stream.cache import OrderCache
from aitia.sequence.stream.chain import Chain
from aitia.sequence.stream.pool import Shape


class EncoderStream:
    """Take samples, or mel frames, of one or more speakers and give the states of every chunk that is complete."""

    def __init__(
        self, model: SpeechModel, chunk: int, *, extra: int = 0, left: int | None = None, batch: int = 1, from_mel: bool = False
    ) -> None:
        shape, encoder = model.shape, model.encoder
        example = encoder.conv1.weight
        self.encoder: Encoder = encoder
        self.relation = chunk_relation(shape.audio_positions, chunk, extra, left)
        self.plan = self.relation.schedule(shape.encoder_layers, "index")
        sound = stem(encoder.conv1, encoder.conv2)
        self.front = sound if from_mel else Chain((CausalMel(mels=shape.mels), *sound.ops))
        self.held = self.front.init(batch, example.dtype, str(example.device))
        kept = Shape(shape.encoder_layers, batch, shape.heads, shape.width // shape.heads, example.dtype, str(example.device))
        self.cache = OrderCache(self.plan, kept)
        self.waiting = example.new_zeros(batch, 0, shape.width)
        self.done = 0

    @torch.no_grad()
    def push(self, sound: torch.Tensor) -> torch.Tensor:
        """Take samples (b, n), or mel frames (b, mels, n), and return the states (b, m, width) of the chunks that are complete now."""
        return self._encode(sound.unsqueeze(1) if sound.dim() == 2 else sound, last=False)

    @torch.no_grad()
    def finish(self) -> torch.Tensor:
        """Return the states of the last chunk, which is shorter."""
        return self._encode(self.waiting.new_zeros(self.waiting.shape[0], self._channels(), 0), last=True)

    def _channels(self) -> int:
        first = self.front.ops[0]
        return 1 if isinstance(first, CausalMel) else int(self.encoder.conv1.in_channels)

    def _encode(self, sound: torch.Tensor, *, last: bool) -> torch.Tensor:
        new, self.held = self.front.step(sound, self.held)
        self.waiting = torch.cat([self.waiting, new.transpose(1, 2)], dim=1)
        found = [self.waiting[:, :0]]
        while self.waiting.shape[1]:
            if self.done >= self.relation.n:
                raise BadOption(
                    f"There is no position for state {self.done}.", next="Begin a new stream, with the last text as its prompt."
                )
            segment = self.relation.segments[self.relation.segment_of(self.done)]
            if self.waiting.shape[1] < segment.stop - self.done and not last:
                break
            found.append(self._chunk(min(segment.stop - self.done, self.waiting.shape[1])))
        return torch.cat(found, dim=1)

    def _chunk(self, count: int) -> torch.Tensor:
        nodes = list(range(self.done, self.done + count))
        x = self.waiting[:, :count] + self.encoder.embed_positions.weight[self.done : self.done + count]
        fresh: list[tuple[torch.Tensor, torch.Tensor]] = []

        def reads(layer: int, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
            fresh.append((k, v))
            keys, values = self.cache.view(layer)
            return functional.scaled_dot_product_attention(q, torch.cat([keys, k], dim=2), torch.cat([values, v], dim=2))

        for i, layer in enumerate(self.encoder.layers):
            x = layer(x, i, reads)
        self.cache.append(nodes, torch.stack([k for k, _ in fresh]), torch.stack([v for _, v in fresh]))
        self.cache.evict_after(int(self.plan.height[self.done]))
        self.done, self.waiting = self.done + count, self.waiting[:, count:]
        return self.encoder.layer_norm(x)


def encoder_flops(shape: SpeechShape, states: int, chunk: int, *, extra: int = 0, left: int | None = None, again: bool = False) -> int:
    """Return the multiply-adds, times two, of the layers of an encoder over so many states, streamed in chunks.

    `again` counts what encoding everything so far anew for every chunk costs, as recognisers without a causal encoder do.
    """
    if again:
        ends = [*range(chunk, states, chunk), states]
        return sum(layers_flops(shape, end, end * end) for end in ends)
    return layers_flops(shape, states, pairs(chunk_relation(states, chunk, extra, left)))


def layers_flops(shape: SpeechShape, states: int, read: int) -> int:
    """Return what all layers cost for so many states and pairs that are read."""
    linear = 2 * states * (4 * shape.width**2 + 2 * shape.width * shape.hidden)
    return shape.encoder_layers * (linear + 4 * shape.width * read)

"""Encode speech as it comes: every frame once, with the keys and values of earlier chunks in a cache. [krichli2025]"""

from __future__ import annotations

import torch
from torch.nn import functional

from aitia.core.errors import BadOption
from aitia.sequence.models.streaming_asr.layers import SpeechShape, stem
from aitia.sequence.models.streaming_asr.mel import CausalMel
from aitia.sequence.models.streaming_asr.model import Encoder, SpeechModel, chunk_relation
from aitia.sequence.order.intervals import pairs
from aitia.sequence.order.layouts import need
from aitia.sequence.stream.cache import OrderCache
from aitia.sequence.stream.chain import Chain
from aitia.sequence.stream.pool import Shape


class EncoderStream:
    """Take samples, or mel frames, of one or more speakers and give the states of every chunk that is complete.

    The positions of a model end; what lies between the first and the last is a window. With `overlap`, a stream goes on
    beyond it: `renew` begins a new window with that many chunks of the sound before, as if it had begun there.
    """

    def __init__(
        self,
        model: SpeechModel,
        chunk: int,
        *,
        extra: int = 0,
        left: int | None = None,
        batch: int = 1,
        from_mel: bool = False,
        overlap: int | None = None,
    ) -> None:
        shape, encoder = model.shape, model.encoder
        example = encoder.conv1.weight
        self.encoder: Encoder = encoder
        self.chunk, self.overlap = chunk, overlap
        self.relation = chunk_relation(window_states(shape.audio_positions, chunk, extra, overlap), chunk, extra, left)
        self.plan = self.relation.schedule(shape.encoder_layers, "index")
        self.front, self.stem = Chain(() if from_mel else (CausalMel(mels=shape.mels),)), stem(encoder.conv1, encoder.conv2)
        self.heard = self.front.init(batch, example.dtype, str(example.device))
        kept = Shape(shape.encoder_layers, batch, shape.heads, shape.width // shape.heads, example.dtype, str(example.device))
        self.cache = OrderCache(self.plan, kept)
        self.silence = example.new_zeros(batch, shape.mels, 0)
        self.start = 0
        self._begin()

    @property
    def spent(self) -> bool:
        """Whether every position of the window is taken."""
        return self.done >= self.relation.n

    @property
    def end(self) -> int:
        """How many states the sound so far has, all windows together."""
        return self.start + self.done

    @torch.no_grad()
    def push(self, sound: torch.Tensor) -> torch.Tensor:
        """Take samples (b, n), or mel frames (b, mels, n), and return the states (b, m, width) of the chunks that are complete now."""
        mel, self.heard = self.front.step(sound.unsqueeze(1) if sound.dim() == 2 else sound, self.heard)
        return self._encode(mel, last=False)

    @torch.no_grad()
    def finish(self) -> torch.Tensor:
        """Return the states of the last chunk, which is shorter."""
        return self._encode(self.silence, last=True)

    @torch.no_grad()
    def renew(self) -> torch.Tensor:
        """Begin a new window with the last `overlap` chunks of sound, and return the states of the chunks that it holds already."""
        if self.overlap is None:
            raise BadOption("This stream keeps no sound to begin a new window with.", next="Make it with `overlap`.")
        sound, self.start = self.recent, self.start + self.dropped // 2
        self._begin()
        return self._encode(sound, last=False)

    def _begin(self) -> None:
        """Begin a window: nothing is encoded, and no sound waits."""
        self.held = self.stem.init(self.silence.shape[0], self.silence.dtype, str(self.silence.device))
        self.cache.evict(self.cache.nodes)
        self.waiting = self.silence.new_zeros(self.silence.shape[0], 0, self.encoder.conv1.out_channels)
        self.done, self.recent, self.dropped = 0, self.silence, 0

    def _encode(self, mel: torch.Tensor, *, last: bool) -> torch.Tensor:
        new, self.held = self.stem.step(mel, self.held)
        self.waiting = torch.cat([self.waiting, new.transpose(1, 2)], dim=1)
        found = [self.waiting[:, :0]]
        while self.waiting.shape[1] and not (self.spent and self.overlap is not None and len(found) > 1):
            stop = self._stop()
            if self.waiting.shape[1] < stop - self.done and not last:
                break
            found.append(self._chunk(min(stop - self.done, self.waiting.shape[1])))
        self._keep(mel)
        return torch.cat(found, dim=1)

    def _stop(self) -> int:
        """Return the state behind the chunk that is being filled."""
        if self.spent:
            raise BadOption(
                f"There is no position for state {self.done}.",
                next="Begin a new stream, with the last text as its prompt, or make it with `overlap` and renew it.",
            )
        return self.relation.segments[self.relation.segment_of(self.done)].stop

    def _keep(self, mel: torch.Tensor) -> None:
        """Keep the frames with which a new window would begin."""
        if self.overlap is not None:
            start = 2 * max(0, self.done - self.overlap * self.chunk)
            self.recent = torch.cat([self.recent, mel], dim=2)[:, :, start - self.dropped :]
            self.dropped = start

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


def window_states(positions: int, chunk: int, extra: int, overlap: int | None) -> int:
    """Return how many states a window has: all positions, or where windows follow each other the whole chunks among them."""
    if overlap is None:
        return positions
    whole, least = positions // need(chunk, 1, "chunk"), max(1, extra)
    if overlap < least:
        raise BadOption(
            f"An overlap of {overlap} chunks is too short.",
            why=f"A new window goes on with the text before, and its first chunk is {extra} chunks longer than others.",
            next=f"Give {least} or more.",
        )
    if whole < overlap + 1 or whole <= extra + 1:
        raise BadOption(
            f"A window of {positions} positions holds {whole} chunks, and {max(overlap + 1, extra + 2)} are needed.",
            next="Give shorter chunks, or a smaller overlap.",
        )
    return whole * chunk


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

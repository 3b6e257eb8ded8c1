"""Hold a recogniser: an encoder under a relation of chunks, a decoder that reads text so far and sound so far. [krichli2025]"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from aitia.core.errors import BadOption
from aitia.sequence.attend.attend import attend
from aitia.sequence.models.streaming_asr.layers import DecoderLayer, EncoderLayer, SpeechShape, sinusoids, stem
from aitia.sequence.order.layouts import chunks, need
from aitia.sequence.order.relation import Relation

Known = dict[int, tuple[torch.Tensor, torch.Tensor]]  # layer -> keys and values (b, h, n, d)


def chunk_relation(frames: int, chunk: int, extra: int = 0, left: int | None = None) -> Relation:
    """Read the own chunk of frames and those before it, all or the last `left`; the first chunk is `extra` chunks longer."""
    found = chunks(need(chunk, 1, "chunk") * (need(extra, 0, "extra") + 1), chunk, left, n=need(frames, 1, "frames"))
    if not isinstance(found, Relation):
        raise BadOption("A relation of chunks needs a number of frames.")
    return found


class Encoder(nn.Module):
    """Turn mel frames into states, each of which reads what the relation lets it read."""

    def __init__(self, shape: SpeechShape) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(shape.mels, shape.width, 3, padding=1)
        self.conv2 = nn.Conv1d(shape.width, shape.width, 3, stride=2, padding=1)
        self.embed_positions = nn.Embedding(shape.audio_positions, shape.width)
        self.layers = nn.ModuleList(EncoderLayer(shape) for _ in range(shape.encoder_layers))
        self.layer_norm = nn.LayerNorm(shape.width)
        with torch.no_grad():
            self.embed_positions.weight.copy_(sinusoids(shape.audio_positions, shape.width))
        self.embed_positions.requires_grad_(False)

    def forward(self, mel: torch.Tensor, relation: Relation, ahead: int = 0) -> torch.Tensor:
        """Return states (b, n, width) of mel frames (b, mels, 2 n); `ahead` is that of the convolutions."""
        x = stem(self.conv1, self.conv2, ahead).offline(mel).transpose(1, 2)
        if x.shape[1] != relation.n or relation.n > self.embed_positions.num_embeddings:
            raise BadOption(f"{x.shape[1]} states do not fit a relation over {relation.n}.")
        x = x + self.embed_positions.weight[: relation.n]
        for i, layer in enumerate(self.layers):
            x = layer(x, i, lambda _, q, k, v: attend(q, k, v, relation)[0])
        return self.layer_norm(x)


class TextState:
    """Keep what each layer of a decoder knows: keys and values of the text so far (rows), and of the sound so far (one for all)."""

    def __init__(self, text: Known | None = None, sound: Known | None = None) -> None:
        self.text: Known = {} if text is None else text
        self.sound: Known = {} if sound is None else sound

    @classmethod
    def together(cls, states: Sequence[TextState]) -> TextState:
        """Return rows of texts of one length as one text, which the same sound goes with."""
        if len(states) == 1:
            return cls(dict(states[0].text), states[0].sound)
        rows = {layer: [state.text[layer] for state in states] for layer in states[0].text}
        text = {layer: (torch.cat([k for k, _ in found]), torch.cat([v for _, v in found])) for layer, found in rows.items()}
        return cls(text, states[0].sound)

    def row(self, i: int) -> TextState:
        """Return one row of the text, which the same sound goes with."""
        return TextState({layer: (k[i : i + 1], v[i : i + 1]) for layer, (k, v) in self.text.items()}, self.sound)

    def heard(self, layer: int, rows: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return keys and values of the sound for so many rows of text."""
        k, v = self.sound[layer]
        return k.expand(rows, -1, -1, -1), v.expand(rows, -1, -1, -1)

    @property
    def length(self) -> int:
        """How many tokens are cached."""
        return int(self.text[0][0].shape[2]) if self.text else 0

    def keep(self, count: int) -> None:
        """Forget all tokens but the first ones."""
        self.text = {layer: (k[:, :, :count], v[:, :, :count]) for layer, (k, v) in self.text.items()} if count else {}

    def reads(self, layer: int, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        """Add the new tokens and let each read all up to itself."""
        past = self.length if layer == 0 else int(self.text[0][0].shape[2]) - q.shape[2]
        self.text[layer] = join(self.text.get(layer), (k, v))
        allowed = torch.ones(q.shape[2], past + q.shape[2], dtype=torch.bool, device=q.device).tril(past)
        return functional.scaled_dot_product_attention(q, *self.text[layer], attn_mask=allowed)


def join(known: tuple[torch.Tensor, torch.Tensor] | None, new: tuple[torch.Tensor, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """Put keys and values behind those that are known."""
    return new if known is None else (torch.cat([known[0], new[0]], dim=2), torch.cat([known[1], new[1]], dim=2))


class Decoder(nn.Module):
    """Turn tokens into logits of the next ones, given the sound."""

    def __init__(self, shape: SpeechShape) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(shape.words, shape.width)
        self.embed_positions = nn.Embedding(shape.text_positions, shape.width)
        self.layers = nn.ModuleList(DecoderLayer(shape) for _ in range(shape.decoder_layers))
        self.layer_norm = nn.LayerNorm(shape.width)

    def hear(self, states: torch.Tensor, known: TextState) -> None:
        """Put new states of the encoder (b, n, width) behind the sound so far."""
        layers: list[Any] = list(self.layers)
        for i, layer in enumerate(layers):
            known.sound[i] = join(known.sound.get(i), layer.encoder_attn.read(states))

    def forward(self, tokens: torch.Tensor, known: TextState) -> torch.Tensor:
        """Return logits (b, n, words) of what follows each token (b, n), which go behind those that are known."""
        start = known.length
        if start + tokens.shape[1] > self.embed_positions.num_embeddings:
            raise BadOption(f"There is no position for token {self.embed_positions.num_embeddings}.", next="Begin a new text.")
        x = self.embed_tokens(tokens) + self.embed_positions.weight[start : start + tokens.shape[1]]
        layers: list[Any] = list(self.layers)
        for i, layer in enumerate(layers):
            x = layer.hear(x, i, known.reads, known.heard(i, len(tokens)))
        return functional.linear(self.layer_norm(x), self.embed_tokens.weight)


class SpeechModel(nn.Module):
    """Hold encoder and decoder."""

    def __init__(self, shape: SpeechShape) -> None:
        super().__init__()
        self.shape = shape
        self.encoder, self.decoder = Encoder(shape), Decoder(shape)

    def forward(self, mel: torch.Tensor, tokens: torch.Tensor, relation: Relation, ahead: int = 0) -> torch.Tensor:
        """Return logits (b, n, words) of the token behind each one (b, n), for whole utterances: what training needs."""
        known = TextState()
        self.decoder.hear(self.encoder(mel, relation, ahead), known)
        return self.decoder(tokens, known)

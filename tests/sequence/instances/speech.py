"""Make small recognisers with random weights, noise to hear, and what they think of a text."""

from __future__ import annotations

import functools

import numpy as np
import torch
from torch import nn

from aitia.sequence.models.streaming_asr import SpeechModel, SpeechShape
from aitia.sequence.models.streaming_asr.model import TextState, join

SHAPE = SpeechShape(mels=20, width=16, heads=2, hidden=32, encoder_layers=3, decoder_layers=2, words=12, audio_positions=120)
PROMPT, END = (1, 2), 0


def model(seed: int = 0, shape: SpeechShape = SHAPE, dtype: torch.dtype = torch.float32) -> SpeechModel:
    torch.manual_seed(seed)
    return SpeechModel(shape).to(dtype).eval()


def noise(*shape: int, seed: int = 1, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def sharp(seed: int) -> SpeechModel:
    """A decoder that hears well: with random weights the sound would hardly change what is written."""
    found = model(seed, SpeechShape(20, 16, 2, 32, 3, 2, 12, audio_positions=120, text_positions=14))
    with torch.no_grad():
        for layer in found.decoder.layers:
            layer.encoder_attn.out_proj.weight.mul_(12)
            layer.encoder_attn.v_proj.weight.mul_(4)
    return found


def logits_of(found: SpeechModel, states: torch.Tensor, tokens: tuple[int, ...]) -> torch.Tensor:
    known = TextState()
    with torch.no_grad():
        found.decoder.hear(states, known)
        return found.decoder(torch.tensor([[*PROMPT, *tokens]]), known)[0, len(PROMPT) - 1 :]


def score_of(found: SpeechModel, states: torch.Tensor, tokens: tuple[int, ...]) -> float:
    """The log-probability of a text and of its end, which no text has that reaches the last position."""
    likely = logits_of(found, states, tokens).double().log_softmax(-1)
    whole = [*tokens, END][: found.shape.text_positions - len(PROMPT)]
    return float(sum(likely[i, token] for i, token in enumerate(whole)))


def wavering(seed: int, positions: int = 6, words: int = 4) -> SpeechModel:
    """A decoder that changes its mind with the sound and with the place in the text."""
    found = model(seed, SpeechShape(8, 16, 2, 32, 2, 2, words, audio_positions=60, text_positions=positions))
    with torch.no_grad():
        found.decoder.embed_positions.weight.mul_(2)
        for layer in found.decoder.layers:
            for part, factor in ((layer.encoder_attn, 12), (layer.self_attn, 4)):
                part.out_proj.weight.mul_(factor)
            for part in (layer.encoder_attn.q_proj, layer.encoder_attn.k_proj, layer.encoder_attn.v_proj):
                part.weight.mul_(4)
    return found


class Chance(nn.Module):
    """Draw logits from what was written and how much was heard: some of each, so that texts hold for a while."""

    def __init__(self, seed: int, words: int) -> None:
        super().__init__()
        self.seed, self.words = seed, words
        self.embed_tokens = nn.Embedding(words, 1)

    def hear(self, states: torch.Tensor, known: TextState) -> None:
        known.sound[0] = join(known.sound.get(0), (states[:, None], states[:, None]))

    def forward(self, tokens: torch.Tensor, known: TextState) -> torch.Tensor:
        known.text[0] = join(known.text.get(0), (tokens[:, None, :, None],) * 2)
        heard, n = known.sound[0][0].shape[2], tokens.shape[1]
        whole = known.text[0][0][:, 0, :, 0].tolist()
        return torch.tensor([[self.drawn((*text[: i + 1],), heard) for i in range(len(text) - n, len(text))] for text in whole])

    @functools.cache  # noqa: B019
    def drawn(self, text: tuple[int, ...], heard: int) -> list[float]:
        lasting, passing = (np.random.default_rng([self.seed, *text, *more]).normal(size=self.words) for more in ([], [99, heard]))
        return (2 * lasting + passing).tolist()


def chance(seed: int, positions: int = 6, words: int = 4) -> SpeechModel:
    """A model whose texts are drawn, so that they end, change and differ more than those of random weights."""
    found = wavering(seed, positions, words)
    found.decoder = Chance(seed, words)
    return found


def ending(seed: int, positions: int = 40) -> SpeechModel:
    """A decoder that ends many of its texts, long before the last position."""
    found = model(seed, SpeechShape(20, 16, 2, 32, 3, 2, 12, audio_positions=43, text_positions=positions))
    with torch.no_grad():
        end = found.decoder.embed_tokens.weight.mul_(0.3)[END]
        found.decoder.embed_positions.weight.mul_(6)
        found.decoder.layer_norm.weight.mul_(4)
        found.decoder.layer_norm.bias.copy_(9 * end / end.square().sum())
        for layer in found.decoder.layers:
            layer.encoder_attn.out_proj.weight.mul_(10)
            layer.self_attn.out_proj.weight.mul_(4)
            for part in (layer.encoder_attn.q_proj, layer.encoder_attn.k_proj, layer.encoder_attn.v_proj):
                part.weight.mul_(4)
    return found

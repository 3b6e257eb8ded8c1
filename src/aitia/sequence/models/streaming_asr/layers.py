"""Build the layers of a Whisper-like model, with names under which its published weights load. [radford2023]"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from aitia.core.errors import BadOption
from aitia.sequence.stream.chain import Chain
from aitia.sequence.stream.convolution import CausalConvolution
from aitia.sequence.stream.op import Stepped

Reads = Callable[[int, torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]  # layer, queries, keys, values -> output


@dataclasses.dataclass(frozen=True, slots=True)
class SpeechShape:
    """Hold the sizes of a model: mel channels, width, heads, width inside the feed-forward, layers, words, and positions."""

    mels: int
    width: int
    heads: int
    hidden: int
    encoder_layers: int
    decoder_layers: int
    words: int
    audio_positions: int = 1500
    text_positions: int = 448

    def __post_init__(self) -> None:
        if self.width % self.heads or self.width % 2:
            raise BadOption(f"A width of {self.width} does not split into {self.heads} heads, or is odd.")


class Attention(nn.Module):
    """Project to heads and back; who reads whom comes from outside."""

    def __init__(self, shape: SpeechShape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.q_proj = nn.Linear(shape.width, shape.width)
        self.k_proj = nn.Linear(shape.width, shape.width, bias=False)
        self.v_proj = nn.Linear(shape.width, shape.width)
        self.out_proj = nn.Linear(shape.width, shape.width)

    def split(self, x: torch.Tensor) -> torch.Tensor:
        """Return (b, n, width) as heads (b, h, n, d)."""
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def read(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return keys and values (b, h, n, d)."""
        return self.split(self.k_proj(x)), self.split(self.v_proj(x))

    def close(self, out: torch.Tensor) -> torch.Tensor:
        """Return what heads (b, h, n, d) found as (b, n, width)."""
        return self.out_proj(out.transpose(1, 2).flatten(2))


class EncoderLayer(nn.Module):
    """Attend, then mix each frame by itself."""

    def __init__(self, shape: SpeechShape) -> None:
        super().__init__()
        self.self_attn = Attention(shape)
        self.self_attn_layer_norm = nn.LayerNorm(shape.width)
        self.fc1, self.fc2 = nn.Linear(shape.width, shape.hidden), nn.Linear(shape.hidden, shape.width)
        self.final_layer_norm = nn.LayerNorm(shape.width)

    def forward(self, x: torch.Tensor, layer: int, reads: Reads) -> torch.Tensor:
        """Return the frames (b, n, width) one layer on."""
        own = self.self_attn_layer_norm(x)
        x = x + self.self_attn.close(reads(layer, self.self_attn.split(self.self_attn.q_proj(own)), *self.self_attn.read(own)))
        return x + self.mix(self.final_layer_norm(x))

    def mix(self, x: torch.Tensor) -> torch.Tensor:
        """Mix the channels of each frame."""
        return self.fc2(functional.gelu(self.fc1(x)))


class DecoderLayer(EncoderLayer):
    """Attend to the text so far, then to the sound, then mix each token by itself."""

    def __init__(self, shape: SpeechShape) -> None:
        super().__init__(shape)
        self.encoder_attn = Attention(shape)
        self.encoder_attn_layer_norm = nn.LayerNorm(shape.width)

    def hear(self, x: torch.Tensor, layer: int, reads: Reads, sound: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        """Return the tokens (b, n, width) one layer on, given keys and values of the sound."""
        own = self.self_attn_layer_norm(x)
        x = x + self.self_attn.close(reads(layer, self.self_attn.split(self.self_attn.q_proj(own)), *self.self_attn.read(own)))
        asked = self.encoder_attn.split(self.encoder_attn.q_proj(self.encoder_attn_layer_norm(x)))
        x = x + self.encoder_attn.close(functional.scaled_dot_product_attention(asked, *sound))
        return x + self.mix(self.final_layer_norm(x))


@dataclasses.dataclass(frozen=True, slots=True)
class Gelu:
    """Bend each value by itself, as an operation of a stream."""

    ratio: Fraction = Fraction(1)
    latency: int = 0

    def init(self, batch: int, dtype: torch.dtype = torch.float32, device: str = "cpu") -> None:
        """Return no state."""

    def step(self, x: torch.Tensor, state: None) -> Stepped:
        """Return the chunk bent."""
        return functional.gelu(x), None

    def flush(self, state: None) -> torch.Tensor:
        """Return nothing; the shape is that of no step."""
        return torch.zeros(0)

    def offline(self, x: torch.Tensor) -> torch.Tensor:
        """Return the signal bent."""
        return functional.gelu(x)

    def reads(self, length: int) -> np.ndarray:
        """Return that each step reads itself."""
        return np.eye(length, dtype=bool)


def stem(first: nn.Conv1d, second: nn.Conv1d, ahead: int = 0) -> Chain:
    """Return two convolutions of width 3, the second with stride 2, as a stream of frames (b, mels, n) to (b, width, n / 2).

    Whisper's own read one frame ahead each: `ahead=1` gives these, at that latency; 0 shifts them to the past.
    """
    one = CausalConvolution(first.weight, first.bias, ahead=ahead)
    two = CausalConvolution(second.weight, second.bias, stride=2, ahead=ahead)
    return Chain((one, Gelu(), two, Gelu()))


def sinusoids(length: int, width: int) -> torch.Tensor:
    """Return the absolute positions (length, width) of frames: sines, then cosines."""
    speeds = torch.exp(-np.log(10_000) / (width // 2 - 1) * torch.arange(width // 2, dtype=torch.float64))
    turned = torch.arange(length, dtype=torch.float64)[:, None] * speeds
    return torch.cat([turned.sin(), turned.cos()], dim=1).to(torch.float32)

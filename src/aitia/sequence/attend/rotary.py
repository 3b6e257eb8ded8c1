"""Turn queries and keys by their positions, so that scores depend on differences of positions only. [su2024]"""

from __future__ import annotations

import torch

from aitia.core.errors import BadOption

BASE = 10_000.0


def angles(positions: torch.Tensor, width: int, base: float = BASE) -> tuple[torch.Tensor, torch.Tensor]:
    """Return cosine and sine (…, n, width / 2) of positions (…, n), real-valued ones too; raises `BadOption` for an odd width."""
    if width % 2:
        raise BadOption(f"A head of width {width} cannot be rotated.", next="Give an even width.")
    speeds = base ** (-torch.arange(0, width, 2, device=positions.device, dtype=torch.float64) / width)
    turned = positions.to(torch.float64).unsqueeze(-1) * speeds
    return turned.cos(), turned.sin()


def rotate(
    x: torch.Tensor, positions: torch.Tensor, *, base: float = BASE, backwards: bool = False, interleaved: bool = False
) -> torch.Tensor:
    """Rotate heads x (…, n, width) by positions (n,) or (…, n); `backwards` turns the other way round.

    The two halves of a head turn together as in Llama, or neighbouring pairs where `interleaved`. Angles are computed
    in float64, so that long sequences keep their digits.
    """
    cosine, sine = (part.to(x.dtype) for part in angles(positions, x.shape[-1], base))
    if backwards:
        sine = -sine
    if interleaved:
        first, second = x[..., 0::2], x[..., 1::2]
        return torch.stack((first * cosine - second * sine, first * sine + second * cosine), dim=-1).flatten(-2)
    return turn(x, cosine, sine)


def turn(x: torch.Tensor, cosine: torch.Tensor, sine: torch.Tensor) -> torch.Tensor:
    """Turn the two halves of heads x (…, n, width) together by angles known by their cosine and sine (…, n, width / 2)."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cosine - second * sine, first * sine + second * cosine), dim=-1)

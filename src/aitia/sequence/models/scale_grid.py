"""Put an image at several scales into one sequence, coarse first, each cell where it lies in the picture. [chen2025]

Which scales there are, and turning heads by real-valued places, are choices of this project: the paper's text does not fix them.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from torch.nn import functional

from aitia.core.errors import BadOption
from aitia.sequence.attend.rotary import BASE, rotate
from aitia.sequence.order.layouts import need, scales
from aitia.sequence.order.relation import Relation


def scale_relation(sides: Sequence[int]) -> Relation:
    """Read the own scale whole and every coarser one; `sides` are cells along one side, coarse first."""
    return scales([need(side, 1, "a side") ** 2 for side in rising(sides)])


def rising(sides: Sequence[int]) -> Sequence[int]:
    """Return the sides; raises `BadOption` where they do not go from coarse to fine."""
    if not len(sides) or any(b <= a for a, b in itertools.pairwise(sides)):
        raise BadOption(f"Sides {tuple(sides)} do not go from coarse to fine.", next="Give rising ones, for example (1, 2, 4, 8).")
    return sides


def scale_positions(sides: Sequence[int]) -> torch.Tensor:
    """Return row and column (n, 2) of the centre of each cell, in a picture that goes from 0 to 1 both ways.

    >>> scale_positions((1, 2)).tolist()
    [[0.5, 0.5], [0.25, 0.25], [0.25, 0.75], [0.75, 0.25], [0.75, 0.75]]
    """
    found = []
    for side in rising(sides):
        centre = (torch.arange(side, dtype=torch.float64) + 0.5) / side
        found.append(torch.cartesian_prod(centre, centre).reshape(-1, 2))
    return torch.cat(found)


def pooled(cells: torch.Tensor, sides: Sequence[int]) -> torch.Tensor:
    """Return the means of a map of cells (b, channels, side, side) at each scale as one sequence (b, n, channels).

    The sides must divide that of the map, whose own is the finest.
    """
    side = int(cells.shape[-1])
    if cells.shape[-2] != side or any(side % other for other in rising(sides)):
        raise BadOption(f"A map of {tuple(cells.shape[-2:])} cells has no scales {tuple(sides)}.", next="Give sides that divide it.")
    return torch.cat([functional.avg_pool2d(cells, side // other).flatten(2) for other in sides], dim=-1).transpose(1, 2)


def rotate_grid(x: torch.Tensor, positions: torch.Tensor, extent: float, *, base: float = BASE) -> torch.Tensor:
    """Rotate the first half of heads x (…, n, width) by row and the second by column of positions (n, 2) in 0 … 1.

    `extent` is how many units the picture is wide, usually the cells along its finest side.
    """
    if x.shape[-1] % 4:
        raise BadOption(f"A head of width {x.shape[-1]} cannot be rotated both ways.", next="Give a width that 4 divides.")
    row, column = x.chunk(2, dim=-1)
    return torch.cat([rotate(part, positions[:, i] * extent, base=base) for i, part in enumerate((row, column))], dim=-1)

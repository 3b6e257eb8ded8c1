"""Hold what `show` tells of an order."""

from __future__ import annotations

from aitia.core.noun import Noun, noun
from aitia.core.show import View, number, views


@noun
class ShownOrder(Noun):
    """Answer `show order`: how many nodes, pairs and blocks, the depth, positions, cache lifetimes, and the mask as lines of text.

    `positions` and `last_use` have one number for each node; `peak_live` is the most nodes that a cache must hold, and
    `picture` the path of the drawing where one was asked for.
    """

    order: str
    n: int
    layers: int
    pairs: int
    density: float
    blocks: int
    depth: int
    peak_live: int
    positions: tuple[int, ...]
    last_use: tuple[int, ...]
    mask: tuple[str, ...] = ()
    picture: str | None = None


@views("shown_order")
def shown_order(noun: ShownOrder) -> View:
    """Show the figures, then the mask: a row for each query, a mark for each key that it reads."""
    facts = (
        ("pairs", f"{noun.pairs} ({number(100 * noun.density, 3)} % of all)"),
        ("blocks", str(noun.blocks)),
        ("depth", f"{noun.depth} passes, one after the other; {number(noun.blocks / noun.depth, 3)} blocks a pass"),
        ("positions", f"0 … {max(noun.positions)}"),
        ("cache", f"{noun.peak_live} of {noun.n} nodes at most"),
        *((("picture", noun.picture),) if noun.picture else ()),
    )
    return View(title=f"Order of {noun.n} nodes: {noun.order}", facts=facts, notes=noun.mask)

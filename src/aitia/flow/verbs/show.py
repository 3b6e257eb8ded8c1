"""Show an order: who reads whom, in how many passes, at which positions, and what a cache must hold."""

from __future__ import annotations

from typing import Literal

from aitia.core import codec
from aitia.core.errors import BadOption, near
from aitia.core.shown import ShownOrder
from aitia.reporting.order_picture import mask_lines, order_drawing
from aitia.sequence.order.expression import read_relation

SHOWN = ("order",)


def show(what: Literal["order"], expression: str, *, n: int | None = None, layers: int = 1, out: str | None = None) -> ShownOrder:
    """Show an order over `n` nodes for a stack of `layers`; `out` is an SVG file to draw the mask into.

    >>> show("order", "rings(8, 8)").depth
    4
    """
    if what not in SHOWN:
        raise BadOption(f"There is no showing {what!r}.", next=near(str(what), SHOWN))
    relation = read_relation(expression, n)
    plan = relation.schedule(layers=layers)
    if out is not None:
        codec.write(order_drawing(relation, plan, expression).svg, out)
    return ShownOrder(
        order=expression,
        n=relation.n,
        layers=layers,
        pairs=relation.pairs,
        density=relation.density,
        blocks=int(plan.block.max()) + 1,
        depth=plan.depth,
        peak_live=plan.peak_live,
        positions=tuple(plan.height.tolist()),
        last_use=tuple(plan.last.tolist()),
        mask=mask_lines(relation),
        picture=out,
    )

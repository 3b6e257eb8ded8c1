"""Say what an order costs: arithmetic, passes and memory, beside plain causal attention."""

from __future__ import annotations

from aitia.core.noun import Noun, noun
from aitia.core.show import View, number, views
from aitia.sequence.order.intervals import pairs
from aitia.sequence.order.schedule import Schedule


@noun
class Cost(Noun):
    """Hold what one sequence costs: multiply-adds of attention in all layers, passes, and bytes of keys and values at the peak.

    `of_causal` compares the arithmetic with causal attention over as many nodes.
    """

    nodes: int
    pairs: int
    density: float
    attention_flops: int
    of_causal: float
    passes: int
    blocks_per_pass: float
    peak_nodes: int
    peak_bytes: int


@views("cost")
def cost_view(noun: Cost) -> View:
    """Show the figures."""
    facts = (
        ("pairs", f"{noun.pairs} ({number(100 * noun.density, 3)} % of all, {number(noun.of_causal, 3)} of causal)"),
        ("attention", f"{number(noun.attention_flops / 1e9, 3)} GFlop"),
        ("passes", f"{noun.passes}, {number(noun.blocks_per_pass, 3)} blocks each"),
        ("cache", f"{noun.peak_nodes} nodes, {number(noun.peak_bytes / 2**20, 3)} MiB"),
    )
    return View(title=f"Cost of an order of {noun.nodes} nodes", facts=facts)


def cost(schedule: Schedule, *, heads: int, width: int, key_heads: int | None = None, item: int = 4) -> Cost:
    """Return what attention with `heads` heads of a width costs along a schedule; `item` is the bytes of one number."""
    relation = schedule.relation
    count = pairs(relation)
    return Cost(
        nodes=relation.n,
        pairs=count,
        density=count / relation.n**2,
        attention_flops=4 * count * heads * width * schedule.layers,
        of_causal=2 * count / (relation.n * (relation.n + 1)),
        passes=schedule.depth,
        blocks_per_pass=(int(schedule.block.max()) + 1) / schedule.depth,
        peak_nodes=schedule.peak_live,
        peak_bytes=schedule.bytes(heads=key_heads or heads, width=width, item=item),
    )

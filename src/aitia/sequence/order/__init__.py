"""Say who may read whom, and compile it: one relation gives mask, positions, cache lifetime and schedule."""

from aitia.sequence.order.layouts import (
    block_diffusion,
    blocks,
    by_graph,
    causal,
    chunks,
    fork_join,
    full,
    mutual,
    prefix,
    queries,
    rings,
    scales,
    window,
)
from aitia.sequence.order.relation import Relation, pack, pad
from aitia.sequence.order.schedule import Schedule, schedule

__all__ = [
    "Relation",
    "Schedule",
    "block_diffusion",
    "blocks",
    "by_graph",
    "causal",
    "chunks",
    "fork_join",
    "full",
    "mutual",
    "pack",
    "pad",
    "prefix",
    "queries",
    "rings",
    "scales",
    "schedule",
    "window",
]

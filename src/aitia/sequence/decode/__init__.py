"""Decode sequences: one by one, through forks and joins, by blocks, by unmasking, by checked drafts; each gives a trajectory."""

from aitia.sequence.decode.autoregressive import OneByOne, autoregressive
from aitia.sequence.decode.block_diffusion import Blockwise, block_diffusion
from aitia.sequence.decode.fork_join import ForkJoin, fork_join
from aitia.sequence.decode.lanes import Fork, Path
from aitia.sequence.decode.masked_diffusion import Unmasking, masked_diffusion
from aitia.sequence.decode.speculative import Speculation, speculative
from aitia.sequence.decode.trajectory import Trajectory, one_step, rescored
from aitia.sequence.decode.tree import Tree, likeliest, repeats, tree_order
from aitia.sequence.decode.unmasking import Stride, ascending, plan

__all__ = [
    "Blockwise",
    "Fork",
    "ForkJoin",
    "OneByOne",
    "Path",
    "Speculation",
    "Stride",
    "Trajectory",
    "Tree",
    "Unmasking",
    "ascending",
    "autoregressive",
    "block_diffusion",
    "fork_join",
    "likeliest",
    "masked_diffusion",
    "one_step",
    "plan",
    "repeats",
    "rescored",
    "speculative",
    "tree_order",
]

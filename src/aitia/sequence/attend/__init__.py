"""Attend along a relation: dense as the reference, by segments without a mask, or by FlexAttention on a GPU."""

from aitia.sequence.attend.attend import attend
from aitia.sequence.attend.dense import attend_dense
from aitia.sequence.attend.merge import merge
from aitia.sequence.attend.rotary import rotate

__all__ = ["attend", "attend_dense", "merge", "rotate"]

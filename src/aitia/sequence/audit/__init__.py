"""Prove that a module keeps its order: no leak, cached equals uncached, any chunking gives one stream, and what it costs."""

from aitia.sequence.audit.chunking import chunk_plans
from aitia.sequence.audit.cost import cost
from aitia.sequence.audit.leak import leak
from aitia.sequence.audit.replay import replay

__all__ = ["chunk_plans", "cost", "leak", "replay"]

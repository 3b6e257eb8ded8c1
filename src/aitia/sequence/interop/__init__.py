"""Run models of other libraries under an order."""

from aitia.sequence.interop.transformers import Use, batched, mask_function, use_relation

__all__ = ["Use", "batched", "mask_function", "use_relation"]

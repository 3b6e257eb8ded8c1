"""Build models whose layers read along a relation."""

from aitia.sequence.models.decoder import Decoder, DecoderShape, Fresh
from aitia.sequence.models.past import Past

__all__ = ["Decoder", "DecoderShape", "Fresh", "Past"]

"""Run models as streams: operations with state, caches that follow an order, and pages that paths share."""

from aitia.sequence.stream.cache import OrderCache
from aitia.sequence.stream.chain import Chain
from aitia.sequence.stream.convolution import CausalConvolution
from aitia.sequence.stream.fold import FoldCache
from aitia.sequence.stream.normalisation import CumulativeNorm, StepNorm, WholeNorm
from aitia.sequence.stream.op import StreamOp, streamed
from aitia.sequence.stream.pool import Pool, Shape
from aitia.sequence.stream.resampling import Resampling
from aitia.sequence.stream.spectrum import Signal, Spectrum

__all__ = [
    "CausalConvolution",
    "Chain",
    "CumulativeNorm",
    "FoldCache",
    "OrderCache",
    "Pool",
    "Resampling",
    "Shape",
    "Signal",
    "Spectrum",
    "StepNorm",
    "StreamOp",
    "WholeNorm",
    "streamed",
]

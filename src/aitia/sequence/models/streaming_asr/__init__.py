"""Turn a Whisper-like recogniser into one that listens chunk by chunk and takes back only what proves unstable. [krichli2025]"""

from aitia.sequence.models.streaming_asr.encoder_stream import EncoderStream
from aitia.sequence.models.streaming_asr.layers import SpeechShape
from aitia.sequence.models.streaming_asr.low_rank import LowRank, adapt
from aitia.sequence.models.streaming_asr.mel import CausalMel
from aitia.sequence.models.streaming_asr.model import SpeechModel
from aitia.sequence.models.streaming_asr.transcriber import Hypothesis, Transcriber, changed_commits
from aitia.sequence.models.streaming_asr.whisper import from_whisper

__all__ = [
    "CausalMel",
    "EncoderStream",
    "Hypothesis",
    "LowRank",
    "SpeechModel",
    "SpeechShape",
    "Transcriber",
    "adapt",
    "changed_commits",
    "from_whisper",
]

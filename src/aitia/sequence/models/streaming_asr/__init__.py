"""Turn a Whisper-like recogniser into one that listens chunk by chunk and takes back only what proves unstable. [krichli2025]"""

from aitia.sequence.models.streaming_asr.encoder_stream import EncoderStream
from aitia.sequence.models.streaming_asr.layers import SpeechShape
from aitia.sequence.models.streaming_asr.low_rank import LowRank, adapt
from aitia.sequence.models.streaming_asr.mel import CausalMel
from aitia.sequence.models.streaming_asr.model import SpeechModel
from aitia.sequence.models.streaming_asr.prefix_training import (
    Prefix,
    PrefixTraining,
    Utterance,
    fit_prefixes,
    prefix_loss,
    sample_prefixes,
    word_to_token_times,
)
from aitia.sequence.models.streaming_asr.transcriber import Hypothesis, Transcriber, changed_commits
from aitia.sequence.models.streaming_asr.whisper import from_whisper

__all__ = [
    "CausalMel",
    "EncoderStream",
    "Hypothesis",
    "LowRank",
    "Prefix",
    "PrefixTraining",
    "SpeechModel",
    "SpeechShape",
    "Transcriber",
    "Utterance",
    "adapt",
    "changed_commits",
    "fit_prefixes",
    "from_whisper",
    "prefix_loss",
    "sample_prefixes",
    "word_to_token_times",
]

"""Load Whisper's weights from a folder on this machine. [radford2023]"""

from __future__ import annotations

import pathlib

from aitia.core.errors import InputError
from aitia.core.extras import need
from aitia.sequence.models.streaming_asr.layers import SpeechShape
from aitia.sequence.models.streaming_asr.model import SpeechModel


def from_whisper(folder: str | pathlib.Path) -> SpeechModel:
    """Return the model that Transformers saved in a folder; nothing is fetched. Raises `InputError` where there is none."""
    path = pathlib.Path(folder)
    if not (path / "config.json").is_file():
        raise InputError(
            f"There is no model in {path}.", next="Give a folder with config.json and the weights, as Transformers saves them."
        )
    theirs = need("transformers").WhisperForConditionalGeneration.from_pretrained(path, local_files_only=True)
    config = theirs.config
    shape = SpeechShape(
        mels=config.num_mel_bins,
        width=config.d_model,
        heads=config.encoder_attention_heads,
        hidden=config.encoder_ffn_dim,
        encoder_layers=config.encoder_layers,
        decoder_layers=config.decoder_layers,
        words=config.vocab_size,
        audio_positions=config.max_source_positions,
        text_positions=config.max_target_positions,
    )
    if (config.decoder_attention_heads, config.decoder_ffn_dim) != (shape.heads, shape.hidden):
        raise InputError("This model has other heads or widths in its decoder than in its encoder, which Whisper has not.")
    model = SpeechModel(shape)
    weights = theirs.model.state_dict()
    model.load_state_dict({name: weights[name] for name in model.state_dict()})
    return model.eval()

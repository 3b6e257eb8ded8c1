"""A recogniser that streams gives what the whole gives, hears no future, and says what holds."""

from __future__ import annotations

import itertools
import math
import pathlib

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from aitia.core.errors import BadOption, InputError
from aitia.sequence.attend import attend, attend_dense
from aitia.sequence.audit import chunk_plans, leak
from aitia.sequence.models.streaming_asr import (
    CausalMel,
    EncoderStream,
    Hypothesis,
    LowRank,
    SpeechModel,
    SpeechShape,
    Transcriber,
    adapt,
    changed_commits,
    from_whisper,
)
from aitia.sequence.models.streaming_asr.encoder_stream import encoder_flops
from aitia.sequence.models.streaming_asr.layers import stem
from aitia.sequence.models.streaming_asr.low_rank import merge_adapted
from aitia.sequence.models.streaming_asr.mel import mel_filters
from aitia.sequence.models.streaming_asr.model import chunk_relation
from aitia.sequence.order import full
from tests.sequence.instances.speech import END, PROMPT, SHAPE, logits_of, model, noise, score_of, sharp

# --- what the encoder reads


def test_the_first_chunks_see_each_other_and_later_ones_what_came_before() -> None:
    """Block b of g frames reads the columns below g · (max(b, extra) + 1)."""
    for frames, chunk, extra in ((40, 5, 0), (40, 5, 2), (37, 4, 1), (9, 15, 0), (30, 15, 1)):
        rows = np.arange(frames) // chunk
        expected = np.arange(frames) < (chunk * (np.maximum(rows, extra) + 1))[:, None]
        assert (chunk_relation(frames, chunk, extra).dense() == expected).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 7), st.integers(0, 2), st.none() | st.integers(1, 3), st.integers(1, 45), st.integers(0, 1000))
def test_the_encoder_streamed_is_the_encoder_under_its_relation(chunk: int, extra: int, left: int | None, states: int, seed: int) -> None:
    found, mel = model(), noise(2, 20, 2 * states, seed=seed)
    with torch.no_grad():
        whole = found.encoder(mel, chunk_relation(states, chunk, extra, left))
    stream = EncoderStream(found, chunk, extra=extra, left=left, batch=2, from_mel=True)
    generator, parts, place = torch.Generator().manual_seed(seed), [], 0
    while place < mel.shape[2]:
        step = int(torch.randint(0, 9, (1,), generator=generator))
        parts.append(stream.push(mel[:, :, place : place + step]))
        place += step
    out = torch.cat([*parts, stream.finish()], dim=1)
    assert out.shape == whole.shape and (out - whole).abs().max() < 1e-5


def test_states_leave_with_the_last_frame_of_their_chunk_and_the_first_ones_later() -> None:
    stream = EncoderStream(model(), 5, extra=1, from_mel=True)
    given = [stream.push(noise(1, 20, 2)).shape[1] for _ in range(25)]
    assert np.cumsum(given).tolist() == [0] * 9 + [10] * 5 + [15] * 5 + [20] * 5 + [25]


def test_a_window_keeps_the_cache_small_however_long_the_stream() -> None:
    stream, most = EncoderStream(model(), 5, left=2, from_mel=True), 0
    for _ in range(24):
        stream.push(noise(1, 20, 10))
        most = max(most, len(stream.cache.nodes))
    assert stream.done == 120 and most == 10  # two chunks that the next one reads
    with pytest.raises(BadOption, match="no position"):
        stream.push(noise(1, 20, 10))


def test_from_samples_to_states_nothing_reads_a_sample_behind_its_chunk() -> None:
    small = SpeechShape(mels=8, width=8, heads=2, hidden=8, encoder_layers=2, decoder_layers=1, words=5, audio_positions=30)
    found = model(shape=small, dtype=torch.float64)
    front = CausalMel(mels=8, width=40, hop=16, rate=800)
    relation = chunk_relation(12, 4)

    def run(x: torch.Tensor) -> torch.Tensor:
        return found.encoder(front.offline(x.transpose(1, 2)), relation)

    ends = (np.arange(12) // 4 + 1) * 4 * 32  # samples that have come when a chunk of 4 states is complete
    allowed = np.arange(12 * 32) < ends[:, None]
    finding = leak(run, noise(1, 12 * 32, 1, dtype=torch.float64), allowed)
    assert finding.passed, finding.says


# --- the front end


def test_mel_frames_do_not_depend_on_how_the_samples_come() -> None:
    finding = chunk_plans(CausalMel(mels=20, width=50, hop=20, rate=2000), noise(2, 1, 777, dtype=torch.float64))
    assert finding.passed, finding.says


def test_frames_are_those_of_whisper_but_for_centring_and_floor() -> None:
    transformers = pytest.importorskip("transformers")
    audio = noise(16_000, seed=3).numpy() * 0.1
    theirs = transformers.WhisperFeatureExtractor(feature_size=80)
    assert np.abs(theirs.mel_filters.T - mel_filters().numpy()).max() < 1e-9
    expected = theirs(audio, sampling_rate=16_000, padding="do_not_pad", return_tensors="pt").input_features[0]
    # a centred frame i covers the samples 160 i - 200 … 160 i + 199; ours ends with 160 (i + 1) - 1, so we hear 40 samples later
    ours = CausalMel().offline(torch.from_numpy(np.r_[audio[40:], np.zeros(40)])[None, None].to(torch.float64))[0]
    inner = slice(3, 95)
    assert (ours[:, inner] - expected[:, inner]).abs().max() < 1e-3


def quiet_then_loud() -> torch.Tensor:
    steps = torch.arange(8000, dtype=torch.float64)
    return (torch.sin(steps / 7) * torch.where(steps < 4000, 1e-6, 1.0))[None, None]


def test_a_loud_end_does_not_change_frames_before_it() -> None:
    """Official code takes the floor from the utterance's loudest frame, which lifts every quiet frame before it."""
    sound, op = quiet_then_loud(), CausalMel()
    whole, before = op.offline(sound), op.offline(sound[..., :4000])
    assert torch.equal(whole[..., : before.shape[-1]], before)
    level = (whole * 4 - 4).clamp(min=-torch.inf)
    lifted = torch.maximum(level, level.amax() - 8)[..., : before.shape[-1]]
    assert (lifted - (before * 4 - 4)).abs().max() > 1  # what the utterance's own floor would have done


def test_convolutions_of_whisper_read_ahead_and_ours_do_not() -> None:
    found = model()
    theirs, ours = stem(found.encoder.conv1, found.encoder.conv2, ahead=1), stem(found.encoder.conv1, found.encoder.conv2)
    x = noise(1, 20, 64)
    with torch.no_grad():
        gelu = torch.nn.functional.gelu
        assert (theirs.offline(x) - gelu(found.encoder.conv2(gelu(found.encoder.conv1(x))))).abs().max() < 1e-6
    steps = np.arange(64)
    last = 2 * np.arange(32)[:, None]
    assert not ours.reads(64)[np.broadcast_to(steps > last, (32, 64))].any()
    assert theirs.reads(64)[np.broadcast_to(steps == last + 2, (32, 64))].any() and (ours.latency, theirs.latency) == (0, 2)


def test_a_mask_adds_nothing_to_what_is_read() -> None:
    """Official code adds 1 where it should add 0. Outputs stay, log-sum-exps do not, so parts would merge wrongly."""
    relation = chunk_relation(20, 4, 1)
    q, k, v = (noise(1, 2, 20, 8, seed=i, dtype=torch.float64) for i in range(3))
    scores = q @ k.mT / math.sqrt(8)
    scores = scores.masked_fill(~torch.from_numpy(relation.dense()), -torch.inf)
    out, size = attend(q, k, v, relation)
    assert (size - scores.logsumexp(-1)).abs().max() < 1e-12
    assert (torch.softmax(scores + 1, -1) @ v - out).abs().max() < 1e-12 < (size - (scores + 1).logsumexp(-1)).abs().min()
    assert (attend_dense(q, k, v, torch.from_numpy(relation.dense()))[1] - size).abs().max() < 1e-12


def test_every_speaker_of_a_batch_is_heard() -> None:
    mel = noise(3, 20, 40)
    found = model()
    stream = EncoderStream(found, 5, batch=3, from_mel=True)
    together = stream.push(mel)
    for i in range(3):
        alone = EncoderStream(found, 5, from_mel=True).push(mel[i : i + 1])
        assert (together[i] - alone[0]).abs().max() < 1e-5


# --- cost


def test_streaming_computes_each_frame_once() -> None:
    found, chunk = model(), 5
    spent = []
    for states in (30, 60, 120):
        stream = EncoderStream(found, chunk, left=3, from_mel=True)
        counter = FlopCounterMode(display=False)
        with counter:
            for _ in range(states // chunk):
                stream.push(noise(1, 20, 2 * chunk))
        counts = counter.get_flop_counts()["Global"]
        spent.append(sum(count for op, count in counts.items() if "conv" not in str(op) and "attention" not in str(op)))
        linear = states * SHAPE.encoder_layers * 2 * (4 * 16 * 16 + 2 * 16 * 32)
        assert spent[-1] == linear
    assert spent[2] == 2 * spent[1] == 4 * spent[0]


def test_cost_grows_with_the_length_and_not_with_its_square() -> None:
    base = SpeechShape(mels=80, width=512, heads=8, hidden=2048, encoder_layers=6, decoder_layers=6, words=51_865)
    once = {states: encoder_flops(base, states, 15, left=20) for states in (375, 750, 1500)}
    again = {states: encoder_flops(base, states, 15, again=True) for states in (375, 750, 1500)}
    assert once[1500] / once[750] < 2.05 < 3.5 < again[1500] / again[750]
    assert again[750] / encoder_flops(base, 750, 15) > 20  # 15 s at chunks of 300 ms, all history kept


# --- adaptation


def test_low_rank_changes_nothing_at_first_and_everything_else_stays_frozen() -> None:
    found, mel, tokens = model(), noise(1, 20, 40), torch.tensor([[1, 2, 5]])
    relation = chunk_relation(20, 5)
    before = found(mel, tokens, relation)
    assert adapt(found, rank=4) == 4 * (3 + 2 * 2)  # q, k, v, out of encoder, decoder and the decoder's listening
    assert torch.equal(found(mel, tokens, relation), before)
    learned = {name for name, value in found.named_parameters() if value.requires_grad}
    assert learned and all(name.endswith((".down", ".up")) for name in learned)
    found(mel, tokens, relation).square().mean().backward()
    layers = [layer for layer in found.modules() if isinstance(layer, LowRank)]
    assert all(layer.up.grad is not None and layer.up.grad.abs().max() > 0 for layer in layers)
    assert all((layer.down.grad == 0).all() and layer.down.abs().max() > 0 for layer in layers)  # B is zero, so A learns a step later


def test_what_was_learned_merges_into_plain_layers() -> None:
    found, mel, tokens = model(), noise(1, 20, 40), torch.tensor([[1, 2, 5]])
    adapt(found, ("q_proj", "v_proj"), rank=2)
    with torch.no_grad():
        for i, layer in enumerate(layer for layer in found.modules() if isinstance(layer, LowRank)):
            layer.up.copy_(noise(*layer.up.shape, seed=i))
    changed = found(mel, tokens, chunk_relation(20, 5))
    assert merge_adapted(found) == 2 * (3 + 2 * 2)
    assert (found(mel, tokens, chunk_relation(20, 5)) - changed).abs().max() < 1e-4
    with pytest.raises(BadOption, match="q_prj"):
        adapt(found, ("q_prj",))


# --- writing down


def transcriber(found: SpeechModel, lookback: int | None, chunk: int = 5) -> Transcriber:
    return Transcriber(found, PROMPT, END, stream=EncoderStream(found, chunk, from_mel=True), lookback=lookback)


def test_every_token_that_was_kept_holds_and_every_new_one_is_the_likeliest() -> None:
    held = cut = 0
    for seed in range(6):
        found, mel = sharp(seed), noise(1, 20, 160, seed=seed)
        writer, listener, heard = transcriber(found, None), EncoderStream(found, 5, from_mel=True), torch.zeros(1, 0, 16)
        before: tuple[int, ...] = ()
        scores: list[float] = []
        for place in range(0, 160, 10):
            part = mel[:, :, place : place + 10]
            heard = torch.cat([heard, listener.push(part)], dim=1)
            now = writer.push(part)
            logits = logits_of(found, heard, now.tokens)
            kept = now.stable
            assert now.tokens[:kept] == before[:kept]
            for i, token in enumerate(now.tokens):
                likeliest = float(logits[i].max()) - float(logits[i, token]) < 1e-4
                assert likeliest or (i < kept and float(logits[i, token]) >= scores[i] - 1e-4)
            if kept < len(before):  # the first one that was taken back did not hold
                again = logits_of(found, heard, before[: kept + 1])[kept]
                assert float(again[before[kept]]) < scores[kept] + 1e-4 and int(again.argmax()) != before[kept]
            held, cut = held + kept, cut + (kept < len(before))
            scores = [float(logits[i, token]) for i, token in enumerate(now.tokens)]
            before = now.tokens
    assert held and cut


def test_with_all_tokens_asked_the_decoder_knows_what_a_fresh_one_would() -> None:
    found, mel = sharp(1), noise(1, 20, 100, seed=2)
    writer = transcriber(found, None)
    for place in range(0, 100, 10):
        now = writer.push(mel[:, :, place : place + 10])
    with torch.no_grad():
        states = found.encoder(mel, chunk_relation(50, 5))
    assert now.tokens and abs(now.score - score_of(found, states, now.tokens)) < 1e-5


def test_tokens_beyond_the_lookback_never_change_and_how_often_others_do_is_measured() -> None:
    rates = {}
    for lookback in (2, None):
        broken, kept = [], []
        for seed in range(8):
            writer, mel = transcriber(sharp(seed), lookback), noise(1, 20, 200, seed=seed)
            history = [writer.push(mel[:, :, place : place + 10]) for place in range(0, 200, 10)]
            broken.append(changed_commits(history))
            for before, after in itertools.pairwise(history):
                committed = max(0, len(before.tokens) - (lookback or len(before.tokens)))
                assert after.tokens[:committed] == before.tokens[:committed]
                kept.append(after.stable)
        rates[lookback] = float(np.mean(broken))
        assert max(kept) > 0
    assert 0 <= rates[2] <= 1 and 0 <= rates[None] <= 1 and rates[2] <= rates[None] + 0.2


def test_a_commit_that_is_broken_is_counted() -> None:
    steady = [Hypothesis((1, 2), 1, (0.1,)), Hypothesis((1, 3), 1, (0.1,)), Hypothesis((1, 3, 4), 2, (0.1, 0.3))]
    assert changed_commits(steady) == 0
    assert changed_commits([*steady, Hypothesis((1, 5), 1, (0.1,))]) == 1 / 3
    assert changed_commits([]) == 0


def test_times_are_those_of_the_chunk_in_which_a_token_first_held() -> None:
    writer, mel = transcriber(sharp(3), 2), noise(1, 20, 200, seed=4)
    history = [writer.push(mel[:, :, place : place + 10]) for place in range(0, 200, 10)]
    for i, (before, after) in enumerate(itertools.pairwise(history)):
        assert len(after.times) == after.stable and list(after.times) == sorted(after.times)
        new = after.times[len(before.times) :]
        assert new == pytest.approx([(i + 2) * 5 * 0.02] * len(new))


# --- Whisper's own weights


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(5)
    config = transformers.WhisperConfig(
        vocab_size=30, num_mel_bins=20, d_model=16, encoder_layers=2, decoder_layers=2, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=32, decoder_ffn_dim=32, max_source_positions=40, max_target_positions=20,
        pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=3, suppress_tokens=None, begin_suppress_tokens=None,
    )  # fmt: skip
    path = tmp_path_factory.mktemp("whisper")
    transformers.WhisperForConditionalGeneration(config).eval().save_pretrained(path)
    return path


def test_weights_of_whisper_give_its_logits(folder: pathlib.Path) -> None:
    transformers = pytest.importorskip("transformers")
    theirs = transformers.WhisperForConditionalGeneration.from_pretrained(folder).eval()
    mel, tokens = noise(2, 20, 80), torch.tensor([[3, 7, 8, 9], [3, 5, 11, 2]])
    with torch.no_grad():
        expected = theirs(input_features=mel, decoder_input_ids=tokens).logits
        found = from_whisper(folder)(mel, tokens, full(40), ahead=1)
    assert (found - expected).abs().max() < 1e-5


def test_weights_of_whisper_stream(folder: pathlib.Path) -> None:
    found, mel = from_whisper(folder), noise(1, 20, 60)
    with torch.no_grad():
        whole = found.encoder(mel, chunk_relation(30, 5, 1))
    stream = EncoderStream(found, 5, extra=1, from_mel=True)
    parts = torch.cat([*(stream.push(mel[:, :, i : i + 7]) for i in range(0, 60, 7)), stream.finish()], dim=1)
    assert (parts - whole).abs().max() < 1e-5
    writer = Transcriber(found, (3,), 2, stream=EncoderStream(found, 5))
    assert isinstance(writer.push(noise(1, 5000)), Hypothesis)


def test_a_folder_without_a_model_is_refused(tmp_path: pathlib.Path) -> None:
    with pytest.raises(InputError, match="no model"):
        from_whisper(tmp_path)

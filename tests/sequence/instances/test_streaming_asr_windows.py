"""A stream longer than the positions of a model goes on in windows: each is encoded as if it began there, and what was said stays."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from aitia.core.errors import BadOption
from aitia.sequence.models.streaming_asr import CausalMel, EncoderStream, Hypothesis, SpeechModel, SpeechShape, Transcriber
from aitia.sequence.models.streaming_asr.model import chunk_relation
from tests.sequence.instances.speech import END, PROMPT, chance, ending, model, noise

CHUNK = 5
SHAPE = SpeechShape(mels=20, width=16, heads=2, hidden=32, encoder_layers=3, decoder_layers=2, words=12, audio_positions=43)


def windows(stream: EncoderStream, parts: list[torch.Tensor]) -> list[tuple[int, torch.Tensor]]:
    """Push sound and begin new windows; return where each began and the states that it gave."""
    found, given = [], [torch.zeros(1, 0, 16)]
    for part in [*parts, None]:
        given.append(stream.finish() if part is None else stream.push(part))
        while stream.spent and part is not None:
            found.append((stream.start, torch.cat(given, dim=1)))
            given = [stream.renew()]
    return [*found, (stream.start, torch.cat(given, dim=1))]


# --- the encoder


@pytest.mark.parametrize(("extra", "overlap", "left"), [(0, 1, None), (0, 7, None), (1, 1, None), (1, 3, 2), (2, 2, 1)])
@pytest.mark.parametrize("step", [1, 10, 64, 500])
def test_each_window_is_the_offline_encoding_of_the_sound_that_it_holds(extra: int, overlap: int, left: int | None, step: int) -> None:
    found, mel = model(shape=SHAPE), noise(1, 20, 2 * 153)
    stream = EncoderStream(found, CHUNK, extra=extra, left=left, from_mel=True, overlap=overlap)
    given = windows(stream, list(mel.split(step, dim=2)))
    assert [start for start, _ in given[:3]] == [0, 40 - CHUNK * overlap, 2 * (40 - CHUNK * overlap)]
    for i, (start, states) in enumerate(given):
        count = 40 if i < len(given) - 1 else 153 - start
        with torch.no_grad():
            whole = found.encoder(mel[:, :, 2 * start : 2 * (start + count)], chunk_relation(count, CHUNK, extra, left))
        assert states.shape == whole.shape and (states - whole).abs().max() < 1e-5
    assert stream.end == 153


def test_frames_from_samples_go_on_over_windows_and_the_floor_with_them() -> None:
    found, sound = model(shape=SHAPE), noise(1, 160 * 2 * 108, seed=4) * 0.1
    mel = CausalMel(mels=20).offline(sound[None])
    given = windows(EncoderStream(found, CHUNK, overlap=1), list(sound.split(999, dim=1)))
    assert len(given) == 3
    for start, states in given:
        with torch.no_grad():
            count = states.shape[1]
            whole = found.encoder(mel[:, :, 2 * start : 2 * (start + count)], chunk_relation(count, CHUNK))
        assert (states - whole).abs().max() < 1e-5


def test_a_stream_shorter_than_a_window_is_what_it_was() -> None:
    found, sound = model(shape=SHAPE), noise(1, 20, 2 * 39)
    plain, long = (EncoderStream(found, CHUNK, extra=1, from_mel=True, overlap=overlap) for overlap in (None, 2))
    for part in sound.split(9, dim=2):
        assert torch.equal(plain.push(part), long.push(part))
    assert torch.equal(plain.finish(), long.finish())


def test_every_window_costs_the_same_and_keeps_as_much() -> None:
    stream = EncoderStream(model(shape=SHAPE), CHUNK, extra=1, left=3, from_mel=True, overlap=2)
    costs: dict[int, list[tuple[int, int, int]]] = {}
    for part in noise(1, 20, 2 * CHUNK * 45).split(2 * CHUNK, dim=2):
        counter = FlopCounterMode(display=False)
        with counter:
            stream.push(part)
            if stream.spent:
                stream.renew()
        assert len(stream.cache.nodes) <= 4 * CHUNK and stream.recent.shape[2] <= 2 * CHUNK * 3 and stream.waiting.shape[1] <= CHUNK
        costs.setdefault(stream.start, []).append((counter.get_total_flops(), stream.cache.pool.store.numel(), stream.recent.shape[2]))
    later = [costs[start] for start in sorted(costs)][1:-1]
    assert len(later) >= 5 and all(cost == later[0] for cost in later)


# --- what is written


def listening(found: SpeechModel, *, overlap: int | None, lookback: int | None = 2, beam: int = 1, extra: int = 0) -> Transcriber:
    stream = EncoderStream(found, CHUNK, extra=extra, from_mel=True, overlap=overlap)
    return Transcriber(found, PROMPT, END, stream=stream, lookback=lookback, beam=beam)


def chunks(found: SpeechModel, count: int, seed: int) -> list[torch.Tensor]:
    return list(noise(1, found.shape.mels, 2 * CHUNK * count, seed=seed).split(2 * CHUNK, dim=2))


@pytest.mark.parametrize(("beam", "lookback"), [(1, 2), (3, 2), (1, None), (2, None)])
@pytest.mark.parametrize("make", [ending, chance])
def test_what_was_said_stays_said_and_times_go_on(make: Callable[[int, int], SpeechModel], beam: int, lookback: int | None) -> None:
    written = renewed = 0
    for seed in range(4):
        found = make(seed, 40)
        writer, now, said = listening(found, overlap=2, beam=beam, lookback=lookback), Hypothesis((), 0, ()), Hypothesis((), 0, ())
        for i, part in enumerate(chunks(found, 30, seed)):
            before, start, time = now, writer.stream.start, (i + 1) * CHUNK * 0.02
            now = writer.push(part)
            assert now.tokens[: len(said.tokens)] == said.tokens and now.times[: len(said.times)] == said.times
            assert list(now.times) == sorted(now.times) and len(now.times) == now.stable <= len(now.tokens)
            assert now.stable >= len(said.tokens) and max(now.times, default=0) < time + 1e-9
            heard = writer.known.sound[0][0].shape[2] if writer.known.sound else 0
            assert writer.heard == (i + 1) * CHUNK and heard <= 60 and len(writer.context) + len(writer.texts[0].tokens) < 40
            if writer.stream.start > start:
                said, renewed = writer.said, renewed + 1
                assert writer.context == [*PROMPT, *said.tokens[-3:]] and now.tokens[: len(said.tokens)] == said.tokens
                assert len(said.tokens) in (len(now.tokens), now.stable) and said.times == now.times
            written += now.tokens != before.tokens
        assert writer.finish() == now
    assert written > 4 and renewed >= 8


@pytest.mark.parametrize(("overlap", "extra", "beam"), [(2, 0, 1), (1, 1, 1), (2, 1, 3)])
def test_a_window_is_written_as_a_new_stream_would_be_with_the_last_tokens_behind_its_prompt(overlap: int, extra: int, beam: int) -> None:
    compared = 0
    for seed in range(4):
        found = ending(seed, positions=24)
        parts = chunks(found, 18, seed)
        writer = listening(found, overlap=overlap, lookback=None, beam=beam, extra=extra)
        alone: Transcriber | None = None
        for i, part in enumerate(parts):
            start, said = writer.stream.start, writer.said
            now = writer.push(part)
            if start and alone is None:  # it hears the whole window at first
                stream = EncoderStream(found, CHUNK, extra=extra, from_mel=True)
                alone = Transcriber(found, [*PROMPT, *said.tokens[-3:]], END, stream=stream, lookback=None, beam=beam)
                part = torch.cat(parts[start // CHUNK : i + 1], dim=2)
            if alone is not None:
                own = alone.push(part)
                assert now.tokens == (*said.tokens, *own.tokens) and now.score - said.score == pytest.approx(own.score, abs=1e-5)
                compared += len(own.tokens) > 0
            if writer.stream.start > start:
                alone = None
    assert compared > 4


def test_a_transcriber_of_short_speech_is_what_it_was_with_windows() -> None:
    for seed, beam in itertools.product(range(3), (1, 3)):
        found = chance(seed, 40)
        plain, long = (listening(found, overlap=overlap, beam=beam, extra=1) for overlap in (None, 2))
        for part in chunks(found, 12, seed):  # all of a window
            assert plain.push(part) == long.push(part)
        assert plain.finish() == long.finish() and long.stream.start


def test_where_the_positions_for_text_run_out_a_new_window_begins_with_what_held() -> None:
    full = 0
    for seed in range(6):
        found = chance(seed, 8)
        writer = listening(found, overlap=2)
        for i, part in enumerate(chunks(found, 24, seed)):
            start, context, before = writer.stream.start, writer.context, writer.said
            now = writer.push(part)
            assert len(writer.context) + len(writer.texts[0].tokens) < 8
            if len(context) + len(now.tokens) - len(before.tokens) == 8:
                full += 1
                assert writer.said.tokens == now.tokens[: now.stable] and writer.said.times == now.times
                assert writer.stream.start == max(start, (i + 1 - 2) * CHUNK) and not writer.texts[0].tokens
    assert full > 4


def test_several_windows_may_come_at_once_and_the_last_chunk_may_be_short() -> None:
    found = ending(1)
    writer, mel = listening(found, overlap=2), noise(1, 20, 2 * 153, seed=1)
    now = writer.push(mel)
    assert (writer.heard, writer.stream.start) == (150, 120) and len(now.times) == now.stable
    end = writer.finish()
    assert writer.heard == 153 and end.tokens[: len(writer.said.tokens)] == writer.said.tokens and writer.stream.done == 33


# --- what is refused


def test_what_no_window_can_hold_is_refused() -> None:
    found = model(shape=SHAPE)
    with pytest.raises(BadOption, match="holds 8 chunks, and 9 are needed"):
        EncoderStream(found, CHUNK, overlap=8)
    with pytest.raises(BadOption, match="holds 1 chunks, and 2 are needed"):
        EncoderStream(found, 40, overlap=1)
    for extra, overlap in ((2, 1), (0, 0), (0, -1)):
        with pytest.raises(BadOption, match="too short"):
            EncoderStream(found, CHUNK, extra=extra, overlap=overlap)
    with pytest.raises(BadOption, match="keeps no sound"):
        EncoderStream(found, CHUNK).renew()
    stream = EncoderStream(found, CHUNK, from_mel=True, overlap=1)
    assert stream.push(noise(1, 20, 100)).shape[1] == 40 and stream.spent
    with pytest.raises(BadOption, match="no position"):
        stream.push(noise(1, 20, 2))
    with pytest.raises(BadOption, match="5 tokens, and there are 5"):
        listening(ending(0, positions=5), overlap=1)

"""Training on beginnings of utterances labels what ends in them, and teaches a model to stop where the sound does."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from aitia.core.errors import BadOption, InputError, Stopped
from aitia.core.event import Event
from aitia.core.run import Run
from aitia.sequence.models.streaming_asr import (
    EncoderStream,
    Prefix,
    PrefixTraining,
    SpeechModel,
    SpeechShape,
    Transcriber,
    Utterance,
    adapt,
    fit_prefixes,
    prefix_loss,
    sample_prefixes,
    word_to_token_times,
)
from aitia.sequence.models.streaming_asr.model import chunk_relation
from tests.sequence.instances.speech import noise

WORDS, TONE, COUNT = 4, 3, 3  # words of one tone each, three states long, three in an utterance
PROMPT, END = (1,), 0
SHAPE = SpeechShape(8, 32, 2, 64, 1, 1, 2 + WORDS, audio_positions=60, text_positions=12)
TONES = PrefixTraining(prompt=PROMPT, end=END, chunk=TONE)


def utterance(frames: int = 40) -> Utterance:
    return Utterance(noise(8, frames), (5, 6, 7, 8), (0.1, 0.2, 0.2, 0.41))


# --- frames and labels


def test_labels_are_the_tokens_that_end_in_time_then_the_end_then_nothing() -> None:
    training = PrefixTraining(prompt=(1, 2), end=0, chunk=5)  # 0.1 s
    found = sample_prefixes(utterance(), training, np.random.default_rng(0))
    assert found == [
        Prefix(10, (5, 0, -100, -100, -100)),
        Prefix(20, (5, 6, 7, 0, -100)),
        Prefix(30, (5, 6, 7, 0, -100)),
        Prefix(40, (5, 6, 7, 0, -100)),  # the last token ends behind the sound
    ]
    assert training.prefix(utterance(42), 5) == Prefix(42, (5, 6, 7, 8, 0))
    nothing = Utterance(noise(8, 40), (), ())
    assert training.prefix(nothing, 1) == Prefix(10, (0,))


def test_a_time_that_lies_at_the_end_of_a_chunk_but_for_rounding_lies_in_it() -> None:
    for chunks in range(1, 60):
        said = Utterance(noise(8, 2000), (5,), (sum([0.06] * chunks),))
        assert PrefixTraining(prompt=(1,), end=0, chunk=3).prefix(said, chunks).labels == (5, 0)


def test_the_first_prefix_fills_the_first_chunk_and_a_share_of_them_is_drawn() -> None:
    said = utterance(200)
    every = sample_prefixes(said, PrefixTraining(prompt=(1,), end=0, chunk=5, extra=2), np.random.default_rng(0))
    assert [prefix.frames for prefix in every] == list(range(30, 201, 10))
    some = PrefixTraining(prompt=(1,), end=0, chunk=5, extra=2, fraction=0.25)
    drawn = [sample_prefixes(said, some, np.random.default_rng(seed)) for seed in range(200)]
    assert all(len({prefix.frames for prefix in own}) == len(own) == 4 for own in drawn)  # of 18
    assert drawn[3] == sample_prefixes(said, some, np.random.default_rng(3)) != drawn[4]
    counts = np.bincount([prefix.frames // 10 for own in drawn for prefix in own], minlength=21)
    assert not counts[:3].any() and (np.abs(counts[3:] - 200 * 4 / 18) < 4.5 * np.sqrt(200 * 4 / 18)).all()
    short = sample_prefixes(utterance(9), some, np.random.default_rng(0))
    assert short == [Prefix(9, (5, 0, -100, -100, -100))]


def test_a_word_is_divided_evenly_over_its_tokens() -> None:
    assert word_to_token_times([(0.0, 0.3), (0.5, 1.1)], [2, 3]) == pytest.approx([0.15, 0.3, 0.7, 0.9, 1.1])
    assert word_to_token_times([], []) == []
    for words, counts in (([(0.0, 1.0)], [1, 2]), ([(1.0, 0.5)], [1])):
        with pytest.raises(InputError, match="do not go with"):
            word_to_token_times(words, counts)
    with pytest.raises(BadOption, match="count"):
        word_to_token_times([(0.0, 1.0)], [0])


def test_what_cannot_be_trained_on_is_refused() -> None:
    with pytest.raises(InputError, match="3 tokens, 2 times"):
        Utterance(noise(8, 10), (1, 2, 3), (0.1, 0.2))
    for wrong in ({"fraction": 0.0}, {"fraction": 1.5}, {"prompt": ()}):
        with pytest.raises(BadOption, match="train nothing"):
            PrefixTraining(**{"prompt": (1,), "end": 0, "chunk": 3, **wrong})
    with pytest.raises(BadOption, match="chunk"):
        PrefixTraining(prompt=(1,), end=0, chunk=0)
    with pytest.raises(BadOption, match="frozen"):
        fit_prefixes(SpeechModel(SHAPE).requires_grad_(False), [], TONES, Run())


# --- loss and steps


def test_the_loss_is_that_of_the_labels_over_the_whole_text() -> None:
    found, said = start(0), Utterance(noise(8, 40), (5, 2, 3, 4), (0.1, 0.2, 0.2, 0.41))
    training = PrefixTraining(prompt=(1, 1), end=END, chunk=4, extra=1, left=2)
    for prefix in sample_prefixes(said, training, np.random.default_rng(0)):
        states = prefix.frames // 2
        logits = found(said.mel[None, :, : prefix.frames], torch.tensor([[1, 1, 5, 2, 3, 4]]), chunk_relation(states, 4, 1, 2))
        expected = torch.nn.functional.cross_entropy(logits[0, 1:], torch.tensor(prefix.labels))
        assert (prefix_loss(found, said, prefix, training) - expected).abs() < 1e-6


def test_only_low_rank_layers_learn_where_the_rest_is_frozen() -> None:
    found = start(0)
    adapt(found, rank=2)
    before = {name: value.clone() for name, value in found.named_parameters()}
    said = tones(np.random.default_rng(0), 3)
    losses = fit_prefixes(found, said, TONES, Run(), rate=1e-2)
    changed = {name for name, value in found.named_parameters() if not torch.equal(value, before[name])}
    assert changed == {name for name in before if name.endswith((".down", ".up"))} and len(losses) == 9
    assert all((value.grad is None) == (name not in changed) for name, value in found.named_parameters())


def test_training_tells_how_far_it_is_repeats_itself_and_can_be_cancelled() -> None:
    said, events = tones(np.random.default_rng(0), 4), list[Event]()
    half = PrefixTraining(prompt=PROMPT, end=END, chunk=TONE, fraction=0.5)
    losses = fit_prefixes(start(0), said, half, Run(seed=3, listener=events.append), rounds=2)
    assert len(losses) == 2 * 4 * 2 and [event.done for event in events] == list(range(9)) and events[-1].total == 8
    assert losses == fit_prefixes(start(0), said, half, Run(seed=3), rounds=2) != fit_prefixes(start(0), said, half, Run(seed=4), rounds=2)
    run = Run()
    run.cancel()
    with pytest.raises(Stopped):
        fit_prefixes(start(0), said, half, run)


# --- what it teaches


def start(seed: int) -> SpeechModel:
    torch.manual_seed(seed)
    found = SpeechModel(SHAPE)
    with torch.no_grad():
        found.decoder.embed_tokens.weight.mul_(0.2)
    return found


def tones(rng: np.random.Generator, count: int) -> list[Utterance]:
    """Utterances of words that are told by which channel is loud."""
    found = []
    for _ in range(count):
        words = rng.integers(0, WORDS, COUNT)
        mel = 0.1 * rng.standard_normal((8, 2 * TONE * COUNT))
        mel[np.repeat(words, 2 * TONE), np.arange(2 * TONE * COUNT)] += 1
        ends = word_to_token_times([(i * TONE * 0.02, (i + 1) * TONE * 0.02) for i in range(COUNT)], [1] * COUNT)
        found.append(Utterance(torch.from_numpy(mel).float(), (words + 2).tolist(), ends))
    return found


def right(found: SpeechModel, said: list[Utterance]) -> np.ndarray:
    """The share of utterances of which the first words, and nothing more, are written when no more was heard."""
    hits = np.zeros(COUNT)
    for own in said:
        for i in range(COUNT):
            writer = Transcriber(found, PROMPT, END, stream=EncoderStream(found, TONE, from_mel=True))
            hits[i] += writer.push(own.mel[None, :, : 2 * TONE * (i + 1)]).tokens == tuple(own.tokens[: i + 1])
    return hits / len(said)


def test_a_model_that_saw_beginnings_stops_with_the_sound_and_one_that_saw_whole_utterances_does_not() -> None:
    rng = np.random.default_rng(0)
    said, unseen = tones(rng, 180), tones(rng, 25)
    stopping = start(0)
    losses = fit_prefixes(stopping, said, TONES, Run(), rate=3e-3)
    whole = start(0)
    optimiser = torch.optim.AdamW(whole.parameters(), lr=3e-3, fused=True)
    for own in said * 3:  # as many steps
        optimiser.zero_grad()
        prefix_loss(whole, own, TONES.prefix(own, COUNT), TONES).backward()
        optimiser.step()
    assert len(losses) == 540 and np.mean(losses[-60:]) < 0.1
    stops, goes_on = right(stopping, unseen), right(whole, unseen)
    assert (stops > 0.9).all()
    assert goes_on[-1] > 0.9 and goes_on[:-1].max() < 0.1

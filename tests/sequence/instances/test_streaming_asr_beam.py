"""A beam of one is greedy decoding, a wide one finds the likeliest text of all, and what is kept held."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
import torch

from aitia.core.errors import BadOption
from aitia.sequence.models.streaming_asr import EncoderStream, Hypothesis, SpeechModel, Transcriber
from aitia.sequence.models.streaming_asr.beam import BeamSearch, Text
from aitia.sequence.models.streaming_asr.model import TextState
from tests.sequence.instances.speech import END, PROMPT, chance, logits_of, noise, score_of, sharp, wavering

CHUNK = 5
Make = Callable[..., SpeechModel]


def transcriber(found: SpeechModel, beam: int, lookback: int | None = None) -> Transcriber:
    return Transcriber(found, PROMPT, END, stream=EncoderStream(found, CHUNK, from_mel=True), lookback=lookback, beam=beam)


def chunks(found: SpeechModel, count: int, seed: int) -> list[torch.Tensor]:
    return list(noise(1, found.shape.mels, 2 * CHUNK * count, seed=seed).split(2 * CHUNK, dim=2))


class Greedy:
    """Decode greedily by the published rule, written out plainly."""

    def __init__(self, found: SpeechModel, lookback: int | None) -> None:
        self.found, self.lookback, self.stream, self.known = found, lookback, EncoderStream(found, CHUNK, from_mel=True), TextState()
        self.tokens, self.scores, self.times = list[int](), list[float](), list[float]()

    @torch.no_grad()
    def push(self, sound: torch.Tensor) -> Hypothesis:
        self.found.decoder.hear(self.stream.push(sound), self.known)
        held, logits = self.hold()
        del self.tokens[held:], self.scores[held:], self.times[held:]
        self.times += [self.stream.done * 0.02] * (held - len(self.times))
        most = self.found.shape.text_positions - len(PROMPT)
        while len(self.tokens) < most and (token := int(logits.argmax())) != END:
            self.tokens.append(token)
            self.scores.append(float(logits[token]))
            if len(self.tokens) < most:
                logits = self.found.decoder(torch.tensor([[token]]), self.known)[0, -1]
        return Hypothesis(tuple(self.tokens), len(self.times), tuple(self.times))

    def hold(self) -> tuple[int, torch.Tensor]:
        asked = len(self.tokens) if self.lookback is None else min(self.lookback, len(self.tokens))
        held = len(self.tokens) - asked
        before = 0 if self.lookback is None else min(self.known.length, len(PROMPT) + held - 1)
        self.known.keep(before)
        rows = self.found.decoder(torch.tensor([[*PROMPT, *self.tokens][before:]]), self.known)[0, -asked - 1 :]
        for row in rows[:-1]:
            token = self.tokens[held]
            if float(row[token]) < self.scores[held] and token != int(row.argmax()):
                break
            self.scores[held] = float(row[token])
            held += 1
        self.known.keep(len(PROMPT) + held)
        return held, rows[held - len(self.tokens) - 1]


@pytest.mark.parametrize("lookback", [1, 2, 4, None])
def test_a_beam_of_one_is_greedy_decoding(lookback: int | None) -> None:
    seen = set()
    many = {"positions": 12, "words": 9}
    models = ((i, found) for i in range(4) for found in (sharp(i), wavering(i, **many), chance(i, **many)))
    for seed, found in models:
        writer, plain = transcriber(found, 1, lookback), Greedy(found, lookback)
        for part in chunks(found, 12, seed):
            now, expected = writer.push(part), plain.push(part)
            assert (now.tokens, now.stable, now.times) == (expected.tokens, expected.stable, expected.times)
            seen.add((now.tokens, now.stable))
    assert len(seen) > 15


# --- the likeliest text of all


def all_scores(found: SpeechModel, states: torch.Tensor) -> dict[tuple[int, ...], float]:
    """The log-probability of every text that fits, from one pass over the longest ones."""
    most, words = found.shape.text_positions - len(PROMPT), found.shape.words
    longest = list(itertools.product(range(1, words), repeat=most))
    known = TextState()
    with torch.no_grad():
        found.decoder.hear(states, known)
        rows = found.decoder(torch.tensor([[*PROMPT, *tokens] for tokens in longest]), known)[:, len(PROMPT) - 1 :]
    likely, scores = rows.double().log_softmax(-1), {}
    for i, tokens in enumerate(longest):
        for length in range(most + 1):
            end = float(likely[i, length, END]) if length < most else 0.0
            scores[tokens[:length]] = sum(float(likely[i, j, tokens[j]]) for j in range(length)) + end
    return scores


@pytest.mark.parametrize(("make", "different"), [(wavering, 4), (chance, 10)])
def test_a_beam_as_wide_as_all_texts_finds_the_likeliest_and_greedy_decoding_may_not(make: Make, different: int) -> None:
    winners, missed = set(), 0
    for seed in range(5):
        found = make(seed)
        widest, greedy, listener = transcriber(found, 200), transcriber(found, 1), EncoderStream(found, CHUNK, from_mel=True)
        heard = torch.zeros(1, 0, 16)
        for part in chunks(found, 10, seed):
            heard = torch.cat([heard, listener.push(part)], dim=1)
            scores = all_scores(found, heard)
            assert len(scores) == 121 and abs(float(torch.tensor(list(scores.values())).exp().sum()) - 1) < 1e-5
            now, other = widest.push(part), greedy.push(part)
            best = max(scores, key=scores.__getitem__)
            assert now.tokens == best and abs(now.score - scores[best]) < 1e-5
            assert abs(other.score - scores[other.tokens]) < 1e-5 and now.score >= other.score - 1e-5
            winners.add(best)
            missed += other.tokens != best
    assert len(winners) >= different and missed > 5


# --- what is kept


@pytest.mark.parametrize("beam", [2, 3, 5])
@pytest.mark.parametrize("make", [wavering, chance])
def test_with_all_tokens_asked_scores_are_those_of_one_pass_and_every_kept_token_is_among_the_likeliest(make: Make, beam: int) -> None:
    held = cut = 0
    for seed in range(3):
        found = make(seed, positions=10, words=8)
        writer, listener, heard = transcriber(found, beam), EncoderStream(found, CHUNK, from_mel=True), torch.zeros(1, 0, 16)
        before: list[Text] = [Text()]
        for part in chunks(found, 10, seed):
            heard = torch.cat([heard, listener.push(part)], dim=1)
            now = writer.push(part)
            assert abs(now.score - score_of(found, heard, now.tokens)) < 1e-5
            for text in writer.texts:
                whole = score_of(found, heard, text.tokens) if text.end is not None else None
                assert whole is None or abs(text.score - whole) < 1e-5
            kept = {text.tokens[:i] for text in writer.texts for i in range(1, len(text.times) + 1)}
            assert all(rank(found, heard, tokens) < beam for tokens in kept)
            assert kept <= {text.tokens[:i] for text in before for i in range(1, len(text.tokens) + 1)}
            fresh = now.tokens[: now.stable + 1]  # it was not there, or did not hold
            assert now.stable == len(now.tokens) or all(text.tokens[: len(fresh)] != fresh for text in before)
            held, cut = held + len(kept), cut + any(text.tokens not in {(), *kept} for text in before)
            before = writer.texts
    assert held and (cut or make is wavering)


def rank(found: SpeechModel, heard: torch.Tensor, tokens: tuple[int, ...]) -> int:
    """How many words are likelier than the last token at its place."""
    row = logits_of(found, heard, tokens[:-1])[-1]
    return int((row > row[tokens[-1]] + 1e-5).sum())


def test_what_stands_before_the_lookback_stays_and_times_are_those_of_the_chunk_in_which_a_token_first_held() -> None:
    moved = 0
    for seed, beam in itertools.product(range(5), (2, 4)):
        found = chance(seed, positions=14, words=8)
        writer, first, before = transcriber(found, beam, lookback=2), dict[tuple[int, ...], float](), Hypothesis((), 0, ())
        for i, part in enumerate(chunks(found, 12, seed)):
            now = writer.push(part)
            settled = max(0, len(before.tokens) - 2)
            assert now.stable >= settled and all(text.tokens[:settled] == before.tokens[:settled] for text in writer.texts)
            kept = {text.tokens[:j] for text in writer.texts for j in range(1, len(text.times) + 1)}
            first = {tokens: first.get(tokens, (i + 1) * CHUNK * 0.02) for tokens in kept}
            for text in writer.texts:
                assert text.times == pytest.approx([first[text.tokens[: j + 1]] for j in range(len(text.times))])
                assert list(text.times) == sorted(text.times) and text.tokens[: len(text.times) + 1] not in kept - {text.tokens}
            assert (now.tokens, now.times, now.stable) == (writer.texts[0].tokens, writer.texts[0].times, len(now.times))
            assert len({(text.tokens, text.end is None) for text in writer.texts}) == len(writer.texts) <= beam
            moved, before = moved + (now.tokens != before.tokens), now
    assert moved > 30


def test_texts_that_become_one_are_one_and_padding_is_not_read() -> None:
    found = wavering(2, positions=12, words=8)
    search, states = BeamSearch(found, END, 3), EncoderStream(found, CHUNK, from_mel=True).push(chunks(found, 1, 0)[0])
    known = TextState()
    with torch.no_grad():
        found.decoder.hear(states, known)
        likely = logits_of(found, states, ())[-1].argsort(descending=True).tolist()
        first, rare = likely[0], likely[-1]
        second = logits_of(found, states, (first,))[-1].argsort(descending=True).tolist()
        texts = [
            Text((first, second[1], 5, 5, 5), (0.0,) * 5),
            Text((first, second[-1]), (0.0,) * 2),
            Text((rare,), (0.0,)),
            Text((first,), (0.0,)),
        ]
        paths = search.hold(texts, PROMPT, known)
    assert [path.text.tokens[:2] for path in paths] == [(first, second[1]), (first,), ()]
    for path in paths:
        expected = logits_of(found, states, path.text.tokens)
        assert (path.after - expected[-1]).abs().max() < 1e-5
        assert path.known.length == len(PROMPT) + len(path.text.tokens)


def test_banned_words_are_never_written_and_an_empty_beam_is_refused() -> None:
    found = wavering(3, positions=10, words=8)
    stream = EncoderStream(found, CHUNK, from_mel=True)
    writer = Transcriber(found, PROMPT, END, stream=stream, lookback=None, beam=6, banned=(2, 3, 4, 5))
    for part in chunks(found, 8, 3):
        writer.push(part)
        assert not {2, 3, 4, 5} & {token for text in writer.texts for token in text.tokens}
    with pytest.raises(BadOption, match="finds none"):
        transcriber(found, 0)
    with pytest.raises(BadOption, match="Every word"):
        Transcriber(found, PROMPT, END, stream=stream, banned=range(8))

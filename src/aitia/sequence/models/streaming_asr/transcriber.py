"""Write speech down as it comes: after every chunk the last tokens are scored anew, and what does not hold is taken back. [krichli2025]"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Sequence

import torch

from aitia.core.errors import BadOption
from aitia.sequence.models.streaming_asr.beam import BeamSearch, Text
from aitia.sequence.models.streaming_asr.encoder_stream import EncoderStream
from aitia.sequence.models.streaming_asr.mel import HOP, RATE
from aitia.sequence.models.streaming_asr.model import SpeechModel, TextState

STATE = 2 * HOP / RATE  # seconds that one state of the encoder stands for
LOOKBACK = 2


@dataclasses.dataclass(frozen=True, slots=True)
class Hypothesis:
    """Hold the likeliest tokens so far, how many of them held when more sound had come, when each of these first did, and the score.

    A token held if it stood, behind the same ones, in a text that was kept and not cut before it; times are seconds since the
    stream began. The score is the sum of the log-probabilities of all tokens, each as it was asked last, and of the end.
    """

    tokens: tuple[int, ...]
    stable: int
    times: tuple[float, ...]
    score: float = 0.0


class Transcriber:
    """Decode chunk by chunk, and keep the `beam` likeliest texts; 1 decodes greedily.

    A token holds if it is still among the `beam` likeliest ones at its place; in a greedy text also if its logit did not
    fall when more sound came. A text is cut where it does not hold, and the search goes on from there. The likeliest text is
    that of the greatest sum of log-probabilities, which favours short ones.

    The last `lookback` tokens of the likeliest text are asked, and what other texts have in their place. What stands before
    them stays, and the decoder keeps what it knew of it, which is an approximation; texts that begin differently are given
    up. `None` asks all, exactly.

    A text ends where its positions do. If the stream has an `overlap`, a new window begins when the positions for sound or
    text have run out: with that sound, and with the last `lookback` tokens and one more behind the prompt (3 where all
    are asked). What was written by then stays for ever; of a text that filled its positions, which may be one that does not
    end, what held.
    """

    def __init__(
        self,
        model: SpeechModel,
        prompt: Sequence[int],
        end: int,
        *,
        stream: EncoderStream,
        lookback: int | None = LOOKBACK,
        banned: Sequence[int] = (),
        beam: int = 1,
    ) -> None:
        if not len(prompt) or (lookback is not None and lookback < 1):
            raise BadOption("A transcriber needs a prompt of one token or more, and looks back one token or more.")
        self.model, self.prompt, self.stream, self.lookback = model, list(prompt), stream, lookback
        self.search = BeamSearch(model, end, beam, banned)
        self.carried = 1 + (lookback or LOOKBACK)
        self.positions = model.shape.text_positions
        if stream.overlap is not None and len(prompt) + self.carried >= self.positions:
            raise BadOption(
                f"A new window begins with {len(prompt) + self.carried} tokens, and there are {self.positions} positions for text.",
                next="Give a shorter prompt or look back less.",
            )
        self.said = self.now = Hypothesis((), 0, ())  # in earlier windows, and in all
        self.heard = 0
        self._begin()

    def push(self, sound: torch.Tensor) -> Hypothesis:
        """Take samples (1, n), or mel frames, and return what is written now; nothing changes until a chunk is complete."""
        return self._listen(self.stream.push(sound))

    def finish(self) -> Hypothesis:
        """Return what is written in the end."""
        return self._listen(self.stream.finish())

    def _begin(self) -> None:
        """Begin a window: nothing is heard, and nothing is written behind the prompt and the last tokens."""
        self.context = [*self.prompt, *self.said.tokens[-self.carried :]]
        self.known, self.texts = TextState(), [Text()]  # the likeliest comes first

    @torch.no_grad()
    def _listen(self, states: torch.Tensor) -> Hypothesis:
        self._hear(states)
        while self.stream.overlap is not None and (self.stream.spent or self._full()):
            best = self.texts[0]
            self.said = self._behind(best.first(len(best.times if self._full() else best.tokens)))
            self._begin()
            self._hear(self.stream.renew())
        return self.now

    def _full(self) -> bool:
        """Say whether the text has taken all its positions."""
        return len(self.context) + len(self.texts[0].tokens) >= self.positions

    def _behind(self, text: Text) -> Hypothesis:
        """Return what was said in earlier windows, and a text behind it."""
        said = self.said
        times = (*said.times, *text.times)
        return Hypothesis((*said.tokens, *text.tokens), len(times), times, said.score + text.score)

    def _hear(self, states: torch.Tensor) -> None:
        if states.shape[1]:
            self.model.decoder.hear(states, self.known)
            if self.stream.end > self.heard:
                self.heard = self.stream.end
                self._write(self.heard * STATE)

    def _write(self, time: float) -> None:
        """Ask the last tokens again, now that more sound has come, and go on."""
        best = self.texts[0]
        settled = 0 if self.lookback is None else max(0, len(best.tokens) - self.lookback)
        self.known.keep(0 if self.lookback is None else min(self.known.length, len(self.context) + settled - 1))
        texts = [text for text in self.texts if text.tokens[:settled] == best.tokens[:settled]]
        paths = self.search.hold(texts, self.context, self.known, settled=settled, time=time)
        paths = self.search.go_on(paths, self.positions - len(self.context))
        self.texts, self.known = [path.text for path in paths], paths[0].known
        said = self.said
        times = (*said.times, *[time] * (len(said.tokens) - len(said.times)))
        self.said = dataclasses.replace(said, stable=len(times), times=times)
        self.now = self._behind(self.texts[0])


def changed_commits(history: Iterable[Hypothesis]) -> float:
    """Return the share of updates in which a token changed or went that had been stable before."""
    pairs = list(itertools.pairwise(history))
    broken = sum(after.tokens[: before.stable] != before.tokens[: before.stable] for before, after in pairs)
    return broken / max(1, len(pairs))
